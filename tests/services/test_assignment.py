"""Workers lead the grids near their homes, and nobody works twice over."""

from __future__ import annotations

import pytest

from contracts.errors import CancelledError, NotAllowedError, NotFoundError
from services.access import SYSTEM
from services.assignment import assign_workers_to_grids
from services.division import divide_communities
from store.engine import Store
from store.repositories.people import AuditTrail
from store.unit_of_work import SqlUnitOfWork
from tests.services.acts import NOBODY, Stop, audited, calls_of, contents, person
from tests.small_city import AT, EAST, WEST, settle, workers


def posts(uow: SqlUnitOfWork) -> set[tuple[str, str, str]]:
    with uow:
        return set(uow.assignments.read()[["grid_code", "worker_key", "role"]].itertuples(index=False, name=None))


BY_HAND = {
    (f"{WEST}001", "w1", "lead"),
    (f"{WEST}002", "w1", "lead"),
    (f"{EAST}001", "w2", "lead"),
    (f"{EAST}002", "w2", "lead"),
    (f"{WEST}001", "w3", "member"),
    (f"{EAST}002", "w4", "member"),
}


def test_everybody_works_in_the_nearest_grids(store: Store) -> None:
    uow = SqlUnitOfWork(store)
    settle(uow)
    divide_communities(uow, SYSTEM, at=AT)
    report = assign_workers_to_grids(uow, SYSTEM, at=AT)
    assert posts(uow) == BY_HAND
    assert (report.grids, report.pairs, report.leads, report.uncovered_grids, report.status) == (4, 6, 4, (), "optimal")


def test_assigning_again_keeps_every_post(planned: SqlUnitOfWork) -> None:
    with planned:
        before = planned.assignments.read()
    assign_workers_to_grids(planned, SYSTEM, at=AT)
    with planned:
        assert planned.assignments.read().equals(before)


def test_grids_without_a_lead_are_named(loaded: SqlUnitOfWork) -> None:
    with loaded:
        loaded.workers.delete(["w1", "w2"])
        loaded.commit()
    divide_communities(loaded, SYSTEM, at=AT)
    assert assign_workers_to_grids(loaded, SYSTEM, at=AT).uncovered_grids == (f"{WEST}001", f"{WEST}002", f"{EAST}001", f"{EAST}002")


def test_a_lead_at_the_limit_elsewhere_gets_no_grid_here(planned: SqlUnitOfWork) -> None:
    with planned:
        planned.workers.upsert(workers().loc[["w1"]].assign(capacity=2, community=EAST))
        planned.workers.upsert(workers().loc[["w2"]].assign(capacity=0))
        planned.commit()
    report = assign_workers_to_grids(planned, SYSTEM, communities=[EAST], at=AT)
    assert report.uncovered_grids == (f"{EAST}001", f"{EAST}002")
    assert {post for post in posts(planned) if post[0].startswith(WEST) and post[2] == "lead"} == {post for post in BY_HAND if post[1] == "w1"}


def test_one_community_leaves_the_others_alone(planned: SqlUnitOfWork) -> None:
    with planned:
        planned.workers.upsert(workers().loc[["w1", "w2"]].assign(capacity=0))
        planned.commit()
    assign_workers_to_grids(planned, person(("coordinator", WEST)), at=AT)
    assert {post for post in posts(planned) if post[1] in ("w1", "w2")} == {post for post in BY_HAND if post[1] == "w2"}


@pytest.mark.parametrize("who", [NOBODY, person(("coordinator", EAST)), person(("worker", WEST)), person(("visitor", ""))])
def test_others_may_not_assign_in_the_west(planned: SqlUnitOfWork, who) -> None:
    before = contents(planned)
    with pytest.raises(NotAllowedError):
        assign_workers_to_grids(planned, who, communities=[WEST], at=AT)
    assert contents(planned) == before


def test_without_grids_it_says_to_divide_first(loaded: SqlUnitOfWork) -> None:
    with pytest.raises(NotFoundError, match="Divide the communities first"):
        assign_workers_to_grids(loaded, SYSTEM, at=AT)


def test_a_cancel_at_any_moment_leaves_everything_as_it_was(planned: SqlUnitOfWork) -> None:
    with planned:
        planned.workers.upsert(workers().loc[["w3"]].assign(capacity=0))
        planned.commit()
    before = contents(planned)
    for call in range(4):
        with pytest.raises(CancelledError):
            assign_workers_to_grids(planned, SYSTEM, at=AT, progress=Stop(call))
        assert contents(planned) == before
    assert calls_of(lambda stop: assign_workers_to_grids(planned, SYSTEM, at=AT, progress=stop)) == 4


def test_an_accident_before_the_commit_leaves_everything_as_it_was(loaded: SqlUnitOfWork, monkeypatch: pytest.MonkeyPatch) -> None:
    divide_communities(loaded, SYSTEM, at=AT)
    before = contents(loaded)
    monkeypatch.setattr(AuditTrail, "append", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        assign_workers_to_grids(loaded, SYSTEM, at=AT)
    assert contents(loaded) == before


def test_an_assignment_is_audited(planned: SqlUnitOfWork) -> None:
    assign_workers_to_grids(planned, person(("coordinator", "")), at=AT)
    row = audited(planned)
    assert (row["login"], row["action"], row["subject"], row["details"]["pairs"]) == ("lin", "assign_workers", f"{WEST},{EAST}", 6)


def test_a_report_tells_people_and_machines(planned: SqlUnitOfWork) -> None:
    report = assign_workers_to_grids(planned, SYSTEM, at=AT)
    assert report.as_dict()["uncovered_grids"] == []
    assert "最优" in report.sentences()[0].in_language("zh_CN")
