"""A backup of either database goes into either, and nothing is half restored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
from shapely import LineString
from sqlalchemy import select

from contracts.errors import ConflictError, StoreError, UnreadableFileError
from contracts.records import NewShift, TrackFacts
from store.backup import backup, restore
from store.engine import Store, open_store
from store.frames import plain_column
from store.models import metadata
from store.unit_of_work import SqlUnitOfWork
from tests.conftest import DATABASES
from tests.store.worlds import GRIDS, NOW, TODAY, WEST, circle_run, publish, settle

NEXT = [f"{WEST}002", f"{WEST}003"]


@pytest.fixture
def full(store: Store) -> Store:
    """A store with something in every kind of table, history included."""
    with SqlUnitOfWork(store) as uow:
        settle(uow)
        publish(uow)
        publish(uow, NEXT)
        uow.circles.save(circle_run())
        (shift,) = uow.duty.add_shifts([NewShift(NEXT[0], WEST, "primary", "w1", NOW, NOW + timedelta(hours=8))], author="林", at=NOW)
        uow.duty.withdraw_shift(shift, expected_version=1, author="林", at=NOW)
        uow.duty.add_shifts([NewShift(NEXT[0], WEST, "primary", "w2", NOW, NOW + timedelta(hours=8), "代班", shift)], author="林", at=NOW)
        uow.duty.add_leave("w1", starts_at=NOW, ends_at=NOW + timedelta(days=1), reason="病假", author="林", at=NOW)
        way = TrackFacts(GRIDS[0], WEST, TODAY, "d1", 800.5, 0.5, NOW, LineString([(0, 0), (1, 1)]))
        uow.patrol.keep_track(way, pd.DataFrame({"subject": ["street"], "piece": ["s1"], "share": [0.25]}))
        uow.patrol.put_visits(GRIDS[0], WEST, TODAY, 3, author="lin", at=NOW)
        uow.users.add("lin", display_name="林", password_hash="x", at=NOW)
        uow.users.grant("lin", "planner", valid_from=NOW)
        uow.audit.append(at=NOW, login="lin", action="divide", subject=WEST, details={"数": [1.5, None]})
        uow.city.put("bands", {"grid": [300, 500]})
        uow.commit()
    return store


@pytest.fixture(params=DATABASES)
def other(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty second store on each database in turn."""
    if request.param == "sqlite":
        yield open_store(f"sqlite:///{tmp_path / 'other.sqlite'}")
        return
    cluster = request.getfixturevalue("postgis_cluster")
    name = cluster.create_database(request.getfixturevalue("postgis_ready"))
    opened = open_store(cluster.url(name))
    yield opened
    opened.close()
    cluster.drop_database(name)


def content(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table but the data version, in plain values."""
    found = {}
    with SqlUnitOfWork(store) as uow:
        tx = uow._transaction
        for table in metadata.sorted_tables:
            columns = [plain_column(column, is_sqlite=tx.is_sqlite) for column in table.c if column.name not in ("extra", "details", "data_version")]
            found[table.name] = [tuple(row) for row in tx.read(select(*columns).order_by(*table.primary_key.columns))]
    return found


def test_everything_goes_there_and_back(full: Store, other: Store, tmp_path: Path) -> None:
    backup(full, tmp_path / "b.sqlite")
    restore(tmp_path / "b.sqlite", other)
    before, after = content(full), content(other)
    json_tables = {"worker", "grid_plan", "circle_run", "city_setting"}  # JSON is spaced otherwise by PostgreSQL
    assert {name: before[name] for name in before if name not in json_tables} == {name: after[name] for name in after if name not in json_tables}
    with SqlUnitOfWork(full) as here, SqlUnitOfWork(other) as there:
        assert here.workers.read().equals(there.workers.read())
        assert here.buildings.read().equals(there.buildings.read())
        assert here.plans.list_plans().equals(there.plans.list_plans())
        assert here.circles.latest() == there.circles.latest()
        assert here.audit.read()["details"].tolist() == there.audit.read()["details"].tolist()
        assert there.city.get("bands") == {"grid": [300, 500]}


def test_a_restored_store_is_guarded_and_can_go_on(full: Store, other: Store, tmp_path: Path) -> None:
    backup(full, tmp_path / "b.sqlite")
    restore(tmp_path / "b.sqlite", other)
    with SqlUnitOfWork(other) as uow:
        assert uow.plans.grids(bbox=(0, 0, 0.1, 0.1)).index.tolist() == NEXT[:1]
        with pytest.raises(ConflictError, match="gone"):
            publish(uow, GRIDS)
    with SqlUnitOfWork(other) as uow, pytest.raises(ConflictError, match="withdrawn once"):
        uow._transaction.write(metadata.tables["duty_shift"].delete())
    with SqlUnitOfWork(other) as uow, pytest.raises(ConflictError, match="one primary"):
        uow.duty.add_shifts([NewShift(NEXT[0], WEST, "primary", "w1", NOW, NOW + timedelta(hours=1))], author="林", at=NOW)
    with SqlUnitOfWork(other) as uow:
        publish(uow, [f"{WEST}003", f"{WEST}004"])
        with pytest.raises(ConflictError, match="only grow"):
            uow._transaction.write(metadata.tables["audit"].delete())


def test_a_store_that_holds_something_is_not_overwritten_by_accident(full: Store, tmp_path: Path) -> None:
    backup(full, tmp_path / "b.sqlite")
    with pytest.raises(ConflictError, match="not empty"):
        restore(tmp_path / "b.sqlite", full)


def test_replacing_brings_back_the_old_state_as_a_newer_version(full: Store, tmp_path: Path) -> None:
    backup(full, tmp_path / "b.sqlite")
    with SqlUnitOfWork(full) as uow:
        uow.streets.delete(["s1"])
        uow.commit()
    restore(tmp_path / "b.sqlite", full, replace=True)
    with SqlUnitOfWork(full) as uow:
        assert uow.streets.count() == 2
        assert uow.data_version() == 3


def test_a_backup_is_one_file(full: Store, tmp_path: Path) -> None:
    (tmp_path / "safe").mkdir()
    backup(full, tmp_path / "safe" / "b.sqlite")
    assert [path.name for path in (tmp_path / "safe").iterdir()] == ["b.sqlite"]


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100, None])
def test_what_is_no_backup_is_refused_and_the_store_kept(full: Store, tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "x").write_bytes(content)
    with pytest.raises(UnreadableFileError, match="no backup"):
        restore(tmp_path / "x", full, replace=True)
    with SqlUnitOfWork(full) as uow:
        assert uow.buildings.count() == 3


def test_a_folder_that_is_not_there_is_a_store_error(full: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written"):
        backup(full, tmp_path / "nowhere" / "b.sqlite")
