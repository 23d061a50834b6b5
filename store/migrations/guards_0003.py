"""Guards of the third schema: one primary per grid and moment, one post per worker and grid, and a list that is history.

PostgreSQL keeps the first two with exclusion constraints, which also make the second of two writers wait for the first.
SQLite has one writer at a time, so a trigger that looks is enough.
"""

from __future__ import annotations

from sqlalchemy import Connection

_GRID_WAS_IN_FORCE = """EXISTS (
    SELECT 1 FROM grid JOIN grid_plan made ON made.id = grid.plan_id
    WHERE grid.code = NEW.grid_code AND grid.community_code = NEW.community_code AND made.status <> 'draft')"""
_FACTS_OF_SHIFT = ("id", "grid_code", "community_code", "duty_role", "worker_key", "starts_at", "ends_at", "note", "author", "created_at")
_FACTS_OF_LEAVE = ("id", "worker_key", "starts_at", "ends_at", "reason", "author", "created_at")


def _is_other_act(facts: tuple[str, ...]) -> str:
    """Whether an update is anything but a first withdrawal."""
    return f"OLD.withdrawn_at IS NOT NULL OR NEW.withdrawn_at IS NULL OR {' OR '.join(f'NEW.{name} <> OLD.{name}' for name in facts)}"


# (name, when, table, condition under which it is refused, word of the refusal)
REFUSALS = (
    ("duty_grid_known", "INSERT", "duty_shift", f"NOT {_GRID_WAS_IN_FORCE}", "duty_grid"),
    (
        "duty_keeps_facts",
        "UPDATE",
        "duty_shift",
        f"{_is_other_act(_FACTS_OF_SHIFT)} OR NEW.version <> OLD.version + 1 OR coalesce(NEW.replaces_id, 0) <> coalesce(OLD.replaces_id, 0)",
        "duty_is_history",
    ),
    ("duty_no_delete", "DELETE", "duty_shift", "1 = 1", "duty_is_history"),
    ("leave_keeps_facts", "UPDATE", "worker_leave", _is_other_act(_FACTS_OF_LEAVE), "leave_is_history"),
    ("leave_no_delete", "DELETE", "worker_leave", "1 = 1", "leave_is_history"),
)
# (name, what two live shifts that overlap must not share, which shifts it is about)
ALONE = (
    ("ex_duty_primary", ("grid_code",), "duty_role = 'primary'"),
    ("ex_duty_worker", ("grid_code", "worker_key"), "1 = 1"),
)
_MOMENT_LENGTH = 26  # 2026-03-04 05:06:07.000000: moments on SQLite are compared as text, so all are written alike


def put_up(connection: Connection) -> None:
    """Create triggers and constraints."""
    for statement in _sqlite() if connection.dialect.name == "sqlite" else _postgresql():
        connection.exec_driver_sql(statement)


def take_down(connection: Connection) -> None:
    """Drop them again, before their tables go."""
    if connection.dialect.name == "sqlite":
        for name in (*(name for name, *_ in REFUSALS), *(name for name, *_ in ALONE), "duty_moment", "leave_moment"):
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        return
    for name, _, table, *_ in REFUSALS:
        connection.exec_driver_sql(f"DROP TRIGGER {name} ON {table}")
        connection.exec_driver_sql(f"DROP FUNCTION {name}()")
    for name, *_ in ALONE:
        connection.exec_driver_sql(f"ALTER TABLE duty_shift DROP CONSTRAINT {name}")


def _sqlite() -> list[str]:
    statements = [_sqlite_refusal(*refusal) for refusal in REFUSALS]
    for name, shared, about in ALONE:
        same = " AND ".join(f"other.{column} = NEW.{column}" for column in shared)
        mine, theirs = (about.replace("duty_role", f"{row}.duty_role") for row in ("NEW", "other"))
        overlap = f"{same} AND other.starts_at < NEW.ends_at AND other.ends_at > NEW.starts_at AND other.withdrawn_at IS NULL"
        condition = f"NEW.withdrawn_at IS NULL AND {mine} AND EXISTS (SELECT 1 FROM duty_shift other WHERE {overlap} AND {theirs})"
        statements.append(_sqlite_refusal(name, "INSERT", "duty_shift", condition, name))
    for name, table in (("duty_moment", "duty_shift"), ("leave_moment", "worker_leave")):
        condition = f"length(NEW.starts_at) <> {_MOMENT_LENGTH} OR length(NEW.ends_at) <> {_MOMENT_LENGTH}"
        statements.append(_sqlite_refusal(name, "INSERT", table, condition, "duty_moment"))
    return statements


def _sqlite_refusal(name: str, event: str, table: str, condition: str, word: str) -> str:
    return f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN {condition} BEGIN SELECT RAISE(ABORT, 'refused: {word}'); END"


def _postgresql() -> list[str]:
    statements = []
    for name, event, table, condition, word in REFUSALS:
        row = "OLD" if event == "DELETE" else "NEW"
        statements.append(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF {condition} THEN RAISE EXCEPTION 'refused: {word}' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN {row}; END $$"
        )
        statements.append(f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
    for name, shared, about in ALONE:
        same = ", ".join(f"{column} WITH =" for column in shared)
        statements.append(
            f"ALTER TABLE duty_shift ADD CONSTRAINT {name} EXCLUDE USING gist ({same}, tstzrange(starts_at, ends_at) WITH &&)"
            f" WHERE (withdrawn_at IS NULL AND {about})"
        )
    return statements
