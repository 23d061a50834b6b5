"""Walking time between all pairs of places within a limit, as a sparse matrix with explicit zeros."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from gis.arcs import Arcs
from gis.attachment import Attached
from servicecircle.flat import DoorsOnEdges, Stops, Workspace, bounds_of, graph_of, take_stops
from servicecircle.place_search import pairs_of_origins
from servicecircle.stops import search_in_threads, stops_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]

ORIGINS_AT_ONCE = 64  # per call of the compiled code; small enough to share out evenly, large enough to hide the call


def pair_seconds(arcs: Arcs, starts: Attached, ends: Attached, *, limit_s: float, threads: int) -> csr_array:
    """Seconds from each start to each end, shape (starts, ends)."""
    origins = _in_order(stops_of(starts, np.arange(len(starts)), np.arange(len(starts))))
    doors = stops_of(ends, np.arange(len(ends)), np.arange(len(ends)))
    bounds = bounds_of(arcs, limit_s, origins.access_s)
    graph, lookup = graph_of(arcs), doors_on_edges(arcs, doors)
    chunks = range(0, len(origins.edge), ORIGINS_AT_ONCE)
    found: list[tuple[Ints, Ints, Floats]] = [(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0))] * len(chunks)
    count = min(threads, max(len(chunks), 1))

    def search(number: int, space: Workspace) -> None:
        part = take_stops(origins, slice(chunks[number], chunks[number] + ORIGINS_AT_ONCE))
        found[number] = pairs_of_origins(graph, part, doors, lookup, bounds, space)

    search_in_threads(arcs, search, range(len(chunks)), count)
    per_origin = np.zeros(len(starts) + 1, dtype=np.int64)
    per_origin[origins.rank.astype(np.int64) + 1] = np.concatenate([np.empty(0, np.int32), *(sizes for sizes, _, _ in found)])
    columns = np.concatenate([np.empty(0, np.int32), *(column for _, column, _ in found)])
    seconds = np.concatenate([np.empty(0), *(values for _, _, values in found)])
    return csr_array((seconds, columns, np.cumsum(per_origin)), shape=(len(starts), len(ends)))


def _in_order(stops: Stops) -> Stops:
    """Origins by row, since the rows of the matrix are put together in that order."""
    return take_stops(stops, np.argsort(stops.rank, kind="stable"))


def doors_on_edges(arcs: Arcs, doors: Stops) -> DoorsOnEdges:
    """Where to find the doors of an edge and the edges with doors of a node. Doors must be sorted by edge."""
    first_door = np.searchsorted(doors.edge, np.arange(len(arcs.tail) + 1)).astype(np.int32)
    edge = np.flatnonzero(np.diff(first_door)).astype(np.int32)
    is_loop = arcs.tail[edge] == arcs.head[edge]
    node = np.concatenate([arcs.tail[edge], arcs.head[edge][~is_loop]])
    edge = np.concatenate([edge, edge[~is_loop]])
    first_edge = np.zeros(arcs.node_count + 1, dtype=np.int32)
    np.cumsum(np.bincount(node, minlength=arcs.node_count), out=first_edge[1:])
    return DoorsOnEdges(first_door, first_edge, edge[np.argsort(node, kind="stable")])
