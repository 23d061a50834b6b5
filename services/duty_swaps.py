"""Hand duty over: to a colleague, or two shifts for each other. Of two who do it at once one wins, and the other is told who has it now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from contracts.columns import BACKUP, COMMUNITY_CODE, DUTY_ROLE, ENDS_AT, GRID_CODE, PRIMARY, SHIFT_ID, STARTS_AT, WORKER_KEY
from contracts.errors import ConflictError, InputError, NotAllowedError, NotFoundError
from contracts.records import NewShift
from grids.duty_week import cut_out
from services.access import Principal, authorize, may
from services.duty import require_free
from services.duty_facts import city_zone, local_text, period_facts, require_person, require_term
from services.ports import UnitOfWork

_Row = Mapping[str, Any]


def swap_shift(uow: UnitOfWork, principal: Principal, shift_id: int, *, expected_version: int, to_worker: str, note: str, at: datetime) -> int:
    """Hand a shift to another worker; the number of the new shift. What of it is over stays with who did it.

    A coordinator may hand over every shift of the area; a worker (an account whose login is the worker's key) an own one to a colleague
    assigned to the grid or to its backup of that time, who then stops being backup.

    Raises
    ------
    NotAllowedError, NotFoundError
    ConflictError
        Somebody was quicker: says who has the shift now and since when; or the new worker is on the list already.
    InputError
        No note, the shift is over, the same worker, or one outside the term.
    """
    _require_note(note)
    with uow:
        zone = city_zone(uow)
        shift = _read(uow, shift_id)
        _authorize_swap(uow, principal, shift, to_worker)
        person = require_person(uow, to_worker)
        _take(uow, principal, shift, expected_version, zone, at)
        if to_worker == shift[WORKER_KEY]:
            raise InputError("{name} ({worker}) has this shift already.", name=person.name, worker=to_worker)
        handed = _handed(shift, to_worker, note, at)
        require_term(person, (handed.starts_at, handed.ends_at), zone)
        _give_up_backup(uow, principal, handed, at)
        number = _put_instead(uow, principal, shift, handed, zone, at)
        details = {"shift": shift_id, "from": shift[WORKER_KEY], "to": to_worker, "note": note, "new": number, **period_facts(shift)}
        uow.audit.append(at=at, login=principal.login, action="swap_duty", subject=str(shift[GRID_CODE]), details=details)
        uow.commit()
    return number


def exchange_shifts(uow: UnitOfWork, principal: Principal, first: tuple[int, int], second: tuple[int, int], *, note: str, at: datetime) -> tuple[int, int]:
    """Let the workers of two shifts take each other's, each given as (number, version); the numbers of the new shifts.

    Raises
    ------
    NotAllowedError, NotFoundError, ConflictError, InputError
        As ``swap_shift``; only who plans duty in both grids may.
    """
    _require_note(note)
    if first[0] == second[0]:
        raise InputError("Name two different shifts.")
    with uow:
        zone = city_zone(uow)
        shifts = [_read(uow, number) for number, _ in (first, second)]
        for shift in shifts:
            authorize(principal, "plan_duty", str(shift[GRID_CODE]))
        for shift, (_, version) in sorted(zip(shifts, (first, second), strict=True), key=lambda pair: int(pair[0][SHIFT_ID])):
            _take(uow, principal, shift, version, zone, at)
        pairs = list(zip(shifts, reversed(shifts), strict=True))
        handed = [_handed(mine, str(theirs[WORKER_KEY]), note, at) for mine, theirs in pairs]
        for new in handed:
            require_term(require_person(uow, new.worker_key), (new.starts_at, new.ends_at), zone)
        made = [_put_instead(uow, principal, shift, new, zone, at) for shift, new in zip(shifts, handed, strict=True)]
        for (mine, theirs), number in zip(pairs, made, strict=True):
            details = {"shift": mine[SHIFT_ID], "from": mine[WORKER_KEY], "to": theirs[WORKER_KEY], "note": note, "new": number, **period_facts(mine)}
            uow.audit.append(at=at, login=principal.login, action="swap_duty", subject=str(mine[GRID_CODE]), details=details)
        uow.commit()
    return made[0], made[1]


def withdraw_shift(uow: UnitOfWork, principal: Principal, shift_id: int, *, expected_version: int, note: str, at: datetime) -> None:
    """Take what is to come of a shift off the list.

    Raises
    ------
    NotAllowedError, NotFoundError, ConflictError, InputError
        As ``swap_shift``.
    """
    _require_note(note)
    with uow:
        zone = city_zone(uow)
        shift = _read(uow, shift_id)
        authorize(principal, "plan_duty", str(shift[GRID_CODE]))
        _take(uow, principal, shift, expected_version, zone, at)
        _keep_done(uow, shift, at)
        details = {"shift": shift_id, "worker": shift[WORKER_KEY], "note": note, **period_facts(shift)}
        uow.audit.append(at=at, login=principal.login, action="withdraw_duty", subject=str(shift[GRID_CODE]), details=details)
        uow.commit()


def _require_note(note: str) -> None:
    if not note.strip():
        raise InputError("Write a note for whoever takes over: what is going on, keys, whom to expect.")


def _read(uow: UnitOfWork, shift_id: int) -> dict[str, Any]:
    found = uow.duty.shifts(shift_ids=[shift_id], with_withdrawn=True)
    if not len(found):
        raise NotFoundError("There is no shift with number {shift}.", shift=shift_id)
    return {str(name): value for name, value in found.iloc[0].to_dict().items()} | {SHIFT_ID: int(shift_id)}


def _authorize_swap(uow: UnitOfWork, principal: Principal, shift: _Row, to_worker: str) -> None:
    grid = str(shift[GRID_CODE])
    if may(principal, "plan_duty", grid):
        return
    if principal.login != shift[WORKER_KEY] or not may(principal, "view_duty", grid):
        authorize(principal, "plan_duty", grid)
    colleagues = set(uow.assignments.read(grid_codes=[grid])[WORKER_KEY])
    listed = uow.duty.shifts(grid_codes=[grid], starts=shift[STARTS_AT], ends=shift[ENDS_AT])
    backups = set(listed.loc[listed[DUTY_ROLE] == BACKUP, WORKER_KEY])
    if to_worker not in colleagues | backups:
        raise NotAllowedError(
            "{login} may hand this shift only to somebody assigned to grid {grid} or on its list as backup. Ask a coordinator otherwise.",
            login=principal.login,
            grid=grid,
        )


def _take(uow: UnitOfWork, principal: Principal, shift: _Row, expected_version: int, zone: ZoneInfo, at: datetime) -> None:
    """Withdraw a shift as whoever saw it last, or say who was quicker."""
    number = int(shift[SHIFT_ID])
    if not uow.duty.withdraw_shift(number, expected_version=expected_version, author=principal.login, at=at):
        raise _lost(uow, number, zone)
    if shift[ENDS_AT] <= at:
        raise InputError("This shift is over; what was cannot be handed over.")


def _lost(uow: UnitOfWork, number: int, zone: ZoneInfo) -> ConflictError:
    """Who has a shift that somebody else changed meanwhile."""
    now = _read(uow, number)
    while True:
        heirs = uow.duty.shifts(replacing=[int(now[SHIFT_ID])], with_withdrawn=True)
        heirs = heirs[heirs[ENDS_AT] > heirs["created_at"]]  # without what was done already
        if not len(heirs):
            break
        now = {str(name): value for name, value in heirs.sort_values([STARTS_AT, SHIFT_ID]).iloc[-1].to_dict().items()}
    is_live = pd.isna(now["withdrawn_at"])
    if is_live and int(now[SHIFT_ID]) != number:
        facts = {"worker": now[WORKER_KEY], "since": local_text(now["created_at"], zone), "author": now["author"]}
        return ConflictError("Shift {shift} was handed over meanwhile: {worker} has it since {since} (by {author}). Load it again.", shift=number, **facts)
    if is_live:
        facts = {"worker": now[WORKER_KEY], "version": now["version"]}
        return ConflictError("Shift {shift} is still with {worker}; its version is {version}. Load it again.", shift=number, **facts)
    facts = {"since": local_text(now["withdrawn_at"], zone), "author": now["withdrawn_by"]}
    return ConflictError("Shift {shift} was taken off the list meanwhile, at {since} by {author}. Load the list again.", shift=number, **facts)


def _handed(shift: _Row, to_worker: str, note: str, at: datetime) -> NewShift:
    """What is to come of a shift, for another worker."""
    begins = max(shift[STARTS_AT].to_pydatetime(), at)
    return replace(_piece(shift, begins, shift[ENDS_AT].to_pydatetime()), worker_key=to_worker, note=note)


def _piece(shift: _Row, begins: datetime, ends: datetime) -> NewShift:
    role, worker = str(shift[DUTY_ROLE]), str(shift[WORKER_KEY])
    return NewShift(str(shift[GRID_CODE]), str(shift[COMMUNITY_CODE]), role, worker, begins, ends, str(shift["note"]), int(shift[SHIFT_ID]))


def _keep_done(uow: UnitOfWork, shift: _Row, at: datetime) -> None:
    """Of a shift that runs, what was done stays with who did it."""
    begins = shift[STARTS_AT].to_pydatetime()
    if begins < at:
        uow.duty.add_shifts([_piece(shift, begins, at)], author=str(shift["author"]), at=at)


def _put_instead(uow: UnitOfWork, principal: Principal, shift: _Row, handed: NewShift, zone: ZoneInfo, at: datetime) -> int:
    _keep_done(uow, shift, at)
    require_free(uow, [handed], zone)
    return uow.duty.add_shifts([handed], author=principal.login, at=at)[0]


def _give_up_backup(uow: UnitOfWork, principal: Principal, handed: NewShift, at: datetime) -> None:
    """Whoever becomes primary is not backup of the same grid at that time any more."""
    if handed.duty_role != PRIMARY:
        return
    listed = uow.duty.shifts(grid_codes=[handed.grid_code], worker_keys=[handed.worker_key], starts=handed.starts_at, ends=handed.ends_at)
    for row in listed[listed[DUTY_ROLE] == BACKUP].to_dict("records"):
        shift = {str(name): value for name, value in row.items()}
        if not uow.duty.withdraw_shift(int(shift[SHIFT_ID]), expected_version=int(shift["version"]), author=principal.login, at=at):
            raise ConflictError("The list of grid {grid} is being changed by somebody else. Load it again.", grid=handed.grid_code)
        whole = (shift[STARTS_AT].to_pydatetime(), shift[ENDS_AT].to_pydatetime())
        left = cut_out(whole, [(handed.starts_at, handed.ends_at)])
        uow.duty.add_shifts([_piece(shift, *period) for period in left], author=str(shift["author"]), at=at)
