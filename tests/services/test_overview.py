"""Counts of the city, as the home page shows them."""

from __future__ import annotations

import pytest

from contracts.errors import NotAllowedError
from services.access import SYSTEM
from services.overview import city_counts
from store.engine import Store, open_store
from store.unit_of_work import SqlUnitOfWork
from tests.services.acts import NOBODY
from tests.small_city import AT, areas, plan, settle


def test_everything_is_counted(store: Store) -> None:
    uow = SqlUnitOfWork(store)
    settle(uow)
    plan(uow)
    found = city_counts(uow, SYSTEM)
    assert found.counts == {
        "communities": 2,
        "grids": 4,
        "buildings": 24,
        "entrances": 1,
        "streets": 8,
        "barriers": 1,
        "facilities": 3,
        "workers": 4,
        "assignments": 6,
        "cases": 0,
        "circle_runs": 1,
    }
    assert (found.city_name, found.city_name_en, found.is_demo, found.is_empty, found.computed_at) == ("小城", "Small City", True, False, AT)


def test_an_empty_store_is_empty(sqlite_store_url: str) -> None:
    found = city_counts(SqlUnitOfWork(open_store(sqlite_store_url)), SYSTEM)
    assert (found.is_empty, found.is_demo, found.city_name, found.city_name_en, found.computed_at) == (True, False, "", "", None)


def test_a_missing_name_is_no_nan(loaded: SqlUnitOfWork) -> None:
    with loaded:
        loaded.areas.upsert(areas().assign(name_en=None))
        loaded.commit()
    assert city_counts(loaded, SYSTEM).city_name_en == ""


def test_strangers_count_nothing(planned: SqlUnitOfWork) -> None:
    with pytest.raises(NotAllowedError):
        city_counts(planned, NOBODY)
