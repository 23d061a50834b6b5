"""Places: areas, buildings, entrances, streets, barriers, grounds (water and green), facilities, workers (by home) and cases (by spot)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Date, Float, ForeignKey, Integer, Text, false

from store.models.base import LINES, POLYGONS, at_least_zero, spatial_table
from store.types import Utc, json_text, text_key

WORKER_KINDS = ("full_time", "part_time", "leader", "building_head", "volunteer")
AREA_LEVELS = ("city", "district", "street", "community")

area = spatial_table(
    "area",
    Column("code", text_key(), nullable=False, unique=True),
    Column("level", Text, nullable=False, index=True),
    Column("parent_code", text_key(), index=True),
    Column("community_type", Text),
    Column("name", Text),
    Column("name_en", Text),
    Column("generated", Boolean, nullable=False, server_default=false()),
    CheckConstraint(f"level IN ({', '.join(map(repr, AREA_LEVELS))})", name="level"),
    types=POLYGONS,
)
building = spatial_table(
    "building",
    Column("key", text_key(), nullable=False, unique=True),
    Column("community_code", text_key(), ForeignKey("area.code", deferrable=True, initially="DEFERRED"), index=True),
    Column("name", Text),
    Column("name_en", Text),
    Column("households", Integer),
    Column("residents", Float),
    Column("older_residents", Float),
    Column("estimated", Boolean, nullable=False, server_default=false()),
    Column("building_use", Text),
    Column("levels", Float),
    Column("source", Text),
    *at_least_zero("households", "residents", "older_residents"),
    types=POLYGONS,
)
entrance = spatial_table(
    "entrance",
    Column("key", text_key(), nullable=False, unique=True),
    Column("kind", Text),
    Column("building_key", text_key(), ForeignKey("building.key", ondelete="CASCADE", deferrable=True, initially="DEFERRED"), index=True),
    Column("name", Text),
    types=("Point",),
)
street = spatial_table(
    "street",
    Column("key", text_key(), nullable=False, unique=True),
    Column("u", BigInteger),
    Column("v", BigInteger),
    Column("highway", Text),
    Column("name", Text),
    Column("name_en", Text),
    Column("length_m", Float),
    *at_least_zero("length_m"),
    types=("LineString",),
)
barrier = spatial_table(
    "barrier",
    Column("key", text_key(), nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("name", Text),
    Column("name_en", Text),
    types=LINES + POLYGONS,
)
ground = spatial_table(
    "ground",
    Column("key", text_key(), nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("name", Text),
    Column("name_en", Text),
    types=POLYGONS,
)
facility = spatial_table(
    "facility",
    Column("key", text_key(), nullable=False, unique=True),
    Column("category", Text, nullable=False, index=True),
    Column("name", Text),
    Column("name_en", Text),
    Column("capacity", Float),
    Column("address", Text),
    Column("phone", Text),
    Column("opening_hours", Text),
    Column("source", Text),
    *at_least_zero("capacity"),
    types=("Point",),
)
worker = spatial_table(
    "worker",
    Column("key", text_key(), nullable=False, unique=True),
    Column("name", Text),
    Column("full_time", Boolean, nullable=False, server_default=false()),
    Column("capacity", Integer),
    Column("skills", json_text()),
    Column("languages", json_text()),
    Column("community", text_key(), index=True),
    Column("worker_kind", Text),
    Column("phone", Text),
    Column("grid_code", text_key()),
    Column("training_hours", Float),
    Column("term_from", Date),
    Column("term_to", Date),
    CheckConstraint(f"worker_kind IN ({', '.join(map(repr, WORKER_KINDS))})", name="worker_kind"),
    CheckConstraint("term_to >= term_from", name="term_to"),
    *at_least_zero("capacity", "training_hours"),
    types=("Point",),
    nullable=True,
)
case = spatial_table(
    "case_",
    Column("key", text_key(), nullable=False, unique=True),
    Column("case_no", Text),
    Column("category", Text, nullable=False),
    Column("title", Text),
    Column("state", Text, nullable=False),
    Column("reported_at", Utc, nullable=False),
    Column("due_at", Utc),
    Column("closed_at", Utc),
    Column("grid_code", text_key(), index=True),
    Column("plan_id", Integer, ForeignKey("grid_plan.id")),
    CheckConstraint("closed_at IS NULL OR closed_at >= reported_at", name="closed_at"),
    types=("Point",),
)
