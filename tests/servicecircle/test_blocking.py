"""The first reason a door is not served, and the crossing that would do away with it, worked out by hand."""

from __future__ import annotations

import math

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from contracts.errors import NotFoundError
from gis.network import build_network
from servicecircle.blocking import CUT_OFF, DETOUR, DOOR_BLOCKED, DOOR_FAR, FACILITY_OFF, NO_FACILITY, TOO_FAR, first_reason, nearest_by_air, why_off_street
from servicecircle.explain import trace_walk
from servicecircle.obstacles import Ground
from servicecircle.reach import nearest_walk
from tests.servicecircle.worlds import CRS, ORIGIN, facilities, lines, points

LIMIT_S = 300.0  # 360 m at adult pace

# Two streets either side of a river at y = 50, joined by a bridge 500 m to the east. Door at (0, 0), clinic at (0, 100).
BANKS = lines([(0, 0), (500, 0)], [(500, 0), (500, 100)], [(500, 100), (0, 100)])
RIVER = lines([(-100, 50), (600, 50)], kind=["river"], name=["清河"])


def ground(barriers: gpd.GeoDataFrame | None = None, gates: gpd.GeoDataFrame | None = None, roads: gpd.GeoDataFrame | None = None) -> Ground:
    nothing = lines(kind=[], name=[])
    return Ground(nothing if barriers is None else barriers, points() if gates is None else gates, nothing if roads is None else roads)


def reason(streets, door, places, around: Ground, *, limit_s: float = LIMIT_S):
    network = build_network(streets)
    served, homes = (network.attach(each, barriers=around.barriers, gates=around.gates) for each in (places, door))
    near = nearest_by_air(served, homes, 0)
    walk = trace_walk(network, served, homes, 0, facility_key=near[0]) if near else None
    return first_reason(network, served, homes, 0, limit_s=limit_s, walk=walk, ground=around)


def test_a_river_is_named_with_its_next_bridge_and_what_a_bridge_would_bring() -> None:
    found = reason(BANKS, points((0, 0)), facilities((0, 100)), ground(RIVER))
    assert (found.reason, found.obstacle.kind, found.obstacle.key, found.straight_m) == (DETOUR, "river", 0, pytest.approx(100))
    assert found.obstacle.next_way_m == pytest.approx(500)
    assert (found.fix.kind, found.fix.metres, found.fix.seconds) == ("river", pytest.approx(100), pytest.approx(100 / 1.2))


def test_the_proposed_link_once_built_gives_the_proposed_seconds() -> None:
    door, clinic = points((80, 0)), facilities((20, 110))
    link = reason(BANKS, door, clinic, ground(RIVER)).fix
    (south, _), (north, _) = shapely.get_coordinates(link.line)[[0, -1]] - ORIGIN
    built = lines([(0, 0), (south, 0), (500, 0)], [(500, 0), (500, 100)], [(500, 100), (north, 100), (0, 100)])
    built = pd.concat([built, gpd.GeoDataFrame(geometry=[link.line], crs=CRS)], ignore_index=True)
    assert link.seconds == pytest.approx(nearest_walk(build_network(built), clinic, door, limit_s=LIMIT_S).iloc[0, 0], abs=1e-6)


def test_a_wall_with_its_gate_far_away_is_named_and_a_gate_proposed() -> None:
    wall = lines([(-100, 50), (600, 50)], kind=["wall"], name=[""])
    found = reason(BANKS, points((0, 0)), facilities((0, 100)), ground(wall, gates=points((500, 50))))
    assert (found.obstacle.kind, found.obstacle.next_way_m, found.fix.kind) == ("wall", pytest.approx(500), "wall")


def test_a_barrier_the_walk_crosses_right_there_is_not_to_blame() -> None:
    streets = lines([(0, 0), (0, 60)], [(0, 60), (500, 60)], [(500, 60), (500, 100)], [(500, 100), (0, 100)])
    found = reason(streets, points((0, 0)), facilities((0, 100)), ground(RIVER))
    assert (found.reason, found.obstacle, found.fix) == (DETOUR, None, None)


def test_the_first_barrier_is_named_where_there_are_two() -> None:
    both = lines([(-100, 70), (600, 70)], [(-100, 30), (600, 30)], kind=["river", "rail"], name=["清河", "京张线"])
    found = reason(BANKS, points((0, 0)), facilities((0, 100)), ground(both))
    assert (found.obstacle.kind, found.fix) == ("rail", None)  # one crossing alone does not help


