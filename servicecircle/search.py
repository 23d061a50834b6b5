"""The search itself: bounded multi-source shortest times over flat arrays, compiled, exact, without the interpreter lock.

Nodes wait in buckets of equal width. A bucket is worked until it stays empty, so every node ends with its least time
whatever the width; the width only decides how often a node is looked at twice. Ties between sources go to the smaller rank.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from gis.arcs import Arcs

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]

NOBODY = np.int32(2**31 - 1)
MOST_BUCKETS = 1_000_000  # 4 MB; reached only by searches without a limit


class Graph(NamedTuple):
    """``gis.arcs.Arcs`` as the compiled code takes it."""

    first: Ints
    neighbour: Ints
    cost_s: Floats
    edge: Ints
    tail: Ints
    head: Ints
    down_s: Floats
    up_s: Floats


class Stops(NamedTuple):
    """Places on edges: edge number, share of the edge before the place, seconds between place and street, rank for ties."""

    edge: Ints
    share: Floats
    access_s: Floats
    rank: Ints


def take_stops(stops: Stops, rows: slice | npt.NDArray[np.int64]) -> Stops:
    """Some of the stops, in the order of ``rows``."""
    return Stops(stops.edge[rows], stops.share[rows], stops.access_s[rows], stops.rank[rows])


class Workspace(NamedTuple):
    """Scratch arrays of one thread. Between searches ``time_s`` is inf and ``owner`` NOBODY everywhere."""

    time_s: Floats
    owner: Ints
    bucket: Ints
    following: Ints
    preceding: Ints
    heads: Ints
    touched: Ints
    stop_of_edge: Ints


class Bounds(NamedTuple):
    """How far to search and how wide a bucket is."""

    limit_s: float
    width_s: float
    buckets: int


def graph_of(arcs: Arcs) -> Graph:
    """The arcs as a tuple compiled code can take."""
    return Graph(arcs.first, arcs.neighbour, arcs.cost_s, arcs.edge, arcs.tail, arcs.head, arcs.down_s, arcs.up_s)


def bounds_of(arcs: Arcs, limit_s: float, access_s: Floats) -> Bounds:
    """How far a search from sources with these access times goes; no walk is longer than all arcs together."""
    longest_s = float(arcs.cost_s.sum() + arcs.down_s[np.isfinite(arcs.down_s)].max(initial=0.0) + arcs.up_s[np.isfinite(arcs.up_s)].max(initial=0.0))
    reach_s = min(limit_s, longest_s + float(access_s.max(initial=0.0)))
    typical_s = float(arcs.cost_s.mean()) if len(arcs.cost_s) else 1.0
    width_s = max(typical_s, reach_s / MOST_BUCKETS, 1e-9)
    return Bounds(limit_s, width_s, int(reach_s / width_s) + 2)


def new_workspace(arcs: Arcs, bounds: Bounds) -> Workspace:
    """Scratch for one thread."""
    count = arcs.node_count
    return Workspace(
        np.full(count, np.inf),
        np.full(count, NOBODY, dtype=np.int32),
        np.full(count, -1, dtype=np.int32),
        np.empty(count, dtype=np.int32),
        np.empty(count, dtype=np.int32),
        np.full(bounds.buckets, -1, dtype=np.int32),
        np.empty(count, dtype=np.int32),
        np.full(len(arcs.tail), -1, dtype=np.int32),
    )


@njit(nogil=True, cache=True)
def part_s(share: float, whole_s: float) -> float:
    """Seconds of a share of an edge; nothing of a closed edge takes no time."""
    return share * whole_s if share > 0.0 else 0.0


@njit(nogil=True, cache=True)
def _reach_node(space: Workspace, bounds: Bounds, node: int, time_s: float, owner: int, touched: int) -> int:
    """Note a way to a node if it is better than what is known; returns how many nodes have been touched."""
    known_s = space.time_s[node]
    if not (time_s <= bounds.limit_s and (time_s < known_s or (time_s == known_s and owner < space.owner[node]))):
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
