"""Grid plans go forward only, and assignments follow them."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from contracts.errors import ConflictError, InputError, MissingColumnError, NotFoundError
from store.unit_of_work import SqlUnitOfWork
from tests.store.worlds import GRIDS, NOW, TODAY, WEST, draft, grids, publish

NEXT = [f"{WEST}002", f"{WEST}003"]


def posts(*rows: tuple[str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["grid_code", "worker_key", "role"]).assign(walk_s=60.0)


def assign(uow: SqlUnitOfWork, frame: pd.DataFrame, at: object = NOW) -> None:
    uow.assignments.replace(frame, communities=[WEST], author="林", at=at)  # type: ignore[arg-type]


def test_a_draft_is_not_in_force(hamlet: SqlUnitOfWork) -> None:
    plan = draft(hamlet)
    assert hamlet.plans.grids().empty
    assert hamlet.plans.grid_of_building().empty
    assert hamlet.plans.grids(plan_ids=[plan]).index.tolist() == GRIDS


def test_a_published_plan_comes_back_whole(hamlet: SqlUnitOfWork) -> None:
    plan = publish(hamlet)
    found = hamlet.plans.grids()
    assert found["plan_id"].tolist() == [plan, plan]
    assert found["community_code"].tolist() == [WEST, WEST]
    assert found["polsby_popper"].tolist() == [0.6, 0.7]
    assert found.geometry.geom_equals(grids().geometry).all()
    assert hamlet.plans.grid_of_building().to_dict() == {"b1": GRIDS[0], "b2": GRIDS[1]}


def test_plans_are_listed_with_rule_and_dates(hamlet: SqlUnitOfWork) -> None:
    plan = publish(hamlet)
    row = hamlet.plans.list_plans(communities=[WEST], status="active").iloc[0]
    assert (row["plan_id"], row["author"], row["rule"], row["valid_from"], row["created_at"]) == (plan, "林", {"band": [300, 500]}, TODAY, NOW)
    assert hamlet.plans.list_plans(status="draft").empty


def test_the_next_plan_retires_the_one_before(hamlet: SqlUnitOfWork) -> None:
    publish(hamlet)
    later = draft(hamlet, NEXT)
    hamlet.plans.publish([later], valid_from=date(2026, 4, 1), at=NOW)
    listed = hamlet.plans.list_plans()
    assert listed["status"].tolist() == ["retired", "active"]
    assert listed["valid_to"].iloc[0] == date(2026, 4, 1)
    assert hamlet.plans.grids().index.tolist() == NEXT
    assert hamlet.plans.used_codes(WEST) == {*GRIDS, *NEXT}


def test_a_code_of_a_gone_grid_is_never_used_again(hamlet: SqlUnitOfWork) -> None:
    publish(hamlet)
    publish(hamlet, NEXT)
    with pytest.raises(ConflictError, match="belonged to a grid that is gone"):
        draft(hamlet, GRIDS)


def test_a_draft_made_before_another_was_published_is_stale(hamlet: SqlUnitOfWork) -> None:
    stale = draft(hamlet)
    publish(hamlet, NEXT)
    with pytest.raises(ConflictError, match="published meanwhile"):
        hamlet.plans.publish([stale], valid_from=TODAY, at=NOW)


def test_two_drafts_of_one_community_cannot_both_be_published(hamlet: SqlUnitOfWork) -> None:
    both = [draft(hamlet), draft(hamlet, NEXT)]
    with pytest.raises(ConflictError):
        hamlet.plans.publish(both, valid_from=TODAY, at=NOW)


def test_only_drafts_can_be_published(hamlet: SqlUnitOfWork) -> None:
    plan = publish(hamlet)
    for number in (plan, 4711):
        with pytest.raises(NotFoundError, match=str(number)):
            hamlet.plans.publish([number], valid_from=TODAY, at=NOW)


def test_grids_in_a_box(hamlet: SqlUnitOfWork) -> None:
    publish(hamlet)
    assert hamlet.plans.grids(bbox=(0.6, 0.1, 0.7, 0.2)).index.tolist() == [GRIDS[1]]
    assert hamlet.plans.grids(communities=["none"]).empty


def test_assignments_are_read_by_grid_worker_and_community(hamlet: SqlUnitOfWork) -> None:
    publish(hamlet)
    assign(hamlet, posts((GRIDS[1], "w1", "lead"), (GRIDS[0], "w1", "lead"), (GRIDS[0], "w2", "member")))
    found = hamlet.assignments.read()
    assert found[["grid_code", "worker_key", "role"]].values.tolist() == [[GRIDS[0], "w1", "lead"], [GRIDS[0], "w2", "member"], [GRIDS[1], "w1", "lead"]]
    assert found["walk_s"].tolist() == [60.0] * 3
    assert len(hamlet.assignments.read(grid_codes=[GRIDS[0]], worker_keys=["w1"])) == 1
    assert hamlet.assignments.read(communities=["none"]).empty


def test_equal_assignments_stay_and_others_end(hamlet: SqlUnitOfWork) -> None:
    publish(hamlet)
    assign(hamlet, posts((GRIDS[0], "w1", "lead"), (GRIDS[1], "w1", "lead")))
    later = NOW.replace(hour=9)
    assign(hamlet, posts((GRIDS[0], "w1", "lead"), (GRIDS[1], "w2", "lead")), later)
    assert hamlet.assignments.read()["started_at"].tolist() == [NOW, later]


def test_the_same_assignments_again_do_not_make_new_data(hamlet: SqlUnitOfWork) -> None:
    publish(hamlet)
    assign(hamlet, posts((GRIDS[0], "w1", "lead")))
    hamlet._transaction._is_changed = False
    assign(hamlet, posts((GRIDS[0], "w1", "lead")))
    assert hamlet.data_version() == 0


def test_work_ends_with_its_grid(hamlet: SqlUnitOfWork) -> None:
    publish(hamlet)
    assign(hamlet, posts((GRIDS[0], "w1", "lead"), (GRIDS[1], "w2", "lead")))
    publish(hamlet, NEXT)
    assert hamlet.assignments.read()["grid_code"].tolist() == [GRIDS[1]]


@pytest.mark.parametrize(
    ("frame", "error", "words"),
    [
        (posts(("990101001001999", "w1", "lead")), InputError, "no active plan"),
        (posts((GRIDS[0], "w1", "lead"), (GRIDS[0], "w2", "lead")), ConflictError, "one lead"),
        (posts((GRIDS[0], "w1", "lead"), (GRIDS[0], "w1", "member")), ConflictError, "placed once"),
        (posts((GRIDS[0], "w9", "lead")), ConflictError, "not there"),
        (posts((GRIDS[0], "w1", "boss")), InputError, "role"),
        (posts().drop(columns="role"), MissingColumnError, "role"),
    ],
)
def test_impossible_assignments_are_refused(hamlet: SqlUnitOfWork, frame: pd.DataFrame, error: type[Exception], words: str) -> None:
    publish(hamlet)
    with pytest.raises(error, match=words):
        assign(hamlet, frame)
