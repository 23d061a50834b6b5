"""All doors and all streets of a category from one search, compiled: least seconds at doors laid out once, covered parts of edges."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from servicecircle.flat import NODES_AT_HAND, NOISE_S, Bounds, DoorLegs, Graph, Stops, Workspace
from servicecircle.search import between_s, part_s, spread_times, without_noise

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]


@njit(nogil=True, cache=True)
def lay_doors(graph: Graph, doors: Stops) -> DoorLegs:
    """What every search needs of the doors, once; in a large town in the order in which their streets lie in memory.

    The times of a small town's nodes stay at hand whatever the order.
    """
    count, nodes = len(doors.edge), len(graph.first) - 1
    order = np.arange(count).astype(np.int32)
    if nodes > NODES_AT_HAND:
        order = _counted_order(graph.tail[doors.edge], nodes)
    tail, head, row = np.empty(count, np.uint32), np.empty(count, np.uint32), np.empty(count, np.uint32)
    to_tail_s, to_head_s, access_s, share = np.empty(count), np.empty(count), np.empty(count), np.empty(count)
    first, following = np.full(len(graph.tail), -1, np.int32), np.empty(count, np.int32)
    for place in range(count):
        door = order[place]
        own, share[place] = doors.edge[door], doors.share[door]
        row[place], access_s[place] = doors.rank[door], doors.access_s[door]
        tail[place], head[place] = graph.tail[own], graph.head[own]
        to_tail_s[place], to_head_s[place] = part_s(share[place], graph.down_s[own]), part_s(1.0 - share[place], graph.up_s[own])
        following[place], first[own] = first[own], place
    return DoorLegs(tail, head, to_tail_s, to_head_s, access_s, share, row, first, following)


@njit(nogil=True, cache=True)
def _counted_order(key: Ints, size: int) -> Ints:
    """Positions sorted by a small whole number, equal ones as they came."""
    begin = np.zeros(size + 1, np.int32)
    for value in key:
        begin[value + 1] += 1
    for value in range(size):
        begin[value + 1] += begin[value]
    order = np.empty(len(key), np.int32)
    for row in range(len(key)):
        order[begin[key[row]]] = row
        begin[key[row]] += 1
    return order


@njit(nogil=True, cache=True)
def search_nodes(graph: Graph, sources: Stops, bounds: Bounds, space: Workspace, node_s: Floats, column: int) -> None:
    """One category without owners: its times at the nodes go into a column of ``node_s``, the workspace is left clean."""
    _hand_over(space, spread_times(graph, sources, bounds, space), node_s, column)


@njit(nogil=True, cache=True)
def search_and_cover(graph: Graph, sources: Stops, bounds: Bounds, space: Workspace, node_s: Floats, column: int) -> tuple[Ints, Ints, Floats, Floats]:
    """As ``search_nodes``, and the covered parts of the streets from the same search."""
    touched = spread_times(graph, sources, bounds, space)
    parts = cover(graph, sources, bounds, space)
    _hand_over(space, touched, node_s, column)
    return parts


@njit(nogil=True, cache=True)
def _hand_over(space: Workspace, touched: int, node_s: Floats, column: int) -> None:
    for row in range(touched):
        node = space.touched[row]
        node_s[node, column] = space.time_s[node]
        space.time_s[node] = np.inf


@njit(nogil=True, cache=True)
def answer_doors(legs: DoorLegs, node_s: Floats, bounds: Bounds, seconds: Floats, first: int, begin: int, end: int) -> None:
    """Seconds of doors ``begin`` to ``end`` over the nearer end of their street, for all categories of ``node_s`` (nodes, categories).

    Written to ``seconds`` (doors, all categories) from column ``first`` on, ``inf`` beyond the limit. The categories of a door lie
    side by side, so that the compiler takes several in one step: a third of the time of door after door per category.
    """
    limit_s, reach_s, columns = bounds.limit_s, bounds.reach_s, node_s.shape[1]
    for door in range(begin, end):
        at_tail, at_head = node_s[legs.tail[door]], node_s[legs.head[door]]
        to_tail_s, to_head_s, access_s = legs.to_tail_s[door], legs.to_head_s[door], legs.access_s[door]
        found_s = seconds[legs.row[door], first : first + columns]
        for column in range(columns):
            one_s, other_s = at_tail[column] + to_tail_s, at_head[column] + to_head_s
            best_s = (one_s if one_s < other_s else other_s) + access_s
            whole_s = np.floor(best_s + 0.5)
            clean_s = whole_s if abs(best_s - whole_s) < NOISE_S else best_s
            clean_s = clean_s if clean_s < limit_s else limit_s
            found_s[column] = clean_s if best_s <= reach_s else np.inf


@njit(nogil=True, cache=True)
def answer_on_own_streets(graph: Graph, sources: Stops, legs: DoorLegs, bounds: Bounds, seconds: Floats, column: int) -> None:
    """Doors on the streets of a category's own facilities need not go round by a junction; after ``answer_doors``."""
    for source in range(len(sources.edge)):
        own = sources.edge[source]
        door = legs.first[own]
        while door >= 0:
            best_s = sources.access_s[source] + between_s(graph, own, sources.share[source], legs.share[door]) + legs.access_s[door]
            if best_s <= bounds.reach_s:
                seconds[legs.row[door], column] = min(seconds[legs.row[door], column], without_noise(best_s, bounds))
            door = legs.following[door]


