"""The search itself: bounded multi-source shortest times over flat arrays, compiled, exact, without the interpreter lock.

Nodes wait in buckets of equal width. A bucket is worked until it stays empty, so every node ends with its least time
whatever the width; the width only decides how often a node is looked at twice. Ties between sources go to the smaller rank.

``category_search`` and ``place_search`` build on it. The compiler's cache notices a change of the file a function stands in, not of
the files it calls into: ``./wangge`` throws the cache away whenever one of them changed.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from servicecircle.flat import NOBODY, NOISE_S, Bounds, Graph, Stops, Workspace

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]


IDLE = -2  # in ``before``: the node waits in no bucket


@njit(nogil=True, cache=True)
def part_s(share: float, whole_s: float) -> float:
    """Seconds of a share of an edge; nothing of a closed edge takes no time."""
    return share * whole_s if share > 0.0 else 0.0


@njit(nogil=True, cache=True)
def _start(graph: Graph, sources: Stops, reach_s: float, space: Workspace, owner: Ints | None) -> int:
    """Times of the nodes at both ends of the sources' edges; returns how many there are."""
    count = 0
    for source in range(len(sources.edge)):
        edge, share, access_s, who = sources.edge[source], sources.share[source], sources.access_s[source], sources.rank[source]
        for end in range(2):
            node = graph.tail[edge] if end == 0 else graph.head[edge]
            way_s = access_s + (part_s(share, graph.up_s[edge]) if end == 0 else part_s(1.0 - share, graph.down_s[edge]))
            known_s = space.time_s[node]
            if way_s > reach_s or way_s == np.inf or way_s > known_s:
                continue
            if owner is None:
                if way_s == known_s:
                    continue
            elif way_s == known_s and who >= owner[node]:
                continue
            if known_s == np.inf:
                space.touched[count] = node
                count += 1
            space.time_s[node] = way_s
            if owner is not None:
                owner[node] = who
    return count


@njit(nogil=True, cache=True)
def spread(graph: Graph, sources: Stops, bounds: Bounds, space: Workspace) -> int:
    """Fill ``space.time_s`` and ``space.owner`` from the sources; returns how many nodes were reached (``space.touched``)."""
    return _spread(graph, sources, bounds, space, space.owner)


@njit(nogil=True, cache=True)
def spread_times(graph: Graph, sources: Stops, bounds: Bounds, space: Workspace) -> int:
    """The same times, to the bit, without asking which source they come from; ``space.owner`` is left alone."""
    return _spread(graph, sources, bounds, space, None)


@njit(nogil=True, cache=True)
def _spread(graph: Graph, sources: Stops, bounds: Bounds, space: Workspace, owner: Ints | None) -> int:
    """The search, compiled once with owners and once without (a branch on ``None`` is decided by the compiler).

    A node waits in at most one bucket, in a list linked through ``after`` and ``before``: a better way moves it, so nothing is
    ever stale and nothing grows. Written flat on purpose, with the arrays named once: split into small functions it takes
    2.5 times as long (measured on 250 000 nodes).
    """
    first, neighbour, cost_s = graph.first, graph.neighbour, graph.cost_s
    time_s, touched, after, before = space.time_s, space.touched, space.after, space.before
    heads = np.full(bounds.buckets, -1, dtype=np.int32)
    reach_s, per_s = bounds.reach_s, 1.0 / bounds.width_s
    count = _start(graph, sources, reach_s, space, owner)
    for row in range(count):
        node = touched[row]
        bucket = int(time_s[node] * per_s)
        head = heads[bucket]
        after[node], before[node] = head, -1
        if head >= 0:
            before[head] = node
        heads[bucket] = node
    for bucket in range(bounds.buckets):
        node = heads[bucket]
        while node >= 0:
            behind = after[node]
            heads[bucket] = behind
            if behind >= 0:
                before[behind] = -1
            before[node] = IDLE
            here_s = time_s[node]
            if owner is not None:
                who = owner[node]
            for arc in range(first[node], first[node + 1]):
                other = neighbour[arc]
                way_s, known_s = here_s + cost_s[arc], time_s[other]
                if way_s > known_s or way_s > reach_s:
                    continue
                if owner is None:
                    if way_s == known_s:
                        continue
                elif way_s == known_s and who >= owner[other]:
                    continue
                target = int(way_s * per_s)
                if known_s == np.inf:
                    touched[count] = other
                    count += 1
                elif before[other] != IDLE:
                    waiting = int(known_s * per_s)
                    if waiting == target:
                        time_s[other] = way_s
                        if owner is not None:
                            owner[other] = who
                        continue
                    ahead, behind = before[other], after[other]
                    if ahead >= 0:
                        after[ahead] = behind
                    else:
                        heads[waiting] = behind
                    if behind >= 0:
                        before[behind] = ahead
                time_s[other] = way_s
                if owner is not None:
                    owner[other] = who
                head = heads[target]
                after[other], before[other] = head, -1
                if head >= 0:
                    before[head] = other
                heads[target] = other
            node = heads[bucket]
    return count


