"""Accounts, grants and sessions; the audit trail; settings of the city."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Table, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from contracts.errors import NotFoundError
from store.models.people import app_user, audit, city_setting, login_failure, user_grant, user_session
from store.repositories.values import json_in, json_out
from store.transaction import Transaction


class UserTable:
    """Local accounts. Passwords and tokens arrive hashed."""

    def __init__(self, tx: Transaction) -> None:
        self.tx = tx

    def add(self, login: str, *, display_name: str, password_hash: str, at: datetime) -> None:
        """A new account; a login that exists is a ConflictError."""
        self.tx.write(insert(app_user), {"login": login, "display_name": display_name, "password_hash": password_hash, "created_at": at})

    def set_password(self, login: str, password_hash: str) -> None:
        """Replace the password of an account."""
        self._require_user(self.tx.write(update(app_user).where(app_user.c.login == login).values(password_hash=password_hash)).rowcount, login)

    def find(self, login: str) -> Mapping[str, Any] | None:
        """login, display_name, password_hash, active, created_at; None when there is no such account."""
        return self._one(app_user, app_user.c.login == login)

    def grant(self, login: str, role: str, *, area_code: str = "", valid_from: datetime | None = None, valid_to: datetime | None = None) -> None:
        """Give a role over an area and all below it (empty = everywhere)."""
        self._require_user(0 if self.find(login) is None else 1, login)
        self.tx.write(insert(user_grant), {"login": login, "role": role, "area_code": area_code, "valid_from": valid_from, "valid_to": valid_to})

    def grants(self, login: str) -> pd.DataFrame:
        """role, area_code, valid_from, valid_to of an account, in the order given; ``None`` where unlimited."""
        names = ["role", "area_code", "valid_from", "valid_to"]
        rows = self.tx.read(select(*[user_grant.c[name] for name in names]).where(user_grant.c.login == login).order_by(user_grant.c.id))
        return pd.DataFrame([tuple(row) for row in rows], columns=names, dtype=object)

    def list_users(self) -> pd.DataFrame:
        """login, display_name, active, created_at; sorted by login."""
        names = ["login", "display_name", "active", "created_at"]
        rows = self.tx.read(select(*[app_user.c[name] for name in names]).order_by(app_user.c.login))
        return pd.DataFrame([tuple(row) for row in rows], columns=names)

    def open_session(self, token_hash: str, login: str, *, at: datetime, expires_at: datetime) -> None:
        """Remember a session by the hash of its token."""
        self.tx.write(insert(user_session), {"token_hash": token_hash, "login": login, "opened_at": at, "seen_at": at, "expires_at": expires_at})

    def find_session(self, token_hash: str) -> Mapping[str, Any] | None:
        """login, opened_at, seen_at, expires_at, revoked_at; None when unknown."""
        return self._one(user_session, user_session.c.token_hash == token_hash)

    def touch_session(self, token_hash: str, at: datetime) -> None:
        """Note when a session was last used."""
        self.tx.write(update(user_session).where(user_session.c.token_hash == token_hash).values(seen_at=at))

    def revoke_session(self, token_hash: str, at: datetime) -> None:
        """End a session; the first ending stays."""
        live = (user_session.c.token_hash == token_hash, user_session.c.revoked_at.is_(None))
        self.tx.write(update(user_session).where(*live).values(revoked_at=at))

    def failed_logins(self, login: str, *, since: datetime) -> int:
        """How often a login failed at or after a moment."""
        chosen = select(func.count()).select_from(login_failure).where(login_failure.c.login == login, login_failure.c.at >= since)
        return int(self.tx.read(chosen)[0][0])

    def note_failed_login(self, login: str, at: datetime) -> None:
        """Count a failure, whether or not the account exists."""
        self.tx.write(insert(login_failure), {"login": login, "at": at})

    def _one(self, table: Table, condition: Any) -> Mapping[str, Any] | None:
        rows = self.tx.read(select(table).where(condition))
        return dict(rows[0]._mapping) if rows else None

    def _require_user(self, found: int, login: str) -> None:
        if not found:
            raise NotFoundError("There is no account {login}.", login=login)


class AuditTrail:
    """Append-only; the database refuses anything else."""

    def __init__(self, tx: Transaction) -> None:
        self.tx = tx

    def append(self, *, at: datetime, login: str, action: str, subject: str, details: Mapping[str, Any]) -> None:
        """One row, in the transaction of what it tells about."""
        self.tx.write(insert(audit), {"at": at, "login": login, "action": action, "subject": subject, "details": json_in(self.tx, details)})

    def read(self, *, limit: int = 200) -> pd.DataFrame:
        """at, login, action, subject, details; newest first."""
        names = ["at", "login", "action", "subject", "details"]
        rows = self.tx.read(select(*[audit.c[name] for name in names]).order_by(audit.c.id.desc()).limit(limit))
        return pd.DataFrame([(*row[:4], json_out(self.tx, row.details)) for row in rows], columns=names)


class CitySettingTable:
    """JSON values by name."""

    def __init__(self, tx: Transaction) -> None:
        self.tx = tx

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a setting, ``default`` where none was put."""
        rows = self.tx.read(select(city_setting.c.value).where(city_setting.c.name == name))
        return json_out(self.tx, rows[0][0]) if rows else default

    def put(self, name: str, value: Any) -> None:
        """Set or replace a value."""
        new = json_in(self.tx, value)
        added = (sqlite if self.tx.is_sqlite else postgresql).insert(city_setting).values(name=name, value=new)
        self.tx.write(added.on_conflict_do_update(index_elements=["name"], set_={"value": new}))  # two writers may put it at once
