"""What a division balances: households, people, or the work they make, joined to the buildings of each community.

A shop or a case belongs to the community it lies in, and there to the nearest building within reach; so what is joined to a
community does not depend on which others are read with it.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from contracts.columns import CATEGORY, CODE, COMMUNITY_CODE
from contracts.reference import reference_table
from gis.crs import metric_crs
from grids.rules import GridRule, rule_value
from grids.workload import PAST_CASES, SHOPS, WORKLOAD, workload_of_buildings
from services.ports import Bounds, UnitOfWork

SHOP_GROUPS = ("commerce", "convenience_basic", "convenience_quality")  # groups of facilities that are shops


def with_weights(uow: UnitOfWork, areas: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, rule: GridRule) -> gpd.GeoDataFrame:
    """The buildings of some communities with the column the rule balances, inside the open transaction.

    Households and people are columns of the buildings. Points of work are put together from households, older residents,
    shops and past cases, as ``workload_weights.csv`` weighs them.
    """
    if rule.weight != WORKLOAD:
        return buildings
    west, south, east, north = (float(value) for value in areas.total_bounds)
    bounds: Bounds = (west, south, east, north)
    facilities, cases = uow.facilities.read(bbox=bounds), uow.cases.read(bbox=bounds)
    counted = buildings.assign(
        **{SHOPS: count_at_buildings(facilities[_is_shop(facilities)], areas, buildings), PAST_CASES: count_at_buildings(cases, areas, buildings)}
    )
    return counted.assign(**{WORKLOAD: workload_of_buildings(counted)})


def count_at_buildings(points: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> pd.Series:
    """How many of the points belong to each building, on the buildings' index; those too far from any count nowhere.

    Parameters
    ----------
    points
        Shops or cases.
    areas
        Communities, index = code.
    buildings
        With ``community_code``.
    """
    count = pd.Series(0, index=buildings.index, dtype="int64")
    point, area = shapely.STRtree(areas.geometry.to_numpy()).query(points.geometry.to_numpy(), predicate="intersects")
    order = np.lexsort((area, point))
    point, first = np.unique(point[order], return_index=True)
    home = area[order][first]
    for number, code in enumerate(areas.index):
        mine, own = points.geometry.iloc[point[home == number]], buildings[buildings[COMMUNITY_CODE] == code].geometry.sort_index()
        if len(mine) and len(own):
            count = count.add(_count_nearest(mine, own), fill_value=0)
    return count.reindex(buildings.index).astype("int64")


def _count_nearest(points: gpd.GeoSeries, buildings: gpd.GeoSeries) -> pd.Series:
    metres = metric_crs(buildings)
    shapes, spots = buildings.to_crs(metres).to_numpy(), points.to_crs(metres).to_numpy()
    point, building = shapely.STRtree(shapes).query_nearest(spots, max_distance=rule_value("workload_reach"), all_matches=True)
    lowest = pd.Series(building).groupby(point).min()  # of equally near ones the first key
    return pd.Series(np.bincount(lowest.to_numpy(dtype=np.int64), minlength=len(buildings)), index=buildings.index)


def _is_shop(facilities: gpd.GeoDataFrame) -> pd.Series:
    groups = reference_table("facility_categories").set_index(CODE)["group"]
    return facilities[CATEGORY].map(groups).isin(SHOP_GROUPS)
