"""The small city in a SQLite store, loaded or planned; made once, copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.engine import open_store
from store.unit_of_work import SqlUnitOfWork
from tests.small_city import plan, settle


@pytest.fixture(scope="session")
def loaded_file(sqlite_ready: Path) -> Path:
    path = Path(shutil.copy(sqlite_ready, sqlite_ready.with_name("loaded.sqlite")))
    with_unit(path, settle)
    return path


@pytest.fixture(scope="session")
def planned_file(loaded_file: Path) -> Path:
    path = Path(shutil.copy(loaded_file, loaded_file.with_name("planned.sqlite")))
    with_unit(path, plan)
    return path


@pytest.fixture
def loaded(loaded_file: Path, tmp_path: Path) -> Iterator[SqlUnitOfWork]:
    """A unit of work on a store of its own with the small city, not yet divided; may be entered as often as one likes."""
    yield from _copied(loaded_file, tmp_path)


@pytest.fixture
def planned(planned_file: Path, tmp_path: Path) -> Iterator[SqlUnitOfWork]:
    """The same with grids, workers and circles."""
    yield from _copied(planned_file, tmp_path)


def with_unit(path: Path, act: object) -> None:
    store = open_store(f"sqlite:///{path}")
    act(SqlUnitOfWork(store))
    store.close()


def _copied(path: Path, folder: Path) -> Iterator[SqlUnitOfWork]:
    store = open_store(f"sqlite:///{shutil.copy(path, folder / 'city.sqlite')}")
    yield SqlUnitOfWork(store)
    store.close()
