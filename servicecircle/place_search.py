"""One search for each place, compiled: seconds of all pairs within a limit, and the nearest few of many sources."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from servicecircle.flat import Bounds, DoorsOnEdges, Graph, Stops, Workspace
from servicecircle.search import between_s, forget, part_s, spread, without_noise

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]


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
