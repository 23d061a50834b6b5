"""What was passed on patrol: facts about streets and cells, never the way a person took unless the city asks to keep it."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, Float, Index, Integer, LargeBinary, PrimaryKeyConstraint, Table, Text, UniqueConstraint

from store.models.base import at_least_zero, metadata, number_column
from store.types import Utc, text_key

_IN_COMMUNITY = "substr(grid_code, 1, length(community_code)) = community_code AND length(grid_code) > length(community_code)"
SUBJECTS = ("street", "cell")

patrol_pass = Table(
    "patrol_pass",
    metadata,
    Column("grid_code", text_key(), nullable=False),
    Column("community_code", text_key(), nullable=False),
    Column("subject", Text, nullable=False),
    Column("piece", text_key(), nullable=False),
    Column("day", Date, nullable=False),
    Column("share", Float, nullable=False),
    PrimaryKeyConstraint("grid_code", "subject", "piece", "day"),
    CheckConstraint(_IN_COMMUNITY, name="grid_code"),
    CheckConstraint(f"subject IN ({', '.join(map(repr, SUBJECTS))})", name="subject"),
    CheckConstraint("share BETWEEN 0 AND 1", name="share"),
)
Index("ix_patrol_pass_community", patrol_pass.c.community_code, patrol_pass.c.day)

patrol_track = Table(
    "patrol_track",
    metadata,
    number_column(),
    Column("grid_code", text_key(), nullable=False),
    Column("community_code", text_key(), nullable=False, index=True),
    Column("day", Date, nullable=False),
    Column("digest", text_key(), nullable=False),
    Column("length_m", Float, nullable=False),
    Column("covered_share", Float, nullable=False),
    Column("imported_at", Utc, nullable=False),
    Column("track", LargeBinary),  # WKB in EPSG:4326, only where the city keeps tracks
    UniqueConstraint("grid_code", "day", "digest"),
    CheckConstraint(_IN_COMMUNITY, name="grid_code"),
    CheckConstraint("covered_share BETWEEN 0 AND 1", name="covered_share"),
    *at_least_zero("length_m"),
)
visit_count = Table(
    "visit_count",
    metadata,
    Column("grid_code", text_key(), nullable=False),
    Column("community_code", text_key(), nullable=False, index=True),
    Column("day", Date, nullable=False),
    Column("households_visited", Integer, nullable=False),
    Column("author", Text, nullable=False),
    Column("at", Utc, nullable=False),
    PrimaryKeyConstraint("grid_code", "day"),
    CheckConstraint(_IN_COMMUNITY, name="grid_code"),
    *at_least_zero("households_visited"),
)
