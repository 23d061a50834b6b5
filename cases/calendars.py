"""When an office works: shifts per weekday, and days that are off or worked against the weekday.

A moment is working time when a clock on the office wall reads a time inside a shift of a working day; a shift begins at
its start and ends just before its end. Where the wall clock jumps (summer time), times that are skipped do not count and
times that come twice count twice. A year whose holidays are not known is refused, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contracts.errors import InputError
from contracts.reference import reference_table

Shift = tuple[time, time]  # local start and end; an end of 00:00 is midnight at the end of the day
Span = tuple[datetime, datetime]  # UTC, end exclusive

_FARTHEST_OFFSET = timedelta(hours=25)  # Python keeps offsets below 24 hours
_ONE_DAY = timedelta(days=1)
_WEEKDAYS = range(1, 8)


@cache
def _default_shifts() -> Mapping[int, tuple[Shift, ...]]:
    shifts: dict[int, tuple[Shift, ...]] = {}
    for row in reference_table("calendar_shifts").to_dict("records"):
        weekday = int(row["weekday"])
        shifts[weekday] = (*shifts.get(weekday, ()), (time.fromisoformat(row["starts"]), time.fromisoformat(row["ends"])))
    return shifts


@dataclass(frozen=True)
class WorkingCalendar:
    """The working time of an office.

    Parameters
    ----------
    tz
        Zone of the wall clock, or its name ("Asia/Shanghai").
    shifts
        ISO weekday (1 = Monday) -> shifts of that day in order. Default: ``data/reference/calendar_shifts.csv``.
    days
        Date -> whether it is worked, for each day that differs from its weekday: holidays and make-up days.
    years
        Years whose ``days`` are complete. Default: the years that ``days`` mentions.
    makeup_shifts
        Shifts of a make-up day whose weekday has none. Default: those of the first working weekday.

    Raises
    ------
    InputError
        Where a shift is empty, overlaps another or names no weekday, or nobody ever works.
    """

    tz: tzinfo | str = "Asia/Shanghai"
    shifts: Mapping[int, tuple[Shift, ...]] = field(default_factory=_default_shifts)
    days: Mapping[date, bool] = field(default_factory=dict)
    years: frozenset[int] | None = None
    makeup_shifts: tuple[Shift, ...] | None = None

    def __post_init__(self) -> None:
        shifts = {weekday: _require_shifts(weekday, given) for weekday, given in sorted(self.shifts.items()) if given}
        if not shifts:
            raise InputError("A working calendar needs at least one weekday with a shift.")
        first = next(iter(shifts.values()))
        makeup = first if self.makeup_shifts is None else _require_shifts(1, self.makeup_shifts)
        years = {day.year for day in self.days} if self.years is None else self.years
        settled = {"tz": _zone(self.tz), "shifts": shifts, "days": dict(self.days), "years": frozenset(years), "makeup_shifts": makeup}
        for name, value in settled.items():
            object.__setattr__(self, name, value)

    @property
    def zone(self) -> tzinfo:
        """The zone of the wall clock."""
        return _zone(self.tz)

    def is_workday(self, day: date) -> bool:
        """Whether the day is worked.

        Raises
        ------
        InputError
            Where holidays of that year are not known.
        """
        if day in self.days:
            return self.days[day]
        if self.years is None or day.year not in self.years:
            raise InputError(
                "The working calendar has no holidays for {year}, so a working time that touches {day} cannot be told. Import the calendar of {year} first.",
                year=day.year,
                day=day.isoformat(),
            )
        return day.isoweekday() in self.shifts

    def day_spans(self, day: date) -> list[Span]:
        """Working time of one local day in order, empty for a day off."""
        if not self.is_workday(day):
            return []
        shifts = self.shifts.get(day.isoweekday(), self.makeup_shifts or ())
        return sorted(span for shift in shifts for span in _wall_spans(day, shift, self.zone))

    def workdays_from(self, day: date) -> Iterator[list[Span]]:
        """Working time of each working day from ``day`` on, one list a day; ends by the refusal of an unknown year."""
        while True:
            if spans := self.day_spans(day):
                yield spans
            day += _ONE_DAY


@cache
def china_calendar() -> WorkingCalendar:
    """Public holidays and make-up working days of China with the default shifts, from ``calendar_cn.csv`` and ``calendar_cn_years.csv``."""
    rows = reference_table("calendar_cn").to_dict("records")
    days = {date.fromisoformat(row["day"]): row["is_workday"] == "yes" for row in rows}
    years = frozenset(int(year) for year in reference_table("calendar_cn_years")["year"])
    return WorkingCalendar(days=days, years=years)


def _zone(tz: tzinfo | str) -> tzinfo:
    if isinstance(tz, tzinfo):
        return tz
    try:
        return ZoneInfo(tz)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InputError("{tz} is no time zone. Give a name such as Asia/Shanghai.", tz=tz) from error


def _require_shifts(weekday: int, shifts: tuple[Shift, ...]) -> tuple[Shift, ...]:
    if weekday not in _WEEKDAYS:
        raise InputError("Shifts are given for weekday {weekday}; weekdays run from 1 (Monday) to 7 (Sunday).", weekday=weekday)
    for starts, ends in shifts:
        if ends <= starts and ends != time(0):
            raise InputError(
                "A shift runs from {starts} to {ends}, so it ends before it begins. Split a night shift at midnight (00:00).",
                starts=starts.isoformat(),
                ends=ends.isoformat(),
            )
    ordered = tuple(sorted(shifts))
    for (_, ends), (starts, _) in pairwise(ordered):
        if ends > starts or ends == time(0):
            raise InputError("Two shifts of weekday {weekday} overlap at {starts}.", weekday=weekday, starts=starts.isoformat())
    return ordered


def _wall_spans(day: date, shift: Shift, zone: tzinfo) -> Iterator[Span]:
    """The real time in which the wall clock reads a time of the shift: one span, or two where the clock is set back inside it."""
    opens, closes = datetime.combine(day, shift[0], UTC), datetime.combine(day, shift[1], UTC)
    if shift[1] == time(0):
        closes += _ONE_DAY
    for begins, ends, offset in _constant_offsets(opens - _FARTHEST_OFFSET, closes + _FARTHEST_OFFSET, zone):
        start, end = max(begins, opens - offset), min(ends, closes - offset)
        if start < end:
            yield start, end


def _constant_offsets(begins: datetime, ends: datetime, zone: tzinfo) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """The time between two UTC moments cut where the zone's offset changes; at most one change in a few days is looked for."""
    before, after = _offset(begins, zone), _offset(ends, zone)
    if before == after:
        yield begins, ends, before
        return
    low, high = 0, int((ends - begins).total_seconds())
    while high - low > 1:  # the change is in (low, high] seconds after begins
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(begins + timedelta(seconds=middle), zone) == before else (low, middle)
    change = begins + timedelta(seconds=high)
    yield begins, change, before
    yield change, ends, after


def _offset(moment: datetime, zone: tzinfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()
