"""Local accounts: who may sign in, for how long, and what a session token is worth.

Passwords are kept as argon2id, tokens as their SHA-256, so neither can be read back from the store. Every function takes
the clock as ``at``. A refused sign-in never says whether the login exists.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import pandas as pd
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from contracts.errors import ConflictError, InputError, NotAllowedError, NotFoundError
from services.access import ROLES, SYSTEM, Grant, Principal, authorize
from services.ports import UnitOfWork

TOKEN_BYTES = 32
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 1024  # argon2 hashes any length: a limit keeps one request from keeping the processor
LONGEST_LOGIN = 64
PASSWORD_BYTES = 12  # 96 random bits, 16 characters to type once
FIRST_LOGIN = "admin"
_HASHER = PasswordHasher()  # argon2id with the library's profile (RFC 9106, low memory)


@dataclass(frozen=True)
class SessionRule:
    """How long a session lives and when guessing is stopped (orders of size as OWASP advises for office software)."""

    idle: timedelta = timedelta(hours=1)
    absolute: timedelta = timedelta(hours=12)
    failures: int = 5
    failure_window: timedelta = timedelta(minutes=15)
    touch_every: timedelta = timedelta(minutes=1)


DEFAULT_RULE = SessionRule()


def hash_password(password: str) -> str:
    """The password as an argon2id hash with its own salt."""
    return _HASHER.hash(password)


def verify_password(password: str, password_hash: str) -> bool:
    """Whether the password belongs to the hash; a broken hash belongs to none."""
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


@dataclass(frozen=True)
class NewAccount:
    """An account just made and its generated password, the only time it is seen in clear."""

    login: str
    password: str


def add_user(uow: UnitOfWork, principal: Principal, login: str, password: str, *, display_name: str = "", grants: Iterable[Grant] = (), at: datetime) -> None:
    """Make an account with a chosen password and its grants, in one transaction with its audit row.

    Raises
    ------
    InputError
        For an unusable login or role, or a password that is too short or too long.
    ConflictError
        Where the login is taken.
    """
    authorize(principal, "manage_users")
    _require_password(password)
    with uow:
        _add(uow, principal, login, password, display_name, tuple(grants), at)
        uow.commit()


def add_account(uow: UnitOfWork, principal: Principal, login: str, *, display_name: str = "", role: str, area_code: str = "", at: datetime) -> NewAccount:
    """Make an account with one role and a generated password; raises as ``add_user`` does."""
    account = NewAccount(login, secrets.token_urlsafe(PASSWORD_BYTES))
    add_user(uow, principal, login, account.password, display_name=display_name, grants=[Grant(role, area_code)], at=at)
    return account


def new_password(uow: UnitOfWork, principal: Principal, login: str, *, at: datetime) -> NewAccount:
    """Give an account a new generated password in place of a lost one, with its audit row; open sessions go on.

    Raises
    ------
    NotFoundError
        Where there is no such account.
    """
    authorize(principal, "manage_users")
    account = NewAccount(login, secrets.token_urlsafe(PASSWORD_BYTES))
    with uow:
        if uow.users.find(login) is None:
            known = ", ".join(map(str, uow.users.list_users()["login"])) or "-"
            raise NotFoundError("There is no account {login}. The accounts are: {known}.", login=login, known=known)
        uow.users.set_password(login, hash_password(account.password))
        uow.audit.append(at=at, login=principal.login, action="new_password", subject=login, details={})
        uow.commit()
    return account


def demo_accounts(uow: UnitOfWork, *, at: datetime) -> list[NewAccount]:
    """One account per role for the demo city, named after the role; those already there are left as they are and not returned."""
    return _add_missing(uow, {role: (Grant(role),) for role in ROLES}, at)


def first_account(uow: UnitOfWork, *, at: datetime) -> NewAccount | None:
    """The account of a new installation, who may manage people and plan; ``None`` where there is any account."""
    with uow:
        if len(uow.users.list_users()):
            return None
        account = NewAccount(FIRST_LOGIN, secrets.token_urlsafe(PASSWORD_BYTES))
        _add(uow, SYSTEM, account.login, account.password, "", (Grant("admin"), Grant("planner")), at)
        uow.commit()
    return account


def _add_missing(uow: UnitOfWork, wanted: Mapping[str, tuple[Grant, ...]], at: datetime) -> list[NewAccount]:
    with uow:
        missing = [login for login in wanted if uow.users.find(login) is None]
        accounts = [NewAccount(login, secrets.token_urlsafe(PASSWORD_BYTES)) for login in missing]
        for account in accounts:
            _add(uow, SYSTEM, account.login, account.password, "", wanted[account.login], at)
        uow.commit()
    return accounts


def _add(uow: UnitOfWork, principal: Principal, login: str, password: str, display_name: str, grants: tuple[Grant, ...], at: datetime) -> None:
    _require_login(login)
    _require_roles(grants)
    if uow.users.find(login) is not None:
        raise ConflictError("There is already an account {login}. Choose another login.", login=login)
    uow.users.add(login, display_name=display_name or login, password_hash=hash_password(password), at=at)
    for grant in grants:
        uow.users.grant(login, grant.role, area_code=grant.area_code, valid_from=grant.valid_from, valid_to=grant.valid_to)
    roles = [f"{grant.role}:{grant.area_code}" for grant in grants]
    uow.audit.append(at=at, login=principal.login, action="add_user", subject=login, details={"grants": roles})


def sign_in(uow: UnitOfWork, login: str, password: str, *, at: datetime, rule: SessionRule = DEFAULT_RULE) -> str:
    """Open a session and return its token, the only time it is seen in clear.

    Raises
    ------
    NotAllowedError
        For a wrong login or password, or after too many failures; the failure is kept in the audit.
    """
    login = login.strip()[:LONGEST_LOGIN]
    with uow:
        _require_not_throttled(uow, login, at, rule)
        user = uow.users.find(login)
        if not _is_right_password(user, password):
            uow.users.note_failed_login(login, at)
            uow.audit.append(at=at, login=login, action="sign_in_failed", subject=login, details={})
            uow.commit()
            raise NotAllowedError("The login or the password is not right.")
        token = secrets.token_urlsafe(TOKEN_BYTES)
        uow.users.open_session(_token_hash(token), login, at=at, expires_at=at + rule.absolute)
        uow.audit.append(at=at, login=login, action="sign_in", subject=login, details={})
        uow.commit()
    return token


def sign_out(uow: UnitOfWork, token: str, *, at: datetime) -> None:
    """End the session of a token; an unknown or ended one is left as it is."""
    with uow:
        session = uow.users.find_session(_token_hash(token))
        if session is None or session["revoked_at"] is not None:
            return
        uow.users.revoke_session(_token_hash(token), at)
        uow.audit.append(at=at, login=session["login"], action="sign_out", subject=session["login"], details={})
        uow.commit()


def principal_for_token(uow: UnitOfWork, token: str, *, at: datetime, rule: SessionRule = DEFAULT_RULE) -> Principal | None:
    """Who a session token stands for now, or ``None`` where it is unknown, ended, idle too long or too old.

    The idle clock is wound by use, written at most once per ``rule.touch_every``.
    """
    if not token:
        return None
    key = _token_hash(token)
    with uow:
        session = uow.users.find_session(key)
        if session is None or not _is_live(session, at, rule):
            return None
        user = uow.users.find(session["login"])
        if user is None or not user["active"]:
            return None
        if at - session["seen_at"] >= rule.touch_every:
            uow.users.touch_session(key, at)
            uow.commit()
        return Principal(user["login"], _live_grants(uow, user["login"], at))


def _live_grants(uow: UnitOfWork, login: str, at: datetime) -> tuple[Grant, ...]:
    rows = uow.users.grants(login).to_dict("records")
    grants = (Grant(row["role"], row["area_code"] or "", _moment(row["valid_from"]), _moment(row["valid_to"])) for row in rows)
    return tuple(grant for grant in grants if grant.is_live(at))


def _moment(value: Any) -> datetime | None:
    return None if pd.isna(value) else pd.Timestamp(value).to_pydatetime()


def _is_live(session: Mapping[str, Any], at: datetime, rule: SessionRule) -> bool:
    return session["revoked_at"] is None and at < session["expires_at"] and at - session["seen_at"] < rule.idle


def _is_right_password(user: Mapping[str, Any] | None, password: str) -> bool:
    if len(password) > LONGEST_PASSWORD:
        return False
    known = user is not None and bool(user["active"])
    right = verify_password(password, user["password_hash"] if user is not None and known else _hash_of_nobody())
    return known and right


@cache
def _hash_of_nobody() -> str:
    """An unknown login costs the same time as a known one."""
    return hash_password(secrets.token_urlsafe(TOKEN_BYTES))


def _require_not_throttled(uow: UnitOfWork, login: str, at: datetime, rule: SessionRule) -> None:
    if uow.users.failed_logins(login, since=at - rule.failure_window) >= rule.failures:
        minutes = int(rule.failure_window.total_seconds() // 60)
        raise NotAllowedError("Too many failed sign-ins for this login. Try again in {minutes} minutes.", minutes=minutes)


def _require_login(login: str) -> None:
    if not 1 <= len(login) <= LONGEST_LOGIN or login != login.strip() or not login.isprintable():
        raise InputError("A login has 1 to {longest} printable characters and no space at either end.", longest=LONGEST_LOGIN)


def _require_password(password: str) -> None:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise InputError("A password has {shortest} to {longest} characters.", shortest=SHORTEST_PASSWORD, longest=LONGEST_PASSWORD)


def _require_roles(grants: Iterable[Grant]) -> None:
    for grant in grants:
        if grant.role not in ROLES:
            raise InputError("There is no role {role}. The roles are: {known}.", role=grant.role, known=ROLES)


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
