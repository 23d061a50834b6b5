"""Who is on duty when, and who is away. Nothing is erased: a shift or leave that no longer holds is withdrawn."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, text

from store.models.base import metadata, number_column
from store.types import Utc, text_key

DUTY_ROLES = ("primary", "backup")

duty_shift = Table(
    "duty_shift",
    metadata,
    number_column(),
    Column("grid_code", text_key(), nullable=False),
    Column("community_code", text_key(), nullable=False),
    Column("duty_role", Text, nullable=False),
    Column("worker_key", text_key(), ForeignKey("worker.key"), nullable=False),
    Column("starts_at", Utc, nullable=False),
    Column("ends_at", Utc, nullable=False),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("note", Text, nullable=False, server_default=text("''")),
    Column("author", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("withdrawn_at", Utc),
    Column("withdrawn_by", Text),
    Column("replaces_id", Integer, ForeignKey("duty_shift.id"), index=True),
    CheckConstraint(f"duty_role IN ({', '.join(map(repr, DUTY_ROLES))})", name="duty_role"),
    CheckConstraint("ends_at > starts_at", name="ends_at"),
    CheckConstraint("version >= 1", name="version"),
    CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="withdrawn_by"),
)
# the end first: what is over is passed by, and the list of a grid is asked for from a moment on
Index("ix_duty_shift_grid", duty_shift.c.grid_code, duty_shift.c.ends_at)
Index("ix_duty_shift_community", duty_shift.c.community_code, duty_shift.c.ends_at)
Index("ix_duty_shift_worker", duty_shift.c.worker_key, duty_shift.c.ends_at)

worker_leave = Table(
    "worker_leave",
    metadata,
    number_column(),
    Column("worker_key", text_key(), ForeignKey("worker.key"), nullable=False),
    Column("starts_at", Utc, nullable=False),
    Column("ends_at", Utc, nullable=False),
    Column("reason", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("withdrawn_at", Utc),
    Column("withdrawn_by", Text),
    CheckConstraint("ends_at > starts_at", name="ends_at"),
    CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="withdrawn_by"),
)
Index("ix_worker_leave_worker", worker_leave.c.worker_key, worker_leave.c.ends_at)
