"""Dedicated areas and dedicated grids are the same: every way in which they are not is found, a sound plan has no fault."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from shapely import affinity
from shapely.geometry import box

from benchmarks.communities import make_community
from grids.check import find_faults
from grids.divide import divide_community
from tests.grids.village import CRS, community, drawn, houses, part

KINDS = ["dedicated", "comprehensive"]
WEST, EAST = part(0, 0, 200, 200), part(200, 0, 400, 200)


def areas(*shapes):
    return gpd.GeoDataFrame({"name": ["School", "Park", "Plant"][: len(shapes)]}, geometry=list(shapes), crs=CRS)


def found(grids, dedicated, buildings=None, kind="dedicated"):
    return [fault for fault in find_faults(grids.assign(households=400), community(), buildings, dedicated=dedicated) if fault.kind == kind]


def test_an_area_that_is_a_grid_has_no_fault():
    assert found(drawn(WEST, EAST).assign(kind=KINDS), areas(WEST), houses()) == []


def test_two_areas_in_one_grid_are_a_fault():
    (fault,) = found(drawn(WEST, EAST).assign(kind=KINDS), areas(part(0, 0, 200, 100), part(0, 100, 200, 200)))
    assert "School, Park" in str(fault.message)


def test_two_pieces_of_one_area_may_share_a_grid():
    apart = part(0, 0, 200, 80).union(part(0, 120, 200, 200))
    assert found(drawn(WEST, EAST).assign(kind=KINDS), areas(apart)) == []


@pytest.mark.parametrize("buildings", [None, houses()])
def test_a_dedicated_grid_that_swallows_the_community_is_a_fault(buildings):
    (fault,) = found(drawn(part(0, 0, 400, 200)).assign(kind="dedicated"), areas(part(0, 0, 100, 100)), buildings)
    assert fault.grids == ("110105001001001",)


def test_empty_ground_around_an_area_may_go_with_it():
    empty = houses().assign(households=0)
    assert found(drawn(part(0, 0, 400, 200)).assign(kind="dedicated"), areas(part(0, 0, 100, 100)), empty) == []


def test_thin_strips_count_together():
    strips = [part(2 * number, 0, 2 * number + 2, 200) for number in range(100)]
    grids = drawn(*strips, EAST, codes=[f"{number:03d}" for number in range(101)]).assign(kind=["dedicated"] * 100 + ["comprehensive"])
    (fault,) = found(grids, areas(WEST))
    assert len(fault.grids) == 100


def test_a_strip_as_thin_as_a_wall_is_noise():
    assert found(drawn(part(0, 0, 199, 200), part(199, 0, 400, 200)).assign(kind=KINDS), areas(WEST)) == []


def test_areas_that_overlap_are_a_fault_once():
    (fault,) = found(drawn(WEST, EAST).assign(kind=KINDS), areas(WEST, part(100, 0, 200, 200)))
    assert fault.amount == pytest.approx(20_000)
    assert "重叠" in fault.message.in_language("zh_CN")


def test_an_area_outside_the_community_is_no_fault():
    assert found(drawn(WEST, EAST).assign(kind=KINDS), areas(WEST, part(500, 0, 600, 100))) == []


@pytest.mark.parametrize("seed", range(12))
def test_a_division_keeps_its_dedicated_areas(seed):
    made, random = make_community(("plain", "shared_walls", "walled_yards")[seed % 3], seed), np.random.default_rng(seed)
    west, south, east, north = made.shape.total_bounds
    width, height = (east - west) * random.uniform(0.15, 0.35), (north - south) * random.uniform(0.15, 0.35)
    spots = [(west + 0.05 * (east - west), south + 0.1 * (north - south)), (west + 0.55 * (east - west), south + 0.5 * (north - south))]
    school, park = (affinity.rotate(box(x, y, x + width, y + height), random.uniform(-8, 8)) for x, y in spots)
    dedicated = gpd.GeoDataFrame({"name": ["School", "Park"]}, geometry=[school, park], crs=CRS)
    plan = divide_community(made.shape, made.buildings, made.lines, dedicated=dedicated)
    faults = find_faults(plan.grids, made.shape, made.buildings, dedicated=dedicated)
    assert [str(fault.message) for fault in faults if fault.kind == "dedicated"] == []


@pytest.mark.parametrize("buildings", [None, houses()])
def test_a_dedicated_grid_with_people_but_no_area_is_a_fault(buildings):
    (fault,) = found(drawn(WEST, EAST).assign(kind="dedicated"), areas(WEST), buildings)
    assert fault.grids == ("110105001001002",)
    assert "没有任何专属区域" in fault.message.in_language("zh_CN")


def test_a_dedicated_grid_without_people_needs_no_area():
    assert found(drawn(WEST, EAST).assign(kind="dedicated"), areas(WEST), houses().assign(households=0)) == []
