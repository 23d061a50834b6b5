"""Duty in both databases: what is kept, what is refused, and who wins."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier

import pandas as pd
import pytest
from alembic import command
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from contracts.errors import ConflictError, InputError, StoreError
from contracts.records import NewShift
from store import schema
from store.engine import Store, begin_writing
from store.unit_of_work import SqlUnitOfWork
from tests.store.worlds import EAST, GRIDS, NOW, WEST, draft, publish, settle, workers

HOUR = timedelta(hours=1)


def shift(begin: int, end: int, *, role: str = "primary", worker: str = "w1", grid: str = GRIDS[0], **more: object) -> NewShift:
    return NewShift(grid, WEST, role, worker, NOW + begin * HOUR, NOW + end * HOUR, **more)


def add(uow: SqlUnitOfWork, *shifts: NewShift) -> list[int]:
    return uow.duty.add_shifts(shifts, author="林", at=NOW)


@pytest.fixture
def town(hamlet: SqlUnitOfWork) -> SqlUnitOfWork:
    """The hamlet with its grids in force."""
    publish(hamlet)
    return hamlet


def test_a_shift_is_kept_as_it_was_given(town: SqlUnitOfWork) -> None:
    (number,) = add(town, shift(0, 8, note="钥匙在门卫"))
    row = town.duty.shifts().iloc[0]
    assert row[["shift_id", "grid_code", "duty_role", "worker_key", "version", "note", "author"]].tolist() == [
        number,
        GRIDS[0],
        "primary",
        "w1",
        1,
        "钥匙在门卫",
        "林",
    ]
    assert (row["starts_at"], row["ends_at"]) == (pd.Timestamp(NOW), pd.Timestamp(NOW + 8 * HOUR))
    assert town.duty.add_shifts([], author="林", at=NOW) == []


def test_shifts_are_found_by_grid_community_worker_and_time(town: SqlUnitOfWork) -> None:
    add(town, shift(0, 8), shift(8, 16, worker="w2"), shift(0, 4, grid=GRIDS[1]))
    assert len(town.duty.shifts(grid_codes=[GRIDS[0]])) == 2
    assert len(town.duty.shifts(communities=[WEST])) == 3
    assert town.duty.shifts(communities=[EAST]).empty
    assert town.duty.shifts(worker_keys=["w2"])["starts_at"].tolist() == [pd.Timestamp(NOW + 8 * HOUR)]
    assert town.duty.shifts(starts=NOW + 8 * HOUR, ends=NOW + 9 * HOUR)["worker_key"].tolist() == ["w2"]


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        (shift(7, 9, worker="w2"), "one primary"),
        (shift(0, 8, worker="w2"), "one primary"),
        (shift(2, 3, role="backup"), "once at a time"),
        (shift(-1, 12, role="backup"), "once at a time"),
        (shift(20, 21, grid=f"{WEST}009"), "published plan"),
    ],
)
def test_what_would_break_the_list_is_refused_in_a_sentence(town: SqlUnitOfWork, second: NewShift, reason: str) -> None:
    add(town, shift(0, 8))
    with pytest.raises(ConflictError, match=reason):
        add(town, second)


@pytest.mark.parametrize("second", [shift(8, 16), shift(-8, 0), shift(0, 8, role="backup", worker="w2"), shift(0, 8, grid=GRIDS[1])])
def test_what_only_touches_or_is_elsewhere_is_taken(town: SqlUnitOfWork, second: NewShift) -> None:
    assert len(add(town, shift(0, 8)) + add(town, second)) == 2


def test_a_grid_of_a_draft_has_no_duty_and_a_retired_one_may_keep_it(town: SqlUnitOfWork) -> None:
    publish(town, [f"{WEST}002", f"{WEST}003"])
    assert add(town, shift(0, 8))
    draft(town, [f"{WEST}004", f"{WEST}005"])
    with pytest.raises(ConflictError, match="published plan"):
        add(town, shift(0, 8, grid=f"{WEST}004"))


def test_a_shift_ends_after_it_begins_and_has_a_role(town: SqlUnitOfWork) -> None:
    with pytest.raises(InputError):
        add(town, shift(8, 8))


def test_a_withdrawn_shift_frees_its_time_and_stays_in_the_books(town: SqlUnitOfWork) -> None:
    (number,) = add(town, shift(0, 8))
    assert town.duty.withdraw_shift(number, expected_version=1, author="王", at=NOW + HOUR)
    assert add(town, shift(0, 8, worker="w2", replaces_id=number))
    kept = town.duty.shifts(shift_ids=[number], with_withdrawn=True).iloc[0]
    assert (kept["version"], kept["withdrawn_by"], kept["withdrawn_at"]) == (2, "王", pd.Timestamp(NOW + HOUR))
    assert town.duty.shifts(replacing=[number])["worker_key"].tolist() == ["w2"]


@pytest.mark.parametrize("version", [0, 2])
def test_a_withdrawal_with_another_version_does_nothing(town: SqlUnitOfWork, version: int) -> None:
    (number,) = add(town, shift(0, 8))
    assert not town.duty.withdraw_shift(number, expected_version=version, author="王", at=NOW)
    assert town.duty.withdraw_shift(number, expected_version=1, author="王", at=NOW)
    assert not town.duty.withdraw_shift(number, expected_version=2, author="王", at=NOW)


def test_the_list_of_a_moment_says_who_is_away(town: SqlUnitOfWork) -> None:
    town.workers.upsert(workers().assign(phone="13800001234", term_from=date(2026, 1, 1), term_to=[None, date(2026, 3, 1)]))
    add(town, shift(0, 8), shift(0, 8, role="backup", worker="w2"), shift(8, 9, worker="w2"))
    leave = town.duty.add_leave("w1", starts_at=NOW, ends_at=NOW + HOUR, reason="病假", author="林", at=NOW)
    posts = town.duty.posts_at(GRIDS[0], NOW)
    assert [(post.role, post.worker_key, post.name, post.is_on_leave, post.term_to) for post in posts] == [
        ("primary", "w1", "张三", True, None),
        ("backup", "w2", "李四", False, date(2026, 3, 1)),
    ]
    assert [post.is_on_leave for post in town.duty.posts_at(GRIDS[0], NOW + HOUR)] == [False, False]
    assert town.duty.withdraw_leave(leave, author="林", at=NOW)
    assert not town.duty.withdraw_leave(leave, author="林", at=NOW)
    assert not town.duty.posts_at(GRIDS[0], NOW)[0].is_on_leave
    assert town.duty.leaves().empty


def test_leaves_are_found_by_worker_and_time(town: SqlUnitOfWork) -> None:
    for begin in (0, 10):
        town.duty.add_leave("w1", starts_at=NOW + begin * HOUR, ends_at=NOW + (begin + 5) * HOUR, reason="", author="林", at=NOW)
    assert len(town.duty.leaves(worker_keys=["w1"])) == 2
    assert len(town.duty.leaves(starts=NOW + 5 * HOUR, ends=NOW + 20 * HOUR)) == 1
    assert town.duty.leaves(worker_keys=["w2"]).empty


def test_whoever_is_assigned_can_be_suggested(town: SqlUnitOfWork) -> None:
    pairs = pd.DataFrame({"grid_code": GRIDS[0], "worker_key": ["w2", "w1"], "role": ["member", "lead"], "walk_s": 0.0})
    town.assignments.replace(pairs, communities=[WEST], author="林", at=NOW)
    assert [(post.role, post.worker_key, post.shift_id) for post in town.duty.assigned_at(GRIDS[0], NOW)] == [("lead", "w1", None), ("member", "w2", None)]


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [(0.2, 0.2, GRIDS[0]), (0.5, 0.3, GRIDS[0]), (0.5 + 4e-7, 0.3, GRIDS[1]), (1.0, 1.0, GRIDS[1]), (-5e-7, 0.5, GRIDS[0]), (1.5, 0.5, None)],
)
def test_a_point_is_in_one_grid_and_borders_do_not_vanish(town: SqlUnitOfWork, lon: float, lat: float, code: str | None) -> None:
    spot = town.plans.grid_at(lon, lat)
    assert (spot and spot.code) == code


def test_a_point_is_in_no_grid_of_a_draft(hamlet: SqlUnitOfWork) -> None:
    draft(hamlet)
    assert hamlet.plans.grid_at(0.2, 0.2) is None


REWRITES = {
    "shift moved": "UPDATE duty_shift SET worker_key = 'w2'",
    "shift moved while it is withdrawn": f"UPDATE duty_shift SET ends_at = '2030-01-01 00:00:00', withdrawn_at = '{NOW:%Y-%m-%d %H:%M:%S}', withdrawn_by = 'x', version = 2",
    "withdrawn without a name": "UPDATE duty_shift SET withdrawn_at = '2026-03-05 00:00:00', version = 2",
    "withdrawn without a version": "UPDATE duty_shift SET withdrawn_at = '2026-03-05 00:00:00', withdrawn_by = 'x'",
    "shift erased": "DELETE FROM duty_shift",
    "leave shortened": "UPDATE worker_leave SET ends_at = '2030-01-01 00:00:00'",
    "leave erased": "DELETE FROM worker_leave",
    "worker erased": "DELETE FROM worker WHERE key = 'w1'",
    "kind nobody knows": "UPDATE worker SET worker_kind = 'king'",
    "term that ends before it begins": "UPDATE worker SET term_from = '2026-02-01', term_to = '2026-01-01'",
    "training below zero": "UPDATE worker SET training_hours = -1",
}


@pytest.mark.parametrize("act", list(REWRITES))
def test_the_database_refuses(town: SqlUnitOfWork, act: str) -> None:
    add(town, shift(0, 8))
    town.duty.add_leave("w1", starts_at=NOW, ends_at=NOW + HOUR, reason="", author="林", at=NOW)
    with pytest.raises(DBAPIError) as refused:
        town._transaction.connection.execute(text(REWRITES[act]))
    assert "syntax" not in str(refused.value)


def test_a_withdrawn_shift_is_not_brought_back(town: SqlUnitOfWork) -> None:
    (number,) = add(town, shift(0, 8))
    town.duty.withdraw_shift(number, expected_version=1, author="王", at=NOW)
    with pytest.raises(DBAPIError, match="duty_is_history"):
        town._transaction.connection.execute(text("UPDATE duty_shift SET withdrawn_at = NULL, withdrawn_by = NULL, version = 3"))


def test_moments_written_otherwise_are_refused_where_they_are_text(town: SqlUnitOfWork) -> None:
    row = f"INSERT INTO worker_leave (worker_key, starts_at, ends_at, reason, author, created_at) VALUES ('w1', '2026-03-04T05:06:07Z', '2026-03-05', 'x', 'x', '{NOW}')"
    if town._transaction.is_sqlite:
        with pytest.raises(DBAPIError, match="duty_moment"):
            town._transaction.connection.execute(text(row))


def test_two_primaries_added_at_once_are_one(store: Store) -> None:
    with SqlUnitOfWork(store) as uow:
        settle(uow)
        publish(uow)
        uow.commit()
    start = Barrier(2)

    def act(given: tuple[str, int]) -> str:
        worker, begin = given
        start.wait()
        try:
            with SqlUnitOfWork(store) as uow:
                add(uow, shift(begin, begin + 8, worker=worker))
                uow.commit()
        except ConflictError:
            return "told"
        return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(act, (("w1", 0), ("w2", 4)))) == ["done", "told"]
    with SqlUnitOfWork(store) as uow:
        assert len(uow.duty.shifts()) == 1


def test_the_second_schema_is_upgraded_with_its_data_and_taken_back(store: Store) -> None:
    with store.engine.connect() as connection:
        begin_writing(connection)
        schema.downgrade(connection, "0002")
        names = {column["name"] for column in inspect(connection).get_columns("worker")}
        connection.execute(text("INSERT INTO worker (key, full_time) VALUES ('old', true)"))
        schema.upgrade(connection)
        assert connection.scalar(text("SELECT count(*) FROM worker WHERE key = 'old' AND worker_kind IS NULL")) == 1
        connection.commit()
        command.check(schema.configuration(connection))
    assert not names & {"worker_kind", "phone", "grid_code", "training_hours", "term_from", "term_to"}


def test_an_upgraded_schema_is_the_fresh_one(store: Store) -> None:
    fresh = _shape(store)
    with store.engine.connect() as connection:
        begin_writing(connection)
        schema.downgrade(connection, "0002")
        schema.upgrade(connection)
        connection.commit()
    assert _shape(store) == fresh


def _shape(store: Store) -> list[tuple[object, ...]]:
    sqlite = "SELECT type, name, sql FROM sqlite_master ORDER BY name"
    server = """SELECT 'column', table_name || '.' || column_name, data_type || is_nullable || coalesce(collation_name, '') FROM information_schema.columns
        WHERE table_schema = 'public' UNION ALL SELECT 'constraint', conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT 'trigger', tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2"""
    with store.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(sqlite if store.is_sqlite else server))]


def test_a_server_without_btree_gist_is_told_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    if store.is_sqlite:
        return
    monkeypatch.setattr(schema, "_EXTENSIONS", {"no_such_extension": schema._EXTENSIONS["btree_gist"]})
    with store.engine.connect() as connection, pytest.raises(StoreError, match="btree_gist"):
        schema._require_extensions(connection)


def test_days_of_a_roster_come_back(uow: SqlUnitOfWork) -> None:
    given = [date(2026, 1, 1), datetime(2026, 1, 2)]  # noqa: DTZ001 - a day as Excel gives it
    uow.workers.upsert(workers().assign(term_from=given, term_to=["2026-12-31", None]))
    found = uow.workers.read()
    assert found["term_from"].tolist() == [pd.Timestamp("2026-01-01"), pd.Timestamp("2026-01-02")]
    assert found["term_to"].isna().tolist() == [False, True]
    assert uow.workers.upsert(workers().assign(term_from=given)).unchanged == 2
    with pytest.raises(InputError, match="should hold days"):
        uow.workers.upsert(workers().assign(term_from="soon"))
