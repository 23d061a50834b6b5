"""Plans as a planner lists, compares and publishes them."""

from __future__ import annotations

import pytest

from contracts.errors import ConflictError, NotAllowedError, NotFoundError
from services.access import SYSTEM
from services.division import divide_communities
from services.grid_plans import grid_table, plan_table, publish_plans, roster_table
from store.unit_of_work import SqlUnitOfWork
from tests.services.acts import NOBODY, audited, contents, person
from tests.small_city import AT, EAST, WEST


@pytest.fixture
def drafted(planned: SqlUnitOfWork) -> SqlUnitOfWork:
    divide_communities(planned, SYSTEM, publish=False, at=AT)
    return planned


def drafts(uow: SqlUnitOfWork) -> dict[str, int]:
    table = plan_table(uow, SYSTEM)["drafts"]
    return {str(code): waiting[0] for code, waiting in table.items() if waiting}


def test_each_community_has_its_plan_in_a_row(planned: SqlUnitOfWork) -> None:
    row = plan_table(planned, SYSTEM).loc[WEST]
    assert (row["name"], row["street_name"], row["grids"], row["households"], row["faults"], row["drafts"]) == ("西里", "小街道", 2, 840, 0, [])


def test_undivided_communities_are_listed_too(loaded: SqlUnitOfWork) -> None:
    table = plan_table(loaded, SYSTEM)
    assert table["grids"].to_dict() == {WEST: 0, EAST: 0}
    assert table["plan_id"].isna().all()


def test_grids_carry_the_names_above_them(planned: SqlUnitOfWork) -> None:
    table = grid_table(planned, SYSTEM, area_code=WEST)
    assert table["community_name"].to_dict() == {f"{WEST}001": "西里", f"{WEST}002": "西里"}


def test_the_roster_lists_posts_and_empty_grids(planned: SqlUnitOfWork) -> None:
    roster = roster_table(planned, SYSTEM, area_code=WEST)
    assert roster[["grid_code", "worker", "role"]].to_numpy().tolist() == [
        [f"{WEST}001", "员1", "lead"],
        [f"{WEST}001", "员3", "member"],
        [f"{WEST}002", "员1", "lead"],
    ]


def test_a_published_draft_is_in_force(drafted: SqlUnitOfWork) -> None:
    waiting = drafts(drafted)
    assert publish_plans(drafted, person(("planner", "")), list(waiting.values()), valid_from=AT.date(), at=AT, reason="x") == 2
    assert plan_table(drafted, SYSTEM)["plan_id"].to_dict() == waiting
    assert audited(drafted)["action"] == "publish_plans"


def test_a_planner_publishes_at_home_only(drafted: SqlUnitOfWork) -> None:
    before, waiting = contents(drafted), drafts(drafted)
    with pytest.raises(NotAllowedError):
        publish_plans(drafted, person(("planner", EAST)), list(waiting.values()), valid_from=AT.date(), at=AT, reason="x")
    assert contents(drafted) == before
    assert publish_plans(drafted, person(("planner", EAST)), [waiting[EAST]], valid_from=AT.date(), at=AT, reason="x") == 1


@pytest.mark.parametrize("ids", [[], [999], [1]])
def test_what_is_no_draft_is_not_found(drafted: SqlUnitOfWork, ids: list[int]) -> None:
    with pytest.raises(NotFoundError):
        publish_plans(drafted, SYSTEM, ids, valid_from=AT.date(), at=AT, reason="x")


def test_two_drafts_of_one_community_cannot_both_come_into_force(drafted: SqlUnitOfWork) -> None:
    divide_communities(drafted, SYSTEM, communities=[WEST], publish=False, at=AT)
    both, before = plan_table(drafted, SYSTEM).loc[WEST, "drafts"], contents(drafted)
    with pytest.raises(ConflictError):
        publish_plans(drafted, SYSTEM, both, valid_from=AT.date(), at=AT, reason="x")
    assert contents(drafted) == before


def test_tables_stay_within_what_one_may_see(planned: SqlUnitOfWork) -> None:
    leader = person(("leader", EAST))
    assert list(plan_table(planned, leader).index) == [EAST]
    assert set(grid_table(planned, leader)["community_code"]) == {EAST}
    assert set(roster_table(planned, leader)["worker"]) == {"员2", "员4"}
    for ask in (plan_table, grid_table, roster_table):
        with pytest.raises(NotAllowedError):
            ask(planned, leader, area_code=WEST)
        with pytest.raises(NotAllowedError):
            ask(planned, NOBODY)
