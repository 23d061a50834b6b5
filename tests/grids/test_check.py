"""Every kind of fault is found, with its place; a sound plan has none."""

from __future__ import annotations

import geopandas as gpd
import pytest
from shapely.geometry import LineString, MultiPolygon, Polygon, box

from contracts.errors import CrsError, InputError, MissingColumnError
from grids.check import find_faults
from grids.divide import GridRule

CRS = "EPSG:32650"
X, Y = 500_000, 4_000_000


def at(west, south, east, north):
    return box(X + west, Y + south, X + east, Y + north)


def plan(*shapes, households=400):
    return gpd.GeoDataFrame({"households": households}, index=[f"11010500100100{i + 1}" for i in range(len(shapes))], geometry=list(shapes), crs=CRS)


def house(*shapes, **columns):
    return gpd.GeoDataFrame({"households": 400, **columns}, index=[f"h{i}" for i in range(len(shapes))], geometry=list(shapes), crs=CRS)


WHOLE, LEFT, RIGHT = at(0, 0, 200, 100), at(0, 0, 100, 100), at(100, 0, 200, 100)


def kinds(grids, buildings=None, community=WHOLE, **options):
    return sorted({fault.kind for fault in find_faults(grids, community, buildings, **options)})


def test_a_sound_plan_has_no_fault():
    assert find_faults(plan(LEFT, RIGHT), WHOLE, house(at(10, 10, 30, 30), at(110, 10, 130, 30), grid_code=["110105001001001", "110105001001002"])) == []


def test_a_slit_of_the_community_itself_is_no_fault_of_its_grids():
    left = Polygon([(X, Y), (X + 100, Y), (X + 100, Y + 90), (X + 99.996, Y + 95), (X + 100, Y + 100), (X, Y + 100)])
    right = Polygon([(X + 100, Y), (X + 200, Y), (X + 200, Y + 100), (X + 100, Y + 100), (X + 100, Y + 90)])
    assert kinds(plan(left, right), community=left.union(right)) == []


def test_a_gap_is_found_with_its_place_and_area():
    (fault,) = [f for f in find_faults(plan(LEFT, at(110, 0, 200, 100)), WHOLE, None) if f.kind == "gap"]
    assert fault.amount == pytest.approx(1000)
    assert at(100, 0, 110, 100).contains(fault.place)


def test_an_overlap_names_both_grids():
    (fault,) = [f for f in find_faults(plan(LEFT, at(98, 0, 200, 100)), WHOLE, None) if f.kind == "overlap"]
    assert fault.amount == pytest.approx(200)
    assert fault.grids == ("110105001001001", "110105001001002")
    assert "重叠" in fault.message.in_language("zh_CN")


@pytest.mark.parametrize(
    ("kind", "shapes"),
    [
        ("multipart", (MultiPolygon([at(0, 0, 100, 100), at(150, 0, 200, 100)]), at(100, 0, 150, 100))),
        ("outside", (at(0, -5, 100, 100), RIGHT)),
        ("invalid", (Polygon(), WHOLE)),
        ("invalid", (Polygon([(X, Y), (X + 100, Y + 100), (X + 100, Y), (X, Y + 100)]), RIGHT)),
        ("coverage", (LEFT, Polygon([(X + 100, Y), (X + 200, Y), (X + 200, Y + 100), (X + 100, Y + 100), (X + 99.99999, Y + 50)]))),
    ],
)
def test_a_broken_shape_is_found(kind, shapes):
    assert kind in kinds(plan(*shapes))


def test_a_code_used_twice_is_found():
    grids = plan(LEFT, RIGHT).set_axis(["110105001001001"] * 2)
    assert kinds(grids) == ["duplicate"]


@pytest.mark.parametrize(
    ("kind", "building"), [("building_cut", at(95, 10, 105, 20)), ("building_orphaned", at(300, 10, 320, 20)), ("building_orphaned", Polygon())]
)
def test_a_misplaced_building_is_found(kind, building):
    (fault,) = find_faults(plan(LEFT, RIGHT), WHOLE, house(building))
    assert (fault.kind, fault.building) == (kind, "h0")


def test_a_building_noted_in_the_wrong_grid_is_found():
    assert kinds(plan(LEFT, RIGHT), house(at(10, 10, 30, 30), grid_code="110105001001002")) == ["building_wrong_grid"]


