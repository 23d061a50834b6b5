"""Circles one can trust: valid, nested, every door in reach inside and no other, in any world."""

from __future__ import annotations

import tracemalloc

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.network import WalkNetwork, build_network
from servicecircle.circles import CircleDrawer, walk_circles
from servicecircle.reach import covered_streets, nearest_walk
from tests.servicecircle.circle_faults import broken_shapes, wrong_doors
from tests.servicecircle.worlds import CRS, ORIGIN, facilities, lines, points, random_streets

WGS84 = 4326
MINUTES = (0.25, 1, 2, 4)
seeds = st.integers(0, 2**32 - 1)


def houses(rng: np.random.Generator, streets: gpd.GeoDataFrame, count: int) -> gpd.GeoSeries:
    """Points, houses and copies a hand's breadth apart, on streets, beside them and out of everybody's reach."""
    line = streets.geometry.to_numpy()[rng.integers(0, len(streets), count)]
    place = shapely.get_coordinates(shapely.line_interpolate_point(line, rng.random(count), normalized=True))
    place = place + rng.normal(0, 1, (count, 2)) * rng.choice([0.0, 4.0, 25.0, 90.0], count)[:, None]
    place = np.concatenate([place, place[: count // 3] + rng.normal(0, 0.3, (count // 3, 2))])
    size = rng.uniform(1, 9, (len(place), 2))
    boxes = shapely.box(*(place - size).T, *(place + size).T)
    shapes = np.where(rng.random(len(place)) < 0.5, boxes, shapely.points(place))
    return gpd.GeoSeries([*shapes, shapely.Point(ORIGIN + 5000), None, shapely.Point()], crs=CRS)


def walls(rng: np.random.Generator) -> gpd.GeoDataFrame:
    return lines(*rng.uniform(-20, 170, (int(rng.integers(0, 5)), 2, 2)))


def world(seed: int, crs: int = CRS):
    """Network, attached facilities and doors, barriers."""
    rng = np.random.default_rng(seed)
    streets = random_streets(rng)
    barriers = walls(rng)
    network = build_network(streets.to_crs(crs))
    served = network.attach(points(*rng.uniform(-40, 190, (4, 2)), category=["a", "a", "b", "c"]), barriers=barriers)
    return network, served, network.attach(houses(rng, streets, 30), barriers=barriers), barriers


@given(seeds)
@settings(max_examples=150, deadline=None)
def test_every_door_is_told_right_in_any_world(seed):
    network, served, doors, barriers = world(seed)
    circles = walk_circles(network, served, minutes=MINUTES, barriers=barriers, doors=doors)
    assert broken_shapes(circles) == []
    assert wrong_doors(circles, doors, nearest_walk(network, served, doors), tolerance_m=0.03) == []


@given(seeds)
@settings(max_examples=60, deadline=None)
def test_circles_stay_nested_and_right_in_degrees(seed):
    network, served, doors, barriers = world(seed, WGS84)
    circles = walk_circles(network, served, minutes=MINUTES, barriers=barriers, doors=doors)
    assert circles.crs == WGS84
    assert broken_shapes(circles) == []
    assert wrong_doors(circles, doors, nearest_walk(network, served, doors), tolerance_m=0.03) == []


@given(seeds)
@settings(max_examples=40, deadline=None)
def test_without_barriers_and_doors_a_circle_holds_the_streets_in_reach_and_little_more(seed):
    network, served, _doors, _barriers = world(seed)
    circle = walk_circles(network, served, minutes=(1,), by=None).geometry.iloc[0]
    feet = shapely.get_point(served.connectors[served.is_snapped & (served.access_s <= 60)], -1)
    street = shapely.union_all([covered_streets(network, served, limit_s=60).union_all(), *feet])
    assert circle.buffer(1e-6).contains(street)
    assert shapely.distance(street, shapely.points(shapely.get_coordinates(circle))).max(initial=0) < 25.1


def street_of(*paths, **columns):
    return build_network(lines(*paths, **columns))


def test_by_hand_a_house_in_reach_is_drawn_in_whole_and_the_next_cut_out_whole():
    network = street_of([(0, 0), (600, 0)])
    near, far = shapely.box(50, 10, 70, 90), shapely.box(80, 10, 100, 20)
    homes = gpd.GeoSeries([shapely.transform(shape, lambda xy: xy + ORIGIN) for shape in (near, far)], crs=CRS)
    circle = walk_circles(network, points((0, 0)), minutes=(80 / 1.2 / 60,), by=None, doors=homes).geometry.iloc[0]
    assert circle.contains(homes[0])  # 50 m and 10 m to its wall
    assert not circle.intersects(homes[1])  # 80 m and 10 m
    assert circle.intersects(shapely.Point(ORIGIN + (75, 15)))


def test_a_door_far_from_the_street_is_joined_by_its_way():
    circle = walk_circles(street_of([(0, 0), (600, 0)]), points((0, 0)), minutes=(5,), by=None, doors=points((20, 80))).geometry.iloc[0]
    assert circle.geom_type == "Polygon"
    assert circle.contains(shapely.Point(ORIGIN + (20, 80)))


def test_doors_a_hands_breadth_apart_on_both_sides_of_the_limit_are_told_apart():
    homes = points((59.95, 1), (60.05, 1))
    circle = walk_circles(street_of([(0, 0), (600, 0)]), points((0, 0)), minutes=(61 / 1.2 / 60,), by=None, doors=homes).geometry.iloc[0]
    assert shapely.contains(circle, homes.geometry.to_numpy()).tolist() == [True, False]


def test_a_door_that_found_no_street_is_outside():
    river = lines([(-50, 5), (650, 5)])
    network = street_of([(0, 0), (600, 0)])
    homes = network.attach(points((30, 8)), barriers=river)
    assert homes.reason.tolist() == ["blocked"]
    for barriers in (None, river):
        assert not walk_circles(network, points((0, 0)), by=None, doors=homes, barriers=barriers).contains(shapely.Point(ORIGIN + (30, 8))).any()


def test_a_barrier_does_not_push_out_a_door_in_reach():
    network = street_of([(0, 0), (600, 0)])
    wall = lines([(-50, 5), (650, 5)])
    homes = network.attach(points((30, 20)))  # attached as if the wall had a gate there
    assert walk_circles(network, points((0, 0)), by=None, doors=homes, barriers=wall).geometry.iloc[-1].contains(shapely.Point(ORIGIN + (30, 20)))


DEGENERATE = {
    "no door": lambda: walk_circles(street_of([(0, 0), (50, 0)]), points((0, 0)), by=None, doors=points()),
    "no facility": lambda: walk_circles(street_of([(0, 0), (50, 0)]), points(), by=None, doors=points((1, 1))),
    "facility on no street": lambda: walk_circles(street_of([(0, 0), (50, 0)]), points((900, 900)), by=None, doors=points((1, 1))),
    "no street": lambda: walk_circles(build_network(lines().set_crs(CRS, allow_override=True)), points((0, 0)), by=None, doors=points((1, 1))),
    "no time": lambda: walk_circles(street_of([(0, 0), (50, 0)]), points((0, 0)), minutes=(0,), by=None, doors=points((0, 0), (3, 0))),
    "one point": lambda: walk_circles(street_of([(0, 0), (0, 0)], u=[1], v=[1]), points((0, 0)), by=None, doors=points((0, 0), (30, 3))),
    "one time": lambda: walk_circles(street_of([(0, 0), (50, 0)]), points((0, 0)), minutes=(5,), by=None, doors=points((0, 0))),
    "loop and twins": lambda: walk_circles(
        street_of([(0, 0), (50, 0)], [(0, 0), (50, 0)], [(50, 0), (90, 30), (90, -30), (50, 0)]), points((0, 0)), by=None, doors=points((90, 0), (10, 1))
    ),
    "no end": lambda: walk_circles(street_of([(0, 0), (50, 0)]), points((0, 0)), minutes=(float("inf"),), by=None, doors=points((9, 9))),
}


@pytest.mark.parametrize("name", DEGENERATE)
def test_bare_worlds_give_valid_nested_circles(name):
    circles = DEGENERATE[name]()
    assert broken_shapes(circles) == []
    assert circles.is_valid.all()


def test_at_no_time_only_who_is_there_is_inside():
    circle = DEGENERATE["no time"]().geometry.iloc[0]
    assert [circle.intersects(shapely.Point(ORIGIN + place)) for place in ((0, 0), (3, 0))] == [True, False]


def test_a_wait_without_a_length_delays_the_doors_behind_it():
    """A crossing is an edge of no length that takes time."""
    network = WalkNetwork.from_arrays(
        np.array([(0, 0), (100, 0), (100, 0), (200, 0)]) + ORIGIN, [(0, 1), (1, 2), (2, 3)], [100, 0, 100], crs=CRS, seconds=[80, 60, 80]
    )
    homes = points((90, 2), (110, 2))
    circles = walk_circles(network, points((0, 0)), minutes=(1.5, 3), by=None, doors=homes)
    assert [shapely.contains(shape, homes.geometry.to_numpy()).tolist() for shape in circles.geometry] == [[True, False], [True, True]]
    assert broken_shapes(circles) == []


def test_the_order_of_places_and_threads_changes_no_byte():
    network, served, doors, barriers = world(5)
    order = np.random.default_rng(5).permutation(len(doors))
    one = CircleDrawer(network, barriers=barriers, doors=doors).circles(served, minutes=MINUTES)
    other = CircleDrawer(network, barriers=barriers, doors=doors.take(order)).circles(served, minutes=MINUTES)
    again = CircleDrawer(network, barriers=barriers, doors=doors).circles(served, minutes=MINUTES)
    assert one.to_wkb().equals(again.to_wkb())
    assert one.geometry.geom_equals(other.geometry).all()


def test_houses_of_several_doors_are_in_where_one_door_is():
    network = street_of([(0, 0), (600, 0)])
    homes = points((60, 10), (140, 10), building_key=["h", "h"])
    house = gpd.GeoSeries({"h": shapely.transform(shapely.box(60, 10, 140, 40), lambda xy: xy + ORIGIN)}, crs=CRS)
    circle = CircleDrawer(network, doors=homes, footprints=house).circles(points((0, 0)), minutes=(75 / 1.2 / 60,), by=None).geometry.iloc[0]
    spots = homes.geometry.to_numpy()
    assert shapely.intersects(circle, spots).tolist() == [True, False]
    assert circle.intersection(house["h"]).area > 0.99 * house["h"].area


@pytest.mark.parametrize("apart_m", [0.0, 1e-5])
def test_ten_thousand_doors_on_one_point_are_drawn_as_one(apart_m):
    network, served = build_network(lines([(0, 0), (2000, 0)])), facilities((0, 0))
    many = points(*((400.0, 5.0 + apart_m * (number % 20)) for number in range(10_000)))
    tracemalloc.start()
    drawn = walk_circles(network, served, minutes=(5, 6), doors=many).geometry
    most_mb = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    assert not drawn.iloc[0].intersects(many.geometry.iloc[0])
    assert drawn.iloc[1].contains(many.geometry.iloc[0])
    assert most_mb < 200  # all pairs of them took 1.6 GB
