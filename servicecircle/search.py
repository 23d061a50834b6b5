"""The search itself: bounded multi-source shortest times over flat arrays, compiled, exact, without the interpreter lock.

Nodes wait in buckets of equal width. A bucket is worked until it stays empty, so every node ends with its least time
whatever the width; the width only decides how often a node is looked at twice. Ties between sources go to the smaller rank.

All compiled code lives in this one file: the compiler's cache notices a change of the file a function stands in, not of the
files it calls into.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from servicecircle.flat import NOBODY, NODES_AT_HAND, NOISE_S, Bounds, DoorLegs, DoorsOnEdges, Graph, Stops, Workspace

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


@njit(nogil=True, cache=True)
def lay_doors(graph: Graph, doors: Stops) -> DoorLegs:
    """What every search needs of the doors, once; in a large town in the order in which their streets lie in memory.

    The times of a small town's nodes stay at hand whatever the order, and results written one after the other save more.
    """
    count, nodes = len(doors.edge), len(graph.first) - 1
    order = np.arange(count).astype(np.int32)
    if nodes > NODES_AT_HAND:
        order = _counted_order(graph.tail[doors.edge], nodes)
    tail, head, row = np.empty(count, np.uint32), np.empty(count, np.uint32), np.empty(count, np.uint32)
    to_tail_s, to_head_s, access_s, share = np.empty(count), np.empty(count), np.empty(count), np.empty(count)
    first, following = np.full(len(graph.tail), -1, np.int32), np.empty(count, np.int32)
    in_order = True
    for place in range(count):
        door = order[place]
        own, share[place] = doors.edge[door], doors.share[door]
        row[place], access_s[place] = doors.rank[door], doors.access_s[door]
        tail[place], head[place] = graph.tail[own], graph.head[own]
        to_tail_s[place], to_head_s[place] = part_s(share[place], graph.down_s[own]), part_s(1.0 - share[place], graph.up_s[own])
        following[place], first[own] = first[own], place
        in_order = in_order and doors.rank[door] == place
    return DoorLegs(tail, head, to_tail_s, to_head_s, access_s, share, row, first, following, in_order)


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
def arrive_times(graph: Graph, sources: Stops, legs: DoorLegs, bounds: Bounds, space: Workspace, seconds: Floats) -> None:
    """Least seconds of each door at its row, ``inf`` beyond the limit: what ``arrive`` finds, to the bit, without owners.

    The loop over doors reads and writes straight on where it can, so that the compiler takes several doors in one step.
    """
    if legs.in_order:
        _from_both_ends(legs, bounds, space.time_s, seconds[: len(legs.row)])
    else:
        found_s = np.empty(len(legs.row))
        _from_both_ends(legs, bounds, space.time_s, found_s)
        for door in range(len(legs.row)):
            seconds[legs.row[door]] = found_s[door]
    for source in range(len(sources.edge)):
        own = sources.edge[source]
        door = legs.first[own]
        while door >= 0:
            best_s = sources.access_s[source] + between_s(graph, own, sources.share[source], legs.share[door]) + legs.access_s[door]
            if best_s <= bounds.reach_s:
                seconds[legs.row[door]] = min(seconds[legs.row[door]], without_noise(best_s, bounds))
            door = legs.following[door]


@njit(nogil=True, cache=True)
def _from_both_ends(legs: DoorLegs, bounds: Bounds, time_s: Floats, found_s: Floats) -> None:
    """Seconds of each door over the nearer end of its street."""
    tail, head, to_tail_s, to_head_s, access_s = legs.tail, legs.head, legs.to_tail_s, legs.to_head_s, legs.access_s
    limit_s, reach_s = bounds.limit_s, bounds.reach_s
    for door in range(len(found_s)):
        one_s, other_s = time_s[tail[door]] + to_tail_s[door], time_s[head[door]] + to_head_s[door]
        best_s = (one_s if one_s < other_s else other_s) + access_s[door]
        whole_s = np.floor(best_s + 0.5)
        clean_s = whole_s if abs(best_s - whole_s) < NOISE_S else best_s
        clean_s = clean_s if clean_s < limit_s else limit_s
        found_s[door] = clean_s if best_s <= reach_s else np.inf


@njit(nogil=True, cache=True)
def serve_times(graph: Graph, sources: Stops, legs: DoorLegs, bounds: Bounds, space: Workspace, seconds: Floats) -> None:
    """One category without owners: search, write the doors' seconds, leave the workspace clean."""
    touched = spread_times(graph, sources, bounds, space)
    arrive_times(graph, sources, legs, bounds, space, seconds)
    for row in range(touched):
        space.time_s[space.touched[row]] = np.inf


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


@njit(nogil=True, cache=True)
def serve_all(graph: Graph, sources: Stops, legs: DoorLegs, bounds: Bounds, space: Workspace, seconds: Floats) -> tuple[Ints, Ints, Floats, Floats]:
    """One category's doors and covered parts of streets from one search; leaves the workspace clean."""
    touched = spread_times(graph, sources, bounds, space)
    arrive_times(graph, sources, legs, bounds, space, seconds)
    parts = cover(graph, sources, bounds, space)
    for row in range(touched):
        space.time_s[space.touched[row]] = np.inf
    return parts


