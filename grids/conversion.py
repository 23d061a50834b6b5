"""From unit cells to grids and back: how much of each cell lies in each grid, by area and by households.

Figures counted per cell (components, events) are carried to grids, and figures of grids to cells, through one table of
shares. A duty grid is a set of cells; at first each cell goes to the grid that holds most of it.
"""

from __future__ import annotations

from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from contracts.columns import GRID_CODE, HOUSEHOLDS
from contracts.errors import InputError
from gis.checks import require_columns, require_crs, require_unique_index
from gis.crs import metric_crs, to_metric
from grids.measures import AREA_M2, BUILDINGS
from grids.rules import rule_value

CELL, CELL_SHARE, GRID_SHARE = "cell", "cell_share", "grid_share"
COLUMNS = [CELL, GRID_CODE, AREA_M2, CELL_SHARE, GRID_SHARE, BUILDINGS, HOUSEHOLDS]
NOWHERE = ""  # ground of a cell in no grid, or of a grid in no cell


def cell_grid_table(
    cells: gpd.GeoDataFrame, grids: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame | None = None, grid_of_building: pd.Series | None = None
) -> pd.DataFrame:
    """One row per cell and grid that share ground.

    Shares are of the area laid over each other, so those of a cell, and those of a grid, add up to one; what is drawn
    twice or not at all by the rounding of two systems does not count. Ground beyond that stands in a row without a grid
    (or without a cell). A building counts where its middle stands, with the grid noted for it.

    Parameters
    ----------
    cells, grids
        Polygons indexed by code, none over its neighbour.
    buildings
        Footprints with ``households``; without them the last two columns are zero.
    grid_of_building
        Grid code by building key; from the buildings' place where not given.

    Returns
    -------
        cell, grid_code, area_m2, cell_share, grid_share, buildings, households, sorted by the first two.

    Raises
    ------
    CrsError, InputError, MissingColumnError
    """
    for frame, what in ((cells, "cells"), (grids, "grids")):
        require_crs(frame, what)
        require_unique_index(frame, what)
    metres = metric_crs(cells if len(cells) else grids)
    cell_shapes, grid_shapes = (to_metric(frame, crs=metres).geometry for frame in (cells, grids))
    table = _overlaps(cell_shapes, grid_shapes)
    if buildings is not None and len(buildings):
        table = table.merge(_counts(cell_shapes, grid_shapes, buildings, grid_of_building), on=[CELL, GRID_CODE], how="outer")
    table = table.reindex(columns=COLUMNS).fillna({AREA_M2: 0.0, BUILDINGS: 0, HOUSEHOLDS: 0.0})
    for name, key in ((CELL_SHARE, CELL), (GRID_SHARE, GRID_CODE)):
        whole = table.groupby(key)[AREA_M2].transform("sum")
        table[name] = (table[AREA_M2] / whole.where(whole > 0)).where(table[key] != NOWHERE)
    return table.astype({CELL: "str", GRID_CODE: "str", BUILDINGS: "int64"}).sort_values([CELL, GRID_CODE], ignore_index=True)


def convert_counts(values: pd.Series, table: pd.DataFrame, *, to: Literal["grid", "cell"]) -> pd.Series:
    """Counts per cell as counts per grid, or the other way round, spread by area; the total stays what it was.

    Parameters
    ----------
    values
        Counts by cell code (``to="grid"``) or grid code (``to="cell"``).
    table
        As ``cell_grid_table`` gives it.

    Raises
    ------
    InputError
        A code of ``values`` is not in the table.
    """
    source, target, share = (CELL, GRID_CODE, CELL_SHARE) if to == "grid" else (GRID_CODE, CELL, GRID_SHARE)
    unknown = sorted(set(values.index) - set(table[source]))
    if unknown:
        raise InputError("Code {code} is not in the conversion table. Make the table of these cells and grids.", code=unknown[0])
    spread = table[source].map(values).astype(float) * table[share]
    return spread.groupby(table[target]).sum()


def duty_of_cells(table: pd.DataFrame) -> pd.Series:
    """The grid that holds most of each cell's area, by cell code; of equal ones the lowest code. Cells in no grid are left out."""
    placed = table[(table[GRID_CODE] != NOWHERE) & (table[CELL] != NOWHERE)]
    best = placed.sort_values([CELL, AREA_M2, GRID_CODE], ascending=[True, False, True]).drop_duplicates(CELL)
    return best.set_index(CELL)[GRID_CODE]


def _overlaps(cells: gpd.GeoSeries, grids: gpd.GeoSeries) -> pd.DataFrame:
    """Common area of each pair, and rows for ground that only one side has."""
    left, right = shapely.STRtree(grids.to_numpy()).query(cells.to_numpy(), predicate="intersects")
    area = shapely.area(shapely.intersection(cells.to_numpy()[left], grids.to_numpy()[right])) if len(left) else np.empty(0)
    real = area > rule_value("gap_tolerance")
    left, right, area = left[real], right[real], area[real]
    cell_names, grid_names = cells.index.to_numpy(dtype=object), grids.index.to_numpy(dtype=object)
    parts = [pd.DataFrame({CELL: cell_names[left], GRID_CODE: grid_names[right], AREA_M2: area})]
    for names, shapes, own, column in ((cell_names, cells, left, CELL), (grid_names, grids, right, GRID_CODE)):
        whole = shapely.area(shapes.to_numpy())
        rest = whole - np.bincount(own, weights=area, minlength=len(whole))
        bare = rest > rule_value("cell_tolerance") * whole
        parts.append(pd.DataFrame({CELL: NOWHERE, GRID_CODE: NOWHERE, AREA_M2: rest[bare]}).assign(**{column: names[bare]}))
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def _counts(cells: gpd.GeoSeries, grids: gpd.GeoSeries, buildings: gpd.GeoDataFrame, grid_of_building: pd.Series | None) -> pd.DataFrame:
    require_columns(buildings, HOUSEHOLDS, what="buildings")
    require_crs(buildings, "buildings")
    middle = shapely.point_on_surface(buildings.geometry.to_crs(cells.crs).to_numpy())
    grid = _under(middle, grids) if grid_of_building is None else grid_of_building.reindex(buildings.index).fillna(NOWHERE).to_numpy(dtype=object)
    rows = pd.DataFrame({CELL: _under(middle, cells), GRID_CODE: grid, BUILDINGS: 1, HOUSEHOLDS: buildings[HOUSEHOLDS].fillna(0).to_numpy(dtype=float)})
    rows = rows[(rows[CELL] != NOWHERE) | (rows[GRID_CODE] != NOWHERE)]
    return rows.groupby([CELL, GRID_CODE], as_index=False)[[BUILDINGS, HOUSEHOLDS]].sum()


def _under(points: np.ndarray, places: gpd.GeoSeries) -> np.ndarray:
    """Code of the place under each point, of several the first; empty where there is none."""
    point, place = shapely.STRtree(places.to_numpy()).query(points, predicate="intersects")
    order = np.lexsort((-place, point))
    codes = np.full(len(points), NOWHERE, dtype=object)
    codes[point[order]] = places.index.to_numpy(dtype=object)[place[order]]
    return codes
