"""Any sequence of duties, leaves, hand-overs and changed terms, in zones whose clocks jump, on both stores, beside a clock that asks everybody.

The clock of ``tests.grids.duty_clock`` knows nothing of SQL; here it also keeps its own list and decides what may be put on it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import Point

from contracts.errors import ConflictError, InputError
from grids.duty_week import WeeklyDuty
from services.access import SYSTEM
from services.duty import DutyWeek, add_leave, plan_week, withdraw_leave
from services.duty_answers import responsible_here
from services.duty_lists import duty_holes, duty_line
from services.duty_swaps import exchange_shifts, swap_shift, withdraw_shift
from store.unit_of_work import SqlUnitOfWork
from tests.grids.duty_clock import STEP, Off, On, may_be_added, state_of, steps, who_answers
from tests.store.worlds import GRIDS, places, publish

FIRST_DAYS = {
    "Europe/Berlin": (date(2026, 3, 28), date(2026, 10, 24)),
    "America/Sao_Paulo": (date(2018, 11, 3), date(2018, 2, 17)),
    "Asia/Shanghai": (date(2026, 3, 4),),
}
SPOTS = {GRIDS[0]: (0.2, 0.5), GRIDS[1]: (0.8, 0.5)}
WORKERS = ("a", "b", "c", "d")
EVERY_DAY = frozenset(range(1, 8))
DAY = timedelta(days=1)


class Savepoints:
    """The unit of work a service is given: each act within one open transaction, undone where it does not commit."""

    def __init__(self, uow: SqlUnitOfWork) -> None:
        self.uow = uow

    def __getattr__(self, name: str) -> Any:
        return getattr(self.uow, name)

    def __enter__(self) -> Self:
        self.point = self.uow._transaction.connection.begin_nested()
        return self

    def __exit__(self, *_: object) -> None:
        if self.point.is_active:
            self.point.rollback()

    def commit(self) -> None:
        self.point.commit()


@dataclass
class Clock:
    """What should be on the lists: id -> shift, id -> leave."""

    zone: ZoneInfo
    on: dict[int, On] = field(default_factory=dict)
    done: list[On] = field(default_factory=list)
    off: dict[int, Off] = field(default_factory=dict)
    terms: list[Off] = field(default_factory=list)

    def moment(self, local: datetime) -> datetime:
        """The first moment that shows a local time or a later one, looked for step by step."""
        start = local.replace(tzinfo=UTC) - timedelta(hours=15)
        return next(at for at in steps(start, start + 2 * DAY) if at.astimezone(self.zone).replace(tzinfo=None) >= local)

    def lists(self) -> list[On]:
        return [*self.on.values(), *self.done]

    def away(self) -> list[Off]:
        return [*self.off.values(), *self.terms]

    def swapped(self, number: int, worker: str, at: datetime) -> Clock | None:
        """The lists after a hand-over, None where it must be refused; the new shift has no number yet and is under 0."""
        mine = self.on[number]
        if worker == mine.worker or mine.ends <= at:
            return None
        after = replace(self, on=dict(self.on), done=list(self.done))
        del after.on[number]
        after.done += [replace(mine, ends=at)] if mine.starts < at else []
        new = replace(mine, worker=worker, starts=max(mine.starts, at))
        for other, post in list(after.on.items()):
            if (
                mine.role == "primary"
                and post.role == "backup"
                and (post.grid, post.worker) == (mine.grid, worker)
                and post.starts < new.ends
                and new.starts < post.ends
            ):
                del after.on[other]
                pieces = [replace(post, ends=min(post.ends, new.starts)), replace(post, starts=max(post.starts, new.ends))]
                after.done += [piece for piece in pieces if piece.starts < piece.ends]
        if not may_be_added(after.lists(), new):
            return None
        after.on[-1] = new
        return after


hours = st.tuples(st.integers(0, 2), st.integers(0, 95), st.integers(0, 95))
acts = st.one_of(
    st.tuples(st.just("week"), st.sampled_from(GRIDS), st.sampled_from(["primary", "backup"]), st.sampled_from(WORKERS), hours),
    st.tuples(st.just("leave"), st.sampled_from(WORKERS), st.integers(0, 280), st.integers(1, 100)),
    st.tuples(st.just("swap"), st.integers(0, 9), st.sampled_from(WORKERS), st.integers(0, 280)),
    st.tuples(st.just("exchange"), st.integers(0, 9), st.integers(0, 9), st.integers(0, 280)),
    st.tuples(st.just("withdraw"), st.integers(0, 9), st.integers(0, 280)),
    st.tuples(st.just("unleave"), st.integers(0, 9)),
)


@pytest.fixture
def town(hamlet: SqlUnitOfWork) -> SqlUnitOfWork:
    publish(hamlet)
    hamlet.workers.upsert(places(list(WORKERS), [Point(0.5, 0.5)] * 4, name=list(WORKERS), community=GRIDS[0][:12]))
    return hamlet


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.sampled_from([(zone, day) for zone, days in FIRST_DAYS.items() for day in days]),
    st.lists(acts, min_size=4, max_size=16),
    st.sampled_from([*WORKERS, ""]),
)
def test_never_two_primaries_and_never_a_silent_hole(town: SqlUnitOfWork, where: tuple[str, date], script: list[tuple[Any, ...]], leaver: str) -> None:
    whole = town._transaction.connection.begin_nested()
    clock = Clock(ZoneInfo(where[0]))
    begin = clock.moment(datetime.combine(where[1], time(0)))
    uow: Any = Savepoints(town)
    town.city.put("time_zone", where[0])
    for act in script:
        play(uow, clock, act, begin, where[1])
    if leaver:
        town.workers.upsert(places([leaver], [Point(0.5, 0.5)], term_to=[where[1]]))
        clock.terms = [Off(leaver, clock.moment(datetime.combine(where[1] + DAY, time(0))), begin + 9 * DAY, "term")]
    compare(uow, clock, begin)
    whole.rollback()


def play(uow: Any, clock: Clock, act: tuple[Any, ...], begin: datetime, first_day: date) -> None:
    """Do an act in the store and on the clock; both take it or both refuse it."""
    kind, *facts = act
    numbers, leaves = sorted(clock.on), sorted(clock.off)
    if kind == "week":
        put_on(uow, clock, *facts, begin, first_day)
    elif kind == "leave":
        worker, quarter, length = facts
        period = (begin + STEP * quarter, begin + STEP * (quarter + length))
        number = add_leave(uow, SYSTEM, worker, period, reason="", at=begin).leave_id
        clock.off[number] = Off(worker, *period)
    elif kind == "unleave" and leaves:
        number = leaves[facts[0] % len(leaves)]
        withdraw_leave(uow, SYSTEM, number, at=begin)
        del clock.off[number]
    elif kind == "swap" and numbers:
        hand_over(uow, clock, numbers[facts[0] % len(numbers)], facts[1], begin + STEP * facts[2])
    elif kind == "withdraw" and numbers:
        number, at = numbers[facts[0] % len(numbers)], begin + STEP * facts[1]
        mine = clock.on[number]
        if taken(lambda: withdraw_shift(uow, SYSTEM, number, expected_version=1, note="x", at=at), mine.ends > at) is not None:
            clock.done += [replace(mine, ends=at)] if mine.starts < at else []
            del clock.on[number]
    elif kind == "exchange" and len(numbers) > 1:
        exchange(uow, clock, numbers[facts[0] % len(numbers)], numbers[facts[1] % len(numbers)], begin + STEP * facts[2])


def taken(act: Any, is_right: bool) -> Any:
    """What an act gave where the clock says that it is right; where not, it must be refused in a sentence."""
    if is_right:
        return act() or ()
    with pytest.raises((ConflictError, InputError)):
        act()
    return None


def put_on(uow: Any, clock: Clock, grid: str, role: str, worker: str, when: tuple[int, int, int], begin: datetime, first_day: date) -> None:
    day = first_day + DAY * when[0]
    opens, closes = (time(quarter // 4, 15 * (quarter % 4)) for quarter in when[1:])
    last = day if closes > opens else day + DAY
    post = On(grid, role, worker, clock.moment(datetime.combine(day, opens)), clock.moment(datetime.combine(last, closes)))
    week = DutyWeek((grid,), WeeklyDuty(EVERY_DAY, opens, closes), day, day, **{role: worker})
    has_length = post.starts < post.ends
    report = taken(lambda: plan_week(uow, SYSTEM, week, at=begin), not has_length or may_be_added(clock.lists(), post))
    if report is not None:
        assert len(report.shift_ids) == has_length
        clock.on |= dict.fromkeys(report.shift_ids, post)


def hand_over(uow: Any, clock: Clock, number: int, worker: str, at: datetime) -> None:
    after = clock.swapped(number, worker, at)
    new = taken(lambda: swap_shift(uow, SYSTEM, number, expected_version=1, to_worker=worker, note="x", at=at), after is not None)
    if after is not None:
        after.on[new] = after.on.pop(-1)
        clock.on, clock.done = after.on, after.done


def exchange(uow: Any, clock: Clock, first: int, second: int, at: datetime) -> None:
    mine, theirs = clock.on[first], clock.on[second]
    rest = replace(clock, on={number: post for number, post in clock.on.items() if number not in (first, second)}, done=list(clock.done))
    new = [replace(post, worker=other.worker, starts=max(post.starts, at)) for post, other in ((mine, theirs), (theirs, mine))]
    is_right = first != second and min(mine.ends, theirs.ends) > at
    for old, post in zip((mine, theirs), new, strict=True):
        rest.done += [replace(old, ends=at)] if old.starts < at else []
        is_right = is_right and may_be_added([*rest.lists(), *rest.on.values()], post)
        rest.done.append(post)
    made = taken(lambda: exchange_shifts(uow, SYSTEM, (first, 1), (second, 1), note="x", at=at), is_right)
    if made is not None:
        rest.done = [post for post in rest.done if post not in new]
        clock.on, clock.done = rest.on | dict(zip(made, new, strict=True)), rest.done


def compare(uow: Any, clock: Clock, begin: datetime) -> None:
    """Every quarter of an hour of four days: the line of each grid and its holes; the answer of the database at every change."""
    ends = begin + 4 * DAY
    holes = duty_holes(uow, SYSTEM, at=begin, days=4).holes
    changes = sorted({moment for each in (*clock.lists(), *clock.away()) for moment in (each.starts, each.ends) if begin <= moment < ends} | {begin})
    for grid, spot in SPOTS.items():
        line = list(duty_line(uow, SYSTEM, grid, starts=begin, ends=ends).drop(columns="duty_role").itertuples(index=False, name=None))
        mine = list(holes[holes["grid_code"] == grid].drop(columns="grid_code").itertuples(index=False, name=None))
        for moment in steps(begin, ends):
            states = [state_of(clock.lists(), clock.away(), grid, role, moment) for role in ("primary", "backup")]
            answers = who_answers(clock.lists(), clock.away(), grid, moment)
            assert [facts for starts, until, *facts in line if starts <= moment < until] == [[answers, *states]]
            assert [facts for starts, until, *facts in mine if starts <= moment < until] == ([] if answers else [states])
        for moment in changes:
            found = responsible_here(uow, SYSTEM, *spot, at=moment)
            assert found.grid_code == grid
            assert (found.who.worker_key if found.who else "") == who_answers(clock.lists(), clock.away(), grid, moment)
            assert found.who or found.reasons, "a hole without a reason"


def test_the_clock_itself_refuses_two_primaries() -> None:
    post = On("g", "primary", "a", datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))
    assert not may_be_added([post], replace(post, worker="b", starts=post.ends - STEP, ends=post.ends + DAY))
