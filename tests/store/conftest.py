"""A unit of work on each database that is undone after the test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from store.engine import Store
from store.unit_of_work import SqlUnitOfWork
from tests.store.worlds import settle


@pytest.fixture
def uow(shared_store: Store) -> Iterator[SqlUnitOfWork]:
    """An entered unit of work on an empty store; the test must not commit."""
    with SqlUnitOfWork(shared_store) as entered:
        assert entered.data_version() == 0, "an earlier test committed to the shared store"
        yield entered


@pytest.fixture
def hamlet(uow: SqlUnitOfWork) -> SqlUnitOfWork:
    """The same, with the hamlet in it."""
    settle(uow)
    return uow
