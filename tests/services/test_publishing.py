"""What may come into force: the draft as its planner left it, upon the data of today, with dedicated grids as they are."""

from __future__ import annotations

import pytest

from contracts.errors import ConflictError
from grids.edits import Edit
from services import editing
from services.editing import Desk
from services.grid_plans import publish_plans
from services.grounds import Grounds
from store.unit_of_work import SqlUnitOfWork
from tests.services.acts import contents, person
from tests.small_city import AT, WEST

PLANNER = person(("planner", WEST))
FIRST, SECOND = f"{WEST}001", f"{WEST}002"
TODAY = AT.date()


def desk_of(uow: SqlUnitOfWork) -> Desk:
    plan_id = editing.start_draft(uow, PLANNER, WEST, at=AT, grounds=Grounds())
    return editing.open_draft(uow, PLANNER, plan_id, grounds=Grounds())


def publish_listed(uow: SqlUnitOfWork, desk: Desk) -> int:
    return publish_plans(uow, PLANNER, [desk.plan_id], valid_from=TODAY, at=AT, reason="x")


def test_a_draft_with_steps_that_are_not_drawn_is_not_published_from_the_list(planned: SqlUnitOfWork) -> None:
    start = desk_of(planned)
    desk = editing.do_edit(planned, PLANNER, start, Edit("move", {"to": FIRST, "buildings": ["h280-220"]}), at=AT)
    before = contents(planned)
    with pytest.raises(ConflictError, match="西里 has steps"):
        publish_listed(planned, desk)
    assert contents(planned) == before
    editing.save_draft(planned, PLANNER, desk, at=AT)
    assert publish_listed(planned, desk) == 1
