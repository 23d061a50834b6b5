"""Unit cells: a layer of about 100 m x 100 m for city components, clipped to a community, with 15-digit codes.

Cells are for counting things, not for managing people: they cut buildings, grids never do.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from contracts.columns import CODE, COMMUNITY_CODE
from contracts.errors import InputError
from grids.codes import number_codes
from grids.rules import GridRule, rule_value
from grids.units import Objects, read_community

AREA_M2 = "area_m2"
_MOST = 999


def unit_cells(community: gpd.GeoDataFrame | gpd.GeoSeries, *, side_m: float | None = None) -> gpd.GeoDataFrame:
    """Squares clipped to one community, numbered row by row: west to east, the northern row first.

    The squares lie on whole multiples of the side in the metric system, so neighbouring communities share their rows.
    Clipped pieces under a tenth of a cell join the neighbour with the longest common side. Where more than 999 cells
    would be needed, the side is doubled until the numbers suffice.

    Parameters
    ----------
    side_m
        Side of a cell in metres, from ``grid_rules.csv`` where not given.

    Returns
    -------
        Polygons indexed by code, with ``community_code`` and ``area_m2``, in the caller's system.

    Raises
    ------
    InputError, CrsError, GeometryError
        Not one community polygon in a known system; a side that is not above zero; more than 999 separate pieces of ground.
    """
    side = rule_value("unit_cell_side") if side_m is None else float(side_m)
    if not side > 0:
        raise InputError("The side of a unit cell must be above zero, not {side}.", side=side)
    place = read_community(community, gpd.GeoDataFrame(geometry=[], crs=community.crs), GridRule())
    apart = shapely.get_num_geometries(place.metric)
    if apart > _MOST:
        raise InputError(
            "The community is in {pieces} separate pieces; there are numbers for {most} unit cells. Mend its border.", pieces=int(apart), most=_MOST
        )

    shapes, row = _cut(place.metric, side)
    while len(shapes) > _MOST:
        side *= 2
        shapes, row = _cut(place.metric, side)
    middle = shapely.centroid(shapes)
    order = np.lexsort((shapely.get_y(middle), shapely.get_x(middle), -row))
    index = pd.Index(number_codes(place.code, len(order)), dtype="str", name=CODE)
    cells = gpd.GeoDataFrame({COMMUNITY_CODE: place.code, AREA_M2: shapely.area(shapes[order])}, index=index, geometry=shapes[order], crs=place.metric_crs)
    return cells.to_crs(place.crs)


def _cut(community: BaseGeometry, side: float) -> tuple[Objects, npt.NDArray[np.int64]]:
    """Clipped squares, small pieces merged, and the row of each (larger = further north)."""
    west, south, east, north = community.bounds
    x, y = np.arange(np.floor(west / side), np.ceil(east / side)), np.arange(np.floor(south / side), np.ceil(north / side))
    column, row = (grid.ravel() for grid in np.meshgrid(x, y))
    squares = shapely.box(column * side, row * side, (column + 1) * side, (row + 1) * side)
    touched = shapely.intersects(squares, community)
    pieces, source = shapely.get_parts(shapely.intersection(squares[touched], community), return_index=True)
    polygons = (shapely.get_dimensions(pieces) == 2) & (shapely.area(pieces) > 0)
    return _merge_small(pieces[polygons], row[touched][source[polygons]].astype(np.int64), 0.1 * side * side)


def _merge_small(pieces: Objects, row: npt.NDArray[np.int64], least_m2: float) -> tuple[Objects, npt.NDArray[np.int64]]:
    pieces, kept = pieces.copy(), np.ones(len(pieces), dtype=bool)
    for number in np.lexsort((np.arange(len(pieces)), shapely.area(pieces))):
        if shapely.area(pieces[number]) >= least_m2:
            continue
        near = [int(other) for other in np.flatnonzero(kept & shapely.intersects(pieces, pieces[number])) if other != number]
        sides = {other: float(shapely.length(shapely.intersection(pieces[other], pieces[number]))) for other in near}
        sides = {other: length for other, length in sides.items() if length > 0}
        if sides:
            host = min(sides, key=lambda other: (-sides[other], other))
            pieces[host], kept[number] = shapely.union(pieces[host], pieces[number]), False
    return pieces[kept], row[kept]
