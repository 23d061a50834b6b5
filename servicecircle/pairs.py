"""Walking time between all pairs of places within a limit, as a sparse matrix with explicit zeros."""

from __future__ import annotations

from queue import SimpleQueue
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy.sparse import csr_array

from gis.arcs import Arcs
from gis.attachment import Attached
from servicecircle.search import Bounds, Graph, Stops, Workspace, between_s, bounds_of, forget, graph_of, new_workspace, part_s, spread, take_stops
from servicecircle.stops import in_threads, stops_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]

ORIGINS_AT_ONCE = 64  # per call of the compiled code; small enough to share out evenly, large enough to hide the call


class DoorsOnEdges(NamedTuple):
    """Doors sorted by edge, and for each node the edges with doors that end there (a loop once)."""

    first_door: Ints  # (m + 1,)
    first_edge: Ints  # (n + 1,)
    edge: Ints


def pair_seconds(arcs: Arcs, starts: Attached, ends: Attached, *, limit_s: float, threads: int) -> csr_array:
    """Seconds from each start to each end, shape (starts, ends)."""
    origins = _in_order(stops_of(starts, np.arange(len(starts)), np.arange(len(starts))))
    doors = stops_of(ends, np.arange(len(ends)), np.arange(len(ends)))
    bounds = bounds_of(arcs, limit_s, origins.access_s)
    graph, lookup = graph_of(arcs), _doors_on_edges(arcs, doors)
    chunks = range(0, len(origins.edge), ORIGINS_AT_ONCE)
    found: list[tuple[Ints, Ints, Floats]] = [(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0))] * len(chunks)
    count = min(threads, max(len(chunks), 1))
    spaces: SimpleQueue[Workspace] = SimpleQueue()
    for _ in range(count):
        spaces.put(new_workspace(arcs, bounds))

    def search(number: int) -> None:
        space = spaces.get()
        part = take_stops(origins, slice(chunks[number], chunks[number] + ORIGINS_AT_ONCE))
        found[number] = _pairs_of_origins(graph, part, doors, lookup, bounds, space)
        spaces.put(space)

    in_threads(search, range(len(chunks)), count)
    per_origin = np.zeros(len(starts) + 1, dtype=np.int64)
    per_origin[origins.rank.astype(np.int64) + 1] = np.concatenate([np.empty(0, np.int32), *(sizes for sizes, _, _ in found)])
    columns = np.concatenate([np.empty(0, np.int32), *(column for _, column, _ in found)])
    seconds = np.concatenate([np.empty(0), *(values for _, _, values in found)])
    return csr_array((seconds, columns, np.cumsum(per_origin)), shape=(len(starts), len(ends)))


def _in_order(stops: Stops) -> Stops:
    """Origins by row, since the rows of the matrix are put together in that order."""
    return take_stops(stops, np.argsort(stops.rank, kind="stable"))


def _doors_on_edges(arcs: Arcs, doors: Stops) -> DoorsOnEdges:
    first_door = np.searchsorted(doors.edge, np.arange(len(arcs.tail) + 1)).astype(np.int32)
    edge = np.flatnonzero(np.diff(first_door)).astype(np.int32)
    is_loop = arcs.tail[edge] == arcs.head[edge]
    node = np.concatenate([arcs.tail[edge], arcs.head[edge][~is_loop]])
    edge = np.concatenate([edge, edge[~is_loop]])
    first_edge = np.zeros(arcs.node_count + 1, dtype=np.int32)
    np.cumsum(np.bincount(node, minlength=arcs.node_count), out=first_edge[1:])
    return DoorsOnEdges(first_door, first_edge, edge[np.argsort(node, kind="stable")])


@njit(nogil=True, cache=True)
def _pairs_of_origins(graph: Graph, origins: Stops, doors: Stops, lookup: DoorsOnEdges, bounds: Bounds, space: Workspace) -> tuple[Ints, Ints, Floats]:
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
