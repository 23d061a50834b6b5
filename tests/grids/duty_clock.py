"""A second opinion on duty that knows nothing of SQL, frames or intervals: it asks each person at each step of a clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

STEP = timedelta(minutes=15)


@dataclass(frozen=True)
class On:
    """Somebody on a list."""

    grid: str
    role: str
    worker: str
    starts: datetime
    ends: datetime


@dataclass(frozen=True)
class Off:
    """Somebody away; why is leave or term."""

    worker: str
    starts: datetime
    ends: datetime
    why: str = "leave"


def who_answers(lists: Iterable[On], away: Iterable[Off], grid: str, moment: datetime) -> str:
    """The worker who answers, empty = nobody."""
    gone = {off.worker for off in away if off.starts <= moment < off.ends}
    here = [on for on in lists if on.grid == grid and on.starts <= moment < on.ends and on.worker not in gone]
    for role in ("primary", "backup"):
        names = sorted(on.worker for on in here if on.role == role)
        if names:
            return names[0]
    return ""


def state_of(lists: Iterable[On], away: Iterable[Off], grid: str, role: str, moment: datetime) -> str:
    """present, leave, term or none."""
    states = set()
    for on in lists:
        if on.grid == grid and on.role == role and on.starts <= moment < on.ends:
            reasons = {off.why for off in away if off.worker == on.worker and off.starts <= moment < off.ends}
            states.add("term" if "term" in reasons else "leave" if reasons else "present")
    return next((state for state in ("present", "leave", "term") if state in states), "none")


def may_be_added(lists: Iterable[On], new: On) -> bool:
    """Whether a grid would still have one primary at a time, and everybody one post in it."""
    overlapping = [on for on in lists if on.grid == new.grid and on.starts < new.ends and new.starts < on.ends]
    return not any(on.worker == new.worker or (on.role == new.role == "primary") for on in overlapping)


def steps(starts: datetime, ends: datetime) -> list[datetime]:
    """Every step of the clock in a time; all changes of a test lie on steps."""
    return [starts + STEP * number for number in range(int((ends - starts) / STEP))]