@njit(nogil=True, cache=True)
def forget(space: Workspace, touched: int) -> None:
    """Make the workspace ready for the next search."""
    for row in range(touched):
        space.time_s[space.touched[row]] = np.inf
        space.owner[space.touched[row]] = NOBODY


@njit(nogil=True, cache=True)
def without_noise(seconds: float, bounds: Bounds) -> float:
    """The time a walk would take without the noise of adding up: 900.0000000000001 is 900 and within 900."""
    whole = np.floor(seconds + 0.5)
    return min(whole if abs(seconds - whole) < NOISE_S else seconds, bounds.limit_s)


@njit(nogil=True, cache=True)
def between_s(graph: Graph, edge: int, start: float, end: float) -> float:
    """Seconds from one share of an edge to another, straight along it."""
    return part_s(end - start, graph.down_s[edge]) if end >= start else part_s(start - end, graph.up_s[edge])


@njit(nogil=True, cache=True)
def arrive(graph: Graph, sources: Stops, doors: Stops, bounds: Bounds, space: Workspace, seconds: Floats, owner: Ints) -> None:
    """Least seconds and the source they come from for each door, after ``spread``. ``sources`` must be sorted by edge."""
    for source in range(len(sources.edge) - 1, -1, -1):
        space.stop_of_edge[sources.edge[source]] = source
    for door in range(len(doors.edge)):
        edge, share = doors.edge[door], doors.share[door]
        tail, head = graph.tail[edge], graph.head[edge]
        best_s, best = space.time_s[tail] + part_s(share, graph.down_s[edge]), space.owner[tail]
        other_s = space.time_s[head] + part_s(1.0 - share, graph.up_s[edge])
        if other_s < best_s or (other_s == best_s and space.owner[head] < best):
            best_s, best = other_s, space.owner[head]
        source = space.stop_of_edge[edge]
        while 0 <= source < len(sources.edge) and sources.edge[source] == edge:
            other_s = sources.access_s[source] + between_s(graph, edge, sources.share[source], share)
            if other_s < best_s or (other_s == best_s and sources.rank[source] < best):
                best_s, best = other_s, sources.rank[source]
            source += 1
        best_s += doors.access_s[door]
        if best_s <= bounds.reach_s:
            seconds[doors.rank[door]] = without_noise(best_s, bounds)
            owner[doors.rank[door]] = best
    for source in range(len(sources.edge)):
        space.stop_of_edge[sources.edge[source]] = -1


@njit(nogil=True, cache=True)
def serve(graph: Graph, sources: Stops, doors: Stops, bounds: Bounds, space: Workspace, seconds: Floats, owner: Ints) -> None:
    """One category: search from its facilities, write the doors' results (at ``doors.rank``), leave the workspace clean."""
    touched = spread(graph, sources, bounds, space)
    arrive(graph, sources, doors, bounds, space, seconds, owner)
    forget(space, touched)
