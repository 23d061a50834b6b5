"""Plain arrays and bounds the compiled search works on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gis.arcs import Arcs

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Counts = npt.NDArray[np.uint32]

NOBODY = np.int32(2**31 - 1)
NOISE_S = 1e-9  # sums of a thousand times are exact to about a tenth of this; nobody walks anywhere in it
MANY_STEPS = 1000.0
NODES_AT_HAND = 131_072  # times of so many nodes, one megabyte, stay in a processor's own cache
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


class DoorLegs(NamedTuple):
    """Doors as many searches need them: both ends of the street, the seconds to each, and the row of the door's result.

    Node numbers and rows are unsigned: the compiler need not ask whether they count from the end.
    """

    tail: Counts
    head: Counts
    to_tail_s: Floats  # along the street, without ``access_s``
    to_head_s: Floats
    access_s: Floats
    share: Floats
    row: Counts
    first: Ints  # (m,) a door on each edge, -1 = none
    following: Ints  # the next door on the same edge, -1 = none


class Workspace(NamedTuple):
    """Scratch arrays of one thread. Between searches ``time_s`` is inf and ``owner`` NOBODY everywhere, ``stop_of_edge`` -1."""

    time_s: Floats
    owner: Ints
    touched: Ints
    after: Ints
    before: Ints
    stop_of_edge: Ints


class Bounds(NamedTuple):
    """How far to search and how wide a bucket is. ``reach_s`` is the limit and the noise of sums above it."""

    limit_s: float
    reach_s: float
    width_s: float
    buckets: int


def graph_of(arcs: Arcs) -> Graph:
    """The arcs as a tuple compiled code can take."""
    return Graph(arcs.first, arcs.neighbour, arcs.cost_s, arcs.edge, arcs.tail, arcs.head, arcs.down_s, arcs.up_s)


def bounds_of(arcs: Arcs, limit_s: float, access_s: Floats) -> Bounds:
    """How far a search from sources with these access times goes; no walk is longer than all arcs together."""
    typical_s = float(arcs.cost_s.mean()) if len(arcs.cost_s) else 1.0
    farthest_s = limit_s
    if limit_s > MANY_STEPS * typical_s:  # only then is it worth knowing that the town ends earlier
        longest_s = float(arcs.cost_s.sum() + arcs.down_s[np.isfinite(arcs.down_s)].max(initial=0.0) + arcs.up_s[np.isfinite(arcs.up_s)].max(initial=0.0))
        farthest_s = min(limit_s, longest_s + float(access_s.max(initial=0.0)))
    width_s = max(typical_s, farthest_s / MOST_BUCKETS, 1e-9)
    return Bounds(limit_s, limit_s + NOISE_S, width_s, int(farthest_s / width_s) + 2)


def new_workspace(arcs: Arcs) -> Workspace:
    """Scratch for one thread."""
    count = arcs.node_count
    return Workspace(
        np.full(count, np.inf),
        np.full(count, NOBODY, dtype=np.int32),
        np.empty(count, dtype=np.int32),
        np.empty(count, dtype=np.int32),
        np.empty(count, dtype=np.int32),
        np.full(len(arcs.tail), -1, dtype=np.int32),
    )


class DoorsOnEdges(NamedTuple):
    """Doors sorted by edge, and for each node the edges with doors that end there (a loop once)."""

    first_door: Ints  # (m + 1,)
    first_edge: Ints  # (n + 1,)
    edge: Ints
