"""Accounts, grants, sessions, the audit trail, and what this city has set."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, true

from store.models.base import metadata, number_column
from store.types import Utc, json_text, text_key

ROLES = ("planner", "receiver", "coordinator", "worker", "verifier", "unit_handler", "leader", "auditor", "admin")

app_user = Table(
    "app_user",
    metadata,
    Column("login", text_key(), primary_key=True),
    Column("display_name", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("active", Boolean, nullable=False, server_default=true()),
    Column("created_at", Utc, nullable=False),
)
user_grant = Table(
    "user_grant",
    metadata,
    number_column(),
    Column("login", text_key(), ForeignKey("app_user.login", ondelete="CASCADE"), nullable=False, index=True),
    Column("role", Text, nullable=False),
    Column("area_code", text_key(), nullable=False),
    Column("valid_from", Utc),
    Column("valid_to", Utc),
    CheckConstraint(f"role IN ({', '.join(map(repr, ROLES))})", name="role"),
    CheckConstraint("valid_to IS NULL OR valid_from IS NULL OR valid_to >= valid_from", name="valid_to"),
)
user_session = Table(
    "user_session",
    metadata,
    Column("token_hash", text_key(), primary_key=True),
    Column("login", text_key(), ForeignKey("app_user.login", ondelete="CASCADE"), nullable=False, index=True),
    Column("opened_at", Utc, nullable=False),
    Column("seen_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("revoked_at", Utc),
)
login_failure = Table("login_failure", metadata, number_column(), Column("login", text_key(), nullable=False), Column("at", Utc, nullable=False))
Index("ix_login_failure_login", login_failure.c.login, login_failure.c.at)

audit = Table(
    "audit",
    metadata,
    number_column(),
    Column("at", Utc, nullable=False),
    Column("login", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("details", json_text(), nullable=False),
)
city_setting = Table("city_setting", metadata, Column("name", text_key(), primary_key=True), Column("value", json_text(), nullable=False))
store_state = Table(
    "store_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("data_version", BigInteger, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)
