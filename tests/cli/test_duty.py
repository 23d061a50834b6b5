"""Duty from the command line: plan it, ask, hand over, and be told of holes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from store.engine import open_store
from store.unit_of_work import SqlUnitOfWork
from tests.cli.conftest import Wangge
from tests.small_city import WEST

GRID = f"{WEST}001"


def spot(url: str) -> list[str]:
    with SqlUnitOfWork(open_store(url)) as uow:
        point = uow.plans.grids().geometry.loc[GRID].representative_point()
    return [str(point.x), str(point.y)]


def local(hours: int) -> str:
    return (datetime.now(UTC) + timedelta(hours=8 + hours)).strftime("%Y-%m-%d %H:%M")


def test_a_duty_is_planned_asked_for_and_handed_over(wangge: Wangge, planned: str) -> None:
    db = ("--db", planned, "--json")
    assert wangge("duty", "here", *spot(planned), *db).code == 1
    number = wangge("duty", "shift", GRID, "w1", "--from", local(-1), "--to", local(30), *db).json()["shifts"][0]
    assert wangge("duty", "here", *spot(planned), *db).json()["worker"]["worker_key"] == "w1"
    made = wangge("duty", "swap", str(number), "--to", "w3", "--note", "病了", *db).json()["shifts"][0]
    late = wangge("duty", "swap", str(number), "--to", "w2", "--note", "x", *db)
    assert (late.code, "w3 has it since" in late.err) == (5, True)
    listed = wangge("duty", "list", "--area", GRID, *db).json()["shifts"]
    assert [(row["shift"], row["worker"]) for row in listed] == [(made, "w3")]
    assert wangge("duty", "withdraw", str(made), "--note", "x", "--db", planned).code == 0
    assert "suggestion" in wangge("duty", "here", *spot(planned), "--db", planned).err


def test_weeks_leaves_and_holes(wangge: Wangge, planned: str) -> None:
    db = ("--db", planned, "--json")
    first, last = local(24)[:10], local(24 * 3)[:10]
    week = wangge("duty", "week", "--grid", GRID, "--days", "1-7", "--hours", "0:00-24:00", "--first", first, "--last", last, "--primary", "w1", *db)
    assert len(week.json()["shifts"]) == 3
    leave = wangge("duty", "leave", "w1", "--from", first, "--to", local(48)[:10], *db).json()
    assert leave["holes"] == 1
    holes = wangge("duty", "holes", "--area", GRID, "--days", "2", *db)
    assert (holes.code, [row["cause"] for row in holes.json()["list"]]) == (1, ["none/none", "leave/none"])
    assert wangge("duty", "back", str(leave["leave"]), *db).json() == {"leave": leave["leave"]}
    assert [row["cause"] for row in wangge("duty", "holes", "--area", GRID, "--days", "2", *db).json()["list"]] == ["none/none"]


@pytest.mark.parametrize(
    "words",
    [
        ("shift", GRID, "w1", "--from", "soon", "--to", "later"),
        ("week", "--grid", GRID, "--days", "mon", "--hours", "8-9", "--first", "x", "--last", "y"),
        ("swap", "1", "--note", "x"),
        ("zone", "Mars/Base"),
    ],
)
def test_words_nobody_knows_end_with_2(wangge: Wangge, planned: str, words: tuple[str, ...]) -> None:
    assert wangge("duty", *words, "--db", planned).code == 2


def test_the_zone_can_be_set(wangge: Wangge, planned: str) -> None:
    assert wangge("duty", "zone", "Asia/Urumqi", "--db", planned, "--json").json() == {"time_zone": "Asia/Urumqi"}
