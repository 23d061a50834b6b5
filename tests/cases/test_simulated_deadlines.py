"""Deadlines equal a minute-by-minute simulator on thousands of random cases."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta

import pytest

from cases.calendars import WorkingCalendar
from cases.deadlines import add_working_time, working_time_between
from tests.cases.simulator import Simulator

MINUTE = timedelta(minutes=1)
SPRING, AUTUMN = datetime(2024, 3, 1, tzinfo=UTC), datetime(2024, 10, 5, tzinfo=UTC)
LORD_HOWE = "Australia/Lord_Howe"  # clocks move by half an hour
CASES = [
    (zone, begin, seed)
    for seed, (zone, begin) in enumerate(
        (zone, begin)
        for zone in ("Asia/Shanghai", "Asia/Kathmandu", "Europe/Berlin", "America/New_York", LORD_HOWE, "America/Santiago")
        for begin in (SPRING, AUTUMN)
    )
]


def random_shifts(dice: random.Random) -> tuple[tuple[time, time], ...]:
    marks = sorted(dice.sample(range(0, 1441, 15), 2 * dice.randint(1, 3)))
    times = [time((mark // 60) % 24, mark % 60) for mark in marks]
    return tuple(zip(times[::2], times[1::2], strict=True))


def random_calendar(dice: random.Random, begin: datetime) -> tuple[dict, dict[date, bool]]:
    weekdays = sorted(dice.sample(range(1, 8), dice.randint(2, 7)))
    days = {(begin + timedelta(days=dice.randrange(60))).date(): dice.random() < 0.5 for _ in range(12)}
    return {weekday: random_shifts(dice) for weekday in weekdays}, days


@pytest.mark.parametrize(("zone", "begin", "seed"), CASES)
def test_random_calendars_agree_with_the_simulator(zone: str, begin: datetime, seed: int) -> None:
    dice = random.Random(seed)
    shifts, days = random_calendar(dice, begin)
    calendar = WorkingCalendar(tz=zone, shifts=shifts, days=days, years=frozenset({2024}))
    simulator = Simulator(zone, shifts, days, begin, 85)

    for _ in range(400):
        start = dice.choice(simulator.edges) if dice.random() < 0.3 else begin + timedelta(days=1, minutes=dice.randrange(40 * 1440))
        amount, later = dice.randint(1, 2000), start + dice.randrange(20 * 1440) * MINUTE
        assert working_time_between(start, later, calendar) == simulator.minutes_between(start, later) * MINUTE
        if simulator.minutes_between(start, begin + timedelta(days=80)) > amount:
            assert add_working_time(start, amount, "work_minute", calendar) == simulator.minutes_later(start, amount), (start, amount)
        count = dice.randint(1, 5)
        assert add_working_time(start, count, "work_day", calendar) == simulator.days_later(start, count), (start, count)


def test_the_calendar_of_china_agrees_with_the_simulator(china: WorkingCalendar) -> None:
    dice, begin = random.Random(2024), datetime(2024, 1, 1, tzinfo=UTC)
    simulator = Simulator("Asia/Shanghai", dict(china.shifts), dict(china.days), begin, 500)

    for _ in range(2000):
        start = begin + timedelta(days=1, minutes=dice.randrange(440 * 1440))
        minutes, days = dice.randint(1, 6000), dice.randint(1, 15)
        assert add_working_time(start, minutes, "work_minute", china) == simulator.minutes_later(start, minutes), (start, minutes)
        assert add_working_time(start, days, "work_day", china) == simulator.days_later(start, days), (start, days)
        assert add_working_time(start, days, "work_day", china) == add_working_time(start, days * 480, "work_minute", china)
