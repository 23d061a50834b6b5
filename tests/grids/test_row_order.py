"""The same plan for every key, whatever order the rows come in, also where walls stand millimetres apart."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import box

from grids.check import find_faults
from grids.divide import GridRule, divide_community
from grids.ground import prepare_ground
from grids.plan import draw_grids

CRS = "EPSG:32650"
X, Y = 500_000, 4_000_000


def terraces(seed):
    """Two terraces back to back, houses 1 to 4 mm apart on every side."""
    random = np.random.default_rng(seed)
    houses, north = [], Y + random.uniform(5, 9)
    for _ in range(2):
        depth, west = random.uniform(8, 14), X + random.uniform(5, 9)
        while west < X + 80:
            width = random.uniform(6, 16)
            houses.append(box(west, north, west + width, north + depth - random.uniform(0.001, 0.004)))
            west += width + random.uniform(0.001, 0.004)
        north += depth
    buildings = gpd.GeoDataFrame({"households": 100}, index=[f"b{number:02d}" for number in range(len(houses))], geometry=houses, crs=CRS)
    return gpd.GeoSeries([box(X, Y, X + 110, Y + 45)], index=["110105001001"], crs=CRS), buildings


def drawn(community, buildings):
    """Every two pieces of ground as a grid, drawn."""
    ground = prepare_ground(community, buildings, None)
    return ground.fingerprint, shapely.to_wkb(draw_grids(ground, np.arange(len(ground.atoms.weights)) // 2).shapes).tolist()


@pytest.mark.parametrize("seed", range(60))
def test_walls_millimetres_apart_are_drawn_alike_in_any_order(seed):
    community, buildings = (frame.to_crs((CRS, 4326)[seed % 2]) for frame in terraces(seed))
    assert drawn(community, buildings) == drawn(community, buildings.sample(frac=1, random_state=seed))


@pytest.mark.parametrize("seed", range(4))
def test_walls_millimetres_apart_give_one_plan_in_any_order(seed):
    community, buildings = terraces(seed)
    one, two = (divide_community(community, rows, None, rule=GridRule(effort="quick")) for rows in (buildings, buildings.sample(frac=1, random_state=seed)))
    assert one.buildings.equals(two.buildings.loc[buildings.index])
    assert one.grids.to_wkb().equals(two.grids.to_wkb())
    assert {fault.kind for fault in find_faults(one.grids, community, buildings)} <= {"band"}
