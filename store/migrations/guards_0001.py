"""Guards of the first schema: triggers that say the same on both databases, and spatial indexes.

Every refusal carries a word (``audit_append_only`` ...) that ``store.faults`` turns into a sentence.
"""

from __future__ import annotations

from sqlalchemy import Connection

SPATIAL = ("area", "building", "entrance", "street", "barrier", "ground", "facility", "worker", "case_", "grid", "circle")

_STATUS_OF_NEW = "(SELECT status FROM grid_plan WHERE id = NEW.plan_id)"
_STATUS_OF_OLD = "(SELECT status FROM grid_plan WHERE id = OLD.plan_id)"
# a code that some published plan of the community used, but not the plan this one continues
_SPENT = """EXISTS (
    SELECT 1 FROM grid mine
    JOIN grid other ON other.code = mine.code AND other.plan_id <> mine.plan_id
    JOIN grid_plan made ON made.id = other.plan_id AND made.status <> 'draft'
    WHERE mine.plan_id = NEW.id
      AND NOT EXISTS (SELECT 1 FROM grid base WHERE base.plan_id = NEW.based_on AND base.code = mine.code))"""
# the plan in force when this draft is published must be the one it was drawn upon
_STALE = """coalesce(NEW.based_on, 0) <> coalesce(
    (SELECT max(last.id) FROM grid_plan last WHERE last.community_code = NEW.community_code AND last.id <> NEW.id AND last.status <> 'draft'), 0)"""

# as store.extra.merge_extra, which SQLite is given by the connection
_MERGE_EXTRA = """CREATE FUNCTION merge_extra(stored jsonb, given jsonb) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
    IF given IS NULL OR stored = given THEN RETURN stored; END IF;
    RETURN (SELECT jsonb_object_agg(e.key, e.value) FROM jsonb_each(coalesce(stored, '{}') || given) e WHERE jsonb_typeof(e.value) <> 'null'); END $$"""

# (name, when, table, condition under which it is refused, word of the refusal)
REFUSALS = (
    ("audit_no_update", "UPDATE", "audit", "1 = 1", "audit_append_only"),
    ("audit_no_delete", "DELETE", "audit", "1 = 1", "audit_append_only"),
    ("plan_starts_as_draft", "INSERT", "grid_plan", "NEW.status <> 'draft'", "plan_starts_as_draft"),
    ("plan_no_delete", "DELETE", "grid_plan", "OLD.status <> 'draft'", "plan_published"),
    (
        "plan_next_status",
        "UPDATE",
        "grid_plan",
        "NEW.status <> OLD.status AND NOT (OLD.status = 'draft' AND NEW.status = 'active' OR OLD.status = 'active' AND NEW.status = 'retired')",
        "plan_next_status",
    ),
    (
        "plan_keeps_facts",
        "UPDATE",
        "grid_plan",
        "OLD.status <> 'draft' AND (NEW.community_code <> OLD.community_code OR NEW.valid_from <> OLD.valid_from OR coalesce(NEW.based_on, 0) <> coalesce(OLD.based_on, 0)"
        " OR OLD.status = 'retired' AND NEW.valid_to <> OLD.valid_to)",
        "plan_published",
    ),
    ("plan_not_stale", "UPDATE", "grid_plan", f"OLD.status = 'draft' AND NEW.status = 'active' AND {_STALE}", "plan_stale"),
    ("plan_codes_fresh", "UPDATE", "grid_plan", f"OLD.status = 'draft' AND NEW.status = 'active' AND NOT ({_STALE}) AND {_SPENT}", "grid_code_spent"),
    ("grid_no_insert", "INSERT", "grid", f"{_STATUS_OF_NEW} <> 'draft'", "plan_published"),
    ("grid_no_update", "UPDATE", "grid", f"{_STATUS_OF_OLD} <> 'draft' OR {_STATUS_OF_NEW} <> 'draft'", "plan_published"),
    ("grid_no_delete", "DELETE", "grid", f"{_STATUS_OF_OLD} <> 'draft'", "plan_published"),
    ("grid_building_no_insert", "INSERT", "grid_building", f"{_STATUS_OF_NEW} <> 'draft'", "plan_published"),
    ("grid_building_no_update", "UPDATE", "grid_building", f"{_STATUS_OF_OLD} <> 'draft' OR {_STATUS_OF_NEW} <> 'draft'", "plan_published"),
    ("grid_building_no_delete", "DELETE", "grid_building", f"{_STATUS_OF_OLD} <> 'draft'", "plan_published"),
)


def put_up(connection: Connection) -> None:
    """Create triggers and spatial indexes."""
    for statement in _sqlite() if connection.dialect.name == "sqlite" else _postgresql():
        connection.exec_driver_sql(statement)


def take_down(connection: Connection) -> None:
    """Drop them again."""
    if connection.dialect.name == "sqlite":
        for name, *_ in REFUSALS:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        for table in SPATIAL:
            connection.exec_driver_sql(f"DROP TRIGGER {table}_leaves_rtree")
            connection.exec_driver_sql(f"DROP TABLE {table}_rtree")
        return
    for name, _, table, *_ in REFUSALS:
        connection.exec_driver_sql(f"DROP TRIGGER {name} ON {table}")
        connection.exec_driver_sql(f"DROP FUNCTION {name}()")
    connection.exec_driver_sql("DROP TRIGGER audit_no_truncate ON audit")
    connection.exec_driver_sql("DROP FUNCTION audit_no_truncate()")
    connection.exec_driver_sql("DROP FUNCTION merge_extra(jsonb, jsonb)")


def _sqlite() -> list[str]:
    statements = [
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN {condition} BEGIN SELECT RAISE(ABORT, 'refused: {word}'); END"
        for name, event, table, condition, word in REFUSALS
    ]
    for table in SPATIAL:
        statements.append(f"CREATE VIRTUAL TABLE {table}_rtree USING rtree(id, minx, maxx, miny, maxy)")
        statements.append(f"CREATE TRIGGER {table}_leaves_rtree AFTER DELETE ON {table} BEGIN DELETE FROM {table}_rtree WHERE id = OLD.id; END")
    return statements


def _postgresql() -> list[str]:
    statements = [_MERGE_EXTRA]
    for name, event, table, condition, word in REFUSALS:
        row = "OLD" if event == "DELETE" else "NEW"
        statements.append(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF {condition} THEN RAISE EXCEPTION 'refused: {word}' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN {row}; END $$"
        )
        statements.append(f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
    statements.append(
        "CREATE FUNCTION audit_no_truncate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION 'refused: audit_append_only' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    statements.append("CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_no_truncate()")
    statements.extend(f"CREATE INDEX ix_{table}_geom ON {table} USING gist (geom)" for table in SPATIAL)
    return statements
