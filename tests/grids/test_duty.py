"""Who is responsible and when nobody is: by hand, and beside a clock that asks everybody every quarter of an hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.columns import ENDS_AT, GRID_CODE, STARTS_AT
from contracts.errors import InputError, MissingColumnError
from grids.duty import MOMENT, Post, cover_of, find_holes, holes_by_hour, reasons_of, timeline
from grids.duty_week import zone_named
from tests.grids.duty_clock import STEP, Off, On, may_be_added, state_of, steps, who_answers

BEGIN = datetime(2026, 3, 28, 20, tzinfo=UTC)
END = BEGIN + timedelta(hours=12)
GRIDS = ["g1", "g2"]


def at(quarter: int) -> datetime:
    return BEGIN + STEP * quarter


def shifts(rows: list[On]) -> pd.DataFrame:
    table = pd.DataFrame(
        [(on.grid, on.role, on.worker, on.starts, on.ends) for on in rows], columns=["grid_code", "duty_role", "worker_key", STARTS_AT, ENDS_AT]
    )
    return table.astype({STARTS_AT: MOMENT, ENDS_AT: MOMENT})


def absences(rows: list[Off]) -> pd.DataFrame:
    table = pd.DataFrame([(off.worker, off.starts, off.ends, off.why) for off in rows], columns=["worker_key", STARTS_AT, ENDS_AT, "why"])
    return table.astype({STARTS_AT: MOMENT, ENDS_AT: MOMENT})


def holes(on: list[On], off: list[Off], grids: list[str] = GRIDS) -> pd.DataFrame:
    return find_holes(shifts(on), absences(off), grids, starts=BEGIN, ends=END)


DAY = [On("g1", "primary", "a", at(0), at(40)), On("g1", "backup", "b", at(8), at(48))]


def test_without_shifts_a_grid_is_one_hole() -> None:
    assert holes([], []).to_numpy().tolist() == [[grid, pd.Timestamp(BEGIN), pd.Timestamp(END), "none", "none"] for grid in GRIDS]
    assert holes([], [], []).empty


def test_a_leave_is_filled_by_the_backup_as_far_as_there_is_one() -> None:
    found = holes(DAY, [Off("a", at(0), at(20)), Off("b", at(12), at(16))], ["g1"])
    assert found[[STARTS_AT, ENDS_AT, "primary", "backup"]].to_numpy().tolist() == [
        [pd.Timestamp(at(0)), pd.Timestamp(at(8)), "leave", "none"],
        [pd.Timestamp(at(12)), pd.Timestamp(at(16)), "leave", "leave"],
    ]


def test_the_line_of_time_says_who_follows_whom() -> None:
    line = timeline(shifts(DAY), absences([Off("a", at(10), at(20), "term")]), starts=BEGIN, ends=END)
    assert line["worker_key"].tolist() == ["a", "a", "b", "a", "b"]
    assert line["primary"].tolist() == ["present", "present", "term", "present", "none"]
    assert line[STARTS_AT].tolist()[1:] == line[ENDS_AT].tolist()[:-1]


def test_the_primary_answers_before_the_backup_and_the_lower_key_first() -> None:
    posts = [Post("backup", "z"), Post("backup", "b"), Post("primary", "p", "leave")]
    cover = cover_of(posts)
    assert (cover.responsible, cover.primary, cover.backup) == (Post("backup", "b"), "leave", "present")
    assert cover_of([*posts, Post("primary", "q")]).responsible == Post("primary", "q")


def test_reasons_are_sentences() -> None:
    said = [[str(reason) for reason in reasons_of(*states)] for states in (("none", "none"), ("leave", "term"), ("leave", "present"), ("present", "none"))]
    assert said == [["nobody is on the list"], ["the primary is on leave", "the backup is outside the term"], ["the primary is on leave"], []]


def test_hours_are_those_of_the_local_clock() -> None:
    table = holes([On("g1", "primary", "a", at(3), at(48))], [], ["g1"])
    shanghai, kathmandu = (holes_by_hour(table, zone=zone_named(name)) for name in ("Asia/Shanghai", "Asia/Kathmandu"))
    assert (shanghai["hour_at"].tolist(), shanghai["minutes"].tolist()) == ([pd.Timestamp(BEGIN)], [45.0])
    assert kathmandu["minutes"].tolist() == [15.0, 30.0]
    assert kathmandu["hour_at"].tolist()[1] == pd.Timestamp(at(1))


def test_nothing_given_is_changed() -> None:
    on, off = shifts(DAY), absences([Off("a", at(0), at(20))])
    before = (on.copy(), off.copy())
    find_holes(on, off, GRIDS, starts=BEGIN, ends=END)
    assert on.equals(before[0])
    assert off.equals(before[1])


def test_bad_input_is_refused() -> None:
    with pytest.raises(InputError, match="no length"):
        find_holes(shifts([]), absences([]), GRIDS, starts=END, ends=BEGIN)
    with pytest.raises(MissingColumnError, match="worker_key"):
        find_holes(shifts(DAY).drop(columns="worker_key"), absences([]), GRIDS, starts=BEGIN, ends=END)
    with pytest.raises(InputError, match="of one grid"):
        timeline(shifts([*DAY, On("g2", "primary", "a", at(0), at(1))]), absences([]), starts=BEGIN, ends=END)


quarters = st.tuples(st.integers(-8, 52), st.integers(1, 30)).map(lambda pair: (at(pair[0]), at(pair[0] + pair[1])))
posts = st.builds(lambda grid, role, worker, period: On(grid, role, worker, *period), st.sampled_from(GRIDS), st.sampled_from(["primary", "backup"]),
                  st.sampled_from("abcd"), quarters)  # fmt: skip
leaves = st.builds(lambda worker, period, why: Off(worker, *period, why), st.sampled_from("abcd"), quarters, st.sampled_from(["leave", "term"]))


@settings(deadline=None, max_examples=60)
@given(st.lists(posts, max_size=12), st.lists(leaves, max_size=5))
def test_the_clock_agrees_at_every_quarter(wanted: list[On], off: list[Off]) -> None:
    on: list[On] = []
    for post in wanted:
        on += [post] if may_be_added(on, post) else []
    found = holes(on, off)
    for grid in GRIDS:
        mine = list(found[found[GRID_CODE] == grid].drop(columns=GRID_CODE).itertuples(index=False, name=None))
        line = timeline(shifts([post for post in on if post.grid == grid]), absences(off), starts=BEGIN, ends=END)
        pieces = list(line.drop(columns="duty_role").itertuples(index=False, name=None))
        for moment in steps(BEGIN, END):
            states = tuple(state_of(on, off, grid, role, moment) for role in ("primary", "backup"))
            answers = who_answers(on, off, grid, moment)
            assert [facts for starts, ends, *facts in pieces if starts <= moment < ends] == [[answers, *states]]
            assert [tuple(facts) for starts, ends, *facts in mine if starts <= moment < ends] == ([] if answers else [states])
