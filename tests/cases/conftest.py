"""The calendar of China once for all tests of the room."""

from __future__ import annotations

import pytest

from cases.calendars import WorkingCalendar, china_calendar


@pytest.fixture(scope="session")
def china() -> WorkingCalendar:
    return china_calendar()
