"""Shifts and leaves: added and withdrawn, never changed. Who is on the list of a grid at a moment is one short query."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Select, Table, bindparam, exists, insert, select, update

from contracts.columns import COMMUNITY_CODE, DUTY_ROLE, ENDS_AT, GRID_CODE, LEAVE_ID, SHIFT_ID, STARTS_AT, WORKER_KEY
from contracts.records import DutyPost, NewShift
from store.filters import is_among
from store.models.duty import duty_shift, worker_leave
from store.models.places import worker
from store.models.plans import assignment
from store.transaction import Transaction
from store.types import Utc

_MOMENTS = (STARTS_AT, ENDS_AT, "created_at", "withdrawn_at")
_TEXTS = (GRID_CODE, COMMUNITY_CODE, DUTY_ROLE, WORKER_KEY, "note", "reason", "author", "withdrawn_by")


class DutyTable:
    """Live and withdrawn shifts and leaves."""

    def __init__(self, tx: Transaction) -> None:
        self.tx = tx

    def add_shifts(self, shifts: Sequence[NewShift], *, author: str, at: datetime) -> list[int]:
        """Put shifts on the list; their ids in the same order.

        Raises
        ------
        ConflictError
            A grid would have two primaries at a moment, a worker two posts in it, or it was never in force.
        """
        if not shifts:
            return []
        rows = [{**vars(shift), "author": author, "created_at": at} for shift in shifts]
        return [int(number) for number in self.tx.write(insert(duty_shift).returning(duty_shift.c.id, sort_by_parameter_order=True), rows).scalars()]

    def withdraw_shift(self, shift_id: int, *, expected_version: int, author: str, at: datetime) -> bool:
        """Withdraw a live shift whose version is the one expected; False where somebody was quicker."""
        live = (duty_shift.c.id == int(shift_id), duty_shift.c.version == int(expected_version), duty_shift.c.withdrawn_at.is_(None))
        values = {"withdrawn_at": at, "withdrawn_by": author, "version": duty_shift.c.version + 1}
        return bool(self.tx.write(update(duty_shift).where(*live).values(values)).rowcount)

    def shifts(
        self,
        *,
        shift_ids: Collection[int] | None = None,
        replacing: Collection[int] | None = None,
        grid_codes: Collection[str] | None = None,
        communities: Collection[str] | None = None,
        worker_keys: Collection[str] | None = None,
        starts: datetime | None = None,
        ends: datetime | None = None,
        with_withdrawn: bool = False,
    ) -> pd.DataFrame:
        """Shifts that meet a time, sorted by grid, beginning, role and worker.

        Columns shift_id, grid_code, community_code, duty_role, worker_key, starts_at, ends_at, version, note, author,
        created_at, withdrawn_at, withdrawn_by, replaces_id.
        """
        wanted = (("id", shift_ids), ("replaces_id", replacing), (GRID_CODE, grid_codes), (COMMUNITY_CODE, communities), (WORKER_KEY, worker_keys))
        conditions = [self._among(duty_shift.c[name], keys) for name, keys in wanted if keys is not None] + _meets(duty_shift, starts, ends)
        if not with_withdrawn:
            conditions.append(duty_shift.c.withdrawn_at.is_(None))
        order = (duty_shift.c.grid_code, duty_shift.c.starts_at, duty_shift.c.duty_role.desc(), duty_shift.c.worker_key, duty_shift.c.id)
        return self._frame(duty_shift, conditions, order).rename(columns={"id": SHIFT_ID}).astype({"replaces_id": "Int64"})

    def add_leave(self, worker_key: str, *, starts_at: datetime, ends_at: datetime, reason: str, author: str, at: datetime) -> int:
        """Note that a worker is away; the id of the leave."""
        row = {WORKER_KEY: worker_key, STARTS_AT: starts_at, ENDS_AT: ends_at, "reason": reason, "author": author, "created_at": at}
        return int(self.tx.write(insert(worker_leave).returning(worker_leave.c.id), row).scalar_one())

    def withdraw_leave(self, leave_id: int, *, author: str, at: datetime) -> bool:
        """Withdraw a live leave; False where there is none."""
        live = (worker_leave.c.id == int(leave_id), worker_leave.c.withdrawn_at.is_(None))
        return bool(self.tx.write(update(worker_leave).where(*live).values(withdrawn_at=at, withdrawn_by=author)).rowcount)

    def leaves(
        self,
        *,
        leave_ids: Collection[int] | None = None,
        worker_keys: Collection[str] | None = None,
        starts: datetime | None = None,
        ends: datetime | None = None,
    ) -> pd.DataFrame:
        """Live leaves that meet a time, sorted by worker and beginning: leave_id, worker_key, starts_at, ends_at, reason, author, created_at ..."""
        wanted = (("id", leave_ids), (WORKER_KEY, worker_keys))
        conditions = [self._among(worker_leave.c[name], keys) for name, keys in wanted if keys is not None] + _meets(worker_leave, starts, ends)
        order = (worker_leave.c.worker_key, worker_leave.c.starts_at, worker_leave.c.id)
        return self._frame(worker_leave, [*conditions, worker_leave.c.withdrawn_at.is_(None)], order).rename(columns={"id": LEAVE_ID})

    def posts_at(self, grid_code: str, at: datetime) -> list[DutyPost]:
        """Everybody on the list of a grid at a moment, whether there or away; primaries first, then by key."""
        rows = self.tx.read(_LISTED, {"grid": grid_code, "at": at})
        return [replace(_post(row, row.duty_role), shift_id=row.id, starts_at=row.starts_at, ends_at=row.ends_at, note=row.note) for row in rows]

    def assigned_at(self, grid_code: str, at: datetime) -> list[DutyPost]:
        """Everybody who works in a grid by assignment, leads first, then by key; no shift is theirs by that."""
        return [_post(row, row.role) for row in self.tx.read(_ASSIGNED, {"grid": grid_code, "at": at})]

    def _frame(self, table: Table, conditions: Sequence[ColumnElement[bool]], order: Sequence[Any]) -> pd.DataFrame:
        names = [column.name for column in table.c]
        rows = self.tx.read(select(table).where(*conditions).order_by(*order))
        frame = pd.DataFrame([tuple(row) for row in rows], columns=names)
        kinds = dict.fromkeys(_TEXTS, "str") | dict.fromkeys(_MOMENTS, "datetime64[us, UTC]")
        return frame.astype({name: kind for name, kind in kinds.items() if name in names})

    def _among(self, column: Any, keys: Collection[Any]) -> ColumnElement[bool]:
        return is_among(column, keys, is_sqlite=self.tx.is_sqlite)


def _meets(table: Table, starts: datetime | None, ends: datetime | None) -> list[ColumnElement[bool]]:
    late = [] if starts is None else [table.c.ends_at > starts]
    return late + ([] if ends is None else [table.c.starts_at < ends])


def _post(row: Any, role: str) -> DutyPost:
    return DutyPost(role, row.key, row.name or "", row.phone or "", bool(row.on_leave), row.term_from, row.term_to)


def _people_at(*columns: Any, of: Table) -> Select[Any]:
    """Workers named by the rows of a table, with whether they are on leave ``at`` a moment."""
    leave = (worker_leave.c.worker_key == worker.c.key, worker_leave.c.ends_at > _AT, worker_leave.c.starts_at <= _AT, worker_leave.c.withdrawn_at.is_(None))
    person = (worker.c.key, worker.c.name, worker.c.phone, exists().where(*leave).label("on_leave"), worker.c.term_from, worker.c.term_to)
    return select(*person, *columns).join(of, of.c.worker_key == worker.c.key).where(of.c.grid_code == bindparam("grid"))


# made once, for they are asked with every report
_AT = bindparam("at", type_=Utc)
_LISTED = (
    _people_at(*[duty_shift.c[name] for name in (DUTY_ROLE, "id", STARTS_AT, ENDS_AT, "note")], of=duty_shift)
    .where(duty_shift.c.ends_at > _AT, duty_shift.c.starts_at <= _AT, duty_shift.c.withdrawn_at.is_(None))
    .order_by(duty_shift.c.duty_role.desc(), duty_shift.c.worker_key)
)
_ASSIGNED = _people_at(assignment.c.role, of=assignment).where(assignment.c.ended_at.is_(None)).order_by(assignment.c.role, assignment.c.worker_key)
