"""Which stretches of street lie within a walking limit: closed form on every edge, no sampling."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.ops import substring

from contracts.columns import EDGE, FROM_M, TO_M
from gis.arcs import Arcs
from gis.network import WalkNetwork
from servicecircle.flat import NOISE_S, Stops, bounds_of, graph_of, new_workspace
from servicecircle.search import spread

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SAME_M = 1e-6  # stretches of one street closer than this are one


def covered_stretches(network: WalkNetwork, sources: Stops, *, limit_s: float) -> gpd.GeoDataFrame:
    """Stretches from which a source is reached in time: ``edge``, ``from_m``, ``to_m``, ``geometry``; see ``covered_streets``."""
    edge, start, end = covered_shares(network, sources, limit_s=limit_s)
    pieces = network.pieces
    row = pieces.row[edge]
    from_m = pieces.start_m[edge] + start * pieces.length_m[edge]
    to_m = pieces.start_m[edge] + end * pieces.length_m[edge]
    row, from_m, to_m = merge_intervals(row, from_m, to_m, gap=SAME_M)
    long_enough = to_m - from_m > SAME_M
    row, from_m, to_m = row[long_enough], from_m[long_enough], to_m[long_enough]
    geometry = _cut(network, row, from_m, to_m)
    table = pd.DataFrame({EDGE: network.streets.index.take(row), FROM_M: from_m, TO_M: to_m})
    return gpd.GeoDataFrame(table, geometry=geometry, crs=network.streets.crs)


def covered_shares(network: WalkNetwork, sources: Stops, *, limit_s: float) -> tuple[Ints, Floats, Floats]:
    """Covered parts of edges as shares of their length: edge, start, end; sorted, merged where they meet."""
    arcs = network.towards
    bounds = bounds_of(arcs, limit_s, sources.access_s)
    space = new_workspace(arcs)
    touched = spread(graph_of(arcs), sources, bounds, space)
    near = _edges_at(arcs, space.touched[:touched])
    left_tail, left_head = limit_s - space.time_s[arcs.tail[near]], limit_s - space.time_s[arcs.head[near]]
    own = sources.edge.astype(np.int64)
    left_own = limit_s - sources.access_s
    edge = np.concatenate([near, near, own])
    start = np.concatenate([np.zeros(len(near)), 1.0 - _share_within(left_head, arcs.up_s[near]), sources.share - _share_within(left_own, arcs.up_s[own])])
    end = np.concatenate([_share_within(left_tail, arcs.down_s[near]), np.ones(len(near)), sources.share + _share_within(left_own, arcs.down_s[own])])
    left_s = np.concatenate([left_tail, left_head, left_own])
    reached = (left_s >= -NOISE_S) & network.is_walkable[edge]
    edge, start, end = edge[reached], np.clip(start[reached], 0.0, 1.0), np.clip(end[reached], 0.0, 1.0)
    return merge_intervals(edge, start, end, gap=0.0)


def _edges_at(arcs: Arcs, nodes: npt.NDArray[np.int32]) -> Ints:
    """The edges that end at some nodes, each once."""
    first, edge = arcs.edges_at
    count = first[nodes + 1] - first[nodes]
    place = np.repeat(first[nodes] - np.cumsum(count) + count, count) + np.arange(count.sum())
    return np.unique(edge[place]).astype(np.int64)


def _share_within(left_s: Floats, whole_s: Floats) -> Floats:
    """How much of an edge can be walked in the time left; all of it where it takes no time, none of it where it is closed."""
    left_s = np.maximum(left_s, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = left_s / whole_s
    return np.where(np.isinf(whole_s), 0.0, np.where(whole_s <= left_s, 1.0, share))


def merge_intervals(group: Ints, start: Floats, end: Floats, *, gap: float) -> tuple[Ints, Floats, Floats]:
    """Union of intervals within each group, sorted; two no further apart than ``gap`` become one."""
    order = np.lexsort((end, start, group))
    group, start, end = group[order], start[order], end[order]
    if not len(group):
        return group, start, end
    reach = pd.Series(end).groupby(group).cummax().to_numpy()
    opens = np.r_[True, (group[1:] != group[:-1]) | (start[1:] > reach[:-1] + gap)]
    first = np.flatnonzero(opens)
    return group[first], start[first], np.maximum.reduceat(end, first)


def _cut(network: WalkNetwork, row: Ints, from_m: Floats, to_m: Floats) -> npt.NDArray[np.object_]:
    """Geometry of stretches in the caller's system; a whole street is the caller's own line."""
    geometry = network.streets.to_numpy()[row]
    partial = np.flatnonzero((from_m > SAME_M) | (to_m < network.street_length_m[row] - SAME_M))
    if not len(partial):
        return geometry
    lines = shapely.force_2d(network.streets.iloc[row[partial]].to_crs(network.crs).to_numpy())
    scale = shapely.length(lines) / network.street_length_m[row[partial]]
    cut = [substring(line, start, end) for line, start, end in zip(lines, from_m[partial] * scale, to_m[partial] * scale, strict=True)]
    geometry[partial] = gpd.GeoSeries(cut, crs=network.crs).to_crs(network.streets.crs).to_numpy()
    return geometry
