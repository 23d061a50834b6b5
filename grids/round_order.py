"""The order of a round: one walk through all chosen bits of street, and the way round that takes the least time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse.csgraph import dijkstra

from grids.round_ground import RoundGround, graph_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Step = tuple[int, bool]  # number of a bit or link; whether it is walked from its first end to its second

_LEAST_S = 1e-9


def euler_walk(ends: Ints, start: int) -> list[Step]:
    """All edges of a connected graph with even nodes in one closed walk from ``start`` (Hierholzer); edges may be parallel."""
    at: dict[int, list[tuple[int, bool]]] = {}
    for edge, (u, v) in reversed(list(enumerate(ends.tolist()))):
        at.setdefault(u, []).append((edge, True))
        at.setdefault(v, []).append((edge, False))
    used = [False] * len(ends)
    stack: list[tuple[int, Step | None]] = [(start, None)]
    walk: list[Step] = []
    while stack:
        node, came_by = stack[-1]
        ways = at.get(node, [])
        while ways and used[ways[-1][0]]:
            ways.pop()
        if ways:
            edge, forward = ways.pop()
            used[edge] = True
            stack.append((int(ends[edge, 1] if forward else ends[edge, 0]), (edge, forward)))
        else:
            stack.pop()
            if came_by is not None:
                walk.append(came_by)
    return walk[::-1]


def quickest_direction(ground: RoundGround, steps: list[Step], *, may_turn: bool) -> list[Step]:
    """The walk with stretches between two visits of one node turned round where that saves time.

    Only where a direction matters (slopes, one-way stairs). ``may_turn``: the whole walk may be turned, too.
    """
    if not len(steps) or np.array_equal(ground.along_s, ground.back_s):
        return steps
    saved = True
    while saved:
        saved = _turn_one(ground, steps, may_turn)
    return steps


def _turn_one(ground: RoundGround, steps: list[Step], may_turn: bool) -> bool:
    """Turn the first stretch found that saves time; whether there was one."""
    gain = np.concatenate([[0.0], np.cumsum([_seconds(ground, bit, not forward) - _seconds(ground, bit, forward) for bit, forward in steps])])
    nodes = nodes_of(ground, steps)
    visits: dict[int, list[int]] = {}
    for place, node in enumerate(nodes):
        for first in visits.get(node, []):
            whole = first == 0 and place == len(steps)
            if gain[place] - gain[first] < -_LEAST_S and (may_turn or not whole):
                steps[first:place] = [(bit, not forward) for bit, forward in reversed(steps[first:place])]
                return True
        visits.setdefault(node, []).append(place)
    return False


def _seconds(ground: RoundGround, bit: int, forward: bool) -> float:
    seconds = float(ground.along_s[bit] if forward else ground.back_s[bit])
    return seconds if np.isfinite(seconds) else 1e7  # worse than any way round, and still a number to add


def nodes_of(ground: RoundGround, steps: list[Step]) -> list[int]:
    """Nodes along a walk, the first included."""
    if not steps:
        return []
    bit, forward = steps[0]
    first = int(ground.ends[bit, 0 if forward else 1])
    return [first, *[int(ground.ends[bit, 1 if forward else 0]) for bit, forward in steps]]


def with_one_ways(ground: RoundGround, steps: list[Step]) -> list[Step]:
    """The walk without going against closed directions: such a bit is walked the open way, or round about where it is no first pass."""
    if not any(_is_closed(ground, bit, forward) for bit, forward in steps):
        return steps
    tail, head = np.r_[ground.ends[:, 0], ground.ends[:, 1]], np.r_[ground.ends[:, 1], ground.ends[:, 0]]
    matrix, arc, pair = graph_of(ground.nodes, tail, head, np.r_[ground.along_s, ground.back_s])
    walked: set[int] = set()
    found: list[Step] = []
    for bit, forward in steps:
        if not _is_closed(ground, bit, forward):
            walked.add(bit)
            found.append((bit, forward))
            continue
        here, there = (int(node) for node in (ground.ends[bit] if forward else ground.ends[bit][::-1]))
        before = dijkstra(matrix, directed=True, indices=here, return_predecessors=True)[1]
        way = _way(ground, before, (arc, pair), there)
        found += way
        if ground.is_required[bit] and bit not in walked:
            walked.add(bit)
            found += [(bit, not forward), *way]
        walked.update(step for step, _ in way)
    return found


def _is_closed(ground: RoundGround, bit: int, forward: bool) -> bool:
    return not np.isfinite(ground.along_s[bit] if forward else ground.back_s[bit])


def _way(ground: RoundGround, before: Ints, arcs: tuple[Ints, Ints], there: int) -> list[Step]:
    """Steps of the quickest way to a node, from the predecessors of a search."""
    arc, pair = arcs
    steps: list[Step] = []
    while before[there] >= 0:
        last = int(before[there])
        number = int(arc[np.searchsorted(pair, last * ground.nodes + there)])
        steps.append((number % len(ground.ends), number < len(ground.ends)))
        there = last
    return steps[::-1]
