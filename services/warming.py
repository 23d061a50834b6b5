"""Run each compiled kernel once on a tiny world, so that a user's first click does not wait for the compiler."""

from __future__ import annotations

import geopandas as gpd
import shapely

from contracts.columns import CAPACITY, CATEGORY, FULL_TIME, HOUSEHOLDS, KIND
from gis.network import build_network
from grids.assign import AssignmentRule, assign_workers
from grids.divide import divide_community
from servicecircle.circles import walk_circles
from servicecircle.reach import covered_streets, nearest_facilities, nearest_walk, walk_matrix
from servicecircle.several import few_nearest

_CRS = "EPSG:32650"


def warm_kernels() -> None:
    """Walk and divide a world of four streets and a few houses; the caches lie beside the modules."""
    streets = gpd.GeoDataFrame(geometry=[shapely.LineString([(0, 0), (200, 0)]), shapely.LineString([(200, 0), (200, 200)])], crs=_CRS)
    doors = gpd.GeoDataFrame(geometry=[shapely.Point(10, 5), shapely.Point(195, 150)], crs=_CRS)
    facilities = gpd.GeoDataFrame({CATEGORY: ["HLT_STATION"]}, geometry=[shapely.Point(150, 2)], crs=_CRS)
    network = build_network(streets)
    nearest_walk(network, facilities, doors)
    nearest_facilities(network, facilities, doors)
    few_nearest(network, facilities, doors)
    walk_matrix(network, doors, doors)
    covered_streets(network, facilities)
    walk_circles(network, facilities)
    homes = gpd.GeoDataFrame({HOUSEHOLDS: [100] * 8}, geometry=[shapely.box(x, y, x + 20, y + 20) for x in range(0, 160, 40) for y in (20, 120)], crs=_CRS)
    lines = gpd.GeoDataFrame({KIND: ["minor"]}, geometry=[shapely.LineString([(-5, 80), (205, 80)])], crs=_CRS)
    plan = divide_community(shapely.box(-5, 0, 205, 200), homes, lines)
    workers = gpd.GeoDataFrame({FULL_TIME: [True], CAPACITY: [1]}, index=["w"], geometry=[shapely.Point(10, 5)], crs=_CRS)
    assign_workers(plan.grids, workers, rule=AssignmentRule(lead_load=(0, 1), scattered_s=1.0))
