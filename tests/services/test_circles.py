"""Who can walk to what in the small city, checked against the drawing."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import shapely

from contracts.errors import CancelledError, NotAllowedError, NotFoundError
from gis.map_edge import MapEdge
from servicecircle.answers import ANSWERS, four_answers
from services.access import SYSTEM
from services.circles import compute_circles, people_of
from services.coverage import coverage_table
from services.walk_ends import MAP_EDGE
from store.engine import Store
from store.repositories.people import AuditTrail
from store.unit_of_work import SqlUnitOfWork
from tests.services.acts import NOBODY, Stop, audited, calls_of, contents, person
from tests.small_city import AT, COLUMNS, EAST, KINDERGARTEN, ROWS, STATION, placed, settle

ADULT_M_S = 1.2


def seconds(uow: SqlUnitOfWork, category: str, profile: str = "adult") -> dict[str, float]:
    with uow:
        walks = uow.circles.door_walks(uow.circles.latest()[0])
    chosen = walks[(walks["category"] == category) & (walks["profile"] == profile)]
    return dict(zip(chosen["building_key"], chosen["seconds"], strict=True))


def by_hand(facility_x: float, way_to_street: float) -> dict[str, float]:
    """Metres from a facility that meets the main street at x to every house."""
    columns = [x for several in COLUMNS.values() for x in several]
    return {f"h{x:03}-{y}": way_to_street + abs(x - facility_x) + (10 if y < 200 else 60) for x in columns for y in ROWS}


def test_every_door_walks_the_drawn_metres(store: Store) -> None:
    uow = SqlUnitOfWork(store)
    settle(uow)
    report = compute_circles(uow, SYSTEM, profiles=("adult",), at=AT)
    assert (report.doors, report.buildings, report.categories, report.streets, report.unsnapped_doors, report.unsnapped_facilities) == (24, 24, 3, 8, 0, 0)
    for category, metres in ((STATION, by_hand(0, 0)), (KINDERGARTEN, by_hand(450, 50))):
        assert seconds(uow, category) == pytest.approx({key: length / ADULT_M_S for key, length in metres.items()}, abs=1e-3)


def test_the_older_pace_is_two_thirds_of_the_adult_one(planned: SqlUnitOfWork) -> None:
    adult, older = seconds(planned, STATION), seconds(planned, STATION, "older")
    assert older == pytest.approx({key: 1.5 * value for key, value in adult.items()})


def test_a_surveyed_door_shortens_the_way(loaded: SqlUnitOfWork) -> None:
    with loaded:
        loaded.entrances.upsert(placed({"d1": (shapely.Point(280, 150), {"kind": "door", "building_key": "h280-220"})}))
        loaded.commit()
    compute_circles(loaded, SYSTEM, profiles=("adult",), at=AT)
    assert seconds(loaded, STATION)["h280-220"] == pytest.approx(280 / ADULT_M_S, abs=1e-3)


def test_a_door_on_no_street_is_out_of_reach_and_counted(loaded: SqlUnitOfWork) -> None:
    with loaded:
        loaded.streets.delete(["s3-4", "s3-8", "s7-3"])  # the houses at x = 760 are now 150 m from any street
        loaded.facilities.delete(["f3"])
        loaded.commit()
    report = compute_circles(loaded, SYSTEM, profiles=("adult",), at=AT)
    assert report.unsnapped_doors == 3
    assert {key for key, value in seconds(loaded, STATION).items() if math.isinf(value)} == {"h760-130", "h760-170", "h760-220"}
    assert "3 栋建筑" in report.sentences()[1].in_language("zh_CN")


def test_circles_are_valid_and_grow_with_the_minutes(planned: SqlUnitOfWork) -> None:
    with planned:
        circles = planned.circles.circles(planned.circles.latest()[0], profile="adult", category=STATION).set_index("minutes").geometry
    assert list(circles.index.sort_values()) == [5, 10, 15]
    assert circles.is_valid.all()
    assert circles[10].buffer(1e-9).contains(circles[5])
    assert circles[15].buffer(1e-9).contains(circles[10])


def test_chosen_categories_only(loaded: SqlUnitOfWork) -> None:
    assert compute_circles(loaded, SYSTEM, categories=[STATION], at=AT).categories == 1
    assert not seconds(loaded, KINDERGARTEN)


def test_older_shares_speak_of_older_people_where_they_are_known(planned: SqlUnitOfWork) -> None:
    with planned:
        houses = planned.buildings.read()
    assert people_of(houses, "older").sum() == 12 * 20
    assert people_of(houses, "adult").sum() == people_of(houses.drop(columns="older_residents"), "older").sum() == 24 * 140


@pytest.mark.parametrize("table", ["streets", "buildings", "facilities"])
def test_what_is_missing_is_named(loaded: SqlUnitOfWork, table: str) -> None:
    with loaded:
        getattr(loaded, table).delete(list(getattr(loaded, table).read().index))
        loaded.commit()
    with pytest.raises(NotFoundError, match=table):
        compute_circles(loaded, SYSTEM, at=AT)


def test_an_unknown_pace_is_not_found(loaded: SqlUnitOfWork) -> None:
    with pytest.raises(NotFoundError, match="adult"):
        compute_circles(loaded, SYSTEM, profiles=["runner"], at=AT)


@pytest.mark.parametrize("who", [NOBODY, person(("coordinator", "")), person(("visitor", ""))])
def test_only_planners_compute(loaded: SqlUnitOfWork, who) -> None:
    with pytest.raises(NotAllowedError):
        compute_circles(loaded, who, at=AT)


def test_a_cancel_at_any_moment_leaves_everything_as_it_was(planned: SqlUnitOfWork) -> None:
    before = contents(planned)
    last = calls_of(lambda stop: compute_circles(planned, SYSTEM, profiles=("adult",), at=AT, progress=stop)) - 1
    planned_again = contents(planned)
    assert planned_again != before
    for call in (0, 2, last):
        with pytest.raises(CancelledError):
            compute_circles(planned, SYSTEM, profiles=("adult",), at=AT, progress=Stop(call))
        assert contents(planned) == planned_again


def test_an_accident_before_the_commit_leaves_everything_as_it_was(loaded: SqlUnitOfWork, monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents(loaded)
    monkeypatch.setattr(AuditTrail, "append", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        compute_circles(loaded, SYSTEM, profiles=("adult",), at=AT)
    assert contents(loaded) == before


def test_a_computation_is_audited(loaded: SqlUnitOfWork) -> None:
    report = compute_circles(loaded, SYSTEM, profiles=("adult",), at=AT)
    row = audited(loaded)
    assert (row["action"], row["subject"], row["details"]) == ("compute_circles", str(report.run_id), {"profiles": ["adult"], "doors": 24})


def facts(uow: SqlUnitOfWork, category: str) -> dict[str, tuple[str, str]]:
    """Building -> answer and reason within 15 minutes at adult pace."""
    with uow:
        walks = uow.circles.door_walks(uow.circles.latest()[0])
    chosen = walks[(walks["category"] == category) & (walks["profile"] == "adult")].set_index("building_key")
    return {key: (str(row["answer"]), str(row["reason"])) for key, row in four_answers(chosen).iterrows()}


def test_every_building_has_one_of_four_answers(loaded: SqlUnitOfWork) -> None:
    with loaded:
        loaded.streets.delete(["s3-4", "s3-8", "s7-3"])
        loaded.facilities.delete(["f3"])
        loaded.commit()
    compute_circles(loaded, SYSTEM, profiles=("adult",), at=AT)
    found = facts(loaded, STATION)
    assert {key for key, answer in found.items() if answer == ("unknown", "no_street")} == {"h760-130", "h760-170", "h760-220"}
    assert set(found.values()) == {("covered", ""), ("unknown", "no_street")}


def test_people_without_an_answer_are_counted_apart(loaded: SqlUnitOfWork) -> None:
    with loaded:
        loaded.streets.delete(["s3-4", "s3-8", "s7-3"])
        loaded.commit()
    compute_circles(loaded, SYSTEM, profiles=("adult",), at=AT)
    east = coverage_table(loaded, SYSTEM, profile="adult").set_index(["area_code", "category"]).loc[(EAST, STATION)]
    assert (east["people"], east["covered_people"], east["unknown_people"], east["unreachable_people"]) == (1680.0, 1260.0, 420.0, 0.0)


def test_everybody_is_in_one_of_four_answers(loaded: SqlUnitOfWork) -> None:
    """Both stations are far from some houses, one of them is not verified, three houses are on no street and the map ends in the east."""
    with loaded:
        loaded.streets.delete(["s3-4", "s3-8", "s7-3"])
        new = placed({"f9": (shapely.Point(450, 200), {"category": STATION, "name": "new", "verified": False})})
        loaded.facilities.upsert(pd.concat([loaded.facilities.read().assign(verified=True), new]))
        west, south, _, north = loaded.areas.read().total_bounds
        loaded.city.put(MAP_EDGE, MapEdge(shapely.box(west - 0.01, south - 0.01, west + 0.004, north + 0.01), np.empty((0, 2))).as_json())
        loaded.commit()
        people = loaded.buildings.read()["residents"]
    compute_circles(loaded, SYSTEM, profiles=("adult",), at=AT)
    with loaded:
        walks = loaded.circles.door_walks(loaded.circles.latest()[0])
    for limit_s in (300.0, 600.0, 900.0):
        found = walks.assign(answer=four_answers(walks, limit_s=limit_s)["answer"], people=walks["building_key"].map(people))
        counted = found.pivot_table(index="category", columns="answer", values="people", aggfunc="sum", fill_value=0.0).reindex(columns=ANSWERS, fill_value=0.0)
        table = coverage_table(loaded, SYSTEM, level="city", profile="adult", limit_s=limit_s).set_index("category").loc[counted.index]
        assert table["covered_people"].tolist() == counted["covered"].tolist()
        assert table["unknown_people"].tolist() == counted["unknown"].tolist()
        assert table["unreachable_people"].tolist() == counted["unreachable"].tolist()
        assert (table[["covered_people", "unknown_people", "unreachable_people"]].sum(axis=1) + counted["not_covered"]).tolist() == table["people"].tolist()
        assert counted.loc[STATION, "unknown"] > 0


def test_a_service_nobody_vouches_for_makes_the_answer_unknown(loaded: SqlUnitOfWork) -> None:
    with loaded:
        station = loaded.facilities.read(keys=["f1"])
        loaded.facilities.upsert(station.assign(verified=False))
        loaded.commit()
    compute_circles(loaded, SYSTEM, profiles=("adult",), at=AT)
    assert set(facts(loaded, STATION).values()) == {("unknown", "unverified")}
    row = coverage_table(loaded, SYSTEM, profile="adult").set_index(["area_code", "category"]).loc[(EAST, STATION)]
    assert (row["people"], row["covered_people"], row["covered_share"], row["unknown_people"]) == (1680.0, 0.0, 0.0, 1680.0)
    assert ("covered", "") in facts(loaded, KINDERGARTEN).values()


def test_the_edge_of_the_map_is_unknown_ground(loaded: SqlUnitOfWork) -> None:
    with loaded:
        west, south, east, north = loaded.areas.read().total_bounds
        loaded.city.put(MAP_EDGE, MapEdge(shapely.box(west, south, east, north), np.empty((0, 2))).as_json())
        loaded.commit()
    compute_circles(loaded, SYSTEM, profiles=("adult",), at=AT)
    assert set(facts(loaded, STATION).values()) == {("covered", "")}
    with loaded:
        walks = loaded.circles.door_walks(loaded.circles.latest()[0])
    assert np.isfinite(walks["edge_s"]).all()


def test_the_way_a_door_was_found_is_kept(planned: SqlUnitOfWork) -> None:
    with planned:
        walks = planned.circles.door_walks(planned.circles.latest()[0])
    assert set(walks["resolved_by"]) == {"wall"}
    assert set(walks["why"]) == {""}
