"""Deadlines on three clocks: one that runs all day, one that runs in working time, and one that counts working days.

**Running units** (``urgent_*``; also ``minute``, ``hour``, ``day``) are plain elapsed time, a day being 24 hours.

**Working units** (``work_minute``, ``work_hour``) are elapsed working time of the calendar. The due moment is the
*earliest* at which it has elapsed: four hours from 08:00 end at 12:00, not at 14:00 when the next shift begins.

**Working days**: the same place on the working clock that many working days later. The place is the working time done
since the day's first shift. So 09:30 on Monday plus one is 09:30 on Tuesday. A start outside working time (night, day off,
before the first shift, after the last) stands at the beginning of the next working day, and a whole day from there
ends with that day: Saturday plus one is Monday 18:00. In the lunch break the morning is done: one more day ends at noon.
With equal shifts every day, N working days are exactly N times a day's working minutes. Where days differ in length, the
place is kept and cut to the length of the day it falls on.

An amount of zero gives the start back. All names of units: ``data/reference/time_units.csv``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import chain, islice
from numbers import Real

from cases.calendars import Span, WorkingCalendar, china_calendar
from contracts.errors import InputError
from contracts.reference import reference_table

__all__ = ["WorkingCalendar", "add_working_time", "china_calendar", "light", "unit_name", "working_time_between"]

_ZERO = timedelta()
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class _Unit:
    name: str
    clock: str  # all_day, working, working_day
    length: timedelta


def add_working_time(start: datetime, amount: float, unit: str, calendar: WorkingCalendar) -> datetime:
    """The moment at which ``amount`` of ``unit`` has passed since ``start``.

    Parameters
    ----------
    start
        Zone-aware moment the clock starts at.
    amount
        How many units, >= 0; parts of minutes and hours are allowed, working days are whole.
    unit
        Name or synonym of a unit, see the module.
    calendar
        Working time of the office; running units do not ask it.

    Returns
    -------
        The due moment in the zone of ``start``.

    Raises
    ------
    InputError
        For a start without zone, an unknown unit, a negative, broken or too large amount, or a year without holidays.
    """
    _require_zone("start", start)
    rule = _unit(unit)
    number = _require_amount(amount, rule)

    begin = start.astimezone(UTC)
    try:
        due = _due(begin, number, rule, calendar)
    except OverflowError as error:
        raise InputError("{amount} {unit} is too long for a calendar.", amount=amount, unit=unit) from error
    return due.astimezone(start.tzinfo)


def working_time_between(start: datetime, end: datetime, calendar: WorkingCalendar) -> timedelta:
    """Working time from ``start`` to ``end``, both zone-aware; a day's end and the next day's beginning are the same place.

    Raises
    ------
    InputError
        Where a moment has no zone, ``end`` is before ``start``, or a year between them has no holidays.
    """
    _require_zone("start", start)
    _require_zone("end", end)
    _require_order("end", start, end)

    begin, until = start.astimezone(UTC), end.astimezone(UTC)
    spans = chain.from_iterable(calendar.day_spans(day) for day in _local_days(begin, until, calendar))
    return sum((_overlap(span, begin, until) for span in spans), _ZERO)


def light(now: datetime, start: datetime, due: datetime, calendar: WorkingCalendar | None) -> str:
    """``green``, ``amber`` or ``red``: how much of the time from ``start`` to ``due`` is used.

    Red strictly after ``due``; amber from the share in ``data/reference/case_lights.csv`` (0.8) up to and at ``due``;
    green below. Time is working time of ``calendar``, or runs all day where that is ``None``. Where there is no time at
    all between start and due, every moment up to due is amber, and before the start it is green.

    Raises
    ------
    InputError
        Where a moment has no zone, ``due`` is before ``start``, or a year between them has no holidays.
    """
    for name, moment in (("now", now), ("start", start), ("due", due)):
        _require_zone(name, moment)
    _require_order("due", start, due)

    if now > due:
        return "red"
    if now < start:
        return "green"
    used, total = _elapsed(start, now, calendar), _elapsed(start, due, calendar)
    return "amber" if used >= total * _amber_from() else "green"


def unit_name(unit: str) -> str:
    """The name of a unit for one of its synonyms; case, spaces and hyphens do not matter.

    Raises
    ------
    InputError
        Where no unit is called so.
    """
    return _unit(unit).name


def _due(begin: datetime, amount: float, rule: _Unit, calendar: WorkingCalendar) -> datetime:
    if amount == 0:
        return begin
    if rule.clock == "all_day":
        return begin + rule.length * amount
    if rule.clock == "working":
        days = calendar.workdays_from(_local_day(begin, calendar))
        return _after(begin, rule.length * amount, chain.from_iterable(days))
    return _days_later(begin, int(amount), calendar)


def _days_later(begin: datetime, count: int, calendar: WorkingCalendar) -> datetime:
    for spans in calendar.workdays_from(_local_day(begin, calendar)):
        if spans[-1][1] > begin:  # the first working day that is not over
            break
    done = sum((_overlap(span, spans[0][0], begin) for span in spans), _ZERO)
    place = _ONE_DAY * 2 if done == _ZERO else done  # longer than any day: its end
    steps = count - 1 if done == _ZERO else count
    first_day = _local_day(spans[0][0], calendar)
    target = next(islice(calendar.workdays_from(first_day), steps, None))
    length = sum((end - start for start, end in target), _ZERO)
    return _after(target[0][0], min(place, length), iter(target))


def _after(begin: datetime, length: timedelta, spans: Iterator[Span]) -> datetime:
    """The earliest moment at which ``length`` of the spans has passed since ``begin``; the spans hold at least that much."""
    left, span = length, next(spans)
    while left > (usable := _overlap(span, begin, span[1])):
        left, span = left - usable, next(spans)
    return max(span[0], begin) + left


def _overlap(span: Span, begin: datetime, until: datetime) -> timedelta:
    return max(min(span[1], until) - max(span[0], begin), _ZERO)


def _elapsed(start: datetime, end: datetime, calendar: WorkingCalendar | None) -> timedelta:
    if calendar is None:
        return end.astimezone(UTC) - start.astimezone(UTC)
    return working_time_between(start, end, calendar)


def _local_day(moment: datetime, calendar: WorkingCalendar) -> date:
    return moment.astimezone(calendar.zone).date()


def _local_days(begin: datetime, until: datetime, calendar: WorkingCalendar) -> Iterator[date]:
    day, last = _local_day(begin, calendar), _local_day(until, calendar)
    while day <= last:
        yield day
        day += _ONE_DAY


@cache
def _units() -> dict[str, _Unit]:
    units: dict[str, _Unit] = {}
    for row in reference_table("time_units").to_dict("records"):
        unit = _Unit(row["unit"], row["clock"], timedelta(minutes=int(row["minutes"] or 0)))
        units |= dict.fromkeys((row["unit"], row["zh"], *row["synonyms"].split()), unit)
    return units


@cache
def _amber_from() -> float:
    rows = reference_table("case_lights").to_dict("records")
    return float(next(row["from_share"] for row in rows if row["light"] == "amber"))


def _unit(unit: str) -> _Unit:
    found = _units().get(unit.strip().casefold().replace(" ", "_").replace("-", "_")) if isinstance(unit, str) else None
    if found is None:
        known = ", ".join(sorted({known.name for known in _units().values()}))
        raise InputError("{unit} is no unit of time limits. Use one of: {known}.", unit=unit, known=known)
    return found


def _require_amount(amount: float, rule: _Unit) -> float:
    """The amount as a plain number; counts out of an array are welcome."""
    if isinstance(amount, bool) or not isinstance(amount, Real) or not math.isfinite(amount):
        raise InputError("A time limit needs a number of {unit}; {amount} is none.", unit=rule.name, amount=amount)
    if amount < 0:
        raise InputError("A time limit cannot be negative: {amount} {unit}.", amount=amount, unit=rule.name)
    if rule.clock == "working_day" and amount != int(amount):
        raise InputError("Working days are counted whole; {amount} is not. Give the limit in working hours.", amount=amount)
    return int(amount) if amount == int(amount) else float(amount)


def _require_zone(name: str, moment: datetime) -> None:
    if not isinstance(moment, datetime) or moment.tzinfo is None or moment.utcoffset() is None:
        raise InputError("{name} needs a date and time with a time zone; {moment} has none.", name=name, moment=moment)


def _require_order(name: str, start: datetime, end: datetime) -> None:
    if end < start:
        raise InputError("{name} ({end}) is before the start ({start}).", name=name, end=end.isoformat(), start=start.isoformat())
