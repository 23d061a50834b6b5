"""Facts of patrol on both databases: shares only grow within a day, a track counts once, a way is kept only where it is given."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from shapely import LineString

from contracts.errors import ConflictError, InputError
from contracts.records import TrackFacts
from store.unit_of_work import SqlUnitOfWork
from tests.store.worlds import EAST, GRIDS, NOW, TODAY, WEST

DAY = timedelta(days=1)


def facts(**changes: Any) -> TrackFacts:
    values: dict[str, Any] = {"grid_code": GRIDS[0], "community_code": WEST, "day": TODAY, "digest": "d1", "length_m": 800.5, "covered_share": 0.5, "at": NOW}
    return TrackFacts(**(values | changes))


def passed(**shares: float) -> pd.DataFrame:
    return pd.DataFrame({"subject": "street", "piece": list(shares), "share": list(shares.values())})


def test_of_two_tracks_of_a_day_the_larger_share_stays(uow: SqlUnitOfWork) -> None:
    uow.patrol.keep_track(facts(), passed(s1=0.4, s2=0.9))
    uow.patrol.keep_track(facts(digest="d2"), passed(s1=0.7, s2=0.2))
    uow.patrol.keep_track(facts(digest="d2", day=TODAY + DAY), passed(s1=0.1))
    found = uow.patrol.passes(grid_codes=GRIDS)
    assert found[["piece", "day", "share"]].values.tolist() == [["s1", TODAY, 0.7], ["s1", TODAY + DAY, 0.1], ["s2", TODAY, 0.9]]
    assert uow.patrol.passes(communities=[WEST], since=TODAY + DAY)["share"].tolist() == [0.1]
    assert uow.patrol.passes(until=TODAY - DAY).empty
    assert uow.patrol.passes(communities=[EAST]).empty


def test_a_track_counts_once(uow: SqlUnitOfWork) -> None:
    uow.patrol.keep_track(facts(), passed(s1=1.0))
    with pytest.raises(ConflictError, match="imported for this grid and day before"):
        uow.patrol.keep_track(facts(), passed(s1=1.0))


def test_the_way_is_there_only_where_it_was_given(uow: SqlUnitOfWork) -> None:
    way = LineString([(0, 0), (1, 1)])
    uow.patrol.keep_track(facts(), passed())
    uow.patrol.keep_track(facts(digest="d2", track=way), passed())
    found = uow.patrol.tracks(grid_codes=[GRIDS[0]])
    assert found["track"].tolist() == [None, way]
    assert found[["length_m", "imported_at"]].values.tolist() == [[800.5, NOW]] * 2
    assert uow.patrol.passes().empty


def test_no_column_names_a_person(uow: SqlUnitOfWork) -> None:
    uow.patrol.keep_track(facts(), passed(s1=1.0))
    assert not {"author", "login", "worker_key"} & {*uow.patrol.tracks().columns, *uow.patrol.passes().columns}


def test_a_second_count_of_visits_replaces_the_first(uow: SqlUnitOfWork) -> None:
    for count in (3, 5):
        uow.patrol.put_visits(GRIDS[0], WEST, TODAY, count, author="lin", at=NOW)
    uow.patrol.put_visits(GRIDS[0], WEST, TODAY + DAY, 0, author="lin", at=NOW)
    assert uow.patrol.visits(communities=[WEST])[["day", "households_visited"]].values.tolist() == [[TODAY, 5], [TODAY + DAY, 0]]
    assert uow.patrol.visits(since=TODAY + DAY)["at"].tolist() == [NOW]


@pytest.mark.parametrize("changes", [{"grid_code": EAST + "001"}, {"covered_share": 1.1}, {"length_m": -1.0}])
def test_what_cannot_be_is_refused(uow: SqlUnitOfWork, changes: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        uow.patrol.keep_track(facts(**changes), passed(s1=1.0))


def test_shares_and_counts_have_bounds(uow: SqlUnitOfWork) -> None:
    with pytest.raises(InputError):
        uow.patrol.keep_track(facts(), passed(s1=1.5))


def test_a_count_below_zero_is_refused(uow: SqlUnitOfWork) -> None:
    with pytest.raises(InputError):
        uow.patrol.put_visits(GRIDS[0], WEST, date(2026, 1, 1), -1, author="lin", at=NOW)
