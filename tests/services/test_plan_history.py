"""Plans through time: who published what and why, what was in force on a day, what differs between two plans."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from contracts.errors import ConflictError, InputError, NotAllowedError, NotFoundError
from grids.rules import GridRule
from services.access import SYSTEM, Principal
from services.division import divide_communities
from services.editing import open_draft, save_draft
from services.grid_plans import bring_due_plans, plan_table, publish_plans, withdraw_plans
from services.grid_sheets import plan_sheets
from services.grounds import Grounds
from services.maplayers import grid_values
from services.plan_export import export_plan
from services.plan_guard import require_publishable
from services.plan_history import compare_plans, grids_on, plan_grids, plan_history, plan_in_force
from store.repositories.plans import PlanTable
from store.unit_of_work import SqlUnitOfWork
from tests.services.acts import NOBODY, audited, contents, person
from tests.small_city import AT, EAST, WEST

ONE_GRID = GridRule(band=(800, 900), target=840)
LATER = AT + timedelta(days=30)
PLANNER = person(("planner", ""))


@pytest.fixture
def drafted(planned: SqlUnitOfWork) -> tuple[SqlUnitOfWork, int]:
    """The small city with a draft of the west in which its two grids are one."""
    report = divide_communities(planned, SYSTEM, communities=[WEST], rule=ONE_GRID, publish=False, at=AT)
    return planned, int(report.plans["plan_id"].iloc[0])


def test_history_tells_who_why_and_from_when_to_when(drafted: tuple[SqlUnitOfWork, int]) -> None:
    uow, draft = drafted
    publish_plans(uow, PLANNER, [draft], valid_from=LATER.date(), at=LATER, reason="两格并一格")
    history = plan_history(uow, SYSTEM, WEST)
    assert history["status"].tolist() == ["active", "retired"]
    newest = history.iloc[0]
    assert (newest["plan_id"], newest["reason"], newest["published_by"], newest["valid_from"]) == (draft, "两格并一格", "lin", LATER.date())
    assert (newest["grids"], newest["households"]) == (1, 840)
    assert history["valid_to"].iloc[1] == LATER.date()
    assert audited(uow)["details"]["reason"] == "两格并一格"


def test_the_grids_of_a_day_are_those_that_were_in_force(drafted: tuple[SqlUnitOfWork, int]) -> None:
    uow, draft = drafted
    publish_plans(uow, PLANNER, [draft], valid_from=LATER.date(), at=LATER, reason="x")
    assert len(grids_on(uow, SYSTEM, AT.date(), community=WEST)) == 2
    assert len(grids_on(uow, SYSTEM, LATER.date(), community=WEST)) == 1
    assert plan_in_force(uow, SYSTEM, WEST) == draft
    assert len(plan_grids(uow, SYSTEM, draft)) == 1


def test_two_plans_are_compared_grid_by_grid(drafted: tuple[SqlUnitOfWork, int]) -> None:
    uow, draft = drafted
    before = plan_in_force(uow, SYSTEM, WEST)
    found = compare_plans(uow, SYSTEM, before, draft)
    (kept,) = [code for code in found.grids.index if found.grids.loc[code, "change"] == "changed"]
    (lost,) = [code for code in found.grids.index if found.grids.loc[code, "change"] == "lost"]
    assert found.grids.loc[kept, ["households_before", "households_after", "households_moved_in"]].tolist() == [420, 840, 420]
    assert found.grids.loc[lost, ["buildings_before", "buildings_after", "households_moved_out"]].tolist() == [6, 0, 420]
    assert (found.households, found.households_moved, found.buildings_moved, found.moved_share) == (840, 420, 6, 0.5)
    assert set(found.workers["name"]) == {"员1", "员3"}


def test_a_plan_differs_from_itself_in_nothing(planned: SqlUnitOfWork) -> None:
    plan = plan_in_force(planned, SYSTEM, WEST)
    found = compare_plans(planned, SYSTEM, plan, plan)
    assert (set(found.grids["change"]), found.households_moved, len(found.workers)) == ({"kept"}, 0.0, 0)


def test_who_may_not_see_workers_compares_without_them(drafted: tuple[SqlUnitOfWork, int]) -> None:
    uow, draft = drafted
    before = plan_in_force(uow, SYSTEM, WEST)
    publish_plans(uow, PLANNER, [draft], valid_from=AT.date(), at=AT, reason="x")
    found = compare_plans(uow, person(("auditor", WEST)), before, draft)
    assert found.workers.empty
    assert found.households_moved == 420


def test_plans_of_two_communities_cannot_be_compared(planned: SqlUnitOfWork) -> None:
    with pytest.raises(InputError, match="one community"):
        compare_plans(planned, SYSTEM, plan_in_force(planned, SYSTEM, WEST), plan_in_force(planned, SYSTEM, EAST))
    with pytest.raises(NotFoundError, match="999"):
        compare_plans(planned, SYSTEM, 999, plan_in_force(planned, SYSTEM, WEST))


@pytest.mark.parametrize("who", [NOBODY, person(("planner", EAST))])
def test_history_is_for_those_who_may_look_here(drafted: tuple[SqlUnitOfWork, int], who: Principal) -> None:
    uow, draft = drafted
    for act in (lambda: plan_history(uow, who, WEST), lambda: compare_plans(uow, who, draft, draft), lambda: plan_grids(uow, who, draft)):
        with pytest.raises(NotAllowedError):
            act()


@pytest.mark.parametrize("who", [person(("leader", "")), person(("visitor", "")), person(("leader", WEST), ("planner", EAST))])
def test_a_draft_is_for_those_who_may_edit_it(drafted: tuple[SqlUnitOfWork, int], who: Principal, tmp_path: Path) -> None:
    uow, draft = drafted
    in_force = plan_in_force(uow, who, WEST)
    assert plan_history(uow, who, WEST)["plan_id"].tolist() == [in_force]
    assert plan_table(uow, who)["drafts"].tolist() == [[], []]
    acts = [
        lambda: plan_grids(uow, who, draft),
        lambda: compare_plans(uow, who, in_force, draft),
        lambda: export_plan(uow, who, draft, tmp_path / "draft.csv", at=AT),
        lambda: plan_sheets(uow, who, draft, at=AT),
    ]
    for act in acts:
        with pytest.raises(NotAllowedError):
            act()
    assert draft in plan_history(uow, person(("planner", WEST)), WEST)["plan_id"].tolist()


def test_a_draft_for_a_later_day_waits_and_then_comes_into_force(drafted: tuple[SqlUnitOfWork, int]) -> None:
    uow, draft = drafted
    before = plan_in_force(uow, SYSTEM, WEST)
    publish_plans(uow, PLANNER, [draft], valid_from=LATER.date(), at=AT, reason="下月起")
    assert plan_in_force(uow, SYSTEM, WEST) == before
    assert plan_history(uow, SYSTEM, WEST)["due_from"].iloc[0] == LATER.date()
    assert bring_due_plans(uow, at=LATER - timedelta(days=1)) == 0
    assert bring_due_plans(uow, at=LATER + timedelta(days=2)) == 1
    newest = plan_history(uow, SYSTEM, WEST).iloc[0]
    assert (newest["plan_id"], newest["status"], newest["valid_from"], newest["published_by"]) == (draft, "active", LATER.date(), "lin")


def test_a_due_draft_that_is_out_of_date_stays_a_draft_and_is_noted(drafted: tuple[SqlUnitOfWork, int]) -> None:
    uow, draft = drafted
    publish_plans(uow, PLANNER, [draft], valid_from=LATER.date(), at=AT, reason="x")
    divide_communities(uow, SYSTEM, communities=[WEST], at=AT)
    assert bring_due_plans(uow, at=LATER) == 0
    assert audited(uow)["action"] == "publish_refused"
    assert bring_due_plans(uow, at=LATER) == 0


def test_a_due_draft_of_other_data_is_not_published_and_says_why(drafted: tuple[SqlUnitOfWork, int]) -> None:
    uow, draft = drafted
    publish_plans(uow, PLANNER, [draft], valid_from=LATER.date(), at=AT, reason="x")
    with uow:
        uow.buildings.upsert(uow.buildings.read(communities=[WEST]).iloc[:1].assign(households=90))
        uow.commit()
    assert bring_due_plans(uow, at=LATER) == 0
    newest = plan_history(uow, PLANNER, WEST).iloc[0]
    assert (newest["plan_id"], newest["status"], newest["due_from"]) == (draft, "draft", None)
    assert "changed since" in str(newest["refused"])
    assert audited(uow)["action"] == "publish_refused"


def test_why_a_draft_did_not_come_into_force_is_said_until_it_is_saved_again(drafted: tuple[SqlUnitOfWork, int]) -> None:
    uow, draft = drafted
    with uow:
        uow.plans.refuse(draft, why={"template": "Because of {reason}.", "details": {"reason": "x"}})
        uow.commit()
    assert str(plan_history(uow, PLANNER, WEST)["refused"].iloc[0]) == "Because of x."
    desk = open_draft(uow, PLANNER, draft, grounds=Grounds())
    save_draft(uow, PLANNER, desk, at=AT)
    assert plan_history(uow, PLANNER, WEST)["refused"].iloc[0] is None


def test_of_two_processes_that_bring_a_plan_one_is_late_and_says_nothing(drafted: tuple[SqlUnitOfWork, int], monkeypatch: pytest.MonkeyPatch) -> None:
    uow, draft = drafted
    publish_plans(uow, PLANNER, [draft], valid_from=LATER.date(), at=AT, reason="x")
    with uow:
        due = uow.plans.due(LATER.date())
    assert bring_due_plans(uow, at=LATER) == 1
    monkeypatch.setattr(PlanTable, "due", lambda *_: due)
    before = contents(uow)
    assert bring_due_plans(uow, at=LATER) == 0
    assert contents(uow) == before


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_a_reason_must_say_something(drafted: tuple[SqlUnitOfWork, int], reason: str | None) -> None:
    uow, draft = drafted
    before = contents(uow)
    with pytest.raises(InputError, match="Say why"):
        publish_plans(uow, PLANNER, [draft], valid_from=AT.date(), at=AT, reason=reason)
    assert contents(uow) == before


def test_a_faulty_plan_is_refused_with_its_faults(drafted: tuple[SqlUnitOfWork, int]) -> None:
    uow, draft = drafted
    with uow:
        grids, homes = uow.plans.grids(plan_ids=[draft]), uow.plans.grid_of_building(plan_ids=[draft])
        smaller = grids.set_geometry(grids.geometry.intersection(grids.union_all().buffer(-0.0002)))
        uow.plans.redraw(draft, smaller[["kind", "households", "geometry"]], homes.iloc[1:], report={})
        uow.commit()
    before = contents(uow)
    with pytest.raises(ConflictError, match=r"西里 cannot be published yet.*belong to no grid"):
        publish_plans(uow, PLANNER, [draft], valid_from=AT.date(), at=AT, reason="x")
    assert contents(uow) == before


def test_a_plan_that_lost_a_building_is_refused(drafted: tuple[SqlUnitOfWork, int]) -> None:
    uow, draft = drafted
    with uow:
        grids, homes = uow.plans.grids(plan_ids=[draft]), uow.plans.grid_of_building(plan_ids=[draft])
        uow.plans.redraw(draft, grids, homes.iloc[1:], report={})
        uow.commit()
    with pytest.raises(ConflictError, match="noted in no grid"):
        publish_plans(uow, PLANNER, [draft], valid_from=AT.date(), at=AT, reason="x")


def test_two_drafts_of_one_community_are_checked_each_for_itself(drafted: tuple[SqlUnitOfWork, int]) -> None:
    uow, draft = drafted
    other = int(divide_communities(uow, SYSTEM, communities=[WEST], publish=False, at=AT).plans["plan_id"].iloc[0])
    with uow:
        require_publishable(uow, [draft, other])
    with pytest.raises(ConflictError, match="refuses this"):
        publish_plans(uow, PLANNER, [draft, other], valid_from=AT.date(), at=AT, reason="x")


def test_a_band_the_data_force_is_published(planned: SqlUnitOfWork) -> None:
    with planned:
        grids, homes = planned.plans.grids(communities=[WEST]), planned.plans.grid_of_building(communities=[WEST])
        whole = grids.iloc[:1].set_geometry([grids.union_all()]).assign(households=840)
        draft = planned.plans.save_draft(WEST, whole, homes.map(lambda _: whole.index[0]), rule={}, report={}, author="林", reason="x", at=AT)
        planned.commit()
    assert publish_plans(planned, PLANNER, [draft], valid_from=AT.date(), at=AT, reason="x") == 1


def test_a_withdrawn_draft_is_gone_and_noted(drafted: tuple[SqlUnitOfWork, int]) -> None:
    uow, draft = drafted
    with pytest.raises(NotAllowedError):
        withdraw_plans(uow, person(("planner", EAST)), [draft], at=AT)
    assert withdraw_plans(uow, PLANNER, [draft], at=AT) == 1
    assert plan_history(uow, SYSTEM, WEST)["status"].tolist() == ["active"]
    assert audited(uow)["action"] == "withdraw_plans"
    with pytest.raises(NotFoundError):
        withdraw_plans(uow, PLANNER, [draft], at=AT)


def test_reach_computed_under_an_old_plan_is_not_shown_on_the_new_grids(planned: SqlUnitOfWork) -> None:
    asked = {"category": "HLT_STATION", "profile": "adult"}
    assert f"{WEST}001" in grid_values(planned, SYSTEM, **asked)
    divide_communities(planned, SYSTEM, communities=[WEST], rule=ONE_GRID, at=AT)
    values = grid_values(planned, SYSTEM, **asked)
    assert not [code for code in values.index if code.startswith(WEST) and code != WEST]
    assert f"{EAST}001" in values
