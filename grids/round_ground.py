"""The streets a round can use as a small graph: stretches to be walked, cut to size, and the ways between them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise

import geopandas as gpd
import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from contracts.columns import EDGE, FROM_M, TO_M
from gis.network import WalkNetwork

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

Node = tuple[int, float]  # a node of the network as (-1 - node, 0), a place on an edge as (edge, metres)

NO_PIECE = -1
_SAME_M = 1e-6


@dataclass(frozen=True)
class Spot:
    """A place on an edge of the network, in metres from its beginning."""

    edge: int
    at_m: float


@dataclass(frozen=True, eq=False)
class RoundGround:
    """Bits of street as a graph of their own. Nodes and bits are numbered by street key and place, whatever the order of the input."""

    nodes: int
    ends: Ints  # (m, 2)
    along_s: Floats  # (m,) inf = closed this way
    back_s: Floats
    length_m: Floats
    edge: Ints  # (m,) number in the network
    from_m: Floats
    to_m: Floats
    piece: Ints  # (m,) position of the stretch it belongs to, -1 = only a way between others
    start: int  # node where the round begins, -1 = anywhere
    left_out: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))  # stretches that cannot be part of the round

    @cached_property
    def cost_s(self) -> Floats:
        """Seconds of a bit for whom the direction does not matter: the mean of both, or the one that is open."""
        both = np.stack([self.along_s, self.back_s])
        return np.where(np.isfinite(both).all(axis=0), both.mean(axis=0), both.min(axis=0))

    @cached_property
    def is_required(self) -> Mask:
        """Bits that have to be walked."""
        return self.piece != NO_PIECE

    def directed(self) -> csr_array:
        """Seconds from node to node; of parallel bits the quickest."""
        tail, head = np.r_[self.ends[:, 0], self.ends[:, 1]], np.r_[self.ends[:, 1], self.ends[:, 0]]
        return graph_of(self.nodes, tail, head, np.r_[self.along_s, self.back_s])[0]


def graph_of(nodes: int, tail: Ints, head: Ints, seconds: Floats) -> tuple[csr_array, Ints, Ints]:
    """The quickest of parallel arcs as a matrix; beside it the number of each arc kept, sorted by ``tail * nodes + head``."""
    number = np.flatnonzero(np.isfinite(seconds) & (tail != head))
    pair = tail[number] * nodes + head[number]
    order = np.lexsort((number, seconds[number], pair))
    number, pair = number[order], pair[order]
    first = np.r_[True, pair[1:] != pair[:-1]][: len(pair)]
    number, pair = number[first], pair[first]
    # an arc of no time would vanish from a sparse matrix
    weight = np.maximum(seconds[number], 1e-9)
    return csr_array(coo_array((weight, (tail[number], head[number])), shape=(nodes, nodes))), number, pair


def round_ground(network: WalkNetwork, pieces: gpd.GeoDataFrame, *, start: Spot | None, margin_m: float) -> RoundGround:
    """The graph of some stretches with the streets around them.

    Ways between are looked for within ``margin_m`` of the stretches' bounds; the margin is doubled until all of them meet or
    the whole network is taken. What then cannot be walked to and back from is left out, the longest connected part (or that of
    ``start``) stays.
    """
    inside = _of_main_part(network, pieces, start)
    bounds = _bounds(network, pieces[EDGE].to_numpy(dtype=np.int64)[inside], start)
    while True:
        edges = _edges_around(network, bounds, margin_m)
        ground = _cut_to_size(network, edges, pieces, inside, start)
        home = _home(ground)
        lost = np.unique(ground.piece[ground.is_required & ~home])
        if not len(lost) or len(edges) == int(network.is_walkable.sum()):
            break
        margin_m *= 2.0
    left_out = np.union1d(np.flatnonzero(~inside), lost[lost >= 0]).astype(np.int64)
    return _without(ground, home, left_out)


def _of_main_part(network: WalkNetwork, pieces: gpd.GeoDataFrame, start: Spot | None) -> Mask:
    """Stretches in the connected part of the network where the start, or most of their length, lies."""
    part = network.component[pieces[EDGE].to_numpy(dtype=np.int64)]
    length = (pieces[TO_M] - pieces[FROM_M]).to_numpy()
    if start is not None:
        return np.asarray((part == network.component[start.edge]) & (part >= 0))
    known = part >= 0
    if not known.any():
        return known
    total = np.bincount(part[known], weights=length[known])
    return np.asarray(part == int(np.argmax(total)))


def _bounds(network: WalkNetwork, edges: Ints, start: Spot | None) -> Floats:
    used = np.r_[edges, [start.edge]] if start is not None else edges
    if not len(used):
        return np.zeros(4)
    xy = network.pieces.xy[network.pieces.edges[used.astype(np.int64)].ravel()]
    return np.r_[xy.min(axis=0), xy.max(axis=0)]


def _edges_around(network: WalkNetwork, bounds: Floats, margin_m: float) -> Ints:
    """Edges with an end in the box, by street key and place."""
    xy = network.pieces.xy
    near = np.asarray(((xy >= bounds[:2] - margin_m) & (xy <= bounds[2:] + margin_m)).all(axis=1))
    edges = np.flatnonzero(near[network.pieces.edges].any(axis=1) & network.is_walkable)
    pieces = network.pieces
    keys = network.streets.index.astype(str).to_numpy(dtype=object)[pieces.row[edges]] if len(edges) else np.empty(0, dtype=object)
    rank = np.unique(keys.astype(str), return_inverse=True)[1] if len(edges) else np.empty(0, dtype=np.int64)
    waits = network.waiting[edges] if network.waiting is not None else np.zeros(len(edges), dtype=bool)
    return edges[np.lexsort((waits, pieces.length_m[edges], pieces.start_m[edges], rank))]


def _cut_to_size(network: WalkNetwork, edges: Ints, pieces: gpd.GeoDataFrame, inside: Mask, start: Spot | None) -> RoundGround:
    """Bits of the edges, cut where stretches and the round begin or end."""
    by_edge: dict[int, list[tuple[float, float, int]]] = {}
    for position in np.flatnonzero(inside):
        low, high = float(pieces[FROM_M].iat[position]), float(pieces[TO_M].iat[position])
        by_edge.setdefault(int(pieces[EDGE].iat[position]), []).append((low, high, int(position)))
    rows: list[tuple[int, float, float, int]] = []
    places: list[tuple[Node, Node]] = []
    for edge in edges.tolist():
        length = float(network.pieces.length_m[edge])
        u, v = network.pieces.edges[edge].tolist()
        at = start.at_m if start is not None and start.edge == edge else None
        stops = _stops(by_edge.get(edge, []), at, length)
        for low, high in pairwise(stops):
            rows.append((edge, low, high, _piece_at(by_edge.get(edge, []), (low + high) / 2.0)))
            # an edge of waiting has no length and yet two ends
            places.append(((-1 - u, 0.0) if low <= 0.0 else (edge, low), (-1 - v, 0.0) if high >= length else (edge, high)))
    number: dict[Node, int] = {}
    ends = [[number.setdefault(place, len(number)) for place in pair] for pair in places]
    at_start = -1
    if start is not None:
        u, v = network.pieces.edges[start.edge].tolist()
        length = float(network.pieces.length_m[start.edge])
        at_m = _snapped(start.at_m, length)
        at_start = number[(-1 - u, 0.0) if at_m <= 0.0 else (-1 - v, 0.0) if at_m >= length else (start.edge, at_m)]
    edge_of = np.array([row[0] for row in rows], dtype=np.int64)
    low_m, high_m = (np.array([row[place] for row in rows], dtype=float) for place in (1, 2))
    whole_m = network.pieces.length_m[edge_of]
    share = np.divide(high_m - low_m, whole_m, out=np.ones(len(rows)), where=whole_m > 0)
    return RoundGround(
        nodes=len(number),
        ends=np.array(ends, dtype=np.int64).reshape(-1, 2),
        along_s=_part(network.seconds[edge_of], share),
        back_s=_part(network.seconds_back[edge_of], share),
        length_m=high_m - low_m,
        edge=edge_of,
        from_m=low_m,
        to_m=high_m,
        piece=np.array([row[3] for row in rows], dtype=np.int64),
        start=at_start,
    )


def _part(seconds: Floats, share: Floats) -> Floats:
    return np.where(np.isfinite(seconds), np.where(np.isfinite(seconds), seconds, 0.0) * share, np.inf)


def _snapped(at_m: float, length_m: float) -> float:
    """A place as near to an end as makes no difference is the end."""
    return 0.0 if at_m <= _SAME_M else length_m if at_m >= length_m - _SAME_M else at_m


def _stops(stretches: list[tuple[float, float, int]], at_m: float | None, length_m: float) -> list[float]:
    """Where an edge is cut, its ends included."""
    wanted = [0.0, length_m, *[place for low, high, _ in stretches for place in (low, high)], *([] if at_m is None else [at_m])]
    found = sorted({_snapped(place, length_m) for place in wanted})
    kept = [found[0]]
    for place in found[1:]:
        if place - kept[-1] > _SAME_M:
            kept.append(place)
    return [0.0, length_m] if len(kept) < 2 else [*kept[:-1], length_m]


def _piece_at(stretches: list[tuple[float, float, int]], middle_m: float) -> int:
    return next((position for low, high, position in stretches if low <= middle_m <= high), NO_PIECE)


def _home(ground: RoundGround) -> Mask:
    """Bits that can be walked to and back from: in the directed part of the start, or of most required metres."""
    if not len(ground.ends):
        return np.empty(0, dtype=bool)
    label = connected_components(ground.directed(), directed=True, connection="strong")[1]
    both = label[ground.ends]
    same = both[:, 0] == both[:, 1]
    if ground.start >= 0:
        home = int(label[ground.start])
    else:
        required = ground.is_required & same
        total = np.bincount(both[required, 0], weights=ground.length_m[required], minlength=1)
        home = int(np.argmax(total))
    return same & (both[:, 0] == home)


def _without(ground: RoundGround, home: Mask, left_out: Ints) -> RoundGround:
    """The ground without bits that lead nowhere; nodes keep their numbers."""
    kept = np.flatnonzero(home)
    arrays = {name: getattr(ground, name)[kept] for name in ("ends", "along_s", "back_s", "length_m", "edge", "from_m", "to_m")}
    piece = np.where(np.isin(ground.piece[kept], left_out), NO_PIECE, ground.piece[kept])
    return replace(ground, piece=piece, left_out=left_out, **arrays)
