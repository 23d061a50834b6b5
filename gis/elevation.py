"""Heights of the ground from an ESRI ASCII grid, and the grade of each street from them.

The text format is what every raster program writes (``gdal_translate -of AAIGrid``), and needs no library to read.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from contracts.columns import GRADE
from contracts.errors import CrsError, UnreadableFileError
from gis.checks import require_crs
from gis.crs import metric_crs
from gis.slopes import slope_setting

Floats = npt.NDArray[np.float64]

_HEAD = {"ncols", "nrows", "xllcorner", "yllcorner", "xllcenter", "yllcenter", "cellsize", "nodata_value"}
_NO_DATA = -9999.0


@dataclass(frozen=True, eq=False)
class ElevationGrid:
    """Heights in metres at the middles of square cells, the northernmost row first; NaN where unknown."""

    height_m: Floats  # (rows, columns)
    west: float  # middle of the first column
    north: float  # middle of the first row
    cell: float  # in units of ``crs``
    crs: CRS

    def at(self, xy: Floats) -> Floats:
        """Height at places (n, 2) in ``crs``, straight between the four middles around (at the rim, the nearest); NaN outside and beside unknown cells."""
        rows, columns = self.height_m.shape
        column, row = (xy[:, 0] - self.west) / self.cell, (self.north - xy[:, 1]) / self.cell
        inside = (np.abs(column - (columns - 1) / 2) <= columns / 2) & (np.abs(row - (rows - 1) / 2) <= rows / 2)
        column, row = (np.clip(np.where(inside, value, 0.0), 0.0, last) for value, last in ((column, columns - 1), (row, rows - 1)))
        left, above = (np.clip(np.floor(value), 0, max(last - 1, 0)).astype(np.int64) for value, last in ((column, columns - 1), (row, rows - 1)))
        right, below = np.minimum(left + 1, columns - 1), np.minimum(above + 1, rows - 1)
        dx, dy = column - left, row - above
        height_m = np.zeros(len(xy))
        for rank, near, weight in ((above, left, (1 - dx) * (1 - dy)), (above, right, dx * (1 - dy)), (below, left, (1 - dx) * dy), (below, right, dx * dy)):
            height_m += np.where(weight == 0.0, 0.0, weight * self.height_m[rank, near])  # an unknown cell counts only where it has a say
        return np.where(inside, height_m, np.nan)


def read_elevation(path: Path, *, crs: Any) -> ElevationGrid:
    """A grid of heights from an ESRI ASCII file (``.asc``), which does not say its own system.

    Raises
    ------
    UnreadableFileError
        Not there, no such grid, or fewer heights than it promises.
    CrsError
        The system is not known.
    """
    path = Path(path)
    try:
        system = CRS.from_user_input(crs)
    except CRSError as error:
        raise CrsError("{crs} is no coordinate system known here. Use wgs84, gcj02, bd09 or EPSG: and a number, for example EPSG:4547.", crs=crs) from error
    if not path.is_file():
        raise UnreadableFileError("There is no file {file}. Check the path.", file=path.name)
    head: dict[str, float] = {}
    try:
        with path.open(encoding="ascii") as lines:
            words = next(lines).split()
            while words and words[0].lower() in _HEAD:
                head[words[0].lower()] = float(words[1])
                words = next(lines).split()
            heights = np.array([*words, *lines.read().split()], dtype=float)
        rows, columns, cell = int(head["nrows"]), int(head["ncols"]), head["cellsize"]
        middle = 0.0 if "xllcenter" in head else cell / 2
        west, south = head["xllcenter" if "xllcenter" in head else "xllcorner"], head["yllcenter" if "yllcenter" in head else "yllcorner"]
        grid = heights.reshape(rows, columns)
    except (ValueError, KeyError, IndexError, StopIteration) as error:
        raise UnreadableFileError(
            "{file} is not a whole ESRI ASCII grid of heights ({reason}). Write it again, for example with gdal_translate -of AAIGrid.",
            file=path.name,
            reason=str(error) or "-",
        ) from error
    grid = np.where(grid == head.get("nodata_value", _NO_DATA), np.nan, grid)
    return ElevationGrid(grid, west + middle, south + middle + (rows - 1) * cell, cell, system)


def street_grades(streets: gpd.GeoDataFrame, grid: ElevationGrid) -> pd.Series:
    """Rise over run of each street from its first to its last point, for the column ``grade`` that ``build_network`` reads.

    Only the ends count: a bridge is as level as its ends, whatever flows below. NaN where the ground is unknown at an end and
    where a street is shorter than ``shortest_for_grid_m`` (``slope_settings.csv``): a coarse grid says nothing about it.

    Returns
    -------
        ``grade`` on the index of the streets.

    Raises
    ------
    CrsError
        The streets have no system.
    """
    require_crs(streets, "streets")
    lines = streets.geometry.to_crs(grid.crs).to_numpy()
    start_m, end_m = (grid.at(shapely.get_coordinates(shapely.get_point(lines, end))) for end in (0, -1))
    length_m = shapely.length(streets.geometry.to_crs(metric_crs(streets)).to_numpy())
    long_enough = length_m >= slope_setting("shortest_for_grid_m")
    grade = np.divide(end_m - start_m, length_m, out=np.full(len(lines), np.nan), where=long_enough)
    return pd.Series(grade, index=streets.index, name=GRADE)
