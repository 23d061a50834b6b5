"""The ground a street map covers, guessed from the streets where the file does not say: where there are many of them.

Extracts keep ways whole that begin inside, so single streets run far out of what is covered; a box round them would lie far off.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from contracts.reference import reference_table
from gis.crs import WGS84, metric_crs

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_THINNED_M = 50.0  # of corners this near to each other one is enough
_RIM_M = 10.0  # the rim lies this far outside the last corners, so that streets end at it and do not poke through
_BITS = 1 << 32


def settled_ground(streets: gpd.GeoDataFrame | gpd.GeoSeries) -> shapely.Geometry:
    """Where streets are many, without holes, in WGS-84; empty where they are few everywhere.

    Gaps of up to twice ``map_ground_m`` are closed: a river or a park is no end of the map. Figures are those of
    ``attachment_settings.csv``.
    """
    if not len(streets):
        return shapely.Polygon()
    value = reference_table("attachment_settings").set_index("name")["value"].astype(float)
    metric = metric_crs(streets)
    xy, street = shapely.get_coordinates(streets.geometry.to_crs(metric).to_numpy(), return_index=True)
    corners = _thinned(xy[_streets_near(xy, street, value["map_ground_m"]) >= value["map_ground_streets"]])
    if not len(corners):
        return shapely.Polygon()
    ground = shapely.union_all(shapely.buffer(shapely.points(corners), value["map_ground_m"])).buffer(_RIM_M - value["map_ground_m"])
    whole = shapely.union_all(shapely.polygons(shapely.get_exterior_ring(shapely.get_parts(ground)))).simplify(_RIM_M / 2.0)
    return shapely.normalize(gpd.GeoSeries([whole], crs=metric).to_crs(WGS84).iloc[0])


def _streets_near(xy: Floats, street: npt.NDArray[np.intp], cell_m: float) -> Ints:
    """How many streets have a corner in the square cell of each corner or in the eight around it; one in two cells counts twice."""
    cell = _cell(xy, cell_m)
    cells, counts = np.unique(np.unique(np.column_stack([cell, street]), axis=0)[:, 0], return_counts=True)
    around = np.zeros(len(cells), dtype=np.int64)
    for step in (east * _BITS + north for east in (-1, 0, 1) for north in (-1, 0, 1)):
        place = np.minimum(np.searchsorted(cells, cells + step), len(cells) - 1)
        around += np.where(cells[place] == cells + step, counts[place], 0)
    return around[np.searchsorted(cells, cell)]


def _thinned(xy: Floats) -> Floats:
    """One corner of each small square, the same for any order."""
    ordered = xy[np.lexsort((xy[:, 1], xy[:, 0]))]
    return ordered[np.sort(np.unique(_cell(ordered, _THINNED_M), return_index=True)[1])]


def _cell(xy: Floats, cell_m: float) -> Ints:
    """Number of the square cell each place lies in."""
    column, row = np.floor(xy / cell_m).astype(np.int64).T
    return column * _BITS + row
