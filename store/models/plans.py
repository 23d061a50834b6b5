"""Grid plans, their sketches and runs, unit cells, and who works in the grids. Plans are versioned; assignments are ended, never erased."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from store.models.base import POLYGONS, at_least_zero, metadata, number_column, spatial_table
from store.types import Utc, json_text, text_key

grid_plan = Table(
    "grid_plan",
    metadata,
    number_column(),
    Column("community_code", text_key(), ForeignKey("area.code"), nullable=False),
    Column("status", Text, nullable=False),
    Column("based_on", Integer, ForeignKey("grid_plan.id")),
    Column("rule", json_text(), nullable=False),
    Column("report", json_text(), nullable=False),
    Column("author", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("published_at", Utc),
    Column("valid_from", Date),
    Column("valid_to", Date),
    Column("published_by", Text),
    Column("due_from", Date),
    CheckConstraint("status IN ('draft', 'active', 'retired')", name="status"),
    CheckConstraint("(status = 'draft') = (valid_from IS NULL)", name="valid_from"),
    CheckConstraint("(status = 'retired') = (valid_to IS NOT NULL)", name="valid_to"),
)
Index("ix_grid_plan_community", grid_plan.c.community_code)
Index(
    "uq_grid_plan_active",
    grid_plan.c.community_code,
    unique=True,
    sqlite_where=text("status = 'active'"),
    postgresql_where=text("status = 'active'"),
)

grid = spatial_table(
    "grid",
    Column("plan_id", Integer, ForeignKey("grid_plan.id", ondelete="CASCADE"), nullable=False),
    Column("code", text_key(), nullable=False, index=True),
    Column("community_code", text_key(), nullable=False, index=True),
    Column("kind", Text, nullable=False, server_default=text("'comprehensive'")),
    Column("name", Text),
    Column("households", Integer),
    Column("residents", Float),
    UniqueConstraint("plan_id", "code"),
    CheckConstraint("substr(code, 1, length(community_code)) = community_code AND length(code) > length(community_code)", name="code"),
    *at_least_zero("households", "residents"),
    types=POLYGONS,
)
grid_building = Table(
    "grid_building",
    metadata,
    Column("plan_id", Integer, nullable=False),
    Column("building_key", text_key(), ForeignKey("building.key"), nullable=False, index=True),
    Column("grid_code", text_key(), nullable=False),
    PrimaryKeyConstraint("plan_id", "building_key"),
    ForeignKeyConstraint(["plan_id", "grid_code"], ["grid.plan_id", "grid.code"], ondelete="CASCADE"),
)
Index("ix_grid_building_grid", grid_building.c.plan_id, grid_building.c.grid_code)

plan_sketch = Table(
    "plan_sketch",
    metadata,
    Column("plan_id", Integer, ForeignKey("grid_plan.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("updated_at", Utc, nullable=False),
    Column("author", Text, nullable=False),
    CheckConstraint("version >= 1", name="version"),
)

RUN_STATUS = ("running", "stopped", "finished")
division_run = Table(
    "division_run",
    metadata,
    number_column(),
    Column("run_key", text_key(), nullable=False, index=True),
    Column("status", Text, nullable=False),
    Column("facts", json_text(), nullable=False),
    Column("communities", Integer, nullable=False),
    Column("author", Text, nullable=False),
    Column("started_at", Utc, nullable=False),
    Column("finished_at", Utc),
    CheckConstraint(f"status IN ({', '.join(map(repr, RUN_STATUS))})", name="status"),
    CheckConstraint("(status = 'finished') = (finished_at IS NOT NULL)", name="finished_at"),
    *at_least_zero("communities"),
)
division_run_part = Table(
    "division_run_part",
    metadata,
    Column("run_id", Integer, ForeignKey("division_run.id", ondelete="CASCADE"), nullable=False),
    Column("community_code", text_key(), nullable=False),
    Column("plan_id", Integer, ForeignKey("grid_plan.id", ondelete="CASCADE"), index=True),
    Column("outcome", json_text(), nullable=False),
    PrimaryKeyConstraint("run_id", "community_code"),
)

unit_cell = spatial_table(
    "unit_cell",
    Column("code", text_key(), nullable=False, unique=True),
    Column("community_code", text_key(), ForeignKey("area.code"), nullable=False, index=True),
    Column("area_m2", Float, nullable=False),
    Column("duty_grid", text_key(), index=True),
    Column("duty_name", Text),
    CheckConstraint("substr(code, 1, length(community_code)) = community_code AND length(code) > length(community_code)", name="code"),
    *at_least_zero("area_m2"),
    types=POLYGONS,
)

assignment = Table(
    "assignment",
    metadata,
    number_column(),
    Column("community_code", text_key(), nullable=False, index=True),
    Column("grid_code", text_key(), nullable=False),
    Column("worker_key", text_key(), ForeignKey("worker.key"), nullable=False, index=True),
    Column("role", Text, nullable=False),
    Column("walk_s", Float),
    Column("author", Text, nullable=False),
    Column("started_at", Utc, nullable=False),
    Column("ended_at", Utc),
    Column("ended_by", Text),
    CheckConstraint("role IN ('lead', 'member')", name="role"),
    CheckConstraint("ended_at IS NULL OR ended_at >= started_at", name="ended_at"),
    CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by"),
    *at_least_zero("walk_s"),
)
_LIVE = text("ended_at IS NULL")
_LIVE_LEAD = text("role = 'lead' AND ended_at IS NULL")
Index("uq_assignment_lead", assignment.c.grid_code, unique=True, sqlite_where=_LIVE_LEAD, postgresql_where=_LIVE_LEAD)
Index("uq_assignment_live", assignment.c.grid_code, assignment.c.worker_key, unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE)
