"""Street edges of one tile: every line cut where it meets another, with its class, name group, bridge and underpass."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import LineString

from data.city_ground import Ground
from data.city_streets import SNAP_M, StreetPlan

NEAR_M = 0.03  # an end this close to a street meets it; ends are rounded to centimetres


@dataclass(frozen=True)
class Edges:
    """Street edges of a tile, equal length arrays; ends that meet have equal coordinates."""

    lines: np.ndarray
    highway: np.ndarray
    group: np.ndarray
    bridge: np.ndarray
    tunnel: np.ndarray


def _with_ends(lines: np.ndarray) -> np.ndarray:
    """The same lines with the ends of all others that touch them as vertices."""
    ends = np.unique(np.round(shapely.get_coordinates([shapely.get_point(lines, 0), shapely.get_point(lines, -1)]), 2), axis=0)
    points = shapely.points(ends)
    point, line = shapely.STRtree(lines).query(points, predicate="dwithin", distance=NEAR_M)
    result = lines.copy()
    for number in np.unique(line):
        own = np.round(shapely.get_coordinates(lines[number]), 2)
        xy = np.vstack([own, ends[point[line == number]]])
        along = shapely.line_locate_point(lines[number], shapely.points(xy))
        along[len(own) - 1] = lines[number].length
        along[0] = 0.0
        order = np.lexsort([np.arange(len(xy)), np.round(along, 2)])
        xy = xy[order]
        keep = np.r_[True, np.hypot(*np.diff(xy, axis=0).T) > SNAP_M / 2]
        if keep.sum() > 1:
            result[number] = LineString(xy[keep])
    return result


def cut_edges(ground: Ground, plan: StreetPlan) -> Edges:
    """Node all lines of the plan together; each piece keeps the class of the first line it lies on."""
    lines = _with_ends(np.array(plan.lines, dtype=object))
    noded = shapely.get_parts(shapely.union_all(lines, grid_size=SNAP_M))
    middle = shapely.line_interpolate_point(noded, 0.5, normalized=True)
    piece, source = shapely.STRtree(lines).query(middle, predicate="dwithin", distance=2 * NEAR_M)
    first = np.full(len(noded), len(lines))
    np.minimum.at(first, piece, source)
    known = first < len(lines)
    noded, first, middle = noded[known], first[known], middle[known]
    bridge, tunnel = np.zeros(len(noded), dtype=bool), np.zeros(len(noded), dtype=bool)
    if ground.river is not None:
        bridge = shapely.crosses(noded, ground.river)
    if ground.rail is not None:
        tunnel = shapely.crosses(noded, ground.rail)
    ends = np.round(shapely.get_coordinates(middle), 2)
    order = np.lexsort([shapely.length(noded), ends[:, 1], ends[:, 0]])
    return Edges(noded[order], np.array(plan.highway, dtype=object)[first[order]], np.array(plan.group)[first[order]], bridge[order], tunnel[order])
