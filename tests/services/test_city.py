"""A whole city: loaded into an empty store, planned step by step, never mixed with a real one."""

from __future__ import annotations

import pytest

from contracts.errors import CancelledError, ConflictError, NotAllowedError
from services.access import SYSTEM
from services.city import load_city, plan_city, prepare_demo
from store.engine import Store, open_store
from store.unit_of_work import SqlUnitOfWork
from tests.services.acts import Stop, contents, person
from tests.small_city import AT, facilities, settle, small_city, workers

COUNTS = {"communities": 2, "grids": 4, "faults": 0, "workers": 4, "pairs": 6, "leads": 4, "facilities": 3, "doors": 24}


@pytest.fixture
def empty(sqlite_store_url: str) -> SqlUnitOfWork:
    return SqlUnitOfWork(open_store(sqlite_store_url))


def test_a_demo_is_made_once(store: Store) -> None:
    made = []

    def make():
        made.append(1)
        return small_city()

    reports = [prepare_demo(lambda: SqlUnitOfWork(store), make, name="small", at=AT) for _ in range(2)]
    assert made == [1]
    assert reports[0].counts == reports[1].counts
    assert {name: reports[0].counts[name] for name in COUNTS} == COUNTS


def test_another_demo_takes_the_place_of_the_first(empty: SqlUnitOfWork) -> None:
    prepare_demo(lambda: empty, small_city, name="small", at=AT)
    prepare_demo(lambda: empty, lambda: small_city(facilities=facilities().iloc[:1]), name="smaller", at=AT)
    with empty:
        assert empty.city.get("demo") == "smaller"


def test_an_interrupted_demo_is_finished_next_time(empty: SqlUnitOfWork) -> None:
    with pytest.raises(CancelledError):
        prepare_demo(lambda: empty, small_city, name="small", at=AT, progress=Stop(4))
    report = prepare_demo(lambda: empty, small_city, name="small", at=AT)
    assert {name: report.counts[name] for name in COUNTS} == COUNTS


def test_loading_again_changes_nothing_but_the_audit(loaded: SqlUnitOfWork) -> None:
    before = contents(loaded)
    settle(loaded)
    assert {name: rows for name, rows in contents(loaded).items() if name != "audit"} == {name: rows for name, rows in before.items() if name != "audit"}


def test_an_invented_city_is_not_mixed_with_a_real_one(loaded: SqlUnitOfWork) -> None:
    with loaded:
        loaded.city.put("is_demo", False)
        loaded.commit()
    before = contents(loaded)
    with pytest.raises(ConflictError, match="--db"):
        settle(loaded)
    assert contents(loaded) == before


def test_a_bad_table_undoes_the_good_ones(empty: SqlUnitOfWork) -> None:
    before = contents(empty)
    with pytest.raises(Exception, match="capacity"):
        settle(empty, workers=workers().assign(capacity=-1))
    assert contents(empty) == before


def test_only_planners_and_admins_load(empty: SqlUnitOfWork) -> None:
    with pytest.raises(NotAllowedError):
        load_city(empty, person(("leader", "")), small_city(), name="x", at=AT)


def test_a_plan_without_workers_and_facilities_says_what_is_missing(empty: SqlUnitOfWork) -> None:
    settle(empty, workers=workers().iloc[:0], facilities=facilities().iloc[:0])
    report = plan_city(lambda: empty, SYSTEM, at=AT)
    assert (report.counts["grids"], report.counts["pairs"], report.counts["doors"]) == (4, 0, 0)
    assert ["run ./wangge assign" in str(line) or "run ./wangge circles" in str(line) for line in report.sentences()] == [True, True, False]


def test_a_report_tells_people_and_machines(empty: SqlUnitOfWork) -> None:
    settle(empty)
    report = plan_city(lambda: empty, SYSTEM, at=AT)
    assert {**report.as_dict(), "seconds": 0} == {**COUNTS, "seconds": 0}
    assert "4 个网格" in report.sentences()[-1].in_language("zh_CN")