@njit(nogil=True, cache=True)
def pairs_of_origins(graph: Graph, origins: Stops, doors: Stops, lookup: DoorsOnEdges, bounds: Bounds, space: Workspace) -> tuple[Ints, Ints, Floats]:
    """Pairs of some origins: how many each has, and their doors and seconds one origin after the other."""
    sizes = np.zeros(len(origins.edge), dtype=np.int32)
    columns, seconds = np.empty(1024, dtype=np.int32), np.empty(1024)
    filled = 0
    for origin in range(len(origins.edge)):
        own = origins.edge[origin]
        touched = spread(graph, _one(origins, origin), bounds, space)
        begin = filled
        if space.time_s[graph.tail[own]] == np.inf and space.time_s[graph.head[own]] == np.inf:
            columns, seconds, filled = _add_doors(graph, origins, origin, doors, lookup, bounds, space, own, columns, seconds, filled)
        for row in range(touched):
            node = space.touched[row]
            for number in range(lookup.first_edge[node], lookup.first_edge[node + 1]):
                edge = lookup.edge[number]
                if graph.tail[edge] == node or space.time_s[graph.tail[edge]] == np.inf:
                    columns, seconds, filled = _add_doors(graph, origins, origin, doors, lookup, bounds, space, edge, columns, seconds, filled)
        order = np.argsort(columns[begin:filled])
        columns[begin:filled] = columns[begin:filled][order]
        seconds[begin:filled] = seconds[begin:filled][order]
        sizes[origin] = filled - begin
        forget(space, touched)
    return sizes, columns[:filled].copy(), seconds[:filled].copy()


@njit(nogil=True, cache=True)
def _one(stops: Stops, row: int) -> Stops:
    return Stops(stops.edge[row : row + 1], stops.share[row : row + 1], stops.access_s[row : row + 1], stops.rank[row : row + 1])


@njit(nogil=True, cache=True)
def _add_doors(
    graph: Graph,
    origins: Stops,
    origin: int,
    doors: Stops,
    lookup: DoorsOnEdges,
    bounds: Bounds,
    space: Workspace,
    edge: int,
    columns: Ints,
    seconds: Floats,
    filled: int,
) -> tuple[Ints, Floats, int]:
    """Append the doors of one edge that are within the limit; the arrays grow as needed."""
    for door in range(lookup.first_door[edge], lookup.first_door[edge + 1]):
        best_s = _door_s(graph, origins, origin, doors.share[door], space, edge) + doors.access_s[door]
        if best_s <= bounds.reach_s and best_s < np.inf:
            if filled == len(columns):
                columns, seconds = np.concatenate((columns, np.empty_like(columns))), np.concatenate((seconds, np.empty_like(seconds)))
            columns[filled] = doors.rank[door]
            seconds[filled] = without_noise(best_s, bounds)
            filled += 1
    return columns, seconds, filled


@njit(nogil=True, cache=True)
def keep_nearest(
    graph: Graph, sources: Stops, doors: Stops, lookup: DoorsOnEdges, bounds: Bounds, space: Workspace, seconds: Floats, owner: Ints, within: Ints
) -> None:
    """The nearest few sources of every door, and how many are within the limit: one search per source, the best kept in order.

    ``seconds`` and ``owner`` have shape (doors, k) at ``doors.rank``, filled with inf and NOBODY; ``within`` has one count per door.
    """
    for source in range(len(sources.edge)):
        own = sources.edge[source]
        touched = spread(graph, _one(sources, source), bounds, space)
        if space.time_s[graph.tail[own]] == np.inf and space.time_s[graph.head[own]] == np.inf:
            _keep_on_edge(graph, sources, source, doors, lookup, bounds, space, own, seconds, owner, within)
        for row in range(touched):
            node = space.touched[row]
            for number in range(lookup.first_edge[node], lookup.first_edge[node + 1]):
                edge = lookup.edge[number]
                if graph.tail[edge] == node or space.time_s[graph.tail[edge]] == np.inf:
                    _keep_on_edge(graph, sources, source, doors, lookup, bounds, space, edge, seconds, owner, within)
        forget(space, touched)


@njit(nogil=True, cache=True)
def _keep_on_edge(
    graph: Graph,
    sources: Stops,
    source: int,
    doors: Stops,
    lookup: DoorsOnEdges,
    bounds: Bounds,
    space: Workspace,
    edge: int,
    seconds: Floats,
    owner: Ints,
    within: Ints,
) -> None:
    """Enter one source with the doors of one edge; of equal times the smaller rank comes first."""
    who, most = sources.rank[source], seconds.shape[1]
    for door in range(lookup.first_door[edge], lookup.first_door[edge + 1]):
        best_s = _door_s(graph, sources, source, doors.share[door], space, edge) + doors.access_s[door]
        if not best_s <= bounds.reach_s or best_s == np.inf:
            continue
        best_s, target = without_noise(best_s, bounds), doors.rank[door]
        within[target] += 1
        place = most
        while place > 0 and (best_s < seconds[target, place - 1] or (best_s == seconds[target, place - 1] and who < owner[target, place - 1])):
            place -= 1
        for later in range(most - 1, place, -1):
            seconds[target, later], owner[target, later] = seconds[target, later - 1], owner[target, later - 1]
        if place < most:
            seconds[target, place], owner[target, place] = best_s, who


@njit(nogil=True, cache=True)
def _door_s(graph: Graph, origins: Stops, origin: int, share: float, space: Workspace, edge: int) -> float:
    """Seconds between one origin and a place on an edge, after ``spread`` from that origin."""
    best_s = min(
        space.time_s[graph.tail[edge]] + part_s(share, graph.down_s[edge]),
        space.time_s[graph.head[edge]] + part_s(1.0 - share, graph.up_s[edge]),
    )
    if edge == origins.edge[origin]:
        best_s = min(best_s, origins.access_s[origin] + between_s(graph, edge, origins.share[origin], share))
    return best_s
