"""Results of reach, one run at a time; walks of doors are kept as one compressed Arrow table per run and community."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Float, ForeignKey, Index, Integer, LargeBinary, PrimaryKeyConstraint, Table, Text

from store.models.base import POLYGONS, at_least_zero, metadata, number_column, spatial_table
from store.types import Utc, json_text, text_key

circle_run = Table(
    "circle_run",
    metadata,
    number_column(),
    Column("profiles", json_text(), nullable=False),
    Column("categories", json_text(), nullable=False),
    Column("data_version", Integer, nullable=False),
    Column("made_at", Utc, nullable=False),
    Column("author", Text, nullable=False),
    Column("method", json_text(), nullable=False),
)
door_walk = Table(
    "door_walk",
    metadata,
    Column("run_id", Integer, ForeignKey("circle_run.id", ondelete="CASCADE"), nullable=False),
    Column("community_code", text_key(), nullable=False),
    Column("walks", LargeBinary, nullable=False),
    PrimaryKeyConstraint("run_id", "community_code"),
)
coverage = Table(
    "coverage",
    metadata,
    number_column(),
    Column("run_id", Integer, ForeignKey("circle_run.id", ondelete="CASCADE"), nullable=False),
    Column("area_code", text_key(), nullable=False),
    Column("level", Text, nullable=False),
    Column("profile", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("limit_s", Float, nullable=False),
    Column("people", Float),
    Column("covered_people", Float),
    Column("covered_share", Float),
    Column("radius_share", Float),
    Column("plan_id", Integer),  # of rows of a grid: the plan whose grid was counted
    Column("extra", json_text()),
    CheckConstraint("covered_share BETWEEN 0 AND 1", name="covered_share"),
    CheckConstraint("radius_share BETWEEN 0 AND 1", name="radius_share"),
    *at_least_zero("people", "covered_people"),
)
Index("uq_coverage_row", coverage.c.run_id, coverage.c.level, coverage.c.area_code, coverage.c.profile, coverage.c.category, coverage.c.limit_s, unique=True)

circle = spatial_table(
    "circle",
    Column("run_id", Integer, ForeignKey("circle_run.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("profile", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("minutes", Float, nullable=False),
    types=POLYGONS,
)