def test_a_large_road_is_named_where_no_barrier_is_and_no_link_is_proposed() -> None:
    road = lines([(-100, 50), (600, 50)], kind=["major"], name=["中关村大街"])
    found = reason(BANKS, points((0, 0)), facilities((0, 100)), ground(roads=road))
    assert (found.obstacle.kind, found.obstacle.is_road, found.fix) == ("major", True, None)


def test_blocks_without_a_way_through_have_no_name() -> None:
    found = reason(BANKS, points((0, 0)), facilities((0, 100)), ground())
    assert (found.reason, found.obstacle, found.fix) == (DETOUR, None, None)


def test_too_far_even_through_the_air() -> None:
    found = reason(BANKS, points((0, 0)), facilities((500, 100)), ground(RIVER))
    assert (found.reason, found.straight_m) == (TOO_FAR, pytest.approx(math.hypot(500, 100)))


def test_streets_that_do_not_meet_are_cut_off_and_a_bridge_is_proposed() -> None:
    found = reason(BANKS.iloc[[0, 2]], points((0, 0)), facilities((0, 100)), ground(RIVER))
    assert (found.reason, found.obstacle.kind, found.obstacle.next_way_m) == (CUT_OFF, "river", math.inf)
    assert found.fix.seconds == pytest.approx(100 / 1.2)


def test_a_river_drawn_in_pieces_is_one_river() -> None:
    pieces = lines([(-100, 50), (100, 50)], [(100, 50), (600, 50)], kind=["river", "river"], name=["", ""])
    assert reason(BANKS, points((0, 0)), facilities((0, 100)), ground(pieces)).obstacle.next_way_m == pytest.approx(500)


def test_a_river_drawn_as_an_area_is_crossed_from_bank_to_bank() -> None:
    area = gpd.GeoDataFrame({"kind": ["river"]}, geometry=shapely.buffer(RIVER.geometry.to_numpy(), 10), crs=CRS)
    found = reason(BANKS, points((0, 0)), facilities((0, 100)), ground(area))
    assert (found.obstacle.at.distance(found.obstacle.beyond), found.fix.metres) == (pytest.approx(20), pytest.approx(100))


def test_no_facility_at_all() -> None:
    assert reason(BANKS, points((0, 0)), facilities(), ground()).reason == NO_FACILITY


def test_a_facility_on_no_street_is_said_to_be_so() -> None:
    found = reason(BANKS, points((0, 0)), facilities((0, 300)), ground())
    assert (found.reason, found.facility) == (FACILITY_OFF, 0)


def test_a_door_behind_a_wall_is_blocked_by_it() -> None:
    wall = lines([(-50, 10), (550, 10)], kind=["wall"], name=[""])
    found = why_off_street(build_network(BANKS.iloc[[0]]), points((20, 30)), ground(wall))
    assert (found.reason, found.obstacle.kind, found.street_m) == (DOOR_BLOCKED, "wall", pytest.approx(30))


def test_a_door_far_from_every_street_says_how_far() -> None:
    found = why_off_street(build_network(BANKS), points((0, -170)), ground())
    assert (found.reason, found.street_m, found.obstacle) == (DOOR_FAR, pytest.approx(170), None)


def test_a_city_without_streets_leaves_every_door_far() -> None:
    assert why_off_street(build_network(lines()), points((0, 0)), ground()).street_m == math.inf


def test_an_unknown_door_is_refused() -> None:
    network = build_network(BANKS)
    served, homes = network.attach(facilities((0, 100))), network.attach(points((0, 0)))
    with pytest.raises(NotFoundError):
        first_reason(network, served, homes, 7, limit_s=LIMIT_S, walk=None, ground=ground())


def test_the_order_of_barriers_changes_nothing_and_frames_stay_as_they_were() -> None:
    both = lines([(-100, 70), (600, 70)], [(-100, 30), (600, 30)], kind=["river", "rail"], name=["清河", "京张线"])
    before = both.copy()
    one, other = (reason(BANKS, points((0, 0)), facilities((0, 100)), ground(each)) for each in (both, both.iloc[::-1]))
    assert one.obstacle.key == other.obstacle.key
    pd.testing.assert_frame_equal(both, before)


def test_a_place_in_reach_downhill_is_not_too_far_for_the_lack_of_a_street() -> None:
    slope = lines([(0, 0), (400, 0)], [(1000, 0), (2000, 0)], grade=[-0.05, 0.0])
    network = build_network(slope, slopes=True)
    served, homes = network.attach(facilities((400, 0))), network.attach(points((0, 0)))
    found = first_reason(network, served, homes, 0, limit_s=LIMIT_S, walk=None, ground=ground())

    assert network.fastest_m_s == pytest.approx(1.2 * math.exp(3.5 * 0.05))
    assert found.reason != TOO_FAR  # 400 m are 333 s on the level, 280 s downhill
