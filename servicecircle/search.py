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

from servicecircle.flat import NOBODY, Bounds, DoorsOnEdges, Graph, Stops, Workspace

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]


@njit(nogil=True, cache=True)
def part_s(share: float, whole_s: float) -> float:
    """Seconds of a share of an edge; nothing of a closed edge takes no time."""
    return share * whole_s if share > 0.0 else 0.0


@njit(nogil=True, cache=True)
def _reach_node(space: Workspace, bounds: Bounds, node: int, time_s: float, owner: int, touched: int) -> int:
    """Note a way to a node if it is better than what is known; returns how many nodes have been touched."""
    known_s = space.time_s[node]
    if time_s > bounds.limit_s or time_s > known_s or time_s == np.inf:
        return touched
    if time_s == known_s and owner >= space.owner[node]:
        return touched
    if known_s == np.inf:
        space.touched[touched] = node
        touched += 1
    space.time_s[node] = time_s
    space.owner[node] = owner
    old, new = space.bucket[node], min(int(time_s / bounds.width_s), len(space.heads) - 1)
    if old == new:
        return touched
    if old >= 0:
        _unlink(space, node, old)
    head = space.heads[new]
    space.following[node] = head
    space.preceding[node] = -1
    if head >= 0:
        space.preceding[head] = node
    space.heads[new] = node
    space.bucket[node] = new
    return touched


@njit(nogil=True, cache=True)
def _unlink(space: Workspace, node: int, bucket: int) -> None:
    before, after = space.preceding[node], space.following[node]
    if before >= 0:
        space.following[before] = after
    else:
        space.heads[bucket] = after
    if after >= 0:
        space.preceding[after] = before
    space.bucket[node] = -1


@njit(nogil=True, cache=True)
def spread(graph: Graph, sources: Stops, bounds: Bounds, space: Workspace) -> int:
    """Fill ``space.time_s`` and ``space.owner`` from the sources; returns how many nodes were reached (``space.touched``)."""
    touched = 0
    for source in range(len(sources.edge)):
        edge, share, access_s, rank = sources.edge[source], sources.share[source], sources.access_s[source], sources.rank[source]
        touched = _reach_node(space, bounds, graph.tail[edge], access_s + part_s(share, graph.up_s[edge]), rank, touched)
        touched = _reach_node(space, bounds, graph.head[edge], access_s + part_s(1.0 - share, graph.down_s[edge]), rank, touched)
    for bucket in range(len(space.heads)):
        while space.heads[bucket] >= 0:
            node = space.heads[bucket]
            _unlink(space, node, bucket)
            time_s, owner = space.time_s[node], space.owner[node]
            for arc in range(graph.first[node], graph.first[node + 1]):
                touched = _reach_node(space, bounds, graph.neighbour[arc], time_s + graph.cost_s[arc], owner, touched)
    return touched


@njit(nogil=True, cache=True)
def forget(space: Workspace, touched: int) -> None:
    """Make the workspace ready for the next search."""
    for row in range(touched):
        space.time_s[space.touched[row]] = np.inf
        space.owner[space.touched[row]] = NOBODY


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
        if best_s <= bounds.limit_s:
            seconds[doors.rank[door]] = best_s
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
        share = doors.share[door]
        best_s = min(
            space.time_s[graph.tail[edge]] + part_s(share, graph.down_s[edge]),
            space.time_s[graph.head[edge]] + part_s(1.0 - share, graph.up_s[edge]),
        )
        if edge == origins.edge[origin]:
            best_s = min(best_s, origins.access_s[origin] + between_s(graph, edge, origins.share[origin], share))
        best_s += doors.access_s[door]
        if best_s <= bounds.limit_s and best_s < np.inf:
            if filled == len(columns):
                columns, seconds = np.concatenate((columns, np.empty_like(columns))), np.concatenate((seconds, np.empty_like(seconds)))
            columns[filled] = doors.rank[door]
            seconds[filled] = best_s
            filled += 1
    return columns, seconds, filled
