"""Street edges of one tile: every line cut where it meets another, with its class, name group, bridge and underpass."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from data.city_ground import Ground
from data.city_streets import NEAR_M, SNAP_M, StreetPlan, with_ends


@dataclass(frozen=True)
class Edges:
    """Street edges of a tile, equal length arrays; ends that meet have equal coordinates."""

    lines: np.ndarray
    highway: np.ndarray
    group: np.ndarray
    bridge: np.ndarray
    tunnel: np.ndarray


def cut_edges(ground: Ground, plan: StreetPlan) -> Edges:
    """Node all lines of the plan together; each piece keeps the class of the first line it lies on."""
    lines = with_ends(np.array(plan.lines, dtype=object))
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
