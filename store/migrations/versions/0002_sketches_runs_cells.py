"""Sketches of drafts, runs over a city, unit cells, and the plan a statistic was made under."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from store.migrations import guards_0002
from store.types import GeometryTypeIs, Utc, json_text, shape, text_key

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# a row of a grid was counted under the plan that was in force when its run was made
_PLAN_OF_ROW = """UPDATE coverage SET plan_id = (
    SELECT max(made.id) FROM grid JOIN grid_plan made ON made.id = grid.plan_id JOIN circle_run run ON run.id = coverage.run_id
    WHERE grid.code = coverage.area_code AND made.status <> 'draft' AND made.published_at <= run.made_at)
    WHERE level = 'grid'"""


def upgrade() -> None:
    op.create_table(
        "plan_sketch",
        sa.Column("plan_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", Utc(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.CheckConstraint("version >= 1", name="ck_plan_sketch_version"),
        sa.ForeignKeyConstraint(["plan_id"], ["grid_plan.id"], name="fk_plan_sketch_plan_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("plan_id", name="pk_plan_sketch"),
    )
    op.create_table(
        "division_run",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("run_key", text_key(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("facts", json_text(), nullable=False),
        sa.Column("communities", sa.Integer(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("started_at", Utc(), nullable=False),
        sa.Column("finished_at", Utc(), nullable=True),
        sa.CheckConstraint("status IN ('running', 'stopped', 'finished')", name="ck_division_run_status"),
        sa.CheckConstraint("(status = 'finished') = (finished_at IS NOT NULL)", name="ck_division_run_finished_at"),
        sa.CheckConstraint("communities >= 0", name="ck_division_run_communities"),
        sa.PrimaryKeyConstraint("id", name="pk_division_run"),
    )
    op.create_index("ix_division_run_run_key", "division_run", ["run_key"], unique=False)
    op.create_table(
        "division_run_part",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("community_code", text_key(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=True),
        sa.Column("outcome", json_text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["division_run.id"], name="fk_division_run_part_run_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["plan_id"], ["grid_plan.id"], name="fk_division_run_part_plan_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "community_code", name="pk_division_run_part"),
    )
    op.create_index("ix_division_run_part_plan_id", "division_run_part", ["plan_id"], unique=False)
    op.create_table(
        "unit_cell",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("code", text_key(), nullable=False),
        sa.Column("community_code", text_key(), nullable=False),
        sa.Column("area_m2", sa.Float(), nullable=False),
        sa.Column("duty_grid", text_key(), nullable=True),
        sa.Column("duty_name", sa.Text(), nullable=True),
        sa.Column("geom", shape(), nullable=False),
        sa.Column("extra", json_text(), nullable=True),
        sa.CheckConstraint(GeometryTypeIs("geom", ("Polygon", "MultiPolygon")), name="ck_unit_cell_geom"),
        sa.CheckConstraint("substr(code, 1, length(community_code)) = community_code AND length(code) > length(community_code)", name="ck_unit_cell_code"),
        sa.CheckConstraint("area_m2 >= 0", name="ck_unit_cell_area_m2"),
        sa.ForeignKeyConstraint(["community_code"], ["area.code"], name="fk_unit_cell_community_code"),
        sa.PrimaryKeyConstraint("id", name="pk_unit_cell"),
        sa.UniqueConstraint("code", name="uq_unit_cell_code"),
    )
    op.create_index("ix_unit_cell_community_code", "unit_cell", ["community_code"], unique=False)
    op.create_index("ix_unit_cell_duty_grid", "unit_cell", ["duty_grid"], unique=False)
    op.add_column("grid_plan", sa.Column("published_by", sa.Text(), nullable=True))
    op.add_column("grid_plan", sa.Column("due_from", sa.Date(), nullable=True))
    op.add_column("coverage", sa.Column("plan_id", sa.Integer(), nullable=True))
    op.execute(_PLAN_OF_ROW)
    guards_0002.put_up(op.get_bind())


def downgrade() -> None:
    guards_0002.take_down(op.get_bind())
    op.drop_column("coverage", "plan_id")
    op.drop_column("grid_plan", "due_from")
    op.drop_column("grid_plan", "published_by")
    op.drop_index("ix_unit_cell_duty_grid", table_name="unit_cell")
    op.drop_index("ix_unit_cell_community_code", table_name="unit_cell")
    op.drop_table("unit_cell")
    op.drop_index("ix_division_run_part_plan_id", table_name="division_run_part")
    op.drop_table("division_run_part")
    op.drop_index("ix_division_run_run_key", table_name="division_run")
    op.drop_table("division_run")
    op.drop_table("plan_sketch")