def test_a_building_on_the_border_of_two_grids_is_not_cut():
    assert kinds(plan(LEFT, RIGHT), house(at(80, 10, 100, 30))) == []


@pytest.mark.parametrize(("households", "away"), [(299, 1), (300, 0), (500, 0), (512, 12)])
def test_the_band_includes_its_edges(households, away):
    faults = find_faults(plan(LEFT, RIGHT, households=[400, households]), WHOLE, None)
    assert [fault.amount for fault in faults] == ([away] if away else [])


def test_loads_come_from_the_buildings_where_the_grids_have_none():
    grids = plan(LEFT, RIGHT).drop(columns="households")
    assert kinds(grids, house(at(10, 10, 30, 30), at(110, 10, 130, 30))) == []
    assert kinds(grids, house(at(10, 10, 30, 30))) == ["band"]


def test_an_own_band_is_used():
    assert kinds(plan(LEFT, RIGHT), rule=GridRule(band=(500, 900))) == ["band"]


def test_no_grids_leave_one_gap():
    assert kinds(plan().astype({"households": int})) == ["gap"]


def test_degrees_are_measured_in_metres():
    grids = plan(LEFT, at(110, 0, 200, 100)).to_crs(4326)
    community = gpd.GeoSeries([WHOLE], crs=CRS).to_crs(4326)
    (fault,) = [f for f in find_faults(grids, community, None) if f.kind == "gap"]
    assert fault.amount == pytest.approx(1000, rel=0.01)


def test_grids_without_a_system_are_refused():
    with pytest.raises(CrsError):
        find_faults(plan(LEFT).set_crs(None, allow_override=True), WHOLE, None)


def test_the_band_follows_what_is_weighed():
    grids = plan(LEFT, RIGHT).assign(residents=[900, 1100], workload=[10.5, 20])
    (people,) = find_faults(grids, WHOLE, None, rule=GridRule(weight="residents", band=(800, 1000)))
    assert "1100 residents" in str(people.message)
    (work,) = find_faults(grids, WHOLE, None, rule=GridRule(weight="workload", band=(15, 30)))
    assert "10.5 points of work" in str(work.message)


def test_the_ground_adds_to_points_of_work():
    buildings = house(at(10, 10, 30, 30), at(110, 10, 130, 30)).assign(workload=[10, 20])
    rule = GridRule(weight="workload", band=(15, 30), weight_per_hectare=5)
    assert find_faults(plan(LEFT, RIGHT), WHOLE, buildings, rule=rule) == []


def test_a_dedicated_grid_has_no_band():
    assert kinds(plan(LEFT, RIGHT, households=[9, 400]).assign(kind=["dedicated", "comprehensive"])) == []


def test_not_every_grid_is_dedicated_where_people_live():
    grids = plan(LEFT, RIGHT).assign(kind="dedicated")
    assert kinds(grids) == ["band"]
    assert kinds(grids.assign(households=0)) == []


@pytest.mark.parametrize(("load", "says"), [(float("nan"), "nan"), (-3, "-3.0"), ("many", "many"), (float("inf"), "inf")])
def test_a_load_that_means_nothing_is_named_with_its_row(load, says):
    odd = plan(LEFT, RIGHT, households=[400, load])
    with pytest.raises(InputError, match=rf"households .*{says} at 110105001001002"):
        find_faults(odd, WHOLE, None)
    homes = house(at(10, 10, 30, 30), at(110, 10, 130, 30)).assign(households=[400, load])
    with pytest.raises(InputError, match=rf"households .*{says} at h1"):
        find_faults(odd.drop(columns="households"), WHOLE, homes)


def test_walks_are_never_passed_over_in_silence():
    wall = gpd.GeoDataFrame({"kind": ["wall"]}, geometry=[LineString([(X + 50, Y - 5), (X + 50, Y + 105)])], crs=CRS)
    with pytest.raises(InputError, match="households"):
        find_faults(plan(LEFT, RIGHT), WHOLE, None, lines=wall)
    with pytest.raises(MissingColumnError, match="households"):
        find_faults(plan(LEFT, RIGHT), WHOLE, house(at(10, 10, 30, 30)).drop(columns="households"), lines=wall)
