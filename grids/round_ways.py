"""Which streets are worth walking again or between: the quickest ways among the stretches of a round, joined to single links."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse.csgraph import dijkstra

from grids.round_ground import RoundGround, graph_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Links:
    """What can be chosen from: every required bit, and ways along other bits from one node that matters to another."""

    ends: Ints  # (k, 2) nodes of the ground
    cost_s: Floats
    is_required: Mask
    bits: tuple[tuple[int, ...], ...]  # bits of the ground, in order from the first end to the second


def find_links(ground: RoundGround) -> Links:
    """Required bits and, of all others, those on a quickest way between two nodes of required bits or the start.

    No round is shorter with any other bit: between two stretches one walks a quickest way.
    """
    terminals = np.unique(np.r_[ground.ends[ground.is_required].ravel(), [ground.start] if ground.start >= 0 else []]).astype(np.int64)
    useful = _on_quickest_ways(ground, terminals)
    useful[ground.is_required] = False
    chains = _chains(ground, np.flatnonzero(useful), terminals)
    required = [((int(u), int(v)), (int(bit),)) for bit, (u, v) in zip(np.flatnonzero(ground.is_required), ground.ends[ground.is_required], strict=True)]
    both = required + chains
    return Links(
        np.array([ends for ends, _ in both], dtype=np.int64).reshape(-1, 2),
        np.array([ground.cost_s[list(bits)].sum() for _, bits in both], dtype=float),
        np.arange(len(both)) < len(required),
        tuple(bits for _, bits in both),
    )


def _on_quickest_ways(ground: RoundGround, terminals: Ints) -> Mask:
    """Bits on one quickest way between each two of the nodes."""
    used = np.zeros(len(ground.ends), dtype=bool)
    if len(terminals) < 2:
        return used
    tail, head = np.r_[ground.ends[:, 0], ground.ends[:, 1]], np.r_[ground.ends[:, 1], ground.ends[:, 0]]
    matrix, arc, pair = graph_of(ground.nodes, tail, head, np.tile(ground.cost_s, 2))
    before = dijkstra(matrix, directed=True, indices=terminals, return_predecessors=True)[1]
    for row in range(len(terminals)):
        here = terminals
        seen = np.zeros(ground.nodes, dtype=bool)
        while len(here):
            here = here[(before[row, here] >= 0) & ~seen[here]]
            seen[here] = True
            last = before[row, here].astype(np.int64)
            used[arc[np.searchsorted(pair, last * ground.nodes + here)] % len(ground.ends)] = True
            here = np.unique(last)
    return used


def _chains(ground: RoundGround, bits: Ints, terminals: Ints) -> list[tuple[tuple[int, int], tuple[int, ...]]]:
    """Bits joined to ways where nothing branches off and nothing required begins."""
    at: dict[int, list[int]] = {}
    for bit in bits.tolist():
        for node in ground.ends[bit].tolist():
            at.setdefault(node, []).append(bit)
    stops = set(terminals.tolist()) | {node for node, found in at.items() if len(found) != 2}
    chains, done = [], set[int]()
    for node in sorted(stops & set(at)):
        for bit in at[node]:
            if bit not in done:
                chain, end = _follow(ground, at, stops, node, bit)
                done.update(chain)
                if end != node:
                    chains.append(((node, end), tuple(chain)))
    return chains


def _follow(ground: RoundGround, at: dict[int, list[int]], stops: set[int], node: int, bit: int) -> tuple[list[int], int]:
    chain = [bit]
    here = _other_end(ground, bit, node)
    while here not in stops:
        first, second = at[here]
        bit = second if first == bit else first
        chain.append(bit)
        here = _other_end(ground, bit, here)
    return chain, here


def _other_end(ground: RoundGround, bit: int, node: int) -> int:
    u, v = ground.ends[bit].tolist()
    return v if u == node else u
