"""Calendars: what they refuse, and that China's agrees with two packages not written by us."""

from __future__ import annotations

import pickle
from datetime import date, time, timedelta

import chinese_calendar
import holidays
import pytest

from cases.calendars import WorkingCalendar
from contracts.errors import InputError
from contracts.reference import reference_table

YEARS = range(2018, 2027)
DAY = ((time(8), time(12)), (time(14), time(18)))
# holidays 0.86 keeps the May break of 2019 as first announced; it was lengthened in March 2019
UNREVISED = {date(2019, 4, 28), date(2019, 5, 2), date(2019, 5, 3), date(2019, 5, 5)}


def days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]


@pytest.mark.parametrize("year", YEARS)
def test_china_agrees_with_chinesecalendar(year: int, china: WorkingCalendar) -> None:
    assert [day for day in days_of(year) if china.is_workday(day) != chinese_calendar.is_workday(day)] == []


@pytest.mark.parametrize("year", YEARS)
def test_china_agrees_with_holidays(year: int, china: WorkingCalendar) -> None:
    package = holidays.country_holidays("CN", years=year)
    differing = {day for day in days_of(year) if china.is_workday(day) != package.is_working_day(day)}
    assert differing == {day for day in UNREVISED if day.year == year}


def test_the_years_of_the_table_are_the_years_checked(china: WorkingCalendar) -> None:
    assert china.years == frozenset(YEARS)


def test_each_calendar_row_names_its_weekday_once_and_its_source() -> None:
    table = reference_table("calendar_cn")
    assert table["day"].is_unique
    assert table["day"].is_monotonic_increasing
    assert [date.fromisoformat(day).strftime("%a") for day in table["day"]] == list(table["weekday"])
    assert set(table["is_workday"]) == {"yes", "no"}
    assert table[["holiday_zh", "holiday_en", "source", "certainty"]].ne("").all().all()


def test_a_makeup_day_has_the_shifts_of_the_first_weekday_unless_told(china: WorkingCalendar) -> None:
    saturday = date(2024, 5, 11)
    short = WorkingCalendar(days={saturday: True}, makeup_shifts=((time(9), time(10)),))
    assert len(china.day_spans(saturday)) == 2
    assert len(short.day_spans(saturday)) == 1


def test_days_given_make_their_years_known() -> None:
    calendar = WorkingCalendar(days={date(2030, 10, 1): False})
    assert calendar.is_workday(date(2030, 9, 30))
    assert not calendar.is_workday(date(2030, 10, 1))


def test_a_calendar_does_not_change_with_what_it_was_made_from() -> None:
    days = {date(2024, 5, 1): False}
    calendar = WorkingCalendar(days=days)
    days[date(2024, 5, 2)] = False
    assert calendar.is_workday(date(2024, 5, 2))


def test_a_calendar_travels_between_processes(china: WorkingCalendar) -> None:
    assert pickle.loads(pickle.dumps(china)) == china


@pytest.mark.parametrize(
    "bad",
    [
        {"tz": "Asia/Nowhere"},
        {"shifts": {}},
        {"shifts": {1: ()}},
        {"shifts": {0: DAY}},
        {"shifts": {1: ((time(22), time(6)),)}},
        {"shifts": {1: ((time(8), time(8)),)}},
        {"shifts": {1: ((time(8), time(12)), (time(11), time(13)))}},
        {"shifts": {1: ((time(8), time(0)), (time(11), time(13)))}},
        {"makeup_shifts": ((time(22), time(6)),)},
    ],
)
def test_a_calendar_nobody_could_work_by_is_refused(bad: dict) -> None:
    with pytest.raises(InputError):
        WorkingCalendar(**bad)
