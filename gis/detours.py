"""How far one walks between two places on the streets, up to a limit: what tells a harmless gap from one that costs a way round."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

if TYPE_CHECKING:
    from gis.network import WalkNetwork

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_LEAST_M = 1e-9  # an arc of no length would be no arc for scipy
_CELLS = 8_000_000  # of the table of one batch: 64 MB


@dataclass(frozen=True, eq=False)
class Spots:
    """Places on edges: ``share`` of each edge's length from its first node."""

    edge: Ints
    share: Floats


def walk_between_m(network: WalkNetwork, first: Spots, second: Spots, *, limit_m: float) -> Floats:
    """Metres along walkable streets from each spot of ``first`` to its partner in ``second``; ``inf`` beyond the limit.

    Direction does not count: a gap is a gap for whoever comes.
    """
    if not len(first.edge):
        return np.empty(0)
    node_count, count = len(network.pieces.xy), len(first.edge)
    graph = _graph(network, first, second)
    result = np.full(count, np.inf)
    batch = max(1, _CELLS // graph.shape[0])
    for start in range(0, count, batch):
        rows = np.arange(start, min(start + batch, count))
        walked = dijkstra(graph, indices=node_count + rows, limit=limit_m)
        result[rows] = walked[np.arange(len(rows)), node_count + count + rows]
    along = np.abs(first.share - second.share) * network.pieces.length_m[first.edge]
    direct = np.where((first.edge == second.edge) & network.is_walkable[first.edge], along, np.inf)
    return np.where(np.minimum(result, direct) <= limit_m, np.minimum(result, direct), np.inf)


def _graph(network: WalkNetwork, first: Spots, second: Spots) -> csr_array:
    """Junctions, then one node for each spot of ``first``, then of ``second``, joined to the ends of their edges."""
    pieces, walkable = network.pieces, network.is_walkable
    spot = Spots(np.r_[first.edge, second.edge], np.r_[first.share, second.share])
    number = len(pieces.xy) + np.arange(len(spot.edge))
    open_spot = walkable[spot.edge]
    length_m = pieces.length_m[spot.edge]
    tail = np.r_[pieces.edges[walkable, 0], number[open_spot], number[open_spot]]
    head = np.r_[pieces.edges[walkable, 1], pieces.edges[spot.edge[open_spot], 0], pieces.edges[spot.edge[open_spot], 1]]
    metres = np.r_[pieces.length_m[walkable], (spot.share * length_m)[open_spot], ((1.0 - spot.share) * length_m)[open_spot]]
    return _shortest_arcs(np.r_[tail, head], np.r_[head, tail], np.r_[metres, metres], len(pieces.xy) + len(number))


def _shortest_arcs(tail: Ints, head: Ints, metres: Floats, count: int) -> csr_array:
    """The graph with the shortest of parallel arcs, loops left out (a sparse matrix would add parallel ones up)."""
    order = np.lexsort((metres, head, tail))
    order = order[tail[order] != head[order]]
    tail, head, metres = tail[order], head[order], np.maximum(metres[order], _LEAST_M)
    is_first = np.r_[True, (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])][: len(tail)]
    return csr_array((metres[is_first], (tail[is_first], head[is_first])), shape=(count, count))
