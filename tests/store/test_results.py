"""Runs of reach come back exactly, infinite walks included."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from contracts.errors import MissingColumnError
from store.unit_of_work import SqlUnitOfWork
from tests.store.worlds import EAST, NOW, WEST, circle_run


def test_there_is_no_run_before_the_first(uow: SqlUnitOfWork) -> None:
    assert uow.circles.latest() is None


def test_the_latest_run_tells_how_it_was_made(hamlet: SqlUnitOfWork) -> None:
    hamlet.circles.save(circle_run())
    second = hamlet.circles.save(circle_run(author="周", data_version=7))
    found = hamlet.circles.latest()
    assert found is not None
    assert found[0] == second
    assert found[1] == {"speed_m_s": 1.2, "made_at": NOW, "author": "周", "data_version": 7, "profiles": ("adult",), "categories": ("school",)}


def test_walks_come_back_sorted_and_out_of_reach_stays_infinite(hamlet: SqlUnitOfWork) -> None:
    found = hamlet.circles.door_walks(hamlet.circles.save(circle_run()))
    assert found["building_key"].tolist() == ["b1", "b2", "b3"]
    assert found["seconds"].tolist() == [0.0, 899.5, np.inf]
    assert found["facility_key"].isna().tolist() == [False, False, True]


def test_walks_of_some_communities_or_buildings(hamlet: SqlUnitOfWork) -> None:
    run = hamlet.circles.save(circle_run())
    assert hamlet.circles.door_walks(run, communities=[EAST])["building_key"].tolist() == ["b3"]
    assert hamlet.circles.door_walks(run, buildings=["b2"])["building_key"].tolist() == ["b2"]
    assert hamlet.circles.door_walks(run, communities=[WEST], buildings=["b3"]).empty


def test_walks_of_buildings_in_no_community_are_kept(uow: SqlUnitOfWork) -> None:
    assert len(uow.circles.door_walks(uow.circles.save(circle_run()))) == 3


def test_coverage_where_nobody_lives_stays_unknown(hamlet: SqlUnitOfWork) -> None:
    run = hamlet.circles.save(circle_run())
    found = hamlet.circles.coverage(run, level="community")
    assert found["area_code"].tolist() == [WEST, EAST]
    assert found["covered_share"].tolist()[0] == 1.0
    assert np.isnan(found["covered_share"].iloc[1])
    assert hamlet.circles.coverage(run, area_codes=[EAST])["limit_s"].tolist() == [900.0]
    assert hamlet.circles.coverage(run, level="city").empty


def test_circles_by_profile_and_category(hamlet: SqlUnitOfWork) -> None:
    run = hamlet.circles.save(circle_run())
    assert hamlet.circles.circles(run, profile="adult", category="school")["minutes"].tolist() == [5, 15]
    assert hamlet.circles.circles(run, profile="older").empty
    assert hamlet.circles.circles(run).crs == "EPSG:4326"


def test_a_run_that_found_nothing_can_be_kept(hamlet: SqlUnitOfWork) -> None:
    full = circle_run()
    run = hamlet.circles.save(circle_run(door_walks=full.door_walks.iloc[:0], coverage=full.coverage.iloc[:0], circles=full.circles.iloc[:0]))
    assert (len(hamlet.circles.door_walks(run)), len(hamlet.circles.coverage(run)), len(hamlet.circles.circles(run))) == (0, 0, 0)


def test_circles_drawn_later_are_kept_once(hamlet: SqlUnitOfWork) -> None:
    full = circle_run()
    run = hamlet.circles.save(circle_run(circles=full.circles.iloc[:0]))
    for _ in range(2):
        hamlet.circles.keep(run, full.circles)
    assert hamlet.circles.circles(run, profile="adult", category="school")["minutes"].tolist() == [5, 15]


@pytest.mark.parametrize("table", ["door_walks", "coverage", "circles"])
def test_a_run_with_a_column_missing_is_refused(hamlet: SqlUnitOfWork, table: str) -> None:
    frame: pd.DataFrame = getattr(circle_run(), table)
    with pytest.raises(MissingColumnError, match="category"):
        hamlet.circles.save(circle_run(**{table: frame.drop(columns="category")}))
