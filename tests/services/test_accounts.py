"""Accounts: who gets in, for how long, and what the store never learns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher

from contracts.errors import ConflictError, InputError, NotAllowedError, NotFoundError
from services import accounts
from services.access import SYSTEM, Grant, Principal
from services.accounts import (
    DEFAULT_RULE,
    add_account,
    add_user,
    demo_accounts,
    first_account,
    hash_password,
    new_password,
    principal_for_token,
    sign_in,
    sign_out,
    verify_password,
)
from store.engine import open_store
from store.unit_of_work import SqlUnitOfWork

AT = datetime(2026, 1, 5, 8, 30, tzinfo=UTC)  # Monday
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch):
    monkeypatch.setattr(accounts, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def uow():
    store = open_store("sqlite://")
    yield SqlUnitOfWork(store)
    store.close()


@pytest.fixture
def ming(uow):
    add_user(uow, SYSTEM, "ming", PASSWORD, grants=[Grant("planner", "990101000000")], at=AT)
    return "ming"


def actions(uow) -> list[str]:
    with uow:
        return sorted(uow.audit.read()["action"])


def test_a_token_stands_for_its_owner_and_grants(uow, ming):
    token = sign_in(uow, ming, PASSWORD, at=AT)
    assert principal_for_token(uow, token, at=AT) == Principal(ming, (Grant("planner", "990101000000"),))


def test_neither_password_nor_token_is_stored_in_clear(uow, ming):
    token = sign_in(uow, ming, PASSWORD, at=AT)
    with uow:
        assert uow.users.find_session(token) is None
        assert uow.users.find(ming)["password_hash"].startswith("$argon2id$")


@pytest.mark.parametrize(("login", "password"), [("ming", "wrong password"), ("nobody", PASSWORD), ("ming", "x" * 5000), ("", "")])
def test_a_wrong_sign_in_is_refused_in_the_same_words_and_audited(uow, ming, login, password):
    with pytest.raises(NotAllowedError, match="The login or the password is not right"):
        sign_in(uow, login, password, at=AT)
    assert "sign_in_failed" in actions(uow)


def test_after_five_failures_even_the_right_password_waits(uow, ming):
    for _attempt in range(DEFAULT_RULE.failures):
        with pytest.raises(NotAllowedError):
            sign_in(uow, ming, "wrong password", at=AT)
    with pytest.raises(NotAllowedError, match="Try again in 15 minutes"):
        sign_in(uow, ming, PASSWORD, at=AT + timedelta(minutes=14))
    assert sign_in(uow, ming, PASSWORD, at=AT + timedelta(minutes=16))


def test_an_idle_session_ends(uow, ming):
    token = sign_in(uow, ming, PASSWORD, at=AT)
    assert principal_for_token(uow, token, at=AT + DEFAULT_RULE.idle) is None


def test_use_keeps_a_session_alive_until_its_absolute_end(uow, ming):
    token = sign_in(uow, ming, PASSWORD, at=AT)
    for half_hours in range(1, 24):
        assert principal_for_token(uow, token, at=AT + timedelta(minutes=30 * half_hours))
    assert principal_for_token(uow, token, at=AT + DEFAULT_RULE.absolute) is None


def test_signing_out_ends_the_session_once(uow, ming):
    token = sign_in(uow, ming, PASSWORD, at=AT)
    sign_out(uow, token, at=AT)
    sign_out(uow, token, at=AT)
    assert principal_for_token(uow, token, at=AT) is None
    assert actions(uow).count("sign_out") == 1


@pytest.mark.parametrize("token", ["", "guess", "ä" * 400])
def test_a_guessed_token_is_nobody(uow, ming, token):
    assert principal_for_token(uow, token, at=AT) is None


def test_a_grant_that_is_over_is_not_held(uow):
    add_user(uow, SYSTEM, "li", PASSWORD, grants=[Grant("planner", valid_to=AT)], at=AT)
    assert principal_for_token(uow, sign_in(uow, "li", PASSWORD, at=AT), at=AT).grants == ()


def test_only_an_administrator_makes_accounts(uow, ming):
    with pytest.raises(NotAllowedError):
        add_user(uow, Principal(ming, (Grant("planner"),)), "li", PASSWORD, at=AT)


@pytest.mark.parametrize(
    ("login", "password", "role"),
    [
        ("", PASSWORD, "planner"),
        (" li", PASSWORD, "planner"),
        ("li\n", PASSWORD, "planner"),
        ("li", "short", "planner"),
        ("li", PASSWORD, "king"),
        ("li", PASSWORD, "visitor"),
    ],
)
def test_an_unusable_account_is_refused(uow, login, password, role):
    with pytest.raises(InputError):
        add_user(uow, SYSTEM, login, password, grants=[Grant(role)], at=AT)


def test_a_login_is_taken_once(uow, ming):
    with pytest.raises(ConflictError):
        add_user(uow, SYSTEM, ming, PASSWORD, at=AT)


def test_the_demo_has_one_account_per_role_and_makes_them_once(uow):
    made = demo_accounts(uow, at=AT)
    assert {account.login for account in made} >= {"planner", "coordinator", "leader", "admin"}
    assert len({account.password for account in made}) == len(made)
    assert demo_accounts(uow, at=AT) == []


def test_a_generated_password_signs_in(uow):
    made = add_account(uow, SYSTEM, "li", role="leader", at=AT)
    assert principal_for_token(uow, sign_in(uow, "li", made.password, at=AT), at=AT).roles == {"leader"}


def test_a_new_password_takes_the_place_of_the_old(uow, ming):
    made = new_password(uow, SYSTEM, ming, at=AT)
    assert sign_in(uow, ming, made.password, at=AT)
    with pytest.raises(NotAllowedError):
        sign_in(uow, ming, PASSWORD, at=AT)
    assert "new_password" in actions(uow)


def test_a_new_password_is_for_those_who_manage_accounts_that_exist(uow, ming):
    with pytest.raises(NotFoundError, match="ming"):
        new_password(uow, SYSTEM, "nobody", at=AT)
    with pytest.raises(NotAllowedError):
        new_password(uow, Principal("ming", (Grant("planner"),)), ming, at=AT)


def test_only_a_new_installation_gets_a_first_account(uow):
    assert first_account(uow, at=AT).login == "admin"
    assert first_account(uow, at=AT) is None


def test_a_broken_hash_belongs_to_no_password():
    assert verify_password(PASSWORD, hash_password(PASSWORD))
    assert not verify_password(PASSWORD, "not a hash")
