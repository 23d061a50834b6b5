"""Guards of the second schema: sketches belong to drafts, cases to grids that were in force, plans follow each other in time."""

from __future__ import annotations

from sqlalchemy import Connection

_IS_DRAFT = "EXISTS (SELECT 1 FROM grid_plan WHERE id = NEW.plan_id AND status = 'draft')"
_GRID_WAS_IN_FORCE = """EXISTS (
    SELECT 1 FROM grid JOIN grid_plan made ON made.id = grid.plan_id
    WHERE grid.plan_id = NEW.plan_id AND grid.code = NEW.grid_code AND made.status <> 'draft')"""
_IS_PUBLISHED_NOW = "OLD.status = 'draft' AND NEW.status = 'active'"

# (name, when, table, condition under which it is refused, word of the refusal)
REFUSALS = (
    ("sketch_no_insert", "INSERT", "plan_sketch", f"NOT {_IS_DRAFT}", "plan_published"),
    ("sketch_no_update", "UPDATE", "plan_sketch", f"NOT {_IS_DRAFT}", "plan_published"),
    ("plan_needs_reason", "UPDATE", "grid_plan", f"{_IS_PUBLISHED_NOW} AND trim(NEW.reason) = ''", "plan_needs_reason"),
    ("plan_needs_grids", "UPDATE", "grid_plan", f"{_IS_PUBLISHED_NOW} AND NOT EXISTS (SELECT 1 FROM grid WHERE plan_id = NEW.id)", "plan_needs_grids"),
    ("plan_follows", "UPDATE", "grid_plan", "OLD.status = 'active' AND NEW.status = 'retired' AND NEW.valid_to < OLD.valid_from", "plan_follows"),
    ("case_grid_on_insert", "INSERT", "case_", f"NEW.grid_code IS NOT NULL AND NOT {_GRID_WAS_IN_FORCE}", "case_grid"),
    ("case_grid_on_update", "UPDATE", "case_", f"NEW.grid_code IS NOT NULL AND NOT {_GRID_WAS_IN_FORCE}", "case_grid"),
)
SPATIAL = ("unit_cell",)


def put_up(connection: Connection) -> None:
    """Create triggers and spatial indexes."""
    is_sqlite = connection.dialect.name == "sqlite"
    for name, event, table, condition, word in REFUSALS:
        for statement in (_sqlite if is_sqlite else _postgresql)(name, event, table, condition, word):
            connection.exec_driver_sql(statement)
    for table in SPATIAL:
        if is_sqlite:
            connection.exec_driver_sql(f"CREATE VIRTUAL TABLE {table}_rtree USING rtree(id, minx, maxx, miny, maxy)")
            connection.exec_driver_sql(f"CREATE TRIGGER {table}_leaves_rtree AFTER DELETE ON {table} BEGIN DELETE FROM {table}_rtree WHERE id = OLD.id; END")
        else:
            connection.exec_driver_sql(f"CREATE INDEX ix_{table}_geom ON {table} USING gist (geom)")


def take_down(connection: Connection) -> None:
    """Drop them again, before their tables go."""
    is_sqlite = connection.dialect.name == "sqlite"
    for name, _, table, *_ in REFUSALS:
        connection.exec_driver_sql(f"DROP TRIGGER {name}" if is_sqlite else f"DROP TRIGGER {name} ON {table}")
        if not is_sqlite:
            connection.exec_driver_sql(f"DROP FUNCTION {name}()")
    for table in SPATIAL if is_sqlite else ():
        connection.exec_driver_sql(f"DROP TRIGGER {table}_leaves_rtree")
        connection.exec_driver_sql(f"DROP TABLE {table}_rtree")


def _sqlite(name: str, event: str, table: str, condition: str, word: str) -> list[str]:
    return [f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN {condition} BEGIN SELECT RAISE(ABORT, 'refused: {word}'); END"]


def _postgresql(name: str, event: str, table: str, condition: str, word: str) -> list[str]:
    return [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {condition} THEN RAISE EXCEPTION 'refused: {word}' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$",
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]
