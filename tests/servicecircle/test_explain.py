"""The walk behind a time: the very seconds, leg by leg, and a line without a gap."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
import shapely

from contracts.errors import InputError, NotFoundError
from gis.network import WalkNetwork, build_network
from servicecircle.explain import trace_walk
from servicecircle.legs import FROM_STREET, LEG_KINDS, TO_STREET, WAIT
from servicecircle.reach import nearest_facilities
from tests.servicecircle.worlds import CRS, ORIGIN, facilities, lines, points, random_world, walk_by_cutting

WORLDS = 200


@cache
def traced(seed: int):
    """Every walk of a random world: (network, facilities, doors, seconds, facility keys, walks by door)."""
    network, places, homes = random_world(seed)
    served, doors = network.attach(places), network.attach(homes)
    seconds, keys = nearest_facilities(network, served, doors, limit_s=math.inf, by=None)
    return network, served, doors, seconds["all"], keys["all"], {key: trace_walk(network, served, doors, key) for key in doors.index}


def gaps_m(legs) -> np.ndarray:
    """Metres between the end of each leg and the start of the next."""
    ends = shapely.get_coordinates(shapely.get_point(legs.geometry.to_numpy(), -1))[:-1]
    starts = shapely.get_coordinates(shapely.get_point(legs.geometry.to_numpy(), 0))[1:]
    return np.linalg.norm(ends - starts, axis=1)


@pytest.mark.parametrize("first", range(0, WORLDS, 50))
def test_a_walk_has_the_very_seconds_of_the_search_in_random_worlds(first: int) -> None:
    for seed in range(first, first + 50):
        _, _, _, seconds, keys, walks = traced(seed)
        for door, walk in walks.items():
            assert (walk is None) == math.isinf(seconds[door])
            if walk is not None:
                assert (walk.seconds, walk.facility) == (seconds[door], keys[door])


@pytest.mark.parametrize("first", range(0, WORLDS, 50))
def test_legs_add_up_and_join_and_lie_on_their_streets_in_random_worlds(first: int) -> None:
    for seed in range(first, first + 50):
        network, _, _, _, _, walks = traced(seed)
        for walk in filter(None, walks.values()):
            legs = walk.legs
            assert legs["seconds"].sum() == pytest.approx(walk.seconds, abs=2e-9)
            assert gaps_m(legs).max(initial=0.0) < 0.01
            assert set(legs["kind"]) <= set(LEG_KINDS)
            assert (legs["kind"].iloc[0], legs["kind"].iloc[-1]) == (TO_STREET, FROM_STREET)
            along = legs[legs["kind"] == "along"]
            streets = network.streets.loc[along["street"].tolist()].to_numpy()
            assert shapely.covers(shapely.buffer(streets, 0.01), along.geometry.to_numpy()).all()


def test_a_walk_is_as_long_as_another_librarys_shortest_path() -> None:
    for seed in range(40):
        network, served, doors, _, _, walks = traced(seed)
        oracle = walk_by_cutting(network, doors, served).min(axis=1)
        ours = [math.inf if walks[key] is None else walks[key].legs["seconds"].sum() for key in doors.index]
        assert np.allclose(ours, oracle, atol=1e-6)


def test_legs_are_as_long_as_their_lines_where_lengths_are_measured() -> None:
    streets = lines([(0, 0), (100, 0)], [(100, 0), (100, 80)], [(100, 80), (40, 120)])
    walk = trace_walk(build_network(streets), facilities((50, 110)), points((10, 5)), 0)
    assert walk.legs.geometry.length.to_numpy() == pytest.approx(walk.legs["metres"].to_numpy(), abs=1e-6)
    assert walk.path.length == pytest.approx(walk.metres, abs=1e-6)


def test_the_legs_of_a_plain_walk_are_those_one_walks() -> None:
    """Door 5 m north of street 0 at x = 10, facility 7 m east of street 1 at y = 30."""
    streets = lines([(0, 0), (100, 0)], [(100, 50), (100, 0)])
    walk = trace_walk(build_network(streets), facilities((107, 30)), points((10, 5)), 0)
    told = list(walk.legs[["kind", "street", "from_m", "to_m", "metres"]].itertuples(index=False, name=None))
    assert told[1] == ("along", 0, pytest.approx(10), pytest.approx(100), pytest.approx(90))
    assert told[2] == ("along", 1, pytest.approx(50), pytest.approx(20), pytest.approx(30))  # drawn the other way: metres fall
    assert (told[0][0], told[0][4], told[3][0], told[3][4]) == ("to_street", pytest.approx(5), "from_street", pytest.approx(7))
    assert walk.seconds == pytest.approx(132 / 1.2)


def test_a_walk_on_one_street_goes_straight_along_it() -> None:
    walk = trace_walk(build_network(lines([(0, 0), (100, 0)])), facilities((80, 0)), points((20, 0)), 0)
    assert walk.legs["metres"].tolist() == pytest.approx([0, 60, 0])


def test_a_one_way_street_is_walked_round() -> None:
    streets = lines([(0, 0), (100, 0)], [(100, 0), (50, 80), (0, 0)], oneway_foot=["yes", "no"])
    walk = trace_walk(build_network(streets), facilities((20, 0)), points((80, 0)), 0)
    assert walk.legs["street"].tolist() == [None, 0, 1, 0, None]


def test_streets_of_no_cost_in_a_ring_and_a_blind_alley_do_not_trap_the_walk() -> None:
    xy = [(0, 0), (10, 0), (10, 10), (0, 10), (10, -10), (100, 10)]
    edges = [(0, 1), (1, 2), (2, 3), (3, 0), (1, 4), (2, 5)]
    network = WalkNetwork.from_arrays(np.array(xy) + ORIGIN, edges, [10, 10, 10, 10, 10, 90], crs=CRS, seconds=[0, 0, 0, 0, 0, 75])
    walk = trace_walk(network, facilities((100, 10)), points((0, 5)), 0)
    assert walk.seconds == 75.0
    assert gaps_m(walk.legs).max() < 0.01


def test_an_edge_without_length_that_takes_seconds_is_a_wait() -> None:
    xy = np.array([(0, 0), (100, 0), (100, 0), (200, 0)]) + ORIGIN
    network = WalkNetwork.from_arrays(xy, [(0, 1), (1, 2), (2, 3)], [100, 0, 100], crs=CRS, seconds=[100, 25, 100])
    walk = trace_walk(network, facilities((200, 0)), points((0, 0)), 0)
    assert walk.legs["kind"].tolist() == ["to_street", "along", WAIT, "along", "from_street"]
    assert walk.legs["seconds"].tolist() == [0, 100, 25, 100, 0]


def test_a_named_facility_is_walked_to_though_another_is_nearer() -> None:
    walk = trace_walk(build_network(lines([(0, 0), (100, 0)])), facilities((30, 0), (90, 0)), points((20, 0)), 0, facility_key=1)
    assert (walk.facility, walk.metres) == (1, pytest.approx(70))


def test_there_is_no_walk_beyond_the_limit_and_one_exactly_on_it() -> None:
    network = build_network(lines([(0, 0), (2000, 0)]))
    served, doors = facilities((1080, 0)), points((0, 0))
    assert trace_walk(network, served, doors, 0, limit_s=900.0).seconds == 900.0
    assert trace_walk(network, served, doors, 0, limit_s=899.9) is None


def test_a_door_on_no_street_has_no_walk() -> None:
    assert trace_walk(build_network(lines([(0, 0), (100, 0)])), facilities((50, 0)), points((50, 500)), 0) is None


def test_the_walk_does_not_depend_on_the_order_of_streets() -> None:
    streets = lines([(0, 0), (50, 50), (100, 0)], [(0, 0), (50, -50), (100, 0)], [(-50, 0), (0, 0)], [(100, 0), (150, 0)])
    one = trace_walk(build_network(streets), facilities((150, 0)), points((-50, 0)), 0)
    other = trace_walk(build_network(streets.iloc[::-1]), facilities((150, 0)), points((-50, 0)), 0)
    assert one.path.equals(other.path)


def test_a_walk_comes_back_in_the_callers_system_and_leaves_the_frames_alone() -> None:
    streets = lines([(0, 0), (100, 0)]).to_crs(4326)
    doors, served = points((20, 0)), facilities((80, 0))
    before = doors.copy()
    walk = trace_walk(build_network(streets), served, doors, 0)
    assert walk.legs.crs == streets.crs
    assert doors.equals(before)


@pytest.mark.parametrize(("door", "facility", "error"), [(9, None, NotFoundError), (0, 9, NotFoundError)])
def test_an_unknown_key_is_refused(door: int, facility: int | None, error: type[Exception]) -> None:
    with pytest.raises(error):
        trace_walk(build_network(lines([(0, 0), (100, 0)])), facilities((50, 0)), points((50, 0)), door, facility_key=facility)


def test_a_negative_limit_is_refused() -> None:
    with pytest.raises(InputError):
        trace_walk(build_network(lines([(0, 0), (100, 0)])), facilities((50, 0)), points((50, 0)), 0, limit_s=-1.0)
