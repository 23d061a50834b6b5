"""A minute-by-minute office clock: written from the definition alone, shares nothing with the product but the calendar's fields."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

MINUTE = timedelta(minutes=1)


class Simulator:
    """Looks at the wall clock once a minute from ``begin`` on and notes whether anybody works."""

    def __init__(self, zone: str, shifts: dict[int, tuple[tuple[time, time], ...]], days: dict[date, bool], begin: datetime, length_days: int) -> None:
        self.begin = begin.astimezone(UTC)
        wall = [(self.begin + n * MINUTE).astimezone(ZoneInfo(zone)) for n in range(length_days * 1440)]
        makeup = shifts[min(shifts)]
        self.works = np.array([_works(moment, shifts, days, makeup) for moment in wall])
        self.day = np.array([moment.date().toordinal() for moment in wall])
        changes = np.flatnonzero(np.diff(self.works[1440 : 41 * 1440].astype(int))) + 1441
        self.edges = [self._moment(int(minute)) for minute in changes]  # moments at which work begins or ends
        self.workdays = list(np.unique(self.day[self.works]))

    def minutes_later(self, start: datetime, amount: int) -> datetime:
        first = self._minute(start)
        worked = np.flatnonzero(self.works[first:])
        return self._moment(first + int(worked[amount - 1]) + 1)

    def days_later(self, start: datetime, amount: int) -> datetime:
        first = self._minute(start)
        first += int(np.flatnonzero(self.works[first:])[0])  # wait until somebody works
        done = int(self.works[:first][self.day[:first] == self.day[first]].sum())
        here = self.workdays.index(self.day[first])
        if done == 0:
            here, done = here - 1, 10**6
        minutes = np.flatnonzero(self.works & (self.day == self.workdays[here + amount]))
        return self._moment(int(minutes[: min(done, len(minutes))][-1]) + 1)

    def minutes_between(self, start: datetime, end: datetime) -> int:
        return int(self.works[self._minute(start) : self._minute(end)].sum())

    def _minute(self, moment: datetime) -> int:
        return (moment.astimezone(UTC) - self.begin) // MINUTE

    def _moment(self, minute: int) -> datetime:
        return self.begin + minute * MINUTE


def _works(wall: datetime, shifts: dict, days: dict, makeup: tuple) -> bool:
    weekday = wall.isoweekday()
    if not days.get(wall.date(), weekday in shifts):
        return False
    clock = wall.hour * 60 + wall.minute
    return any(_minutes(starts) <= clock < (_minutes(ends) or 1440) for starts, ends in shifts.get(weekday, makeup))


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute
