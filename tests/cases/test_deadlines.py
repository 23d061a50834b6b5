"""Deadlines by hand, laws, and refusals."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.calendars import WorkingCalendar, china_calendar
from cases.deadlines import add_working_time, light, unit_name, working_time_between
from contracts.errors import InputError
from contracts.reference import reference_table

GOLDEN = list(csv.DictReader((Path(__file__).parent / "golden_deadlines.csv").open(encoding="utf-8")))
MONDAY = datetime.fromisoformat("2024-05-06T08:00+08:00")
BERLIN = ZoneInfo("Europe/Berlin")
NAIVE = MONDAY.replace(tzinfo=None)
MOMENTS = st.integers(-400 * 86400, 400 * 86400).map(lambda seconds: MONDAY + timedelta(seconds=seconds))


@pytest.mark.parametrize("row", GOLDEN, ids=[row["why"] for row in GOLDEN])
def test_golden_deadline(row: dict[str, str], china: WorkingCalendar) -> None:
    start, due = datetime.fromisoformat(row["start"]), datetime.fromisoformat(row["due"])
    assert (start.strftime("%a"), due.strftime("%a")) == (row["start_weekday"], row["due_weekday"])
    found = add_working_time(start, float(row["amount"]), row["unit"], china)
    assert (found, found.utcoffset()) == (due, start.utcoffset())


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("minute", "urgent_minute"),
        ("Day", "urgent_day"),
        ("work day", "work_day"),
        ("Working-Days", "work_day"),
        ("工作日", "work_day"),
        ("紧急工作时", "urgent_hour"),
    ],
)
def test_units_have_synonyms(name: str, unit: str) -> None:
    assert unit_name(name) == unit


def test_no_synonym_means_two_units() -> None:
    table = reference_table("time_units")
    names = [name for row in table.to_dict("records") for name in (row["unit"], row["zh"], *row["synonyms"].split())]
    assert len(names) == len(set(names))


@settings(max_examples=150, deadline=None)
@given(MOMENTS, st.integers(1, 3000))
def test_working_time_to_the_deadline_is_the_limit(start: datetime, amount: int) -> None:
    due = add_working_time(start, amount, "work_minute", china_calendar())
    assert working_time_between(start, due, china_calendar()) == timedelta(minutes=amount)


@settings(max_examples=150, deadline=None)
@given(MOMENTS, MOMENTS, st.integers(0, 12), st.integers(0, 12), st.sampled_from(["work_hour", "work_day", "urgent_hour"]))
def test_later_start_and_longer_limit_are_never_due_earlier(one: datetime, other: datetime, few: int, more: int, unit: str) -> None:
    one, other = sorted((one, other))
    few, more = sorted((few, more))
    assert add_working_time(one, few, unit, china_calendar()) <= add_working_time(other, more, unit, china_calendar())


@pytest.mark.parametrize(("day", "hours"), [("2024-03-30", 6), ("2024-03-31", 5), ("2024-10-27", 7)])
def test_a_night_shift_is_as_long_as_the_night(day: str, hours: int) -> None:
    night = WorkingCalendar(tz=BERLIN, shifts={n: ((time(0), time(6)),) for n in range(1, 8)}, years=frozenset({2024}))
    start = datetime.fromisoformat(day).replace(tzinfo=BERLIN)
    assert add_working_time(start, hours, "work_hour", night) == start.replace(hour=6)
    assert add_working_time(start, 1, "work_day", night) == start.replace(hour=6)


def test_a_shift_that_ends_inside_the_hour_that_comes_twice_counts_both() -> None:
    night = WorkingCalendar(tz=BERLIN, shifts={7: ((time(1), time(2, 30)),)}, years=frozenset({2024}))
    start, end = datetime(2024, 10, 27, tzinfo=BERLIN), datetime(2024, 10, 27, 5, tzinfo=BERLIN)
    assert working_time_between(start, end, night) == timedelta(hours=2)


def test_a_running_day_is_24_hours_over_summer_time(china: WorkingCalendar) -> None:
    start = datetime(2024, 3, 30, 12, tzinfo=BERLIN)
    assert add_working_time(start, 1, "urgent_day", china) == datetime(2024, 3, 31, 13, tzinfo=BERLIN)


def test_the_place_is_cut_to_a_shorter_day() -> None:
    day, half = ((time(8), time(16)),), ((time(8), time(12)),)
    calendar = WorkingCalendar(tz="UTC", shifts={4: day, 5: half}, years=frozenset({2024}))
    thursday = datetime(2024, 5, 9, 15, tzinfo=UTC)
    assert add_working_time(thursday, 1, "work_day", calendar) == datetime(2024, 5, 10, 12, tzinfo=UTC)


def test_closing_time_is_the_beginning_of_the_next_working_day() -> None:
    day, half = ((time(8), time(16)),), ((time(8), time(12)),)
    calendar = WorkingCalendar(tz="UTC", shifts={4: half, 5: day}, years=frozenset({2024}))
    closing = datetime(2024, 5, 9, 12, tzinfo=UTC)
    due = [add_working_time(closing + timedelta(minutes=late), 1, "work_day", calendar) for late in (0, 1)]
    assert due == [datetime(2024, 5, 10, 16, tzinfo=UTC)] * 2


def test_around_the_clock_shift_runs_to_midnight() -> None:
    calendar = WorkingCalendar(tz="UTC", shifts={n: ((time(0), time(0)),) for n in range(1, 8)}, years=frozenset({2024}))
    start = datetime(2024, 5, 9, 15, tzinfo=UTC)
    assert add_working_time(start, 30, "work_hour", calendar) == start + timedelta(hours=30)
    assert add_working_time(start, 2, "work_day", calendar) == start + timedelta(days=2)


def test_numbers_and_moments_of_other_libraries_are_welcome(china: WorkingCalendar) -> None:
    start = pd.Timestamp("2024-05-06 08:00", tz="Asia/Shanghai")
    assert add_working_time(start, np.int64(1), "work_hour", china) == start + timedelta(hours=1)


@pytest.mark.parametrize(
    ("start", "amount", "unit"),
    [
        (NAIVE, 1, "work_hour"),
        (pd.NaT, 1, "work_hour"),
        (MONDAY, -1, "work_hour"),
        (MONDAY, -1, "urgent_minute"),
        (MONDAY, float("nan"), "work_hour"),
        (MONDAY, True, "work_day"),
        (MONDAY, "3", "work_day"),
        (MONDAY, 0.5, "work_day"),
        (MONDAY, 1, "fortnight"),
        (MONDAY, 1, None),
        (MONDAY, 10**12, "urgent_day"),
        (MONDAY, 10**5, "work_day"),
    ],
)
def test_bad_input_is_refused(start: datetime, amount: float, unit: str, china: WorkingCalendar) -> None:
    with pytest.raises(InputError):
        add_working_time(start, amount, unit, china)


@pytest.mark.parametrize("start", ["2017-12-31T23:00+08:00", "2026-12-31T17:30+08:00", "2031-05-06T09:00+08:00"])
def test_a_year_without_holidays_is_refused_by_name(start: str, china: WorkingCalendar) -> None:
    with pytest.raises(InputError, match=r"no holidays for (2017|2027|2031)"):
        add_working_time(datetime.fromisoformat(start), 1, "work_hour", china)


def test_an_unknown_year_does_not_matter_before_it_begins_or_to_a_running_clock(china: WorkingCalendar) -> None:
    start = datetime.fromisoformat("2026-12-31T17:30+08:00")
    assert add_working_time(start, 30, "work_minute", china) == start + timedelta(minutes=30)
    assert add_working_time(start, 30, "urgent_hour", china) == start + timedelta(hours=30)


def test_one_row_of_a_city_does_not_make_a_year_known(china: WorkingCalendar) -> None:
    local = WorkingCalendar(days={**china.days, date(2027, 1, 1): False}, years=china.years)
    with pytest.raises(InputError, match="2027"):
        local.is_workday(date(2027, 1, 4))


@pytest.mark.parametrize(
    ("clock", "colour"), [("07:59", "green"), ("08:00", "green"), ("16:23", "green"), ("16:24", "amber"), ("18:00", "amber"), ("18:01", "red")]
)
def test_lights_of_a_day_in_working_time(clock: str, colour: str, china: WorkingCalendar) -> None:
    now, due = datetime.fromisoformat(f"2024-05-06T{clock}+08:00"), datetime.fromisoformat("2024-05-06T18:00+08:00")
    assert light(now, MONDAY, due, china) == colour


def test_a_case_is_overdue_at_night_too(china: WorkingCalendar) -> None:
    due = datetime.fromisoformat("2024-05-17T18:00+08:00")
    assert light(due + timedelta(hours=5), MONDAY, due, china) == "red"


def test_lights_of_a_running_clock() -> None:
    due = MONDAY + timedelta(hours=10)
    assert [light(MONDAY + timedelta(hours=hours), MONDAY, due, None) for hours in (7, 8, 10, 11)] == ["green", "amber", "amber", "red"]


def test_no_time_at_all_is_amber() -> None:
    assert light(MONDAY, MONDAY, MONDAY, None) == "amber"


@pytest.mark.parametrize(("start", "due"), [(MONDAY, MONDAY - timedelta(hours=1)), (MONDAY, NAIVE), (NAIVE, MONDAY)])
def test_lights_refuse_bad_moments(start: datetime, due: datetime, china: WorkingCalendar) -> None:
    with pytest.raises(InputError):
        light(MONDAY, start, due, china)


def test_working_time_is_never_negative(china: WorkingCalendar) -> None:
    with pytest.raises(InputError):
        working_time_between(MONDAY, MONDAY - timedelta(hours=1), china)
    assert working_time_between(MONDAY, MONDAY, china) == timedelta()
