"""Each of the four answers and each reason, in a world small enough to see it; and what they must never do."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point

from contracts.errors import InputError
from gis.network import build_network
from servicecircle.answers import ANSWERS, REASONS, best_door, door_facts, four_answers
from servicecircle.reach import nearest_walk
from tests.servicecircle.worlds import CRS, facilities, lines, points, random_world

MAIN = lines([(0, 0), (2000, 0)], [(0, 300), (700, 300)])  # the second street is an island


def answers(doors, served=None, *, limit_s=900.0, exits=None, barriers=None, is_verified=None):
    network = build_network(MAIN)
    served = facilities((0, 0)) if served is None else served
    facts = door_facts(network, network.attach(served), network.attach(doors, barriers=barriers), exits=exits, is_verified=is_verified)
    return four_answers(facts, limit_s=limit_s).to_numpy().tolist()


def test_a_door_within_the_limit_is_covered() -> None:
    assert answers(points((1080, 0))) == [["covered", ""]]


def test_a_door_beyond_the_limit_is_too_far() -> None:
    assert answers(points((1081, 0))) == [["not_covered", "too_far"]]


def test_a_door_on_an_island_without_services_is_cut_off() -> None:
    assert answers(points((300, 300))) == [["unreachable", "cut_off"]]


def test_a_door_behind_a_wall_is_blocked() -> None:
    wall = gpd.GeoDataFrame({"kind": ["wall"]}, geometry=[lines([(900, 30), (1300, 30)]).geometry[0]], crs=CRS)

    assert answers(points((1080, 60)), barriers=wall) == [["unreachable", "blocked"]]


def test_a_door_without_a_street_near_is_unknown() -> None:
    assert answers(points((1080, 150))) == [["unknown", "no_street"]]


def test_a_door_without_a_place_is_unknown() -> None:
    nowhere = gpd.GeoDataFrame(geometry=[None], crs=CRS)

    assert answers(nowhere) == [["unknown", "no_geometry"]]


def test_an_island_that_only_the_edge_of_the_map_cuts_off_leads_off_it() -> None:
    network = build_network(lines([(0, 0), (2000, 0)], [(0, 80), (300, 80)]))
    facts = door_facts(network, facilities((1000, 0)), points((200, 110)), exits=points((300, 80)).geometry)

    assert four_answers(facts).to_numpy().tolist() == [["unknown", "map_edge"]]


def test_an_exit_is_no_way_to_a_street_beside_it() -> None:
    streets = lines([(0, 0), (2000, 0)], [(1900, 60), (2000, 60)])
    network = build_network(streets)
    facts = door_facts(network, facilities((0, 0)), points((1500, 0)), exits=points((2000, 60)).geometry)

    assert facts["edge_s"].tolist() == [np.inf]


def test_a_tunnel_leads_off_the_map_too() -> None:
    network = build_network(lines([(0, 0), (1500, 0)], [(1500, 0), (2000, 0)], tunnel=["", "yes"]))
    facts = door_facts(network, facilities((0, 0)), points((1400, 0)), exits=points((2000, 0)).geometry)

    assert facts["edge_s"].tolist() == pytest.approx([500.0])


def test_a_door_near_the_edge_of_the_map_is_unknown_unless_it_is_covered() -> None:
    exits = points((2000, 0)).geometry

    assert answers(points((1500, 0), (1000, 0)), exits=exits) == [["unknown", "map_edge"], ["covered", ""]]


def test_an_edge_of_the_map_beyond_the_limit_says_nothing() -> None:
    assert answers(points((1500, 0)), exits=points((2000, 0)).geometry, limit_s=416.0) == [["not_covered", "too_far"]]


def test_a_category_without_any_facility_on_a_street_is_not_covered() -> None:
    far = facilities((0, 9000))

    assert answers(points((500, 0)), far) == [["not_covered", "no_facility"]]


def test_only_unverified_services_near_make_the_answer_unknown() -> None:
    served = facilities((0, 0), (1900, 0))
    checked = pd.Series([True, False], index=served.index)

    assert answers(points((1800, 0), (600, 0)), served, is_verified=checked) == [["unknown", "unverified"], ["covered", ""]]


def test_every_answer_but_covered_has_a_reason_and_all_are_words_we_know() -> None:
    found = np.array(answers(points((1080, 0), (1500, 0), (300, 300), (1080, 150))))

    assert set(found[:, 0]) <= set(ANSWERS)
    assert set(found[:, 1]) <= {*REASONS, ""}
    assert ((found[:, 0] == "covered") == (found[:, 1] == "")).all()


def test_a_limit_below_zero_is_refused() -> None:
    with pytest.raises(InputError, match="zero seconds or more"):
        answers(points((0, 0)), limit_s=-1.0)


def test_no_doors_and_no_facilities_give_no_rows() -> None:
    network = build_network(MAIN)
    nobody = door_facts(network, facilities((0, 0)), points())
    nothing = door_facts(network, facilities((0, 0)).iloc[:0], points((0, 0)))

    assert (len(four_answers(nobody)), len(four_answers(nothing))) == (0, 0)


def test_the_best_door_of_a_building_speaks_for_it() -> None:
    network = build_network(MAIN)
    doors = points((300, 300), (600, 0), (5000, 5000), building=["a", "a", "b"])
    facts = door_facts(network, facilities((0, 0)), doors)
    facts["building"] = facts["door"].map(doors["building"])
    best = best_door(facts, "building")

    assert best[["building", "seconds", "why"]].to_numpy().tolist() == [["a", 500.0, ""], ["b", np.inf, "no_street"]]


def test_a_lost_door_says_nothing_while_another_is_joined_to_a_street() -> None:
    network = build_network(MAIN)
    doors = points((5000, 5000), (300, 300), building=["a", "a"])
    facts = door_facts(network, facilities((0, 0)), doors)
    facts["building"] = facts["door"].map(doors["building"])

    assert four_answers(best_door(facts, "building")).to_numpy().tolist() == [["unreachable", "cut_off"]]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 20.0, 60.0, 200.0]))
def test_covered_is_exactly_what_nearest_walk_reaches_and_unreachable_is_never_reached(seed: int, limit_s: float) -> None:
    network, served, homes = random_world(seed)
    facts = door_facts(network, served, homes)
    found = four_answers(facts, limit_s=limit_s)["answer"].to_numpy().reshape(len(homes), -1)

    assert ((found == "covered") == np.isfinite(nearest_walk(network, served, homes, limit_s=limit_s).to_numpy())).all()
    assert np.isinf(nearest_walk(network, served, homes, limit_s=np.inf).to_numpy()[found == "unreachable"]).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000))
def test_more_time_never_takes_an_answer_of_covered_away(seed: int) -> None:
    network, served, homes = random_world(seed)
    facts = door_facts(network, served, homes, exits=homes.geometry.iloc[:1])
    shorter, longer = (four_answers(facts, limit_s=limit_s)["answer"] == "covered" for limit_s in (30.0, 90.0))

    assert (longer | ~shorter).all()


def test_geometry_without_a_system_cannot_be_an_exit() -> None:
    network = build_network(MAIN)
    with pytest.raises(InputError):
        door_facts(network, facilities((0, 0)), points((0, 0)), exits=gpd.GeoSeries([Point(0, 0)]))


def test_a_street_of_one_point_leads_nowhere_but_to_itself() -> None:
    speck = build_network(gpd.GeoDataFrame(geometry=[LineString([Point(500_000, 4_400_000)] * 2)], crs=CRS))
    facts = door_facts(speck, facilities((0, 0)), points((0, 0)))

    assert four_answers(facts, limit_s=0.0).to_numpy().tolist() == [["covered", ""]]


@pytest.mark.parametrize("doors", [["a", "b"], ["b", "a"]])
@pytest.mark.parametrize(("first", "second", "surest"), [("no_street", "blocked", "blocked"), ("no_geometry", "no_street", "no_street")])
def test_a_building_of_lost_doors_says_the_surest_reason_whatever_they_are_called(doors, first, second, surest) -> None:
    lost = pd.DataFrame({"door": doors, "category": "clinic", "seconds": np.inf, "facility_key": None, "edge_s": np.inf, "verified_s": np.inf})

    assert best_door(lost.assign(why=[first, second], house="h"), "house")["why"].tolist() == [surest]
