"""Local duty times become moments: by hand, and beside a search through every quarter of an hour."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import InputError
from grids.duty_week import WeeklyDuty, cut_out, is_in_term, local_moment, moment_of, time_of_day, weekdays_of, weekly_periods, zone_named

BERLIN, SAO_PAULO, SHANGHAI, LORD_HOWE = (zone_named(name) for name in ("Europe/Berlin", "America/Sao_Paulo", "Asia/Shanghai", "Australia/Lord_Howe"))
QUARTER = timedelta(minutes=15)
EVERY_DAY = frozenset(range(1, 8))


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("zone", "local", "moment"),
    [
        (SHANGHAI, "2026-03-04 08:30", utc(2026, 3, 4, 0, 30)),
        (BERLIN, "2026-03-29 02:30", utc(2026, 3, 29, 1)),  # skipped: the moment of the jump
        (BERLIN, "2026-03-29 03:00", utc(2026, 3, 29, 1)),
        (BERLIN, "2026-10-25 02:30", utc(2026, 10, 25, 0, 30)),  # comes twice: its first coming
        (BERLIN, "2026-10-25 03:00", utc(2026, 10, 25, 2)),
        (SAO_PAULO, "2018-11-04 00:00", utc(2018, 11, 4, 3)),  # a midnight that never was
        (SAO_PAULO, "2018-02-17 23:30", utc(2018, 2, 18, 1, 30)),
        (SAO_PAULO, "2018-02-18 00:00", utc(2018, 2, 18, 3)),
        (LORD_HOWE, "2026-10-04 02:10", utc(2026, 10, 3, 15, 30)),  # a jump of half an hour
    ],
)
def test_a_local_time_is_the_first_moment_that_shows_it_or_later(zone: object, local: str, moment: datetime) -> None:
    assert moment_of(at(local), zone) == moment


@given(st.sampled_from([BERLIN, SAO_PAULO, LORD_HOWE]), st.sampled_from([0, 5]), st.integers(-20, 200))
def test_no_earlier_moment_shows_it(zone: object, which: int, quarter: int) -> None:
    jumps = {BERLIN: ["2026-03-29", "2026-10-25"], SAO_PAULO: ["2018-11-04", "2018-02-18"], LORD_HOWE: ["2026-10-04", "2026-04-05"]}
    local = at(jumps[zone][which % 2]) + QUARTER * quarter
    start = local.replace(tzinfo=UTC) - timedelta(hours=20)
    moments = (start + QUARTER * number for number in range(200))
    assert moment_of(local, zone) == next(moment for moment in moments if moment.astimezone(zone).replace(tzinfo=None) >= local)


def test_a_week_of_office_hours_keeps_the_wall_clock() -> None:
    duty = WeeklyDuty(frozenset({1, 2, 3, 4, 5}), time(8, 30), time(17, 30))
    periods = weekly_periods(duty, first_day=date(2026, 3, 27), last_day=date(2026, 3, 30), zone=BERLIN)
    assert periods == [(utc(2026, 3, 27, 7, 30), utc(2026, 3, 27, 16, 30)), (utc(2026, 3, 30, 6, 30), utc(2026, 3, 30, 15, 30))]


@pytest.mark.parametrize(("zone", "first"), [(BERLIN, "2026-03-27"), (BERLIN, "2026-10-23"), (SAO_PAULO, "2018-11-02"), (SAO_PAULO, "2018-02-16")])
@given(hour=st.integers(0, 23), minute=st.sampled_from([0, 15, 30]))
def test_day_and_night_duty_meet_whatever_the_clocks_do(zone: object, first: str, hour: int, minute: int) -> None:
    turn, back, day = time(hour, minute), time((hour + 11) % 24, 30), date.fromisoformat(first)
    days, nights = (
        weekly_periods(WeeklyDuty(EVERY_DAY, *pair), first_day=day, last_day=day + timedelta(days=4), zone=zone) for pair in ((turn, back), (back, turn))
    )
    ends = [end for _, end in sorted(days + nights)]
    starts = [start for start, _ in sorted(days + nights)]
    inner = [(end, start) for end, start in zip(ends[:-1], starts[1:], strict=True) if start - end < timedelta(hours=9)]
    assert all(end == start for end, start in inner)
    assert len(inner) >= 8


def test_a_shift_wholly_in_a_skipped_hour_is_left_out() -> None:
    duty = WeeklyDuty(EVERY_DAY, time(2), time(3))
    assert weekly_periods(duty, first_day=date(2026, 3, 29), last_day=date(2026, 3, 29), zone=BERLIN) == []


def test_both_days_of_a_term_count() -> None:
    moments = ["2026-02-28 23:59", "2026-03-01 00:00", "2026-03-31 23:59", "2026-04-01 00:00"]
    found = [is_in_term(local_moment(text, SHANGHAI), date(2026, 3, 1), date(2026, 3, 31), SHANGHAI) for text in moments]
    assert found == [False, True, True, False]
    assert is_in_term(utc(1990, 1, 1), None, None, SHANGHAI)


def test_words_for_days_and_times() -> None:
    assert (weekdays_of("1-3, 5"), weekdays_of("7")) == ({1, 2, 3, 5}, {7})
    assert (time_of_day("8:30"), time_of_day("24:00")) == (time(8, 30), time(0))
    assert local_moment("2026-03-04T08:30+01:00", SHANGHAI) == utc(2026, 3, 4, 7, 30)


@pytest.mark.parametrize("act", [lambda: weekdays_of("mon"), lambda: weekdays_of("5-1"), lambda: time_of_day("25:00"), lambda: local_moment("now", BERLIN)])
def test_words_nobody_knows_are_refused(act: object) -> None:
    with pytest.raises(InputError, match="Write"):
        act()


def test_a_zone_nobody_knows_and_a_week_backwards_are_refused() -> None:
    with pytest.raises(InputError, match="time zone"):
        zone_named("Mars/Base")
    with pytest.raises(InputError, match="before the first"):
        weekly_periods(WeeklyDuty(EVERY_DAY, time(1), time(2)), first_day=date(2026, 3, 2), last_day=date(2026, 3, 1), zone=BERLIN)


def test_what_is_left_of_a_period() -> None:
    day = [utc(2026, 3, 4, hour) for hour in range(24)]
    assert cut_out((day[8], day[18]), [(day[12], day[13]), (day[16], day[20])]) == [(day[8], day[12]), (day[13], day[16])]
    assert cut_out((day[8], day[9]), [(day[1], day[20])]) == []
    assert cut_out((day[8], day[9]), []) == [(day[8], day[9])]
