"""Give back what the 1 cm grid took: vertices of a result return to the caller's coordinates exactly.

A vertex that came from the community or a footprint gets its own coordinates again; a new vertex on the community
border is put on the border in the caller's system, where a straight line is straight; all others are projected back.
The rule looks at one vertex alone, so neighbours still share their edges to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Transformer
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from grids.faces import GRID_M
from grids.units import Objects, Place

Floats = npt.NDArray[np.float64]


def vertex_restorer(place: Place, footprints: Objects, outer_xy: Floats) -> Callable[[Floats], Floats]:
    """A function from metric vertices (n, 2) on the grid to the caller's coordinates (n, 2).

    ``footprints`` are in the caller's system; ``outer_xy`` are the metric vertices on the outer border.
    """
    forth, back = _transformer(place.crs, place.metric_crs), _transformer(place.metric_crs, place.crs)
    same = place.crs == place.metric_crs
    drawn = [shapely.get_coordinates(footprints), shapely.get_coordinates(place.given)]
    of_footprint, of_community = (_by_key(xy, xy if same else np.column_stack(forth.transform(xy[:, 0], xy[:, 1]))) for xy in drawn)
    outer = set(map(tuple, _keys(outer_xy).tolist()))
    of_community |= _heirs(of_community, outer, outer_xy)
    border = shapely.boundary(place.given)

    def restore(xy: Floats) -> Floats:
        unique, inverse = np.unique(_keys(xy), axis=0, return_inverse=True)
        metric = unique * GRID_M
        given = metric.copy() if same else np.column_stack(back.transform(metric[:, 0], metric[:, 1]))
        for row, key in enumerate(map(tuple, unique.tolist())):
            if key in of_community:
                given[row] = of_community[key]
            elif key in outer:  # before footprints: one may reach over the border by less than the grid
                given[row] = _onto(border, given[row])
            elif key in of_footprint:
                given[row] = of_footprint[key]
        return np.asarray(given[inverse.ravel()], dtype=float)

    return restore


def _heirs(of_community: dict[tuple[int, ...], Floats], outer: set[tuple[int, ...]], outer_xy: Floats) -> dict[tuple[int, ...], Floats]:
    """Outer vertices that swallowed a community vertex a grid step away (a line ended beside it) stand in for it."""
    lost = sorted(key for key in of_community if key not in outer)
    if not lost or not len(outer_xy):
        return {}
    distance, nearest = cKDTree(outer_xy).query(np.array(lost) * GRID_M)
    places = list(map(tuple, _keys(outer_xy[nearest]).tolist()))
    found = zip(lost, places, distance, strict=True)
    return {place: of_community[key] for key, place, away in found if away <= 2 * GRID_M and place not in of_community}


@lru_cache(maxsize=32)
def _transformer(source: CRS, target: CRS) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


def _by_key(given: Floats, metric: Floats) -> dict[tuple[int, ...], Floats]:
    """The caller's coordinates by place on the grid; the last of several within one grid step."""
    return dict(zip(map(tuple, _keys(metric).tolist()), given, strict=True))


def _keys(xy: Floats) -> npt.NDArray[np.int64]:
    return np.rint(np.asarray(xy, dtype=float).reshape(-1, 2) / GRID_M).astype(np.int64)


def _onto(border: BaseGeometry, xy: Floats) -> Floats:
    return shapely.get_coordinates(shapely.shortest_line(border, shapely.Point(xy)))[0]
