"""The small city's walks told to people; by hand and against the stored computation."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely

from contracts.errors import NotAllowedError, NotFoundError
from gis.map_edge import MapEdge
from services.access import SYSTEM
from services.circles import compute_circles
from services.door_story import door_story
from services.walk_ends import MAP_EDGE
from services.walk_places import walk_places
from services.walk_story import WalkStory, walk_story
from store.unit_of_work import SqlUnitOfWork
from tests.services.acts import NOBODY, person
from tests.small_city import AT, CANTEEN, EAST, KINDERGARTEN, STATION, WEST, placed, streets


def told(story: WalkStory) -> list[tuple[str, float]]:
    return [(str(leg.words), round(leg.metres)) for leg in story.legs]


def test_every_walk_takes_the_seconds_that_were_stored(planned: SqlUnitOfWork) -> None:
    with planned:
        stored = planned.circles.door_walks(planned.circles.latest()[0])
    for row in stored.itertuples():
        story = walk_story(planned, SYSTEM, row.building_key, row.category, profile=row.profile)
        assert round(story.seconds, 6) == row.seconds
        assert story.facility_key == row.facility_key
        assert sum(leg.seconds for leg in story.legs) == pytest.approx(story.seconds, abs=1e-6)


def test_the_walk_from_one_house_to_the_kindergarten_by_hand(planned: SqlUnitOfWork) -> None:
    """House at (280, 130): 10 m to the street, 170 m along it past the gate, 50 m up to the kindergarten at (450, 200)."""
    story = walk_story(planned, SYSTEM, "h280-130", KINDERGARTEN)
    assert told(story) == [("From the door to the street", 10), ("Along Residential street without a name", 170), ("From the street to 东里幼儿园", 50)]
    assert (story.is_covered, story.reason, story.fix) == (True, None, None)


def test_a_path_is_one_line_from_the_door_to_the_facility(planned: SqlUnitOfWork) -> None:
    story = walk_story(planned, SYSTEM, "h280-130", KINDERGARTEN)
    metric = story.lines.to_crs("EPSG:4548").geometry["path"]
    ends = story.points.to_crs("EPSG:4548").geometry
    assert metric.length == pytest.approx(230, abs=0.01)
    assert metric.distance(ends["door"]) < 0.01
    assert metric.distance(ends["facility"]) < 0.01


def test_a_wall_without_a_gate_is_named_and_a_gate_is_proposed(planned: SqlUnitOfWork) -> None:
    """The street ends 20 m short of the wall on both sides: the station at (0, 150) is cut off from the east."""
    with planned:
        planned.streets.upsert(placed({"s1-2": (shapely.LineString([(200, 150), (380, 150)]), {"highway": "residential", "u": 1, "v": 98, "length_m": 180.0})}))
        planned.streets.upsert(placed({"s2-3": (shapely.LineString([(420, 150), (600, 150)]), {"highway": "residential", "u": 99, "v": 3, "length_m": 180.0})}))
        planned.entrances.delete(["g1"])
        planned.commit()
    story = walk_story(planned, SYSTEM, "h440-130", STATION)
    assert math.isinf(story.seconds)
    assert "a wall lies between and no street leads across" in str(story.reason)
    assert "A gate at the marked place would make the walk" in str(story.fix)
    assert {"barrier", "link"} <= set(story.lines["kind"])
    assert "围墙" in story.reason.in_language("zh_CN")


def test_a_service_too_far_even_through_the_air_says_how_far(planned: SqlUnitOfWork) -> None:
    story = walk_story(planned, SYSTEM, "h760-130", STATION, limit_s=300.0)
    assert "even in a straight line" in str(story.reason)
    assert not story.is_covered
    assert story.fix is None


def test_a_house_on_no_street_says_so(planned: SqlUnitOfWork) -> None:
    with planned:
        planned.streets.delete(["s3-4", "s3-8", "s7-3"])
        planned.commit()
    story = walk_story(planned, SYSTEM, "h760-130", STATION)
    assert (story.legs, math.isinf(story.seconds)) == ((), True)
    assert "no street within 100 m" in str(story.reason)


def test_stairs_and_names_of_streets_are_told_and_one_name_is_one_leg(loaded: SqlUnitOfWork) -> None:
    named = streets().assign(name="滨河路", name_en="Binhe Road")
    named.loc["s2-3", "highway"] = "steps"
    with loaded:
        loaded.streets.upsert(named)
        loaded.commit()
    assert [str(leg.words) for leg in walk_story(loaded, SYSTEM, "h120-130", KINDERGARTEN).legs][1:3] == ["Along Binhe Road", "Stairs"]
    assert walk_story(loaded, SYSTEM, "h120-130", KINDERGARTEN).legs[1].words.in_language("zh_CN") == "沿滨河路"


def test_a_wait_at_a_large_road_is_told_with_its_name(loaded: SqlUnitOfWork) -> None:
    """From the main road at y = 150 into the side street at x = 600 that leads to the canteen."""
    named = streets().assign(name="大路", name_en="Great Road")
    named.loc[["s0-1", "s1-2", "s2-3", "s3-4"], "highway"] = "primary"
    named.loc["s3-8", ["name", "name_en"]] = ["小巷", "Small Lane"]
    with loaded:
        loaded.streets.upsert(named)
        loaded.commit()
    story = walk_story(loaded, SYSTEM, "h440-130", CANTEEN)
    assert [str(leg.words) for leg in story.legs][1:4] == ["Along Great Road", "Wait at the crossing of Great Road", "Along Small Lane"]
    assert story.legs[2].metres == 0.0
    assert sum(leg.seconds for leg in story.legs) == pytest.approx(story.seconds)


def test_the_story_of_a_door_has_both_paces_and_the_nearest_by_name(planned: SqlUnitOfWork) -> None:
    story = door_story(planned, SYSTEM, "h760-130", limit_s=600.0)
    table = story.services.set_index("category")
    assert table.at[STATION, "adult_s"] == pytest.approx(770 / 1.2, abs=1e-3)
    assert table.at[STATION, "older_s"] == pytest.approx(770 / 0.8, abs=1e-3)
    assert table["answer"].to_dict() == {STATION: "not_covered", KINDERGARTEN: "covered", CANTEEN: "covered"}
    assert table.at[STATION, "reason"] == "too_far"
    assert table.at[KINDERGARTEN, "name"] == "东里幼儿园"
    assert list(story.services["category"]) == [KINDERGARTEN, STATION, CANTEEN]  # education, health, care


def test_the_answer_is_that_of_the_pace_asked_for(planned: SqlUnitOfWork) -> None:
    """The kindergarten is 70 m away: 58 s for an adult, 88 s for an older person; the map ends 320 m away."""
    answers = {
        pace: door_story(planned, SYSTEM, "h440-130", profile=pace, limit_s=60.0).services.set_index("category").at[KINDERGARTEN, "answer"]
        for pace in ("adult", "older")
    }
    assert answers == {"adult": "covered", "older": "not_covered"}


def test_a_building_without_a_name_is_called_by_its_place(planned: SqlUnitOfWork) -> None:
    assert str(door_story(planned, SYSTEM, "h440-130").label) == "Building in 东里 (1)"
    with planned:
        planned.streets.upsert(streets().assign(name="滨河路"))
        planned.commit()
    assert str(door_story(planned, SYSTEM, "h440-130").label) == "Building in 东里, near 滨河路 (1)"


def test_buildings_of_a_community_are_listed_once_each_and_named(planned: SqlUnitOfWork) -> None:
    places = walk_places(planned, SYSTEM, EAST)
    assert len(places) == 12
    assert len({str(label) for label in places["label"]}) == 12


def test_a_building_that_does_not_exist_or_was_never_computed_is_said_to_be_so(loaded: SqlUnitOfWork) -> None:
    for act in (
        lambda: door_story(loaded, SYSTEM, "nowhere"),
        lambda: walk_story(loaded, SYSTEM, "nowhere", STATION),
        lambda: door_story(loaded, SYSTEM, "h440-130"),
    ):
        with pytest.raises(NotFoundError):
            act()


def test_nobody_and_the_other_community_may_not_look(planned: SqlUnitOfWork) -> None:
    for who in (NOBODY, person(("planner", WEST))):
        for act in (
            lambda who=who: door_story(planned, who, "h440-130"),
            lambda who=who: walk_story(planned, who, "h440-130", STATION),
            lambda who=who: walk_places(planned, who, EAST),
        ):
            with pytest.raises(NotAllowedError):
                act()


def test_a_city_without_the_service_says_so(planned: SqlUnitOfWork) -> None:
    story = walk_story(planned, SYSTEM, "h440-130", "SAN_TOILET")
    assert "no service of this kind" in str(story.reason)


def test_a_city_computed_anew_is_told_anew(loaded: SqlUnitOfWork) -> None:
    compute_circles(loaded, SYSTEM, profiles=("adult",), at=AT)
    assert math.isnan(door_story(loaded, SYSTEM, "h440-130").services["older_s"].iloc[0])


def mark_unverified(uow: SqlUnitOfWork, key: str) -> None:
    with uow:
        uow.facilities.upsert(uow.facilities.read(keys=[key]).assign(verified=False))
        uow.commit()


def test_a_walk_to_a_service_nobody_verified_is_drawn_and_its_answer_not_known(loaded: SqlUnitOfWork) -> None:
    mark_unverified(loaded, "f1")
    story = walk_story(loaded, SYSTEM, "h280-130", STATION)
    assert (story.answer, story.is_covered, story.fix) == ("unknown", False, None)
    assert "nobody has verified it" in str(story.reason)
    assert "未经核实" in story.reason.in_language("zh_CN")
    assert "path" in set(story.lines["kind"])


def test_a_walk_too_long_near_the_edge_of_the_map_is_not_known(loaded: SqlUnitOfWork) -> None:
    """The map ends 50 m east of the house; the station is 770 m away."""
    with loaded:
        loaded.city.put(MAP_EDGE, MapEdge(shapely.box(*loaded.areas.read().total_bounds), np.empty((0, 2))).as_json())
        loaded.commit()
    story = walk_story(loaded, SYSTEM, "h760-130", STATION, limit_s=300.0)
    assert story.answer == "unknown"
    assert str(story.reason).startswith("Not known: the map ends 0.7 minutes from this door")


def test_a_walk_exactly_on_the_limit_is_covered_in_the_story_as_in_the_figures(planned: SqlUnitOfWork) -> None:
    with planned:
        stored = planned.circles.door_walks(planned.circles.latest()[0])
    for row in stored[stored["profile"] == "adult"].itertuples():
        assert walk_story(planned, SYSTEM, row.building_key, row.category, limit_s=row.seconds).is_covered
