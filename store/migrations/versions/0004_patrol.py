"""What was passed on patrol, and how many households were visited."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from store.types import Utc, text_key

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_IN_COMMUNITY = "substr(grid_code, 1, length(community_code)) = community_code AND length(grid_code) > length(community_code)"


def upgrade() -> None:
    op.create_table(
        "patrol_pass",
        sa.Column("grid_code", text_key(), nullable=False),
        sa.Column("community_code", text_key(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("piece", text_key(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("share", sa.Float(), nullable=False),
        sa.CheckConstraint(_IN_COMMUNITY, name="ck_patrol_pass_grid_code"),
        sa.CheckConstraint("subject IN ('street', 'cell')", name="ck_patrol_pass_subject"),
        sa.CheckConstraint("share BETWEEN 0 AND 1", name="ck_patrol_pass_share"),
        sa.PrimaryKeyConstraint("grid_code", "subject", "piece", "day", name="pk_patrol_pass"),
    )
    op.create_index("ix_patrol_pass_community", "patrol_pass", ["community_code", "day"], unique=False)
    op.create_table(
        "patrol_track",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("grid_code", text_key(), nullable=False),
        sa.Column("community_code", text_key(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("digest", text_key(), nullable=False),
        sa.Column("length_m", sa.Float(), nullable=False),
        sa.Column("covered_share", sa.Float(), nullable=False),
        sa.Column("imported_at", Utc(), nullable=False),
        sa.Column("track", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(_IN_COMMUNITY, name="ck_patrol_track_grid_code"),
        sa.CheckConstraint("covered_share BETWEEN 0 AND 1", name="ck_patrol_track_covered_share"),
        sa.CheckConstraint("length_m >= 0", name="ck_patrol_track_length_m"),
        sa.PrimaryKeyConstraint("id", name="pk_patrol_track"),
        sa.UniqueConstraint("grid_code", "day", "digest", name="uq_patrol_track_grid_code_day_digest"),
    )
    op.create_index("ix_patrol_track_community_code", "patrol_track", ["community_code"], unique=False)
    op.create_table(
        "visit_count",
        sa.Column("grid_code", text_key(), nullable=False),
        sa.Column("community_code", text_key(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("households_visited", sa.Integer(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.CheckConstraint(_IN_COMMUNITY, name="ck_visit_count_grid_code"),
        sa.CheckConstraint("households_visited >= 0", name="ck_visit_count_households_visited"),
        sa.PrimaryKeyConstraint("grid_code", "day", name="pk_visit_count"),
    )
    op.create_index("ix_visit_count_community_code", "visit_count", ["community_code"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_visit_count_community_code", table_name="visit_count")
    op.drop_table("visit_count")
    op.drop_index("ix_patrol_track_community_code", table_name="patrol_track")
    op.drop_table("patrol_track")
    op.drop_index("ix_patrol_pass_community", table_name="patrol_pass")
    op.drop_table("patrol_pass")
