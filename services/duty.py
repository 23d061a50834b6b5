"""Plan duty: shifts for a week or one by one, and leave. Everything or nothing, each change with its line in the audit trail."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from contracts.columns import BACKUP, DUTY_ROLE, ENDS_AT, GRID_CODE, LEAVE_ID, PRIMARY, STARTS_AT, WORKER_KEY
from contracts.errors import ConflictError, InputError, NotFoundError
from contracts.messages import Message
from contracts.records import NewShift
from gis.checks import require_choice
from grids.duty import LEAVE, find_holes
from grids.duty_week import Period, WeeklyDuty, weekly_periods
from services.access import Principal, authorize, may
from services.duty_facts import absences_of, city_zone, local_text, people, require_person, require_term
from services.ports import UnitOfWork

DUTY_ROLES = (PRIMARY, BACKUP)
_Row = tuple[str, str, datetime, datetime]  # duty_role, worker_key, starts_at, ends_at of a shift on the list
_COMMUNITY_DIGITS = 12
_LONGEST = timedelta(days=366)  # a shift or leave beyond a year is a slip of the pen


@dataclass(frozen=True)
class DutyWeek:
    """The same hours on some weekdays, for grids, with a primary and perhaps a backup, over some days."""

    grid_codes: tuple[str, ...]
    hours: WeeklyDuty
    first_day: date
    last_day: date
    primary: str = ""  # worker keys, empty = none
    backup: str = ""
    note: str = ""


@dataclass(frozen=True)
class DutyReport:
    """What an act put on the list, what it left out, and the holes that are there now."""

    shift_ids: tuple[int, ...] = ()
    over: int = 0  # periods left out because they are over
    on_leave: int = 0  # shifts at some time of which their worker is on leave
    leave_id: int | None = None
    holes: pd.DataFrame = field(default_factory=pd.DataFrame)

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return {"shifts": list(self.shift_ids), "over": self.over, "on_leave": self.on_leave, "leave": self.leave_id, "holes": len(self.holes)}

    def sentences(self) -> list[Message]:
        """For people."""
        said = [Message("Shifts put on the list: {count}.", {"count": len(self.shift_ids)})] if self.leave_id is None else []
        if self.leave_id is not None:
            said.append(Message("Leave {leave} is noted.", {"leave": self.leave_id}))
        if self.over:
            said.append(Message("Left out because they are over: {count}.", {"count": self.over}))
        if self.on_leave:
            said.append(Message("Shifts whose worker is on leave at that time: {count}. The backup answers then, or nobody.", {"count": self.on_leave}))
        if len(self.holes):
            said.append(Message("Times at which nobody is responsible because of this leave: {count}. See the holes.", {"count": len(self.holes)}))
        return said


def plan_week(uow: UnitOfWork, principal: Principal, week: DutyWeek, *, at: datetime) -> DutyReport:
    """Put weekly hours on the list of grids. Hours are local; what is over is left out, what runs begins now.

    Raises
    ------
    NotAllowedError, NotFoundError
        No right in a grid, or no such grid in force or worker.
    ConflictError
        A grid has a primary at such a time, or a worker is on its list already; says who and when.
    InputError
        Nobody is named, or a worker is outside the term.
    """
    named = [(role, key) for role, key in ((PRIMARY, week.primary), (BACKUP, week.backup)) if key]
    if not named or not week.grid_codes:
        raise InputError("Name at least one grid and a primary or a backup.")
    with uow:
        zone = city_zone(uow)
        periods = weekly_periods(week.hours, first_day=week.first_day, last_day=week.last_day, zone=zone)
        to_come = [(max(starts, at), ends) for starts, ends in periods if ends > at]
        shifts = [_shift(code, role, key, period, week.note) for code in week.grid_codes for role, key in named for period in to_come]
        ids = _put_on_list(uow, principal, shifts, zone, at)
        on_leave = _on_leave(uow, shifts)
        uow.commit()
    return DutyReport(tuple(ids), len(periods) - len(to_come), on_leave)


def add_shift(
    uow: UnitOfWork, principal: Principal, grid_code: str, worker_key: str, period: Period, *, duty_role: str = PRIMARY, note: str = "", at: datetime
) -> DutyReport:
    """Put one shift on the list; a time that has begun begins now.

    Raises
    ------
    NotAllowedError, NotFoundError, ConflictError, InputError
        As ``plan_week``.
    """
    require_choice("duty_role", duty_role, DUTY_ROLES)
    _require_period(period)
    if period[1] <= at:
        raise InputError("This time is over. Duty is planned ahead.")
    with uow:
        shift = _shift(grid_code, duty_role, worker_key, (max(period[0], at), period[1]), note)
        ids = _put_on_list(uow, principal, [shift], city_zone(uow), at)
        on_leave = _on_leave(uow, [shift])
        uow.commit()
    return DutyReport(tuple(ids), on_leave=on_leave)


def add_leave(uow: UnitOfWork, principal: Principal, worker_key: str, period: Period, *, reason: str, at: datetime) -> DutyReport:
    """Note that a worker is away. Shifts stay on the list; the report tells the times at which nobody answers now.

    Raises
    ------
    NotAllowedError, NotFoundError, InputError
    """
    _require_period(period)
    with uow:
        require_person(uow, worker_key)
        _authorize_for(uow, principal, worker_key)
        number = uow.duty.add_leave(worker_key, starts_at=period[0], ends_at=period[1], reason=reason, author=principal.login, at=at)
        details = {"starts_at": period[0].isoformat(), "ends_at": period[1].isoformat(), "leave": number}
        uow.audit.append(at=at, login=principal.login, action="add_leave", subject=worker_key, details=details)
        holes = _holes_of(uow, worker_key, period)
        uow.commit()
    return DutyReport(leave_id=number, holes=holes)


def withdraw_leave(uow: UnitOfWork, principal: Principal, leave_id: int, *, at: datetime) -> None:
    """Take a leave back.

    Raises
    ------
    NotAllowedError
    NotFoundError
        There is no such leave, or not any more.
    """
    with uow:
        leave = uow.duty.leaves(leave_ids=[leave_id])
        if not len(leave):
            raise NotFoundError("There is no leave with number {leave}, or it is withdrawn.", leave=leave_id)
        worker = str(leave[WORKER_KEY].iloc[0])
        _authorize_for(uow, principal, worker)
        if not uow.duty.withdraw_leave(leave_id, author=principal.login, at=at):
            raise ConflictError("Leave {leave} was withdrawn by somebody else meanwhile.", leave=leave_id)
        uow.audit.append(at=at, login=principal.login, action="withdraw_leave", subject=worker, details={"leave": int(leave[LEAVE_ID].iloc[0])})
        uow.commit()


def require_free(uow: UnitOfWork, shifts: Sequence[NewShift], zone: ZoneInfo) -> None:
    """Pass where nobody on the list stands in the way of new shifts. The store guards the same; this says who it is.

    Raises
    ------
    ConflictError
    """
    codes = {shift.grid_code for shift in shifts}
    listed = uow.duty.shifts(grid_codes=codes, starts=min(shift.starts_at for shift in shifts), ends=max(shift.ends_at for shift in shifts))
    by_grid: dict[str, list[_Row]] = {}
    for row in zip(*[listed[name].tolist() for name in (GRID_CODE, DUTY_ROLE, WORKER_KEY, STARTS_AT, ENDS_AT)], strict=True):
        by_grid.setdefault(str(row[0]), []).append(row[1:])
    for shift in shifts:
        for role, worker, starts, ends in by_grid.get(shift.grid_code, ()):
            if starts < shift.ends_at and shift.starts_at < ends:
                _refuse_clash(shift, (role, worker, starts, ends), zone)


def _refuse_clash(shift: NewShift, row: _Row, zone: ZoneInfo) -> None:
    role, worker, starts, ends = row
    facts = {"grid": shift.grid_code, "worker": worker, "starts": local_text(starts, zone), "ends": local_text(ends, zone)}
    if worker == shift.worker_key:
        raise ConflictError("{worker} is on the list of grid {grid} already, from {starts} to {ends}.", **facts)
    if role == shift.duty_role == PRIMARY:
        raise ConflictError("Grid {grid} has a primary already: {worker}, from {starts} to {ends}.", **facts)


def _shift(code: str, role: str, key: str, period: Period, note: str) -> NewShift:
    return NewShift(code, code[:_COMMUNITY_DIGITS], role, key, *period, note=note)


def _put_on_list(uow: UnitOfWork, principal: Principal, shifts: Sequence[NewShift], zone: ZoneInfo, at: datetime) -> list[int]:
    if not shifts:
        return []
    codes = sorted({shift.grid_code for shift in shifts})
    _require_grids(uow, principal, codes)
    known = people(uow, {shift.worker_key for shift in shifts})
    for shift in shifts:
        person = known.get(shift.worker_key) or require_person(uow, shift.worker_key)
        require_term(person, (shift.starts_at, shift.ends_at), zone)
    require_free(uow, shifts, zone)
    ids = uow.duty.add_shifts(shifts, author=principal.login, at=at)
    for code in codes:
        mine = [number for number, shift in zip(ids, shifts, strict=True) if shift.grid_code == code]
        who = sorted({shift.worker_key for shift in shifts if shift.grid_code == code})
        details = {"first": mine[0], "shifts": len(mine), "workers": who}
        uow.audit.append(at=at, login=principal.login, action="plan_duty", subject=code, details=details)
    return ids


def _on_leave(uow: UnitOfWork, shifts: Sequence[NewShift]) -> int:
    leaves = uow.duty.leaves(worker_keys={shift.worker_key for shift in shifts})
    periods = list(zip(leaves[WORKER_KEY], leaves[STARTS_AT], leaves[ENDS_AT], strict=True))
    return sum(any(key == shift.worker_key and starts < shift.ends_at and shift.starts_at < ends for key, starts, ends in periods) for shift in shifts)


def _require_grids(uow: UnitOfWork, principal: Principal, codes: Collection[str]) -> None:
    for code in codes:
        authorize(principal, "plan_duty", code)
    known = set(uow.plans.grids(communities={code[:_COMMUNITY_DIGITS] for code in codes}).index)
    missing = sorted(set(codes) - known)
    if missing:
        raise NotFoundError("There is no grid in force with the code {code}.", code=missing[0])


def _require_period(period: Period) -> None:
    if period[1] <= period[0]:
        raise InputError("A time from {starts} to {ends} has no length.", starts=period[0].isoformat(), ends=period[1].isoformat())
    if period[1] - period[0] > _LONGEST:
        raise InputError(
            "A time from {starts} to {ends} is longer than a year. Correct it, or write it in parts.", starts=period[0].isoformat(), ends=period[1].isoformat()
        )


def _authorize_for(uow: UnitOfWork, principal: Principal, worker_key: str) -> None:
    """Pass where the principal may plan duty where the worker lives, is attached or works; a worker of nowhere asks for the right everywhere."""
    row = uow.workers.read(keys=[worker_key]).iloc[0]
    homes = [str(row[name]) for name in ("community", GRID_CODE) if isinstance(row[name], str)]
    areas = homes + uow.assignments.read(worker_keys=[worker_key])[GRID_CODE].tolist()
    if not any(may(principal, "plan_duty", area) for area in areas):
        authorize(principal, "plan_duty", areas[0] if areas else "")


def _holes_of(uow: UnitOfWork, worker_key: str, period: Period) -> pd.DataFrame:
    """Times of a leave in which nobody answers in a grid on whose list the worker is."""
    mine = uow.duty.shifts(worker_keys=[worker_key], starts=period[0], ends=period[1])
    codes = sorted(set(mine[GRID_CODE]))
    shifts = uow.duty.shifts(grid_codes=codes, starts=period[0], ends=period[1])
    absences = absences_of(uow, set(shifts[WORKER_KEY]), starts=period[0], ends=period[1], zone=city_zone(uow))
    holes = find_holes(shifts, absences, codes, starts=period[0], ends=period[1])
    return holes[(holes[PRIMARY] == LEAVE) | (holes[BACKUP] == LEAVE)].reset_index(drop=True)
