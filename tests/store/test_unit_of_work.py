"""Transactions: all or nothing, one writer at a time, readers undisturbed."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import geopandas as gpd
import pytest
from shapely import Point

from contracts.errors import ConflictError, InputError
from services import ports
from store import engine
from store.engine import Store, open_store
from store.unit_of_work import SqlUnitOfWork
from tests.store.worlds import NOW, areas, buildings, places, settle

ROOT = Path(__file__).resolve().parents[2]


def facility(key: str) -> gpd.GeoDataFrame:
    return places([key], [Point(1, 1)], category="school")


def test_without_commit_nothing_is_kept(store: Store) -> None:
    with SqlUnitOfWork(store) as uow:
        settle(uow)
    with SqlUnitOfWork(store) as uow:
        assert uow.areas.count() == 0


def test_an_error_undoes_everything(store: Store) -> None:
    def settle_badly() -> None:
        with SqlUnitOfWork(store) as uow:
            settle(uow)
            uow.buildings.upsert(buildings().assign(households=-1))

    with pytest.raises(InputError):
        settle_badly()
    with SqlUnitOfWork(store) as uow:
        assert (uow.areas.count(), uow.data_version()) == (0, 0)


def test_the_version_grows_with_each_change_and_only_then(store: Store) -> None:
    versions = []
    for frame in (areas(), areas(), areas().assign(name="x")):
        with SqlUnitOfWork(store) as uow:
            uow.areas.upsert(frame)
            uow.audit.append(at=NOW, login="x", action="x", subject="x", details={})
            uow.commit()
            versions.append(uow.data_version())
    assert versions == [1, 1, 2]


def test_a_reader_sees_what_was_committed_while_another_writes(store: Store) -> None:
    with SqlUnitOfWork(store) as writer, SqlUnitOfWork(store) as reader:
        writer.areas.upsert(areas())
        assert reader.areas.count() == 0
        writer.commit()
        assert reader.areas.count() == 4


def test_a_second_writer_waits_for_the_first(store: Store) -> None:
    first_writes = Event()

    def first() -> None:
        with SqlUnitOfWork(store) as uow:
            uow.facilities.upsert(facility("a"))
            first_writes.set()
            uow.commit()

    def second() -> int:
        first_writes.wait(10)
        with SqlUnitOfWork(store) as uow:
            uow.facilities.upsert(facility("b"))
            uow.commit()
            return uow.facilities.count()

    with ThreadPoolExecutor(2) as pool:
        late = pool.submit(second)
        pool.submit(first).result(20)
        assert late.result(20) == 2


def test_many_writers_lose_no_change(store: Store) -> None:
    def write(number: int) -> None:
        with SqlUnitOfWork(store) as uow:
            uow.facilities.upsert(facility(f"f{number}"))
            uow.commit()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(24)))
    with SqlUnitOfWork(store) as uow:
        assert (uow.facilities.count(), uow.data_version()) == (24, 24)


def test_a_writer_who_waits_too_long_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "WAIT_S", 0.05)
    store = open_store(f"sqlite:///{tmp_path / 'x.sqlite'}")
    with SqlUnitOfWork(store) as first, SqlUnitOfWork(store) as second:
        first.areas.upsert(areas())
        with pytest.raises(ConflictError, match="Somebody else"):
            second.areas.upsert(areas())


CRASH = """
import os, sys
from store.engine import open_store
from store.unit_of_work import SqlUnitOfWork
from tests.store.worlds import areas, settle
with SqlUnitOfWork(open_store(sys.argv[1])) as uow:
    uow.areas.upsert(areas())
    uow.commit()
    settle(uow)
    uow.streets.delete(["s1"])
    os._exit(9)
"""


def test_a_crash_leaves_the_last_commit_and_nothing_half_written(store: Store, store_url: str) -> None:
    done = subprocess.run([sys.executable, "-c", CRASH, store_url], cwd=ROOT, check=False)
    assert done.returncode == 9
    with SqlUnitOfWork(store) as uow:
        assert (uow.areas.count(), uow.buildings.count(), uow.streets.count()) == (4, 0, 0)
        settle(uow)
        uow.commit()


def test_a_unit_may_be_entered_again(store: Store) -> None:
    uow = SqlUnitOfWork(store)
    for _ in range(2):
        with uow:
            uow.areas.upsert(areas())
            uow.commit()
            assert uow.data_version() == 1


def test_the_store_is_what_services_ask_for(shared_store: Store) -> None:
    with SqlUnitOfWork(shared_store) as uow:
        fits: ports.UnitOfWork = uow  # the type checker reads this line
        rooms = {name: room.fget.__annotations__["return"] for name, room in vars(ports.UnitOfWork).items() if isinstance(room, property)}
        missing = [f"{room}.{name}" for room, kind in rooms.items() for name in public(kind) if not hasattr(getattr(fits, room), name)]
    assert len(rooms) > 10
    assert missing == []


def public(kind: str) -> list[str]:
    return [name for name in dir(getattr(ports, kind)) if not name.startswith("_")]


def test_a_store_in_memory_serves_small_tests() -> None:
    store = open_store("sqlite://")
    with SqlUnitOfWork(store) as uow:
        settle(uow)
        uow.commit()
    with SqlUnitOfWork(store) as uow:
        assert uow.buildings.count() == 3
