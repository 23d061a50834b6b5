"""Drafts may be redrawn, sketched, scheduled and given up; published plans may not. Both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import geopandas as gpd
import pandas as pd
import pytest
from shapely import box

from contracts.errors import ConflictError, InputError, NotFoundError
from contracts.records import PlanDraft
from store.engine import Store
from store.unit_of_work import SqlUnitOfWork
from tests.store.worlds import EAST, GRIDS, NOW, TODAY, WEST, circle_run, draft, grids, places, publish, settle

NEXT = [f"{WEST}002", f"{WEST}003"]


def keep(uow: SqlUnitOfWork, plan: int, expected: int, state: str = "{}") -> int:
    return uow.plans.keep_sketch(plan, state, expected_version=expected, author="林", at=NOW)


def test_a_sketch_is_kept_with_its_version(hamlet: SqlUnitOfWork) -> None:
    plan = draft(hamlet)
    assert hamlet.plans.sketch(plan) is None
    assert [keep(hamlet, plan, 0, '{"步": 1}'), keep(hamlet, plan, 1, '{"步": 2}')] == [1, 2]
    kept = hamlet.plans.sketch(plan)
    assert kept is not None
    assert (kept.state, kept.version, kept.author, kept.updated_at) == ('{"步": 2}', 2, "林", NOW)


def test_the_second_of_two_planners_is_told(hamlet: SqlUnitOfWork) -> None:
    plan = draft(hamlet)
    keep(hamlet, plan, 0)
    for expected in (0, 2):
        with pytest.raises(ConflictError, match="Somebody else saved"):
            keep(hamlet, plan, expected)


def test_a_published_plan_takes_no_sketch_and_no_redrawing(hamlet: SqlUnitOfWork) -> None:
    plan = publish(hamlet)
    with pytest.raises(ConflictError, match="published"):
        keep(hamlet, plan, 0)
    with pytest.raises(ConflictError, match="published"):
        hamlet.plans.redraw(plan, grids(), pd.Series({"b1": GRIDS[0]}), report={})
    with pytest.raises(ConflictError, match="published"):
        hamlet.plans.withdraw([plan])


def test_a_redrawn_draft_has_the_new_grids_only(hamlet: SqlUnitOfWork) -> None:
    publish(hamlet)
    plan = draft(hamlet, NEXT)
    hamlet.plans.redraw(plan, grids([GRIDS[0], f"{WEST}004"]), pd.Series({"b1": GRIDS[0]}), report={"faults": []}, rule={"band": [1, 2]})
    assert hamlet.plans.grids(plan_ids=[plan]).index.tolist() == [GRIDS[0], f"{WEST}004"]
    assert hamlet.plans.grid_of_building(plan_ids=[plan]).to_dict() == {"b1": GRIDS[0]}
    assert hamlet.plans.grids(plan_ids=[plan], bbox=(0.6, 0.1, 0.7, 0.2)).index.tolist() == [f"{WEST}004"]
    assert hamlet.plans.list_plans(plan_ids=[plan])["rule"].iloc[0] == {"band": [1, 2]}


@pytest.mark.parametrize("change", ["keep", "redraw"])
def test_a_changed_draft_waits_for_no_day(hamlet: SqlUnitOfWork, change: str) -> None:
    plan = draft(hamlet)
    hamlet.plans.schedule([plan], due_from=date(2026, 4, 1), author="王", reason="四月起")
    if change == "keep":
        keep(hamlet, plan, 0)
    else:
        hamlet.plans.redraw(plan, grids(), pd.Series({"b1": GRIDS[0]}), report={})
    assert hamlet.plans.due(date(2026, 5, 1)) == []
    assert hamlet.plans.list_plans(plan_ids=[plan])["published_by"].isna().all()


def test_redrawing_brings_no_gone_code_back(hamlet: SqlUnitOfWork) -> None:
    publish(hamlet)
    publish(hamlet, NEXT)
    plan = draft(hamlet, NEXT)
    with pytest.raises(ConflictError, match="never used again"):
        hamlet.plans.redraw(plan, grids(GRIDS), pd.Series(dtype="str"), report={})


def test_what_is_not_there_cannot_be_drawn_kept_or_given_up(hamlet: SqlUnitOfWork) -> None:
    for act in (
        lambda: keep(hamlet, 4711, 0),
        lambda: hamlet.plans.withdraw([4711]),
        lambda: hamlet.plans.redraw(4711, grids(), pd.Series(dtype="str"), report={}),
    ):
        with pytest.raises(NotFoundError, match="4711"):
            act()


def test_a_withdrawn_draft_leaves_nothing(hamlet: SqlUnitOfWork) -> None:
    plan = draft(hamlet)
    keep(hamlet, plan, 0)
    hamlet.plans.withdraw([plan])
    assert hamlet.plans.list_plans().empty
    assert hamlet.plans.grids(plan_ids=[plan]).empty
    assert hamlet.plans.sketch(plan) is None
    assert hamlet.plans.used_codes(WEST) == set()


def test_drafts_of_many_communities_are_saved_at_once(hamlet: SqlUnitOfWork) -> None:
    eastern = places([f"{EAST}001"], [grids().geometry.iloc[0]], kind="comprehensive", households=[5], street_share=[0.5])
    west = PlanDraft(WEST, grids(), pd.Series({"b1": GRIDS[0], "b2": GRIDS[1]}), {}, {}, "林", "x", NOW)
    plans = hamlet.plans.save_drafts([west, PlanDraft(EAST, eastern, pd.Series({"b3": f"{EAST}001"}), {}, {}, "林", "x", NOW)])
    found = hamlet.plans.grids(plan_ids=plans)
    assert found["plan_id"].tolist() == [plans[0], plans[0], plans[1]]
    assert found["polsby_popper"].dropna().tolist() == [0.6, 0.7]
    assert hamlet.plans.grid_of_building(plan_ids=[plans[1]]).to_dict() == {"b3": f"{EAST}001"}
    assert hamlet.plans.save_drafts([]) == []


def test_the_plan_of_a_day_is_found(hamlet: SqlUnitOfWork) -> None:
    first = publish(hamlet)
    later = draft(hamlet, NEXT)
    hamlet.plans.publish([later], valid_from=date(2026, 4, 1), at=NOW)
    days = {date(2026, 3, 3): {}, TODAY: {WEST: first}, date(2026, 3, 31): {WEST: first}, date(2026, 4, 1): {WEST: later}}
    assert {day: hamlet.plans.plans_on(day).to_dict() for day in days} == days
    assert hamlet.plans.grids(on=TODAY).index.tolist() == GRIDS
    assert hamlet.plans.grid_of_building(on=date(2026, 5, 1)).to_dict() == {"b1": NEXT[0], "b2": NEXT[1]}
    assert hamlet.plans.grids(on=date(2026, 3, 3)).empty


def test_a_plan_keeps_who_published_it_and_why(hamlet: SqlUnitOfWork) -> None:
    plan = draft(hamlet)
    hamlet.plans.publish([plan], valid_from=TODAY, at=NOW, author="王", reason="新楼入住")
    row = hamlet.plans.list_plans().iloc[0]
    assert (row["author"], row["published_by"], row["reason"]) == ("林", "王", "新楼入住")


def test_plans_follow_each_other_in_time(hamlet: SqlUnitOfWork) -> None:
    publish(hamlet)
    with pytest.raises(ConflictError, match="before the one it follows"):
        hamlet.plans.publish([draft(hamlet, NEXT)], valid_from=date(2026, 3, 3), at=NOW)


def test_an_empty_plan_or_one_without_a_reason_is_not_published(hamlet: SqlUnitOfWork) -> None:
    bare = hamlet.plans.save_draft(WEST, grids().iloc[:0], pd.Series(dtype="str"), rule={}, report={}, author="林", reason="x", at=NOW)
    with pytest.raises(ConflictError, match="without grids"):
        hamlet.plans.publish([bare], valid_from=TODAY, at=NOW)


def unfit(uow: SqlUnitOfWork, shapes: gpd.GeoDataFrame, homes: dict[str, str]) -> int:
    return uow.plans.save_draft(WEST, shapes, pd.Series(homes, dtype="str"), rule={}, report={}, author="林", reason="x", at=NOW)


@pytest.mark.parametrize(
    ("shapes", "homes", "words"),
    [
        (grids().assign(households=[3, 0]), {"b1": GRIDS[0]}, "building b2"),
        (grids().iloc[:1], {"b1": GRIDS[0], "b2": GRIDS[0]}, "ground"),
        (grids().assign(households=[3, 5]), {"b1": GRIDS[0], "b2": GRIDS[1]}, "changed since"),
    ],
)
def test_an_incomplete_or_outdated_draft_is_not_published_by_any_way(
    hamlet: SqlUnitOfWork, shapes: gpd.GeoDataFrame, homes: dict[str, str], words: str
) -> None:
    before = publish(hamlet)
    plan = unfit(hamlet, shapes.assign(households=[7]) if len(shapes) == 1 else shapes, homes)
    with pytest.raises(ConflictError, match=words):
        hamlet.plans.publish([plan], valid_from=TODAY, at=NOW)
    assert hamlet.plans.list_plans().set_index("plan_id")["status"].to_dict() == {before: "active", plan: "draft"}


def test_a_building_outside_its_community_needs_no_grid(hamlet: SqlUnitOfWork) -> None:
    hamlet.buildings.upsert(places(["b4"], [box(0.95, 0.1, 1.2, 0.2)], community_code=[WEST], households=[9]))
    hamlet.plans.publish([draft(hamlet)], valid_from=TODAY, at=NOW)
    hamlet.buildings.upsert(places(["b4"], [box(0.8, 0.1, 1.1, 0.2)], community_code=[WEST], households=[9]))
    with pytest.raises(ConflictError, match="building b4"):
        hamlet.plans.publish([draft(hamlet)], valid_from=TODAY, at=NOW)


def test_a_draft_that_was_refused_keeps_why_and_waits_for_no_day(hamlet: SqlUnitOfWork) -> None:
    plan, why = draft(hamlet), {"template": "x", "details": {}}
    hamlet.plans.schedule([plan], due_from=date(2026, 4, 1), author="王", reason="四月起")
    hamlet.plans.refuse(plan, why=why)
    row = hamlet.plans.list_plans(plan_ids=[plan]).iloc[0]
    assert (row["report"], row["due_from"]) == ({"faults": 0, "refused": why}, None)


def test_a_reason_of_blanks_is_none(hamlet: SqlUnitOfWork) -> None:
    plan = hamlet.plans.save_draft(WEST, grids(), pd.Series({"b1": GRIDS[0], "b2": GRIDS[1]}), rule={}, report={}, author="林", reason=" ", at=NOW)
    with pytest.raises(ConflictError, match="with a reason"):
        hamlet.plans.publish([plan], valid_from=TODAY, at=NOW)


def test_a_draft_waits_for_its_day(hamlet: SqlUnitOfWork) -> None:
    plan = draft(hamlet)
    hamlet.plans.schedule([plan], due_from=date(2026, 4, 1), author="王", reason="四月起")
    assert hamlet.plans.grids().empty
    assert hamlet.plans.due(date(2026, 3, 31)) == []
    assert hamlet.plans.due(date(2026, 4, 2)) == [(plan, date(2026, 4, 1), "王")]
    hamlet.plans.schedule([plan], due_from=None, author="王", reason="")
    assert hamlet.plans.due(date(2026, 4, 2)) == []


def case(uow: SqlUnitOfWork, key: str, grid: str, plan: int | None) -> None:
    spot = grids().geometry.iloc[:1].representative_point().tolist()
    uow.cases.upsert(places([key], spot, category="B01", state="open", reported_at=[pd.Timestamp(NOW)], grid_code=grid, plan_id=plan))


def test_a_case_keeps_the_plan_it_was_made_under(hamlet: SqlUnitOfWork) -> None:
    plan = publish(hamlet)
    case(hamlet, "c1", GRIDS[0], plan)
    publish(hamlet, NEXT)
    assert hamlet.cases.read()[["grid_code", "plan_id"]].to_numpy().tolist() == [[GRIDS[0], plan]]


@pytest.mark.parametrize("plan", ["none", "draft", "other"])
def test_a_case_names_a_grid_of_a_plan_that_was_in_force(hamlet: SqlUnitOfWork, plan: str) -> None:
    first = publish(hamlet)
    with pytest.raises(ConflictError, match="published plan"):
        case(hamlet, "c2", NEXT[1] if plan == "other" else GRIDS[0], {"none": None, "draft": draft(hamlet), "other": first}[plan])


def test_a_figure_is_not_shown_on_the_grids_of_another_plan(hamlet: SqlUnitOfWork) -> None:
    plan = publish(hamlet)
    rows = circle_run().coverage.assign(area_code=[GRIDS[0], WEST], level=["grid", "community"], plan_id=pd.array([plan, None], dtype="Int64"))
    run = hamlet.circles.save(circle_run(coverage=rows))
    assert hamlet.circles.coverage(run)["area_code"].tolist() == [WEST, GRIDS[0]]
    publish(hamlet, [GRIDS[0], f"{WEST}003"])
    assert hamlet.circles.coverage(run)["area_code"].tolist() == [WEST]
    assert hamlet.circles.coverage(run, of_any_plan=True)["plan_id"].dropna().tolist() == [plan]


def test_a_run_goes_on_until_it_is_finished(hamlet: SqlUnitOfWork) -> None:
    facts = {"seed": 0}
    run = hamlet.runs.begin("k", facts=facts, communities=2, author="林", at=NOW)
    plan = draft(hamlet)
    hamlet.runs.keep_parts(run, [(WEST, plan, {"grids": 2}), (EAST, None, {"reason": "x"})])
    hamlet.runs.stop(run)
    assert hamlet.runs.begin("k", facts=facts, communities=2, author="林", at=NOW) == run
    assert hamlet.runs.begin("other", facts=facts, communities=2, author="林", at=NOW) != run
    parts = hamlet.runs.parts(run)
    assert parts["community_code"].tolist() == [WEST, EAST]
    assert parts["plan_id"].isna().tolist() == [False, True]
    assert parts["outcome"].tolist() == [{"grids": 2}, {"reason": "x"}]
    assert hamlet.runs.done(run, [WEST, "none"]) == {WEST}
    hamlet.runs.finish(run, facts=facts, at=NOW)
    assert hamlet.runs.find("k") is None
    listed = hamlet.runs.list_runs().set_index("run_id")
    assert listed.loc[run, ["status", "done"]].tolist() == ["finished", 2]


def test_a_dropped_run_takes_its_drafts_but_not_edited_ones(hamlet: SqlUnitOfWork) -> None:
    run = hamlet.runs.begin("k", facts={}, communities=2, author="林", at=NOW)
    plain, edited = draft(hamlet), draft(hamlet)
    keep(hamlet, edited, 0)
    hamlet.runs.keep_parts(run, [(WEST, plain, {}), (EAST, edited, {})])
    hamlet.runs.drop(run)
    assert hamlet.plans.list_plans()["plan_id"].tolist() == [edited]
    assert hamlet.runs.list_runs().empty


def test_two_planners_publish_at_once_and_one_of_them_wins(store: Store) -> None:
    with SqlUnitOfWork(store) as uow:
        settle(uow)
        both = [draft(uow), draft(uow)]
        uow.commit()
    start = Barrier(2)

    def act(plan: int) -> str:
        start.wait()
        try:
            with SqlUnitOfWork(store) as uow:
                uow.plans.publish([plan], valid_from=TODAY, at=NOW)
                uow.commit()
        except ConflictError:
            return "told"
        return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(act, both)) == ["done", "told"]
    with SqlUnitOfWork(store) as uow:
        assert sorted(uow.plans.list_plans()["status"]) == ["active", "draft"]


def test_two_planners_save_one_sketch_at_once_and_one_of_them_wins(store: Store) -> None:
    with SqlUnitOfWork(store) as uow:
        settle(uow)
        plan = draft(uow)
        uow.commit()
    start = Barrier(2)

    def act(author: str) -> str:
        start.wait()
        try:
            with SqlUnitOfWork(store) as uow:
                uow.plans.keep_sketch(plan, author, expected_version=0, author=author, at=NOW)
                uow.commit()
        except ConflictError:
            return "told"
        return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(act, ("林", "王"))) == ["done", "told"]


def test_cells_are_places_with_their_duty_grid(hamlet: SqlUnitOfWork) -> None:
    cells = places([f"{WEST}001", f"{WEST}002"], grids().geometry.tolist(), community_code=WEST, area_m2=[1.0, 2.0], duty_grid=["d1", None])
    assert hamlet.cells.upsert(cells).added == 2
    assert hamlet.cells.read(communities=[WEST])["duty_grid"].fillna("").tolist() == ["d1", ""]
    assert hamlet.cells.read(bbox=(0.6, 0.1, 0.7, 0.2)).index.tolist() == [f"{WEST}002"]
    with pytest.raises((ConflictError, InputError)):
        hamlet.cells.upsert(cells.assign(community_code=EAST))


@pytest.mark.parametrize(("weight", "is_refused"), [("households", False), ("residents", True), ("workload", True)])
def test_people_who_came_put_a_plan_that_balances_them_out_of_date(hamlet: SqlUnitOfWork, weight: str, is_refused: bool) -> None:
    homes = pd.Series({"b1": GRIDS[0], "b2": GRIDS[1]})
    plan = hamlet.plans.save_draft(WEST, grids(), homes, rule={"weight": weight}, report={}, author="林", reason="x", at=NOW)
    hamlet.buildings.upsert(hamlet.buildings.read(keys=["b1"]).assign(residents=30.0))
    if is_refused:
        with pytest.raises(ConflictError, match="changed since draft"):
            hamlet.plans.publish([plan], valid_from=TODAY, at=NOW)
    else:
        hamlet.plans.publish([plan], valid_from=TODAY, at=NOW)
