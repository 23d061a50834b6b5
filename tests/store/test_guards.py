"""What the databases themselves refuse, tried with raw SQL on both."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from store.unit_of_work import SqlUnitOfWork
from tests.store.worlds import EAST, GRIDS, NOW, WEST, draft, publish

NEW_PLAN = (
    "INSERT INTO grid_plan (community_code, status, rule, report, author, reason, created_at, valid_from)"
    f" VALUES ('{WEST}', '%s', '{{}}', '{{}}', 'x', 'x', '2026-01-01 00:00:00', %s)"
)
NEW_POST = (
    "INSERT INTO assignment (community_code, grid_code, worker_key, role, author, started_at) VALUES ('{0}', '{1}', '{2}', '{3}', 'x', '2026-01-01 00:00:00')"
)
REFUSED = {
    "audit rewritten": "UPDATE audit SET login = 'nobody'",
    "audit erased": "DELETE FROM audit",
    "plan born active": NEW_PLAN % ("active", "'2026-01-01'"),
    "plan of unknown status": NEW_PLAN % ("maybe", "NULL"),
    "active plan without a date": "UPDATE grid_plan SET status = 'active' WHERE status = 'draft'",
    "draft retired": "UPDATE grid_plan SET status = 'retired', valid_from = '2026-01-01', valid_to = '2026-01-02' WHERE status = 'draft'",
    "active plan made a draft again": "UPDATE grid_plan SET status = 'draft', valid_from = NULL WHERE status = 'active'",
    "second active plan": "UPDATE grid_plan SET status = 'active', valid_from = '2026-01-01' WHERE status = 'draft'",
    "active plan erased": "DELETE FROM grid_plan WHERE status = 'active'",
    "active plan moved": f"UPDATE grid_plan SET community_code = '{EAST}' WHERE status = 'active'",
    "published grid changed": "UPDATE grid SET households = 9 WHERE plan_id = (SELECT id FROM grid_plan WHERE status = 'active')",
    "published grid erased": "DELETE FROM grid WHERE plan_id = (SELECT id FROM grid_plan WHERE status = 'active')",
    "published building moved": f"UPDATE grid_building SET grid_code = '{GRIDS[1]}' WHERE plan_id = (SELECT id FROM grid_plan WHERE status = 'active')",
    "published building erased": "DELETE FROM grid_building WHERE plan_id = (SELECT id FROM grid_plan WHERE status = 'active')",
    "draft grid slipped into a published plan": "UPDATE grid SET plan_id = (SELECT id FROM grid_plan WHERE status = 'active')",
    "grid code twice in a plan": f"UPDATE grid SET code = '{GRIDS[0]}' WHERE plan_id = (SELECT id FROM grid_plan WHERE status = 'draft')",
    "grid code of another community": "UPDATE grid SET code = '110101001001001' WHERE plan_id = (SELECT id FROM grid_plan WHERE status = 'draft')",
    "building in a grid that is not": "UPDATE grid_building SET grid_code = '99' WHERE plan_id = (SELECT id FROM grid_plan WHERE status = 'draft')",
    "building of a plan erased": "DELETE FROM building WHERE key = 'b1'",
    "second lead": NEW_POST.format(WEST, GRIDS[0], "w2", "lead"),
    "worker twice in a grid": NEW_POST.format(WEST, GRIDS[0], "w1", "member"),
    "role that is none": NEW_POST.format(WEST, GRIDS[1], "w1", "boss"),
    "worker nobody knows": NEW_POST.format(WEST, GRIDS[1], "w9", "member"),
    "ended before it began": "UPDATE assignment SET ended_at = '2020-01-01 00:00:00', ended_by = 'x'",
    "ended by nobody": "UPDATE assignment SET ended_at = '2030-01-01 00:00:00'",
    "negative households": "UPDATE building SET households = -1",
    "building without outline": "UPDATE building SET geom = NULL",
    "building as a point": "UPDATE building SET geom = (SELECT geom FROM worker WHERE key = 'w1')",
    "key twice": "UPDATE building SET key = 'b1'",
    "level that is none": "UPDATE area SET level = 'planet'",
    "role nobody has": "INSERT INTO user_grant (login, role, area_code) VALUES ('lin', 'king', '')",
    "grant for nobody": "INSERT INTO user_grant (login, role, area_code) VALUES ('ghost', 'planner', '')",
    "second state row": "INSERT INTO store_state (id, data_version) VALUES (2, 0)",
}


@pytest.fixture
def city(hamlet: SqlUnitOfWork) -> SqlUnitOfWork:
    """A published plan with a lead, a draft upon it, an account and an audit row."""
    publish(hamlet)
    hamlet._transaction.connection.execute(text(NEW_POST.format(WEST, GRIDS[0], "w1", "lead")))
    draft(hamlet)
    hamlet.users.add("lin", display_name="林", password_hash="x", at=NOW)
    hamlet.audit.append(at=NOW, login="lin", action="divide", subject=WEST, details={})
    return hamlet


@pytest.mark.parametrize("act", list(REFUSED))
def test_the_database_refuses(city: SqlUnitOfWork, act: str) -> None:
    with pytest.raises(DBAPIError) as refused:
        city._transaction.connection.execute(text(REFUSED[act]))
    assert "syntax" not in str(refused.value)


def test_truncating_the_audit_is_refused_too(city: SqlUnitOfWork) -> None:
    if not city._transaction.is_sqlite:
        with pytest.raises(DBAPIError, match="audit_append_only"):
            city._transaction.connection.execute(text("TRUNCATE audit"))
