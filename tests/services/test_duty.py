"""Acts on duty: who may do what, what they say, and two who do the same at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from threading import Barrier
from typing import Any

import pandas as pd
import pytest
from shapely import Point

from contracts.errors import ConflictError, InputError, NotAllowedError, NotFoundError, SettingError
from contracts.messages import Message
from grids.duty_week import WeeklyDuty
from services.access import DEMO_VISITOR, SYSTEM, Principal
from services.duty import DutyWeek, add_leave, add_shift, plan_week, withdraw_leave
from services.duty_answers import responsible_here, responsible_in
from services.duty_facts import masked, set_city_zone
from services.duty_lists import duty_holes, duty_list, my_duty
from services.duty_swaps import exchange_shifts, swap_shift, withdraw_shift
from store.engine import Store
from store.unit_of_work import SqlUnitOfWork
from tests.services.acts import NOBODY, person
from tests.store.worlds import EAST, GRIDS, WEST, places, publish, settle

AT = datetime(2026, 3, 4, 0, tzinfo=UTC)  # a Wednesday, 08:00 in Shanghai
HOUR = timedelta(hours=1)
GRID, OTHER = GRIDS
OFFICE = WeeklyDuty(frozenset({1, 2, 3, 4, 5}), time(8, 30), time(17, 30))
COORDINATOR = person(("coordinator", WEST))
STRANGER = person(("coordinator", EAST))
PEOPLE = {"w1": "13800001234", "w2": "13900005678", "w3": None, "w4": None}


@pytest.fixture
def town(store: Store) -> SqlUnitOfWork:
    """The hamlet with grids in force and four workers, w1 lead and w2 member of the first grid."""
    uow = SqlUnitOfWork(store)
    with uow:
        settle(uow)
        publish(uow)
        uow.workers.upsert(places(list(PEOPLE), [Point(0.5, 0.5)] * 4, name=[f"员{key}" for key in PEOPLE], phone=list(PEOPLE.values()), community=WEST))
        pairs = pd.DataFrame({"grid_code": GRID, "worker_key": ["w1", "w2"], "role": ["lead", "member"], "walk_s": 0.0})
        uow.assignments.replace(pairs, communities=[WEST], author="x", at=AT)
        uow.commit()
    return uow


def week(*codes: str, primary: str = "w1", backup: str = "", last: date = date(2026, 3, 10)) -> DutyWeek:
    return DutyWeek(codes or (GRID,), OFFICE, date(2026, 3, 2), last, primary, backup)


def put(uow: SqlUnitOfWork, worker: str, begin: int, end: int, **more: Any) -> int:
    return add_shift(uow, SYSTEM, GRID, worker, (AT + begin * HOUR, AT + end * HOUR), at=AT - HOUR, **more).shift_ids[0]


def swap(uow: SqlUnitOfWork, who: Principal, number: int, worker: str, *, at: datetime = AT) -> int:
    return swap_shift(uow, who, number, expected_version=1, to_worker=worker, note="接待李奶奶", at=at)


def test_a_week_is_planned_in_local_hours_without_what_is_over(town: SqlUnitOfWork) -> None:
    report = plan_week(town, COORDINATOR, week(backup="w2"), at=AT + 2 * HOUR)
    listed = duty_list(town, COORDINATOR, starts=AT, ends=AT + 240 * HOUR)
    assert (len(report.shift_ids), report.over) == (10, 2)
    assert listed["starts_at"].iloc[0] == AT + 2 * HOUR  # it is Wednesday 10:00
    assert listed["starts_at"].iloc[2] == datetime(2026, 3, 5, 0, 30, tzinfo=UTC)
    with town:
        assert town.audit.read(limit=1)[["login", "action", "subject"]].iloc[0].tolist() == [COORDINATOR.login, "plan_duty", GRID]


def test_who_stands_in_the_way_is_named_and_nothing_is_half_planned(town: SqlUnitOfWork) -> None:
    put(town, "w3", 24, 30)
    with pytest.raises(ConflictError, match="w3, from 2026-03-05 08:00 to 2026-03-05 14:00"):
        plan_week(town, COORDINATOR, week(OTHER, GRID), at=AT)
    assert len(duty_list(town, COORDINATOR, starts=AT, ends=AT + 240 * HOUR)) == 1


def test_planning_needs_a_grid_in_force_a_worker_and_the_right(town: SqlUnitOfWork) -> None:
    for who, plan, kind in (
        (STRANGER, week(), NotAllowedError),
        (DEMO_VISITOR, week(), NotAllowedError),
        (COORDINATOR, week(f"{WEST}009"), NotFoundError),
        (COORDINATOR, week(primary="w9"), NotFoundError),
        (COORDINATOR, week(primary=""), InputError),
    ):
        with pytest.raises(kind):
            plan_week(town, who, plan, at=AT)


def test_a_worker_outside_the_term_is_not_put_on_the_list(town: SqlUnitOfWork) -> None:
    with town:
        town.workers.upsert(places(["w1"], [Point(0.5, 0.5)], term_to=[date(2026, 3, 6)]))
        town.commit()
    assert plan_week(town, COORDINATOR, week(last=date(2026, 3, 6)), at=AT).shift_ids
    with pytest.raises(InputError, match="runs from … to 2026-03-06"):
        add_shift(town, COORDINATOR, GRID, "w1", (AT + 90 * HOUR, AT + 91 * HOUR), at=AT)


def test_a_leave_is_filled_by_the_backup_or_told_as_a_hole(town: SqlUnitOfWork) -> None:
    put(town, "w1", 0, 10)
    put(town, "w2", 5, 10, duty_role="backup")
    report = add_leave(town, COORDINATOR, "w1", (AT, AT + 8 * HOUR), reason="病假", at=AT)
    assert report.holes[["grid_code", "primary", "backup"]].to_numpy().tolist() == [[GRID, "leave", "none"]]
    assert report.holes["ends_at"].iloc[0] == AT + 5 * HOUR
    here = [responsible_in(town, SYSTEM, GRID, at=AT + hours * HOUR) for hours in (1, 6, 9)]
    assert [answer.who and answer.who.worker_key for answer in here] == [None, "w2", "w1"]
    assert [str(reason) for reason in here[0].reasons] == ["the primary is on leave", "no backup is on the list"]
    withdraw_leave(town, COORDINATOR, report.leave_id or 0, at=AT)
    assert responsible_in(town, SYSTEM, GRID, at=AT + HOUR).who
    with pytest.raises(NotFoundError):
        withdraw_leave(town, COORDINATOR, report.leave_id or 0, at=AT)


def test_planning_somebody_on_leave_is_said(town: SqlUnitOfWork) -> None:
    add_leave(town, COORDINATOR, "w1", (AT, AT + 8 * HOUR), reason="", at=AT)
    report = plan_week(town, COORDINATOR, week(), at=AT)
    assert (len(report.shift_ids), report.on_leave) == (5, 1)
    assert "on leave at that time: 1" in " ".join(map(str, report.sentences()))


def test_ones_own_shifts_say_where_the_grid_is_gone(town: SqlUnitOfWork) -> None:
    put(town, "w1", 0, 10)
    with town:
        publish(town, [OTHER, f"{WEST}003"])
        town.commit()
    assert my_duty(town, Principal("w1", person(("worker", WEST)).grants), starts=AT, ends=AT + HOUR)["in_force"].tolist() == [False]
    assert duty_list(town, COORDINATOR, starts=AT, ends=AT + HOUR).empty
    assert duty_holes(town, COORDINATOR, at=AT).hours == 2 * 14 * 24


def test_leave_is_for_those_who_plan_where_the_worker_is(town: SqlUnitOfWork) -> None:
    for who in (STRANGER, Principal("w1", person(("worker", WEST)).grants), NOBODY):
        with pytest.raises(NotAllowedError):
            add_leave(town, who, "w1", (AT, AT + HOUR), reason="", at=AT)


def test_nobody_on_the_list_is_said_and_somebody_suggested(town: SqlUnitOfWork) -> None:
    found = responsible_here(town, COORDINATOR, 0.2, 0.5, at=AT)
    assert (found.grid_code, found.who, [str(reason) for reason in found.reasons]) == (GRID, None, ["nobody is on the list"])
    assert found.suggested
    assert (found.suggested.worker_key, found.suggested.role) == ("w1", "lead")
    assert "suggestion only" in " ".join(map(str, found.sentences()))


def test_numbers_are_masked_unless_one_assigns_there(town: SqlUnitOfWork) -> None:
    put(town, "w1", 0, 10)
    answers = [responsible_here(town, who, 0.2, 0.5, at=AT).who for who in (COORDINATOR, person(("receiver", "")), DEMO_VISITOR)]
    assert [answer and answer.phone for answer in answers] == ["13800001234", "138****1234", "138****1234"]
    assert [masked(text) for text in ("", "12", "12345", "021-61234567")] == ["", "**", "***45", "021*****4567"]


def test_outside_all_grids_and_outside_ones_area(town: SqlUnitOfWork) -> None:
    found = responsible_here(town, COORDINATOR, 2.5, 0.5, at=AT)
    assert (found.grid_code, found.who, str(found.sentences()[0])) == ("", None, "No grid in force lies here.")
    with pytest.raises(NotAllowedError):
        responsible_here(town, STRANGER, 0.2, 0.5, at=AT)
    with pytest.raises(NotFoundError):
        responsible_in(town, SYSTEM, f"{WEST}009", at=AT)


def test_holes_of_two_weeks_name_grid_time_and_cause(town: SqlUnitOfWork) -> None:
    put(town, "w1", 0, 14 * 24 - 2)
    report = duty_holes(town, COORDINATOR, at=AT)
    assert report.holes[["grid_code", "primary"]].to_numpy().tolist() == [[GRID, "none"], [OTHER, "none"]]
    assert (report.grids, report.hours, len(report.by_hour())) == (2, 14 * 24 + 2, 14 * 24 + 2)
    assert "无人" in "".join(sentence.in_language("zh_CN") for sentence in report.sentences())
    assert duty_holes(town, STRANGER, at=AT).grids == 0


def test_a_hand_over_leaves_what_was_done_with_who_did_it(town: SqlUnitOfWork) -> None:
    number = put(town, "w1", -1, 10)
    swap(town, COORDINATOR, number, "w3", at=AT + 4 * HOUR)
    answers = [responsible_here(town, SYSTEM, 0.2, 0.5, at=AT + hours * HOUR) for hours in (3, 4)]
    assert [answer.who and answer.who.worker_key for answer in answers] == ["w1", "w3"]
    assert answers[1].note == "接待李奶奶"


def test_handing_over_to_the_backup_takes_it_off_the_backup_list(town: SqlUnitOfWork) -> None:
    number = put(town, "w1", 2, 6)
    put(town, "w2", 0, 10, duty_role="backup")
    swap(town, COORDINATOR, number, "w2", at=AT)
    listed = duty_list(town, COORDINATOR, starts=AT, ends=AT + 24 * HOUR)
    assert [(row.duty_role, row.worker_key, row.starts_at, row.ends_at) for row in listed.itertuples()] == [
        ("backup", "w2", AT, AT + 2 * HOUR),
        ("primary", "w2", AT + 2 * HOUR, AT + 6 * HOUR),
        ("backup", "w2", AT + 6 * HOUR, AT + 10 * HOUR),
    ]


def test_a_worker_hands_over_an_own_shift_to_a_colleague_of_the_grid(town: SqlUnitOfWork) -> None:
    me = Principal("w1", person(("worker", WEST)).grants)
    mine, others = put(town, "w1", 0, 10), put(town, "w2", 10, 20)
    assert my_duty(town, me, starts=AT, ends=AT + 24 * HOUR).index.tolist() == [mine]
    for number, worker in ((others, "w1"), (mine, "w3")):
        with pytest.raises(NotAllowedError):
            swap(town, me, number, worker)
    assert swap(town, me, mine, "w2")
    with pytest.raises(NotAllowedError):
        swap(town, STRANGER, others, "w1")


def test_swaps_that_make_no_sense_are_refused(town: SqlUnitOfWork) -> None:
    number = put(town, "w1", 0, 10)
    for act, reason in (
        (lambda: swap(town, COORDINATOR, number, "w1"), "has this shift already"),
        (lambda: swap(town, COORDINATOR, number, "w3", at=AT + 10 * HOUR), "is over"),
        (lambda: swap_shift(town, COORDINATOR, number, expected_version=1, to_worker="w3", note=" ", at=AT), "Write a note"),
        (lambda: swap_shift(town, COORDINATOR, number, expected_version=7, to_worker="w3", note="x", at=AT), "still with w1"),
        (lambda: exchange_shifts(town, COORDINATOR, (number, 1), (number, 1), note="x", at=AT), "two different"),
        (lambda: add_shift(town, COORDINATOR, GRID, "w1", (AT, AT + HOUR), at=AT + 2 * HOUR), "is over"),
        (lambda: add_shift(town, COORDINATOR, GRID, "w1", (AT, AT + 9000 * HOUR), at=AT), "longer than a year"),
    ):
        with pytest.raises((InputError, ConflictError), match=reason):
            act()
    assert duty_list(town, SYSTEM, starts=AT, ends=AT + HOUR)["worker_key"].tolist() == ["w1"]


def test_two_shifts_change_their_workers(town: SqlUnitOfWork) -> None:
    first, second = put(town, "w1", 0, 10), put(town, "w2", 10, 20)
    exchange_shifts(town, COORDINATOR, (first, 1), (second, 1), note="换班", at=AT - HOUR)
    assert duty_list(town, SYSTEM, starts=AT, ends=AT + 24 * HOUR)["worker_key"].tolist() == ["w2", "w1"]


def test_who_comes_late_is_told_who_has_it(town: SqlUnitOfWork) -> None:
    number = put(town, "w1", 0, 10)
    swap(town, COORDINATOR, number, "w2", at=AT + HOUR)
    with pytest.raises(ConflictError, match="w2 has it since 2026-03-04 09:00") as told:
        swap(town, COORDINATOR, number, "w3", at=AT + HOUR)
    assert "w2" in told.value.in_language("zh_CN")
    gone = put(town, "w3", 12, 14)
    withdraw_shift(town, COORDINATOR, gone, expected_version=1, note="不需要", at=AT)
    with pytest.raises(ConflictError, match="taken off the list meanwhile"):
        swap(town, COORDINATOR, gone, "w2")


def test_two_coordinators_swap_one_shift_at_once_and_one_is_told(town: SqlUnitOfWork, store: Store) -> None:
    number, start = put(town, "w1", 0, 10), Barrier(2)

    def act(worker: str) -> str:
        start.wait()
        try:
            swap(SqlUnitOfWork(store), COORDINATOR, number, worker)
        except ConflictError as told:
            return str(told)
        return worker

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(act, ("w2", "w3")))
    winner = next(words for words in said if len(words) == 2)
    assert f"{winner} has it since" in next(words for words in said if words != winner)
    assert duty_list(town, SYSTEM, starts=AT, ends=AT + 24 * HOUR)["worker_key"].tolist() == [winner]


def test_the_zone_of_the_city_is_checked_and_used(town: SqlUnitOfWork) -> None:
    with pytest.raises(InputError, match="time zone"):
        set_city_zone(town, SYSTEM, "Mars/Base", at=AT)
    with pytest.raises(NotAllowedError):
        set_city_zone(town, COORDINATOR, "Europe/Berlin", at=AT)
    set_city_zone(town, SYSTEM, "Europe/Berlin", at=AT)
    plan_week(town, COORDINATOR, week(), at=AT)
    assert duty_list(town, SYSTEM, starts=AT, ends=AT + 24 * HOUR)["starts_at"].iloc[0] == datetime(2026, 3, 4, 7, 30, tzinfo=UTC)
    with town:
        town.city.put("time_zone", "nowhere")
        town.commit()
    with pytest.raises(SettingError):
        duty_holes(town, SYSTEM, at=AT)


def test_reports_are_sentences_and_facts(town: SqlUnitOfWork) -> None:
    report = plan_week(town, SYSTEM, week(), at=AT + 4 * HOUR)
    leave = add_leave(town, SYSTEM, "w1", (AT, AT + 24 * HOUR), reason="", at=AT)
    said: list[Message] = [*report.sentences(), *leave.sentences()]
    assert [str(sentence) for sentence in said][:3] == ["Shifts put on the list: 5.", "Left out because they are over: 2.", f"Leave {leave.leave_id} is noted."]
    assert "because of this leave: 1" in str(said[3])
    assert report.as_dict()["over"] == 2
