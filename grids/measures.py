"""Figures of each grid: size, load, shape, and how much of its inner border follows a street or barrier."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.crs import to_metric

AREA_M2 = "area_m2"
BUILDINGS = "buildings"
DEVIATION_SHARE = "deviation_share"
COMPACTNESS = "compactness"
INNER_BORDER_M = "inner_border_m"
STREET_SHARE = "street_share"
HECTARE_M2 = 10_000.0


def polsby_popper(grids: gpd.GeoDataFrame | gpd.GeoSeries) -> pd.Series:
    """4 pi area / perimeter squared, in (0, 1]: 1 for a disc, 0.785 for a square."""
    metric = to_metric(grids).geometry
    perimeter = metric.length
    return (4.0 * np.pi * metric.area / perimeter.where(perimeter > 0) ** 2).rename(COMPACTNESS)


def area_m2(grids: gpd.GeoDataFrame | gpd.GeoSeries) -> pd.Series:
    """Area in square metres."""
    return to_metric(grids).geometry.area.rename(AREA_M2)


def deviation_share(households: pd.Series, *, target: float) -> pd.Series:
    """Distance of the load from the target as a signed share of it: 0.25 = a quarter above."""
    return ((households - target) / target).rename(DEVIATION_SHARE)


def sum_by_grid(values: pd.Series, grid_of_building: pd.Series, codes: pd.Index) -> pd.Series:
    """Sum of a figure of buildings per grid, zero where none stands; ``values`` and ``grid_of_building`` share an index."""
    return values.groupby(grid_of_building).sum().reindex(codes, fill_value=0)


def street_share(length_m: npt.ArrayLike, on_line: npt.ArrayLike, left: npt.ArrayLike, right: npt.ArrayLike, count: int) -> tuple[pd.Series, pd.Series]:
    """Inner border of each of ``count`` grids in metres, and the share of it along a line; NaN share without inner border.

    The arguments describe straight pieces between grids ``left`` and ``right``, shape (pieces,).
    """
    length = np.asarray(length_m, dtype=float)
    follows = np.where(np.asarray(on_line, dtype=bool), length, 0.0)
    both = np.concatenate([np.asarray(left, dtype=np.int64), np.asarray(right, dtype=np.int64)])
    inner = np.bincount(both, weights=np.tile(length, 2), minlength=count)
    along = np.bincount(both, weights=np.tile(follows, 2), minlength=count)
    share = np.divide(along, inner, out=np.full(count, np.nan), where=inner > 0)
    return pd.Series(inner, name=INNER_BORDER_M), pd.Series(share, name=STREET_SHARE)
