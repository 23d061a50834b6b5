"""``./wangge duty ...``: plan duty and leave, hand shifts over, ask who is responsible, list the holes. Times are local to the city."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from contracts.errors import InputError
from contracts.messages import Message
from grids.duty_week import Period, WeeklyDuty, local_moment, time_of_day, weekdays_of
from services.access import SYSTEM
from services.duty_facts import city_zone, local_text
from services.ports import UnitOfWork
from views.terminal import Db, Json, Report, errors_spoken, now, print_json, speak, tell, units

duty = typer.Typer(no_args_is_help=True, help="Who is on duty when; times are local to the city.")

Area = Annotated[str, typer.Option("--area", help="Code of an area or a grid; without it, everywhere.")]
Starts = Annotated[str, typer.Option("--from", help="Local time, as 2026-12-01 08:30.")]
Ends = Annotated[str, typer.Option("--to", help="Local time; the period ends just before it.")]
Note = Annotated[str, typer.Option("--note", help="For whoever takes over.")]
Version = Annotated[int, typer.Option("--version", help="Version of the shift as you saw it.")]
At = Annotated[str, typer.Option("--at", help="Local time; without it, now.")]


@duty.command("week")
def duty_week(
    grid: Annotated[list[str], typer.Option("--grid", help="Code of a grid; may be repeated.")],
    days: Annotated[str, typer.Option(help="Weekdays, 1 = Monday: 1-5 or 6,7.")],
    hours: Annotated[str, typer.Option(help="From-to, as 8:30-17:30; an end before the start is on the next day.")],
    first: Annotated[str, typer.Option(help="First day, as 2026-12-01.")],
    last: Annotated[str, typer.Option(help="Last day.")],
    primary: Annotated[str, typer.Option(help="Key of the worker who answers first.")] = "",
    backup: Annotated[str, typer.Option(help="Key of the worker who answers otherwise.")] = "",
    note: Note = "",
    db: Db = "",
    json: Json = False,
) -> None:
    """Put the same hours of some weekdays on the list."""
    from services.duty import DutyWeek, plan_week

    def act(uow: UnitOfWork, _: ZoneInfo) -> Report:
        opens, closes = (hours.split("-") + [""])[:2]
        week = WeeklyDuty(weekdays_of(days), time_of_day(opens.strip()), time_of_day(closes.strip()))
        return plan_week(uow, SYSTEM, DutyWeek(tuple(grid), week, _day(first), _day(last), primary, backup, note), at=now())

    _report(act, db, json)


@duty.command("shift")
def duty_shift(
    grid: str,
    worker: str,
    starts: Starts,
    ends: Ends,
    role: Annotated[str, typer.Option(help="primary or backup")] = "primary",
    note: Note = "",
    db: Db = "",
    json: Json = False,
) -> None:
    """Put one shift on the list."""
    from services.duty import add_shift

    _report(lambda uow, zone: add_shift(uow, SYSTEM, grid, worker, _period(starts, ends, zone), duty_role=role, note=note, at=now()), db, json)


@duty.command("leave")
def duty_leave(worker: str, starts: Starts, ends: Ends, reason: str = "", db: Db = "", json: Json = False) -> None:
    """Note that a worker is away, and say where nobody answers then."""
    from services.duty import add_leave

    _report(lambda uow, zone: add_leave(uow, SYSTEM, worker, _period(starts, ends, zone), reason=reason, at=now()), db, json)


@duty.command("back")
def duty_back(leave: int, db: Db = "", json: Json = False) -> None:
    """Take a leave back."""
    from services.duty import withdraw_leave

    def act(uow: UnitOfWork, _: ZoneInfo) -> dict[str, Any]:
        withdraw_leave(uow, SYSTEM, leave, at=now())
        return {"leave": leave}

    _done(act, Message("Leave {leave} is withdrawn.", {"leave": leave}), db, json)


@duty.command("swap")
def duty_swap(
    shift: int,
    note: Note,
    version: Version = 1,
    worker: Annotated[str, typer.Option("--to", help="Key of the worker who takes it.")] = "",
    other: Annotated[int | None, typer.Option("--with", help="Number of the shift to exchange it with.")] = None,
    db: Db = "",
    json: Json = False,
) -> None:
    """Hand a shift to another worker, or exchange it with another shift."""
    from services.duty_swaps import exchange_shifts, swap_shift

    def act(uow: UnitOfWork, _: ZoneInfo) -> dict[str, Any]:
        if (other is None) == (not worker):
            raise InputError("Say either --to WORKER or --with SHIFT.")
        if other is not None:
            return {"shifts": list(exchange_shifts(uow, SYSTEM, (shift, version), (other, 1), note=note, at=now()))}
        return {"shifts": [swap_shift(uow, SYSTEM, shift, expected_version=version, to_worker=worker, note=note, at=now())]}

    _done(act, Message("Shift {shift} is handed over.", {"shift": shift}), db, json)


@duty.command("withdraw")
def duty_withdraw(shift: int, note: Note, version: Version = 1, db: Db = "", json: Json = False) -> None:
    """Take what is to come of a shift off the list."""
    from services.duty_swaps import withdraw_shift

    def act(uow: UnitOfWork, _: ZoneInfo) -> dict[str, Any]:
        withdraw_shift(uow, SYSTEM, shift, expected_version=version, note=note, at=now())
        return {"shift": shift}

    _done(act, Message("Shift {shift} is off the list.", {"shift": shift}), db, json)


@duty.command("here")
def duty_here(lon: float, lat: float, at: At = "", db: Db = "", json: Json = False) -> None:
    """Who is responsible at a place (degrees)? Exit status 1 where nobody is."""
    from services.duty_answers import responsible_here

    with errors_spoken(json):
        uow = units(db)()
        found = responsible_here(uow, SYSTEM, lon, lat, at=local_moment(at, _zone(uow)) if at else now())
        tell(found, json)
    raise typer.Exit(0 if found.who else 1)


@duty.command("holes")
def duty_holes(area: Area = "", days: Annotated[int, typer.Option(min=1, max=366)] = 14, db: Db = "", json: Json = False) -> None:
    """When is nobody responsible in the coming days? Exit status 1 where there are such times."""
    from services.duty_lists import duty_holes as find

    with errors_spoken(json):
        report = find(units(db)(), SYSTEM, area_code=area, at=now(), days=days)
        tell(report, json)
    raise typer.Exit(1 if len(report.holes) else 0)


@duty.command("list")
def duty_list(area: Area = "", days: Annotated[int, typer.Option(min=1, max=366)] = 7, db: Db = "", json: Json = False) -> None:
    """Who is on the list in the coming days: number, version, grid, role, worker, from, to."""
    from services.duty_lists import duty_list as read

    with errors_spoken(json):
        uow = units(db)()
        zone, at = _zone(uow), now()
        table = read(uow, SYSTEM, area_code=area, starts=at, ends=at + timedelta(days=days))
        for column in ("starts_at", "ends_at"):
            table[column] = table[column].map(lambda moment: local_text(moment, zone))
        names = ("version", "grid_code", "duty_role", "worker_key", "name", "starts_at", "ends_at")
        rows = list(zip(table.index, *[table[name] for name in names], strict=True))
        if json:
            words = ("shift", "version", "grid", "role", "worker", "name", "from", "to")
            print_json({"shifts": [dict(zip(words, row, strict=True)) for row in rows]})
            return
        for row in rows:
            print("\t".join(map(str, row)))
        speak("{rows} shifts in the next {days} days.", rows=len(rows), days=days)


@duty.command("zone")
def duty_zone(name: str, db: Db = "", json: Json = False) -> None:
    """Say in which time zone the city lives, as Asia/Shanghai. Shifts on the list keep their moments."""
    from services.duty_facts import set_city_zone

    def act(uow: UnitOfWork, _: ZoneInfo) -> dict[str, Any]:
        set_city_zone(uow, SYSTEM, name, at=now())
        return {"time_zone": name}

    _done(act, Message("The city lives in {tz}.", {"tz": name}), db, json)


def _report(act: Callable[[UnitOfWork, ZoneInfo], Report], db: str, json: bool) -> None:
    with errors_spoken(json):
        uow = units(db)()
        tell(act(uow, _zone(uow)), json)


def _done(act: Callable[[UnitOfWork, ZoneInfo], dict[str, Any]], said: Message, db: str, json: bool) -> None:
    with errors_spoken(json):
        uow = units(db)()
        facts = act(uow, _zone(uow))
        speak(said.template, **said.details)
        if json:
            print_json(facts)


def _zone(uow: UnitOfWork) -> ZoneInfo:
    with uow:
        return city_zone(uow)


def _period(starts: str, ends: str, zone: ZoneInfo) -> Period:
    return local_moment(starts, zone), local_moment(ends, zone)


def _day(text: str) -> date:
    try:
        return datetime.fromisoformat(text).date()
    except ValueError as error:
        raise InputError("{text} is no day. Write it as 2026-12-01.", text=text) from error
