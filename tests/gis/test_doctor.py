"""One small world per fault of a street map, with the fault planted; and its innocent twin, in which nothing is found."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import LineString, Point

from contracts.errors import CrsError
from gis.doctor import Diagnosis, find_street_faults
from gis.doctor_rules import DOCTOR

EAST_0, NORTH_0 = 500_000.0, 5_000_000.0
MAIN = [(0, 0), (1000, 0)]
NODED = [(0, 0), (500, 0), (1000, 0)]


def streets(lines: dict[str, object], **columns: list[object]) -> gpd.GeoDataFrame:
    """Streets by key, vertices in metres from a corner."""
    shapes = [LineString(np.add(line, (EAST_0, NORTH_0))) if isinstance(line, list) else line for line in lines.values()]
    return gpd.GeoDataFrame(columns, geometry=shapes, index=list(lines), crs="EPSG:32632")


def at(x: float, y: float) -> Point:
    return Point(x + EAST_0, y + NORTH_0)


def examine(lines: dict[str, object], **columns: list[object]) -> Diagnosis:
    return find_street_faults(streets(lines, **columns))


def kinds(lines: dict[str, object], **columns: list[object]) -> list[str]:
    return [fault.kind for fault in examine(lines, **columns).faults]


@pytest.mark.parametrize(
    ("line", "kind", "place", "fix_m"),
    [
        ([(500, 3), (500, 200)], "undershoot", at(500, 3), 3.0),
        ([(500, 0), (500, 200)], "undershoot", at(500, 0), 0.0),
        ([(500, -2), (500, 200)], "overshoot", at(500, 0), 0.0),
        ([(500, -200), (500, 200)], "crossing", at(500, 0), 0.0),
        ([(500, 50), (500, 150)], "island", at(500, 100), 50.0),
    ],
)
def test_a_planted_fault_is_found_with_its_place_and_fix(line, kind, place, fix_m):
    (fault,) = examine({"main": MAIN, "other": line}).faults
    assert fault.kind == kind
    assert fault.place.distance(place) < 1e-6
    assert fault.fix.shape.length == pytest.approx(fix_m, abs=1e-6)
    assert fault.fix.shape.distance(at(500, 0)) < 1e-6


@pytest.mark.parametrize(
    "lines",
    [
        {"main": NODED, "other": [(500, 0), (500, 200)]},  # a sound T
        {"main": NODED, "other": [(500, -200), (500, 0), (500, 200)]},  # a sound crossing
        {"main": NODED, "other": [(500, 0), (500, 90), (990, 90), (990, 30)]},  # a real dead end, 30 m away
        {"main": NODED, "other": [(500, 0), (500, 20), (540, 20), (540, 3)]},  # short of the street it came from: 117 m round
        {"main": NODED, "other": [(500, 0), (500, 3), (990, 3)]},  # beside the street, not towards it
        {"main": NODED, "other": [(500, 0), (500, -3)], "back": [(500, 0), (500, 200)]},  # a driveway of three metres
        {"main": MAIN},
    ],
)
def test_an_innocent_twin_is_left_alone(lines):
    assert kinds(lines) == []


@pytest.mark.parametrize("columns", [{"bridge": [False, True]}, {"tunnel": ["", "yes"]}, {"layer": ["0", "1"]}, {"layer": [0, -1]}])
@pytest.mark.parametrize("line", [[(500, -200), (500, 200)], [(500, 3), (500, 700)]])
def test_streets_on_different_levels_do_not_meet(line, columns):
    assert kinds({"main": MAIN, "other": line}, **columns) in ([], ["island"])


def test_large_roads_may_cross_where_the_data_know_no_bridges():
    lines = {"main": MAIN, "other": [(500, -600), (500, 600)]}
    assert kinds(lines, highway=["primary", "residential"]) == []
    assert kinds(lines, highway=["residential", "residential"]) == ["crossing"]
    assert kinds(lines, highway=["primary", "residential"], bridge=[False, False]) == ["crossing"]


@pytest.mark.parametrize("columns", [{"highway": ["primary", "platform"]}, {"area": ["", "yes"]}])
def test_platforms_and_outlines_of_squares_are_not_judged(columns):
    assert "undershoot" not in kinds({"main": MAIN, "other": [(500, 3), (500, 60)]}, **columns)


def test_nothing_is_joined_through_a_wall():
    wall = gpd.GeoDataFrame({"kind": ["wall"]}, geometry=[shapely.box(490, 1, 510, 2).exterior], crs="EPSG:32632").translate(EAST_0, NORTH_0)
    found = find_street_faults(streets({"main": MAIN, "other": [(500, 3), (500, 700)]}), barriers=wall).faults
    assert [fault.kind for fault in found] in ([], ["island"])


def test_a_short_stub_past_a_junction_is_cut_off():
    lines = {"main": NODED, "other": [(500, 0), (500, 200)], "stub": [(500, 0), (500, -1)]}
    (fault,) = examine(lines).faults
    assert (fault.kind, fault.streets, fault.fix.drop) == ("overshoot", ("stub",), (fault.fix.drop[0],))


def test_a_thousand_copies_are_one_fault():
    lines = {f"c{number:04}": MAIN[:: 1 if number % 2 else -1] for number in range(1000)}
    (fault,) = examine(lines).faults
    assert (fault.kind, len(fault.streets)) == ("double_street", 1000)
    assert "c0000" in str(fault.remedy)


def test_what_only_the_edge_of_the_map_cuts_off_is_no_fault():
    world = streets({"main": MAIN, "island": [(0, 40), (150, 40)], "end": [(200, 60), (200, 4)]})
    exits = gpd.GeoSeries([at(0, 40), at(200, 4)], crs=world.crs).to_crs(4326)

    assert [fault.kind for fault in find_street_faults(world).faults] == ["island", "undershoot"]
    assert find_street_faults(world, exits=exits).faults == []
    assert len(find_street_faults(world, exits=exits.iloc[:0]).faults) == 2


def test_two_ways_drawn_along_each_other_are_one_fault():
    steps = [[(x, 0), (x + 100, 0)] for x in (0, 100, 200)]
    lines = {f"{way}:{number}": step for way in ("w1", "w2") for number, step in enumerate(steps)}
    apart = {f"{way}:9": [(900, 0), (1000, 0)] for way in ("w1", "w2")}
    near, far = (fault for fault in examine(lines | {"join": [(300, 0), (900, 0)]} | apart).faults)

    assert (near.kind, sorted(near.streets), near.fix.shape.length) == ("double_street", sorted(lines), 300.0)
    assert "w1," in str(near.remedy)
    assert sorted(far.streets) == sorted(apart)


def test_copies_of_another_class_are_no_copies():
    assert kinds({"a": MAIN, "b": MAIN}, highway=["residential", "cycleway"]) == []


def test_broken_shapes_are_named_and_the_rest_is_examined():
    broken = {"none": None, "empty": LineString(), "nan": LineString([(0, 0), (np.nan, 1)]), "point": at(0, 0)}
    found = examine({"main": MAIN, **broken, "short": [(1000, 0), (1000, 0)], "double": [(1000, 0), (1100, 0), (1100, 0), (1200, 0)]}).faults
    assert sorted((fault.kind, fault.streets[0]) for fault in found) == [
        ("double_vertex", "double"), ("no_shape", "empty"), ("no_shape", "nan"), ("no_shape", "none"), ("no_shape", "point"), ("zero_length", "short"),
    ]  # fmt: skip


def test_a_city_without_streets_has_no_faults():
    assert examine({}).faults == []


def test_streets_without_a_system_are_an_error():
    with pytest.raises(CrsError):
        find_street_faults(streets({"main": MAIN}).set_crs(None, allow_override=True))


def test_labels_join_streets_though_their_lines_run_backwards():
    lines = {"a": [(500, 0), (0, 0)], "b": [(1000, 0), (500, 0)]}
    assert kinds(lines, u=[1, 2], v=[2, 3]) == []


def many() -> gpd.GeoDataFrame:
    """Several faults at once."""
    lines = {"main": MAIN, "under": [(300, 3), (300, 200)], "over": [(500, -2), (500, 200)], "cross": [(700, -200), (700, 200)], "twin": [(300, 200), (300, 3)]}
    return streets({**lines, "alone": [(500, 400), (600, 400)]})


def seen(frame: gpd.GeoDataFrame) -> list[object]:
    return [(f.kind, sorted(f.streets), str(f.message), str(f.remedy), round(f.place.x, 6), round(f.place.y, 6)) for f in find_street_faults(frame).faults]


@pytest.mark.parametrize("seed", range(5))
def test_order_and_direction_of_the_streets_change_nothing(seed):
    frame, chance = many(), np.random.default_rng(seed)
    turned = frame.geometry.where(chance.random(len(frame)) < 0.5, frame.geometry.reverse())
    assert seen(frame.set_geometry(turned).iloc[chance.permutation(len(frame))]) == seen(frame)
    assert {fault[0] for fault in seen(frame)} == {"undershoot", "overshoot", "crossing", "double_street", "island"}


def test_the_callers_frame_stays_as_it_is():
    frame = many()
    before = frame.copy()
    find_street_faults(frame)
    assert frame.equals(before)


def test_degrees_give_the_same_faults():
    assert [fault[:2] for fault in seen(many().to_crs(4326))] == [fault[:2] for fault in seen(many())]


def test_thresholds_are_positive():
    assert all(value > 0 for value in vars(DOCTOR).values())
