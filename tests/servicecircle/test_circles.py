"""Circles one can trust: valid, nested, every door in reach inside and no other, in any world."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.network import build_network
from servicecircle.circles import walk_circles
from servicecircle.reach import covered_streets, nearest_walk
from tests.servicecircle.worlds import CRS, ORIGIN, lines, points, random_streets

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


def door_spots(doors) -> np.ndarray:
    """Where a door is: the start of its way to the street, or anywhere on its shape."""
    return np.where(doors.is_snapped, shapely.get_point(doors.connectors, 0), shapely.point_on_surface(doors.shapes))


def wrong_doors(circles: gpd.GeoDataFrame, doors, seconds, tolerance_m: float = 0.0) -> list:
    """Doors of which a circle says something else than their walking time: category, minutes, row."""
    spots = door_spots(doors)
    faults = []
    for row in circles.to_crs(doors.network.crs).itertuples():
        reached = seconds[row.category].to_numpy() <= row.minutes * 60.0
        inside = shapely.intersects(row.geometry, spots)
        depth_m = np.minimum(shapely.distance(shapely.boundary(row.geometry), spots), np.inf)
        wrong = (reached != inside) & ~shapely.is_missing(spots) & ~(depth_m <= tolerance_m)
        faults += [(row.category, row.minutes, int(number)) for number in np.flatnonzero(wrong & ~(shapely.is_empty(spots)))]
    return faults


def broken_shapes(circles: gpd.GeoDataFrame) -> list:
    """Circles that are no valid polygons, or do not contain the one before them."""
    faults = [("invalid", row.category, row.minutes) for row in circles.itertuples() if not row.geometry.is_valid or "Polygon" not in row.geometry.geom_type]
    for category, group in circles.groupby("category"):
        shapes = group.geometry.to_numpy()
        nested = shapely.is_empty(shapes[:-1]) | shapely.contains(shapes[1:], shapes[:-1])
        faults += [("not nested", category, minutes) for minutes in group["minutes"].to_numpy()[:-1][~nested]]
    return faults


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
