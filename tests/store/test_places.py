"""Places come back as they went in, are counted, filtered and refused alike on both databases."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from pandas.testing import assert_index_equal
from shapely import LineString, MultiPolygon, Point, Polygon, box

from contracts.errors import ConflictError, CrsError, GeometryError, InputError, MissingColumnError
from contracts.records import UpsertCount
from store.unit_of_work import SqlUnitOfWork
from tests.store.worlds import CITY, EAST, GRIDS, NOW, STREET, WEST, areas, buildings, places, publish, streets, workers


def test_buildings_come_back_with_every_column(hamlet: SqlUnitOfWork) -> None:
    found = hamlet.buildings.read()
    assert found.crs == "EPSG:4326"
    assert found.index.tolist() == ["b1", "b2", "b3"]
    assert found["households"].tolist() == [3, 4, 5]
    assert found["households"].dtype == "int64"
    assert found["朝向"].tolist()[::2] == ["南", "北"]
    assert pd.isna(found["朝向"].iloc[1])
    assert found.geometry.geom_equals(buildings().geometry).all()


def test_streets_keep_large_node_numbers(hamlet: SqlUnitOfWork) -> None:
    assert hamlet.streets.read()["u"].tolist() == [11_000_000_000, 2]


def test_missing_node_numbers_stay_missing(uow: SqlUnitOfWork) -> None:
    uow.streets.upsert(places(["a", "b"], [LineString([(0, 0), (1, 1)])] * 2, u=pd.array([2**60 + 1, None], dtype="Int64")))
    assert uow.streets.read()["u"].tolist() == [2**60 + 1, pd.NA]


def test_workers_keep_skills_and_may_have_no_home(hamlet: SqlUnitOfWork) -> None:
    found = hamlet.workers.read()
    assert found["skills"].tolist() == [["手语", "law"], []]
    assert found["full_time"].tolist() == [True, False]
    assert found.geometry.isna().tolist() == [False, True]


def test_an_empty_store_gives_empty_typed_frames(uow: SqlUnitOfWork) -> None:
    found = uow.buildings.read()
    assert (len(found), found.crs, found.index.name) == (0, "EPSG:4326", "key")
    assert {"households", "community_code", "geometry"} <= set(found.columns)


def test_rows_come_sorted_by_key_whatever_their_order(uow: SqlUnitOfWork) -> None:
    uow.barriers.upsert(places(["é", "b", "A", "街", "a"], [LineString([(0, 0), (1, 1)])] * 5, kind="wall"))
    assert uow.barriers.read().index.tolist() == ["A", "a", "b", "é", "街"]


def test_the_same_rows_again_change_nothing(hamlet: SqlUnitOfWork) -> None:
    assert hamlet.buildings.upsert(buildings()) == UpsertCount(0, 0, 3)
    assert hamlet.workers.upsert(workers()) == UpsertCount(0, 0, 2)
    assert hamlet.streets.upsert(streets()) == UpsertCount(0, 0, 2)
    assert hamlet.areas.upsert(areas()) == UpsertCount(0, 0, 4)


def test_added_updated_and_unchanged_are_counted_apart(hamlet: SqlUnitOfWork) -> None:
    frame = places(["b1", "b2", "b9"], [box(0.1, 0.1, 0.2, 0.2), box(0.7, 0.1, 0.8, 0.2), box(0, 0, 1, 1)], households=[3, 40, 1])
    assert hamlet.buildings.upsert(frame) == UpsertCount(1, 1, 1)


def test_columns_left_out_keep_their_values(hamlet: SqlUnitOfWork) -> None:
    hamlet.buildings.upsert(places(["b1"], [box(0, 0, 1, 1)], 层高=[2.9]))
    found = hamlet.buildings.read(keys=["b1"]).iloc[0]
    assert (found["households"], found["朝向"], found["层高"]) == (3, "南", 2.9)


def test_a_missing_value_erases_what_was_stored(hamlet: SqlUnitOfWork) -> None:
    hamlet.buildings.upsert(places(["b1"], [box(0, 0, 1, 1)], households=[None], 朝向=[None]))
    found = hamlet.buildings.read(keys=["b1"])
    assert found["households"].isna().all()
    assert "朝向" not in found


def test_the_frame_given_is_not_changed(uow: SqlUnitOfWork) -> None:
    frame, before = areas(), areas()
    uow.areas.upsert(frame)
    assert_geodataframe_equal(frame, before)


EXTRA = {
    "flag": True,
    "count": 7,
    "share": 0.25,
    "text": "a\nb'\"",
    "list": [1, "x"],
    "deep": {"a": [None, {"b": 1}]},
    "endless": np.inf,
    "at": NOW,
    "np": np.float64(1.5),
}


@pytest.mark.parametrize("name", list(EXTRA))
def test_any_other_column_comes_back(uow: SqlUnitOfWork, name: str) -> None:
    uow.facilities.upsert(places(["f"], [Point(1, 1)], category="school").assign(**{name: pd.Series([EXTRA[name]], index=["f"])}))
    assert uow.facilities.read()[name].iloc[0] == EXTRA[name]


def test_keys_beyond_any_parameter_limit(hamlet: SqlUnitOfWork) -> None:
    keys = [f"x{number}" for number in range(70_000)] + ["b2", "b1"]
    assert hamlet.buildings.read(keys=keys).index.tolist() == ["b1", "b2"]
    assert hamlet.buildings.delete(keys) == 2
    assert hamlet.buildings.count() == 1


def test_no_keys_means_no_rows(hamlet: SqlUnitOfWork) -> None:
    assert hamlet.buildings.read(keys=[]).empty
    assert hamlet.streets.read(communities=[]).empty


def test_a_box_takes_what_touches_it(hamlet: SqlUnitOfWork) -> None:
    assert hamlet.buildings.read(bbox=(0.2, 0.2, 0.7, 0.7)).index.tolist() == ["b1", "b2"]
    assert hamlet.buildings.read(bbox=(5, 5, 6, 6)).empty


def test_a_box_is_tested_exactly_not_by_bounds(hamlet: SqlUnitOfWork) -> None:
    assert hamlet.streets.read(bbox=(0.0, 0.9, 0.1, 1.0)).empty


def test_a_box_finds_a_building_where_it_moved_to(hamlet: SqlUnitOfWork) -> None:
    hamlet.buildings.upsert(places(["b1"], [box(8, 8, 9, 9)]))
    assert hamlet.buildings.read(bbox=(0, 0, 0.3, 0.3)).empty
    assert hamlet.buildings.read(bbox=(8, 8, 9, 9)).index.tolist() == ["b1"]


def test_a_box_forgets_what_was_deleted(hamlet: SqlUnitOfWork) -> None:
    hamlet.buildings.delete(["b1"])
    assert hamlet.buildings.read(bbox=(0, 0, 0.3, 0.3)).empty


def test_a_worker_who_gets_a_home_is_found_there(hamlet: SqlUnitOfWork) -> None:
    hamlet.workers.upsert(places(["w2"], [Point(7, 7)]))
    assert hamlet.workers.read(bbox=(6, 6, 8, 8)).index.tolist() == ["w2"]
    hamlet.workers.upsert(places(["w2"], [None]))
    assert hamlet.workers.read(bbox=(6, 6, 8, 8)).empty


def test_communities_by_column_or_by_ground(hamlet: SqlUnitOfWork) -> None:
    hamlet.facilities.upsert(places(["in", "out"], [Point(0.5, 0.5), Point(1.5, 0.5)], category="school"))
    assert hamlet.buildings.read(communities=[EAST]).index.tolist() == ["b3"]
    assert hamlet.workers.read(communities=[WEST]).index.tolist() == ["w1", "w2"]
    assert hamlet.facilities.read(communities=[WEST]).index.tolist() == ["in"]
    assert hamlet.areas.read(communities=[WEST]).index.tolist() == [WEST]


def test_areas_are_a_tree_of_codes(hamlet: SqlUnitOfWork) -> None:
    assert hamlet.areas.communities_within(CITY) == [WEST, EAST]
    assert hamlet.areas.communities_within(STREET) == [WEST, EAST]
    assert hamlet.areas.communities_within(EAST) == [EAST]
    assert hamlet.areas.communities_within("") == [WEST, EAST]
    assert hamlet.areas.communities_within("110000000000") == []
    assert hamlet.areas.at_level("street", within=CITY).index.tolist() == [STREET]


def test_metres_become_degrees(uow: SqlUnitOfWork) -> None:
    uow.areas.upsert(areas().to_crs(3857))
    assert uow.areas.read().geometry.geom_equals_exact(areas().geometry.sort_index(), 1e-9).all()


def test_heights_are_dropped(uow: SqlUnitOfWork) -> None:
    uow.facilities.upsert(places(["f"], [Point(1, 2, 3)], category="school"))
    assert shapely.get_coordinate_dimension(uow.facilities.read().geometry.iloc[0]) == 2


def test_parts_are_kept(uow: SqlUnitOfWork) -> None:
    pieces = MultiPolygon([box(0, 0, 1, 1), box(2, 2, 3, 3)])
    uow.areas.upsert(places([WEST], [pieces], level="community"))
    assert uow.areas.read().geometry.iloc[0].equals(pieces)


BOW_TIE = Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
REFUSED: dict[str, tuple[Any, type[Exception], str]] = {
    "no reference system": (lambda: places(["a"], [box(0, 0, 1, 1)], crs=None, level="city"), CrsError, "no coordinate reference"),
    "metres that claim to be degrees": (lambda: places(["a"], [box(5e5, 4e6, 6e5, 5e6)], level="city"), CrsError, "no degrees"),
    "crossing ring": (lambda: places(["a"], [BOW_TIE], level="city"), GeometryError, "crosses itself"),
    "no geometry": (lambda: places(["a"], [None], level="city"), GeometryError, "no geometry"),
    "empty geometry": (lambda: places(["a"], [Polygon()], level="city"), GeometryError, "no geometry"),
    "wrong type": (lambda: places(["a"], [Point(0, 0)], level="city"), GeometryError, "is a Point"),
    "key twice": (lambda: places(["a", "a"], [box(0, 0, 1, 1)] * 2, level="city"), InputError, "more than once"),
    "no key": (lambda: places([None], [box(0, 0, 1, 1)], level="city"), InputError, "no key"),
    "unknown level": (lambda: places(["a"], [box(0, 0, 1, 1)], level="planet"), InputError, "rule of the store"),
    "level left out": (lambda: places(["a"], [box(0, 0, 1, 1)]), MissingColumnError, "need a column level"),
    "level missing": (lambda: places(["a"], [box(0, 0, 1, 1)], level=[None]), InputError, "has no level"),
    "not true or false": (lambda: places(["a"], [box(0, 0, 1, 1)], level="city", generated=["perhaps"]), InputError, "true or false"),
    "no text a database keeps": (lambda: places(["a"], [box(0, 0, 1, 1)], level="city", name=["a\x00b"]), InputError, "NUL"),
    "value JSON has no word for": (lambda: places(["a"], [box(0, 0, 1, 1)], level="city", x=[b"raw"]), InputError, "type bytes"),
}


@pytest.mark.parametrize("fault", list(REFUSED))
def test_a_bad_frame_is_refused_and_nothing_is_kept(uow: SqlUnitOfWork, fault: str) -> None:
    frame, error, words = REFUSED[fault]
    with pytest.raises(error, match=words):
        uow.areas.upsert(frame())


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [("households", -1, "households"), ("households", 1.5, "whole"), ("residents", "many", "numbers"), ("residents", -2, "residents")],
)
def test_a_bad_number_is_refused(hamlet: SqlUnitOfWork, column: str, value: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        hamlet.buildings.upsert(places(["b1"], [box(0, 0, 1, 1)], **{column: [value]}))


def test_a_building_in_no_known_community_is_refused_at_commit(hamlet: SqlUnitOfWork) -> None:
    hamlet.buildings.upsert(places(["b9"], [box(0, 0, 1, 1)], community_code="nowhere"))
    with pytest.raises(ConflictError, match="names"):
        hamlet.commit()


def test_an_empty_frame_is_nothing_to_do(uow: SqlUnitOfWork) -> None:
    assert uow.areas.upsert(areas().iloc[:0]) == UpsertCount(0, 0, 0)


def test_doors_go_with_their_building(hamlet: SqlUnitOfWork) -> None:
    hamlet.entrances.upsert(places(["d", "gate"], [Point(0.1, 0.1), Point(0.3, 0.3)], kind=["door", "gate"], building_key=["b1", None]))
    hamlet.buildings.delete(["b1"])
    assert hamlet.entrances.read().index.tolist() == ["gate"]
    assert hamlet.entrances.read(bbox=(0, 0, 0.2, 0.2)).empty


def test_cases_keep_their_moments(hamlet: SqlUnitOfWork) -> None:
    later = pd.Timestamp("2026-03-05 12:00", tz="Asia/Shanghai")
    cases = places(
        ["c1", "c2"],
        [Point(0, 0), Point(1, 1)],
        category="noise",
        title="夜间",
        state=["filed", "closed"],
        reported_at=NOW,
        closed_at=[pd.NaT, later],
        grid_code=GRIDS[0],
        plan_id=publish(hamlet),
    )
    assert hamlet.cases.upsert(cases) == UpsertCount(2, 0, 0)
    assert hamlet.cases.upsert(cases) == UpsertCount(0, 0, 2)
    assert hamlet.cases.read()["closed_at"].iloc[1] == later
    assert hamlet.cases.read(open_only=True).index.tolist() == ["c1"]
    assert hamlet.cases.read(grid_codes=[GRIDS[0]], bbox=(1, 1, 2, 2)).index.tolist() == ["c2"]


def test_a_moment_without_a_zone_is_refused(uow: SqlUnitOfWork) -> None:
    with pytest.raises(InputError, match="time zone"):
        uow.cases.upsert(places(["c"], [Point(0, 0)], category="x", state="filed", reported_at=pd.Timestamp("2026-01-01")))


def test_the_index_name_is_the_key(hamlet: SqlUnitOfWork) -> None:
    assert_index_equal(hamlet.areas.read().index, pd.Index(sorted([CITY, STREET, WEST, EAST]), dtype="str", name="code"))
