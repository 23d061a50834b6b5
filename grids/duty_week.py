"""Local time made into moments: weekly duty, and the term of a worker.

One rule holds wherever clocks jump: *a local time means the first moment at which the wall clock shows it or a later time*.
A time that comes twice is its first coming; a time that is skipped is the moment of the jump. Two shifts that meet at a
local time therefore meet at one moment: no hole and no overlap arises from a change of the clocks. A shift that lies
wholly in a skipped hour has no length and is left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contracts.errors import InputError

Period = tuple[datetime, datetime]  # UTC; it holds from the first to just before the second

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_WEEKDAYS = "1234567"


@dataclass(frozen=True)
class WeeklyDuty:
    """A time of day on some weekdays (1 = Monday). An end at or before the start is on the next day; 00:00 is midnight."""

    weekdays: frozenset[int]
    starts: time
    ends: time


def zone_named(name: str) -> ZoneInfo:
    """The time zone of this name.

    Raises
    ------
    InputError
        There is no such zone.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InputError("{tz} is no time zone. Give a name such as Asia/Shanghai.", tz=name) from error


def moment_of(local: datetime, zone: ZoneInfo) -> datetime:
    """The UTC moment of a local time without a zone, by the rule of this module."""
    first = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == local:
        return first
    before, after = local.replace(tzinfo=zone, fold=1).astimezone(UTC), first  # the jump is in (before, after]
    while after - before > _SECOND:
        middle = before + (after - before) // 2
        before, after = (before, middle) if middle.astimezone(zone).replace(tzinfo=None) >= local else (middle, after)
    return after.replace(microsecond=0)


def weekly_periods(duty: WeeklyDuty, *, first_day: date, last_day: date, zone: ZoneInfo) -> list[Period]:
    """The periods of a weekly duty that begin on the days from ``first_day`` to ``last_day``, both included, in order.

    Raises
    ------
    InputError
        The last day is before the first.
    """
    if last_day < first_day:
        raise InputError("The last day ({last}) is before the first ({first}).", last=last_day.isoformat(), first=first_day.isoformat())
    days = (first_day + _DAY * number for number in range((last_day - first_day).days + 1))
    periods = [_period(duty, day, zone) for day in days if day.isoweekday() in duty.weekdays]
    return [(starts, ends) for starts, ends in periods if starts < ends]


def term_moments(term_from: date | None, term_to: date | None, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    """The first moment of a term and the first after it; ``None`` where it is open."""
    starts = None if term_from is None else moment_of(datetime.combine(term_from, time(0)), zone)
    ends = None if term_to is None else moment_of(datetime.combine(term_to + _DAY, time(0)), zone)
    return starts, ends


def is_in_term(at: datetime, term_from: date | None, term_to: date | None, zone: ZoneInfo) -> bool:
    """Whether a moment lies in a term whose first and last day both count."""
    starts, ends = term_moments(term_from, term_to, zone)
    return (starts is None or starts <= at) and (ends is None or at < ends)


def weekdays_of(text: str) -> frozenset[int]:
    """Weekdays written as numbers, 1 = Monday: ``1-5``, ``6,7``, ``1-3,5``.

    Raises
    ------
    InputError
        Anything else.
    """
    found: set[int] = set()
    for part in text.replace(" ", "").split(","):
        first, _, last = part.partition("-")
        last = last or first
        if first not in tuple(_WEEKDAYS) or last not in tuple(_WEEKDAYS) or last < first:
            raise InputError("{text} names no weekdays. Write numbers from 1 (Monday) to 7 (Sunday), as in 1-5 or 6,7.", text=text)
        found |= set(range(int(first), int(last) + 1))
    return frozenset(found)


def time_of_day(text: str) -> time:
    """A time as ``8:30`` or ``08:30``; ``24:00`` is midnight.

    Raises
    ------
    InputError
        Anything else.
    """
    try:
        return time.fromisoformat("00:00" if text == "24:00" else text.zfill(5)).replace(tzinfo=None)
    except ValueError as error:
        raise InputError("{text} is no time of day. Write it as 08:30.", text=text) from error


def local_moment(text: str, zone: ZoneInfo) -> datetime:
    """The moment of a local time written as ``2026-12-01 08:30``; a day alone is its beginning, a text with an offset stands for itself.

    Raises
    ------
    InputError
        The text is no time.
    """
    try:
        said = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError("{text} is no date and time. Write it as 2026-12-01 08:30.", text=text) from error
    return moment_of(said, zone) if said.tzinfo is None else said.astimezone(UTC)


def cut_out(period: Period, holes: Iterable[Period]) -> list[Period]:
    """What is left of a period without others, in order."""
    left, begins = [], period[0]
    for starts, ends in sorted(holes):
        if begins < min(starts, period[1]):
            left.append((begins, min(starts, period[1])))
        begins = max(begins, ends)
    return left + ([(begins, period[1])] if begins < period[1] else [])


def _period(duty: WeeklyDuty, day: date, zone: ZoneInfo) -> Period:
    last = day if duty.ends > duty.starts else day + _DAY
    return moment_of(datetime.combine(day, duty.starts), zone), moment_of(datetime.combine(last, duty.ends), zone)
