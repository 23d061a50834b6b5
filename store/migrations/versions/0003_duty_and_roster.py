"""Duty with leave, and what a roster says of a worker: kind, telephone, grid, training, term."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from store.migrations import guards_0003
from store.types import Utc, text_key

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# with their checks inside the column, so that both databases can add and drop them
_OF_WORKER = (
    "worker_kind TEXT CONSTRAINT ck_worker_worker_kind CHECK (worker_kind IN ('full_time', 'part_time', 'leader', 'building_head', 'volunteer'))",
    "phone TEXT",
    "training_hours FLOAT CONSTRAINT ck_worker_training_hours CHECK (training_hours >= 0)",
    "term_from DATE",
    "term_to DATE CONSTRAINT ck_worker_term_to CHECK (term_to >= term_from)",
)


def upgrade() -> None:
    op.create_table(
        "duty_shift",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("grid_code", text_key(), nullable=False),
        sa.Column("community_code", text_key(), nullable=False),
        sa.Column("duty_role", sa.Text(), nullable=False),
        sa.Column("worker_key", text_key(), nullable=False),
        sa.Column("starts_at", Utc(), nullable=False),
        sa.Column("ends_at", Utc(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("note", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("withdrawn_at", Utc(), nullable=True),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("duty_role IN ('primary', 'backup')", name="ck_duty_shift_duty_role"),
        sa.CheckConstraint("ends_at > starts_at", name="ck_duty_shift_ends_at"),
        sa.CheckConstraint("version >= 1", name="ck_duty_shift_version"),
        sa.CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="ck_duty_shift_withdrawn_by"),
        sa.ForeignKeyConstraint(["worker_key"], ["worker.key"], name="fk_duty_shift_worker_key"),
        sa.ForeignKeyConstraint(["replaces_id"], ["duty_shift.id"], name="fk_duty_shift_replaces_id"),
        sa.PrimaryKeyConstraint("id", name="pk_duty_shift"),
    )
    op.create_index("ix_duty_shift_grid", "duty_shift", ["grid_code", "ends_at"], unique=False)
    op.create_index("ix_duty_shift_community", "duty_shift", ["community_code", "ends_at"], unique=False)
    op.create_index("ix_duty_shift_worker", "duty_shift", ["worker_key", "ends_at"], unique=False)
    op.create_index("ix_duty_shift_replaces_id", "duty_shift", ["replaces_id"], unique=False)
    op.create_table(
        "worker_leave",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("worker_key", text_key(), nullable=False),
        sa.Column("starts_at", Utc(), nullable=False),
        sa.Column("ends_at", Utc(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("withdrawn_at", Utc(), nullable=True),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.CheckConstraint("ends_at > starts_at", name="ck_worker_leave_ends_at"),
        sa.CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="ck_worker_leave_withdrawn_by"),
        sa.ForeignKeyConstraint(["worker_key"], ["worker.key"], name="fk_worker_leave_worker_key"),
        sa.PrimaryKeyConstraint("id", name="pk_worker_leave"),
    )
    op.create_index("ix_worker_leave_worker", "worker_leave", ["worker_key", "ends_at"], unique=False)
    op.add_column("worker", sa.Column("grid_code", text_key(), nullable=True))
    for column in _OF_WORKER:
        op.execute(f"ALTER TABLE worker ADD COLUMN {column}")
    guards_0003.put_up(op.get_bind())


def downgrade() -> None:
    guards_0003.take_down(op.get_bind())
    for column in reversed(_OF_WORKER):
        op.execute(f"ALTER TABLE worker DROP COLUMN {column.split()[0]}")
    op.drop_column("worker", "grid_code")
    op.drop_index("ix_worker_leave_worker", table_name="worker_leave")
    op.drop_table("worker_leave")
    for name in ("replaces_id", "worker", "community", "grid"):
        op.drop_index(f"ix_duty_shift_{name}", table_name="duty_shift")
    op.drop_table("duty_shift")
