"""Every planted fault is found, and a sound city has none."""

from __future__ import annotations

import pytest
import shapely

from contracts.errors import NotAllowedError
from services.access import DEMO_VISITOR, SYSTEM
from services.checks import check_city
from store.unit_of_work import SqlUnitOfWork
from tests.services.acts import NOBODY, person
from tests.small_city import EAST, STATION, WEST, facilities, house, placed


def kinds(uow: SqlUnitOfWork, who=SYSTEM) -> list[tuple[str, str]]:
    return [(fault.kind, fault.place) for fault in check_city(uow, who)]


@pytest.fixture
def broken(planned: SqlUnitOfWork) -> SqlUnitOfWork:
    """A street cut off, a facility out of reach, a house no grid has, all in the east."""
    island = {"i1": (shapely.LineString([(700, 20), (780, 20)]), {"highway": "residential", "u": 90, "v": 91, "length_m": 80.0, "name": "孤巷"})}
    lost = {"f9": (shapely.Point(680, 280), {"category": STATION, "name": "远站"})}
    with planned:
        planned.streets.upsert(placed(island))
        planned.facilities.upsert(placed(lost))
        planned.barriers.upsert(placed({"b9": (shapely.LineString(shapely.box(670, 270, 690, 290).exterior.coords), {"kind": "wall"})}))
        planned.commit()
    return planned


def test_a_sound_city_has_no_faults(planned: SqlUnitOfWork) -> None:
    assert kinds(planned) == []


def test_a_community_without_a_plan_is_named(loaded: SqlUnitOfWork) -> None:
    assert sorted(kinds(loaded)) == [("no_plan", "东里"), ("no_plan", "西里")]


def test_planted_faults_are_found(broken: SqlUnitOfWork) -> None:
    assert sorted(kinds(broken)) == [("island", "孤巷"), ("unsnapped", "远站")]


def test_a_fault_says_where_and_what_to_do_in_chinese_too(broken: SqlUnitOfWork) -> None:
    lost, island = check_city(broken, SYSTEM)
    assert (round(island.lon, 2), round(island.lat, 2)) == (116.42, 39.91)
    assert "80 米" in island.message.in_language("zh_CN")
    assert "100 米" in lost.message.in_language("zh_CN")


def test_a_gate_opens_a_walled_place(broken: SqlUnitOfWork) -> None:
    with broken:
        broken.entrances.upsert(placed({"g9": (shapely.Point(670, 280), {"kind": "gate"})}))
        broken.commit()
    assert ("unsnapped", "远站") not in kinds(broken)


def test_a_house_built_after_the_division_may_break_the_band(planned: SqlUnitOfWork) -> None:
    with planned:
        planned.buildings.upsert(placed({"new": (house(60, 60), {"community_code": WEST, "households": 100, "residents": 1.0})}))
        planned.commit()
    assert [place for kind, place in kinds(planned) if kind == "band"] == ["西里"]


def test_faults_of_other_areas_stay_theirs(broken: SqlUnitOfWork) -> None:
    assert kinds(broken, person(("planner", WEST))) == []
    assert kinds(broken, person(("planner", EAST))) == kinds(broken, DEMO_VISITOR) == [("unsnapped", "远站"), ("island", "孤巷")]


def test_others_may_not_check(planned: SqlUnitOfWork) -> None:
    for who in (NOBODY, person(("coordinator", ""))):
        with pytest.raises(NotAllowedError):
            check_city(planned, who)


def test_a_nameless_place_is_named_by_its_key(broken: SqlUnitOfWork) -> None:
    with broken:
        broken.facilities.upsert(facilities().iloc[:0])
        broken.facilities.upsert(placed({"f9": (shapely.Point(680, 280), {"category": STATION, "name": None})}))
        broken.commit()
    assert ("unsnapped", "f9") in kinds(broken)
