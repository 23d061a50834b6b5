"""Division keeps its plans whole, its codes for ever, and to those who may."""

from __future__ import annotations

import pytest
import shapely

from contracts.errors import CancelledError, NotAllowedError, NotFoundError
from grids.rules import GridRule
from services.access import SYSTEM
from services.division import city_rule, divide_communities
from store.engine import Store
from store.repositories.people import AuditTrail
from store.unit_of_work import SqlUnitOfWork
from tests.services.acts import NOBODY, Stop, audited, calls_of, contents, give_own_grid, person
from tests.small_city import AT, EAST, STREET, WEST, placed, settle

ONE_GRID = GridRule(band=(800, 900), target=840)


def codes(uow: SqlUnitOfWork, community: str = WEST) -> list[str]:
    with uow:
        return list(uow.plans.grids(communities=[community]).index)


def homes(uow: SqlUnitOfWork) -> dict[str, str]:
    with uow:
        return uow.plans.grid_of_building().to_dict()


def test_each_community_is_cut_along_its_cross_street(store: Store) -> None:
    uow = SqlUnitOfWork(store)
    settle(uow)
    report = divide_communities(uow, SYSTEM, at=AT)
    assert list(report.plans["grids"]) == [2, 2]
    assert list(report.plans["households"]) == [840.0, 840.0]
    assert (report.infeasible, report.warnings, list(report.plans["faults"])) == ((), (), [0, 0])
    of = homes(uow)
    assert {of[f"h{x:03}-{y}"] for x in (40, 120) for y in (130, 170, 220)} == {f"{WEST}001"}
    assert {of[f"h{x:03}-{y}"] for x in (280, 360) for y in (130, 170, 220)} == {f"{WEST}002"}


def test_dividing_again_changes_no_code(planned: SqlUnitOfWork) -> None:
    before = homes(planned)
    divide_communities(planned, SYSTEM, at=AT)
    assert homes(planned) == before


def test_a_gone_code_is_never_given_again(planned: SqlUnitOfWork) -> None:
    divide_communities(planned, SYSTEM, communities=[WEST], rule=ONE_GRID, at=AT)
    (kept,) = codes(planned)
    divide_communities(planned, SYSTEM, communities=[WEST], at=AT)
    assert sorted(codes(planned)) == sorted([kept, f"{WEST}003"])


def test_a_draft_leaves_the_plan_in_force(planned: SqlUnitOfWork) -> None:
    divide_communities(planned, SYSTEM, rule=ONE_GRID, publish=False, at=AT)
    assert codes(planned) == [f"{WEST}001", f"{WEST}002"]
    with planned:
        assert list(planned.plans.list_plans(status="draft")["community_code"]) == [WEST, EAST]


def test_what_cannot_be_divided_is_said_and_the_rest_is_kept(loaded: SqlUnitOfWork) -> None:
    with loaded:
        loaded.buildings.delete(list(loaded.buildings.read(communities=[EAST]).index))
        loaded.commit()
    report = divide_communities(loaded, SYSTEM, at=AT)
    assert WEST in set(report.plans["community_code"])
    assert {code for code, _ in (*report.infeasible, *report.warnings)} == {EAST}


def test_the_citys_own_band_is_used(loaded: SqlUnitOfWork) -> None:
    with loaded:
        loaded.city.put("grid_rule", {"band": [800, 900], "target": 840})
        loaded.commit()
        assert city_rule(loaded).band == (800, 900)
    assert list(divide_communities(loaded, SYSTEM, at=AT).plans["grids"]) == [1, 1]


def test_a_planner_of_one_community_divides_that_one(loaded: SqlUnitOfWork) -> None:
    report = divide_communities(loaded, person(("planner", EAST)), at=AT)
    assert list(report.plans["community_code"]) == [EAST]


@pytest.mark.parametrize("who", [NOBODY, person(("planner", EAST)), person(("coordinator", "")), person(("visitor", ""))])
def test_others_may_not_divide_the_west(loaded: SqlUnitOfWork, who) -> None:
    before = contents(loaded)
    with pytest.raises(NotAllowedError):
        divide_communities(loaded, who, communities=[WEST], at=AT)
    assert contents(loaded) == before


def test_a_right_over_the_street_holds_in_its_communities(loaded: SqlUnitOfWork) -> None:
    assert divide_communities(loaded, person(("planner", STREET)), communities=[WEST], at=AT).grids == 2


def test_an_unknown_community_is_not_found(loaded: SqlUnitOfWork) -> None:
    with pytest.raises(NotFoundError, match="990101001009"):
        divide_communities(loaded, SYSTEM, communities=["990101001009"], at=AT)


def test_an_empty_store_says_what_to_import(sqlite_store_url: str) -> None:
    from store.engine import open_store

    with pytest.raises(NotFoundError, match="Import a street map"):
        divide_communities(SqlUnitOfWork(open_store(sqlite_store_url)), SYSTEM, at=AT)


def test_a_cancel_at_any_moment_leaves_everything_as_it_was(planned: SqlUnitOfWork) -> None:
    for call in range(calls_of(lambda stop: divide_communities(planned, SYSTEM, at=AT, progress=stop))):
        before = contents(planned)
        with pytest.raises(CancelledError):
            divide_communities(planned, SYSTEM, rule=ONE_GRID, at=AT, progress=Stop(call))
        assert contents(planned) == before


def test_an_accident_before_the_commit_leaves_everything_as_it_was(planned: SqlUnitOfWork, monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents(planned)
    monkeypatch.setattr(AuditTrail, "append", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        divide_communities(planned, SYSTEM, rule=ONE_GRID, at=AT)
    assert contents(planned) == before


def test_a_division_is_audited(loaded: SqlUnitOfWork) -> None:
    divide_communities(loaded, person(("planner", WEST)), seed=3, at=AT)
    row = audited(loaded)
    assert (row["login"], row["action"], row["subject"]) == ("lin", "divide", WEST)
    assert row["details"] == {"plans": 1, "grids": 2, "seed": 3, "publish": True}


def test_a_report_tells_people_and_machines(loaded: SqlUnitOfWork) -> None:
    report = divide_communities(loaded, SYSTEM, at=AT)
    facts = {"communities": 2, "grids": 4, "faults": 0, "infeasible": {}, "resumed": 0, "digest": report.digest, "seconds": 0}
    assert {**report.as_dict(), "seconds": 0} == facts
    assert "2 个社区" in report.sentences()[0].in_language("zh_CN")


def test_a_dedicated_grid_in_force_stays_what_it_is(planned: SqlUnitOfWork) -> None:
    """A park without houses, cut out by a planner, keeps its ground, kind, name and code through a new division."""
    code = give_own_grid(planned, WEST, placed({"p": (shapely.box(140, -9, 190, 100), {})}).geometry.iloc[0], "公园")
    with planned:
        before = planned.plans.grids(communities=[WEST])
    report = divide_communities(planned, SYSTEM, communities=[WEST], at=AT)
    with planned:
        after = planned.plans.grids(communities=[WEST])
    assert (report.plans["faults"].tolist(), after.index.tolist()) == ([0], before.index.tolist())
    assert after.loc[code, ["kind", "name"]].tolist() == ["dedicated", "公园"]
    assert after.geometry[code].symmetric_difference(before.geometry[code]).area < 1e-3 * before.geometry[code].area
