"""The paper check: straight-line radii of the standards, to be shown beside the walk, never instead of it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from contracts.columns import AREA_CODE, CATEGORY, COVERED_SHARE, RADIUS_SHARE
from contracts.errors import InputError, MissingColumnError
from gis.checks import require_crs, require_same_index
from gis.crs import metric_crs
from servicecircle.coverage import weight_within


def straight_line_m(facilities: gpd.GeoDataFrame, doors: gpd.GeoDataFrame | gpd.GeoSeries, *, by: str = CATEGORY) -> pd.DataFrame:
    """Metres as the crow flies from each door to the nearest facility of each category (centroids of polygons).

    Returns
    -------
        Metres, doors x categories, on the doors' index; ``inf`` where a category has no facility or a door no place.

    Raises
    ------
    CrsError, MissingColumnError
        A frame has no system; the facilities have no column ``by``.
    """
    require_crs(facilities, "facilities")
    require_crs(doors, "doors")
    if by not in facilities.columns:
        raise MissingColumnError("Facilities need a column {column}; they have {present}.", column=by, present=", ".join(map(str, facilities.columns)))
    crs = metric_crs(doors)
    ends, starts = _middles(facilities.geometry.to_crs(crs)), _middles(doors.geometry.to_crs(crs))
    placed = np.isfinite(starts).all(axis=1)
    result = {}
    for category in sorted(facilities[by].dropna().unique(), key=str):
        group = ends[(facilities[by] == category).to_numpy() & np.isfinite(ends).all(axis=1)]
        distance_m = np.full(len(starts), np.inf)
        if len(group):
            distance_m[placed] = cKDTree(group).query(starts[placed])[0]
        result[category] = distance_m
    return pd.DataFrame(result, index=doors.index).rename_axis(columns=by)


def radius_share(distance_m: pd.DataFrame, weights: pd.Series, area_of_door: pd.Series, *, radius_m: float | Mapping[Hashable, float]) -> pd.DataFrame:
    """Share of the weight of each area within a straight-line radius of each category.

    Parameters
    ----------
    distance_m
        Metres, doors x categories, from ``straight_line_m``.
    weights, area_of_door
        As in ``coverage_by_area``.
    radius_m
        One radius, or one per category.

    Returns
    -------
        ``area_code``, ``category``, ``radius_share``, sorted by area; NaN where nobody lives.

    Raises
    ------
    InputError
        Indexes differ, weights are unusable, a category has no radius.
    """
    require_same_index(distance_m, weights, area_of_door)
    missing = [category for category in distance_m.columns if isinstance(radius_m, Mapping) and category not in radius_m]
    if missing:
        raise InputError("There is no radius for category {category}. Give one in radius_m.", category=missing[0])
    limits = np.array([radius_m[category] if isinstance(radius_m, Mapping) else radius_m for category in distance_m.columns], dtype=float)
    table = weight_within(distance_m.to_numpy(dtype=float) <= limits, weights, area_of_door, distance_m.columns.rename(CATEGORY))
    return table.rename(columns={COVERED_SHARE: RADIUS_SHARE})[[AREA_CODE, CATEGORY, RADIUS_SHARE]]


def _middles(places: gpd.GeoSeries) -> np.ndarray:
    middle = shapely.centroid(places.to_numpy())
    return np.column_stack([shapely.get_x(middle), shapely.get_y(middle)])