@njit(nogil=True, cache=True)
def share_within(left_s: float, whole_s: float) -> float:
    """How much of an edge can be walked in the time left; all of it where it takes no time, none of it where it is closed."""
    left_s = max(left_s, 0.0)
    if whole_s == np.inf:
        return 0.0
    return 1.0 if whole_s <= left_s else left_s / whole_s


@njit(nogil=True, cache=True)
def cover(graph: Graph, sources: Stops, bounds: Bounds, space: Workspace) -> tuple[Ints, Ints, Floats, Floats]:
    """Covered parts of all edges, after ``spread``: edges covered whole, then edge, start and end (shares) of the other parts.

    Both lists are sorted by edge; parts that meet are one. ``sources`` must be sorted by edge.
    """
    limit_s, time_s = bounds.limit_s, space.time_s
    whole, wholes = np.empty(len(graph.tail), np.int32), 0
    edge, start, end = np.empty(4096, np.int32), np.empty(4096), np.empty(4096)
    filled, source = 0, 0
    for number in range(len(graph.tail)):
        begin = source
        while source < len(sources.edge) and sources.edge[source] == number:
            source += 1
        down_s, up_s = graph.down_s[number], graph.up_s[number]
        left_tail, left_head = limit_s - time_s[graph.tail[number]], limit_s - time_s[graph.head[number]]
        until = share_within(left_tail, down_s) if left_tail >= -NOISE_S else -1.0
        since = 1.0 - share_within(left_head, up_s) if left_head >= -NOISE_S else 2.0
        if (until < 0.0 and since > 1.0 and begin == source) or (down_s == np.inf and up_s == np.inf):
            continue
        if until >= since or until >= 1.0 or since <= 0.0:
            whole[wholes] = number
            wholes += 1
            continue
        if filled + 2 + source - begin > len(edge):
            more = len(edge) + source - begin
            edge = np.concatenate((edge, np.empty(more, np.int32)))
            start, end = np.concatenate((start, np.empty(more))), np.concatenate((end, np.empty(more)))
        opened = filled
        if until >= 0.0:
            start[filled], end[filled] = 0.0, until
            filled += 1
        for row in range(begin, source):
            left_s = limit_s - sources.access_s[row]
            if left_s >= -NOISE_S:
                start[filled] = max(sources.share[row] - share_within(left_s, up_s), 0.0)
                end[filled] = min(sources.share[row] + share_within(left_s, down_s), 1.0)
                filled += 1
        if since <= 1.0:
            start[filled], end[filled] = since, 1.0
            filled += 1
        if begin < source:
            filled = opened + _joined(start[opened:filled], end[opened:filled])
            if filled == opened + 1 and start[opened] <= 0.0 and end[opened] >= 1.0:
                whole[wholes] = number
                wholes += 1
                filled = opened
        edge[opened:filled] = number
    return whole[:wholes].copy(), edge[:filled].copy(), start[:filled].copy(), end[:filled].copy()


@njit(nogil=True, cache=True)
def _joined(start: Floats, end: Floats) -> int:
    """Join parts that meet, in place, sorted; returns how many are left."""
    order = np.argsort(start)
    first, last = start[order], end[order]
    count = 0
    for row in range(len(first)):
        if count and first[row] <= end[count - 1]:
            end[count - 1] = max(end[count - 1], last[row])
        else:
            start[count], end[count] = first[row], last[row]
            count += 1
    return count
