"""Where a house that runs along its street is entered, and what must not move its door."""

from __future__ import annotations

import time
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.network import build_network
from servicecircle.reach import nearest_walk
from tests.servicecircle.worlds import CRS, ORIGIN, facilities, lines, points

STREET = lines([(0, 0), (200, 0)])
law = settings(max_examples=60, deadline=None, derandomize=True, database=None)


def houses(*shapes):
    return gpd.GeoDataFrame(geometry=gpd.GeoSeries(list(shapes), crs=CRS).translate(*ORIGIN))


HOUSE = houses(shapely.box(50, 10, 110, 30))


def door(streets=STREET, house=HOUSE, *, barriers=None, gates=None):
    """Place of the door on the wall and on the street, metres from the origin."""
    attached = build_network(streets).attach(house, barriers=None if barriers is None else lines(*barriers, kind=["wall"] * len(barriers)), gates=gates)
    assert attached.is_snapped.all(), attached.reason
    return (shapely.get_coordinates(attached.connectors[0]) - ORIGIN).round(6).tolist()


def test_a_house_along_a_street_is_entered_in_its_middle():
    assert door() == [[80, 10], [80, 0]]


def test_a_house_askew_is_entered_at_its_nearest_corner():
    assert door(house=houses(shapely.Polygon([(50, 11), (110, 10), (110, 30), (50, 30)]))) == [[110, 10], [110, 0]]


def test_a_short_wall_before_the_middle_moves_the_door_to_a_quarter():
    assert door(barriers=[[(78, 5), (82, 5)]]) == [[65, 10], [65, 0]]


def test_walls_before_the_middle_and_the_quarters_move_the_door_to_the_end():
    assert door(barriers=[[(60, 5), (105, 5)]]) == [[50, 10], [50, 0]]


def test_an_estate_wall_lets_the_house_out_opposite_the_gate():
    assert door(barriers=[[(0, 5), (200, 5)]], gates=points((57, 5))) == [[57, 10], [57, 0]]


def test_a_house_behind_a_whole_wall_stays_blocked():
    assert build_network(STREET).attach(HOUSE, barriers=lines([(0, 5), (200, 5)], kind=["wall"])).reason.tolist() == ["blocked"]


def test_a_street_between_opens_no_way_through():
    streets = lines([(0, 0), (200, 0)], [(40, 5), (120, 5)], highway=["residential", "motorway"])
    assert build_network(streets).attach(HOUSE).reason.tolist() == ["blocked"]


def test_a_house_on_an_island_gets_round_a_short_wall_too():
    streets = lines([(0, 0), (200, 0)], [(0, 500), (3000, 500)])
    assert door(streets, barriers=[[(78, 5), (82, 5)]]) == [[65, 10], [65, 0]]


def test_the_longer_front_of_a_corner_house_has_the_door():
    streets = lines([(0, 0), (200, 0)], [(0, 0), (0, 200)])
    assert door(streets, houses(shapely.box(10, 10, 60, 40))) == [[35, 10], [35, 0]]


def test_vertices_that_bend_nothing_move_no_door():
    wall = shapely.Polygon([(50, 30), (50, 10), (55, 10), (90, 10), (110, 10), (110, 30)])
    assert door(house=houses(wall)) == [[80, 10], [80, 0]]


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_of_two_streets_alike_the_one_open_both_ways_is_taken(order):
    streets = lines(*[[(0, 0), (200, 0)]] * 2, oneway_foot=["yes", "no"]).iloc[order]
    network = build_network(streets)
    assert streets.index[network.pieces.row[network.attach(HOUSE).edge]].tolist() == [1]


def random_house(rng):
    """A house with a front of its own length at its own distance, turned with its street by any angle."""
    left, width, deep, depth = rng.uniform(30, 60), rng.uniform(2, 80), rng.uniform(0.5, 40), rng.uniform(3, 20)
    corners = [(left, deep), (left + width, deep), (left + width, deep + depth), (left + width / 3, deep + depth + 4), (left, deep + depth)]
    return shapely.Polygon(np.roll(corners, rng.integers(0, 5), axis=0)[:: rng.choice([-1, 1])])


def turned(shapes, angle):
    return shapely.transform(
        np.array(shapes, dtype=object), lambda xy: xy @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]) + ORIGIN
    )


def seconds(paths, house, service, angle) -> float:
    streets = gpd.GeoDataFrame(geometry=turned([shapely.LineString(path) for path in paths], angle), crs=CRS)
    served = gpd.GeoDataFrame({"category": ["clinic"]}, geometry=turned([shapely.Point(service)], angle), crs=CRS)
    home = gpd.GeoDataFrame(geometry=turned([house], angle), crs=CRS)
    network = build_network(streets)
    assert network.attach(home).is_snapped.all()
    return float(nearest_walk(network, served, home, limit_s=np.inf).to_numpy()[0, 0])


@law
@given(st.integers(0, 1_000_000))
def test_cuts_side_streets_direction_and_order_move_no_door(seed):
    rng = np.random.default_rng(seed)
    house, angle = random_house(rng), rng.uniform(0, 6.3)
    service = (rng.choice([0.0, 200.0]), 0.0)
    whole = seconds([[(0, 0), (200, 0)]], house, service, angle)
    cuts = np.sort(np.r_[0.0, rng.choice([*rng.uniform(5, 195, 6), 80.0, 60.0], rng.integers(1, 7), replace=False), 200.0])
    pieces = [[(low, 0), (high, 0)][:: rng.choice([-1, 1])] for low, high in pairwise(cuts)]
    stubs = [[(at, 0), (at + rng.uniform(-20, 20), -rng.uniform(1, 30))] for at in rng.choice(cuts[1:-1], 2)]
    paths = [*pieces, *stubs]
    assert seconds([paths[row] for row in rng.permutation(len(paths))], house, service, angle) == pytest.approx(whole, abs=1e-6)


@law
@given(st.integers(0, 1_000_000))
def test_a_way_a_wall_leaves_open_is_found(seed):
    """A front with one opening: the house is let out wherever the opening is."""
    rng = np.random.default_rng(seed)
    gap_m, width_m = rng.uniform(50, 109), rng.uniform(0.5, 6)
    barriers = [[(0, 5), (gap_m - width_m / 2, rng.uniform(3, 7))], [(gap_m + width_m / 2, rng.uniform(3, 7)), (200, 5)]]
    at_wall, at_street = door(barriers=barriers)
    assert abs(at_street[0] - gap_m) <= width_m / 2
    assert at_wall[0] == at_street[0]


def test_forty_thousand_row_houses_take_seconds():
    many = 40_000
    column, row = np.arange(many) % 200 * 30.0, np.arange(many) // 200 * 30.0
    rows = many // 200
    streets = lines(*[[(0, 30 * number), (6000, 30 * number)] for number in range(rows + 1)], [(0, 0), (0, 30 * rows)])
    terraces = houses(*shapely.box(column + 3, row + 5, column + 27, row + 25))
    network = build_network(streets)
    started_s = time.process_time()
    assert network.attach(terraces).is_snapped.all()
    assert time.process_time() - started_s < 8.0  # 2 s; two looks at all houses for each house took 22 s


def test_no_house_and_no_wall_need_no_front():
    assert len(build_network(STREET).attach(HOUSE.iloc[:0])) == 0
    assert build_network(STREET).attach(facilities((80, 10))).access_m.tolist() == [10.0]
