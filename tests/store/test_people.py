"""Accounts, sessions, the audit trail and settings of the city."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from contracts.errors import ConflictError, InputError, NotFoundError
from store.unit_of_work import SqlUnitOfWork
from tests.store.worlds import NOW


@pytest.fixture
def lin(uow: SqlUnitOfWork) -> SqlUnitOfWork:
    """A store with one account."""
    uow.users.add("lin", display_name="林", password_hash="hash", at=NOW)
    return uow


def test_an_account_is_found_by_its_login(lin: SqlUnitOfWork) -> None:
    found = lin.users.find("lin")
    assert found is not None
    assert (found["display_name"], found["password_hash"], found["active"], found["created_at"]) == ("林", "hash", True, NOW)
    assert lin.users.find("LIN") is None
    assert lin.users.list_users()["login"].tolist() == ["lin"]


def test_a_login_exists_once(lin: SqlUnitOfWork) -> None:
    with pytest.raises(ConflictError, match="exists already"):
        lin.users.add("lin", display_name="x", password_hash="x", at=NOW)


def test_a_password_can_be_replaced(lin: SqlUnitOfWork) -> None:
    lin.users.set_password("lin", "new")
    found = lin.users.find("lin")
    assert found is not None
    assert found["password_hash"] == "new"
    with pytest.raises(NotFoundError):
        lin.users.set_password("ghost", "x")


def test_grants_come_in_order_with_their_times(lin: SqlUnitOfWork) -> None:
    lin.users.grant("lin", "planner")
    lin.users.grant("lin", "leader", area_code="990101000000", valid_from=NOW)
    assert lin.users.grants("lin").values.tolist() == [["planner", "", None, None], ["leader", "990101000000", NOW, None]]
    assert lin.users.grants("ghost").empty


def test_grants_need_an_account_and_a_known_role(lin: SqlUnitOfWork) -> None:
    with pytest.raises(NotFoundError):
        lin.users.grant("ghost", "planner")
    with pytest.raises(InputError):
        lin.users.grant("lin", "king")


def test_a_session_is_opened_touched_and_ended_once(lin: SqlUnitOfWork) -> None:
    hour = timedelta(hours=1)
    lin.users.open_session("t", "lin", at=NOW, expires_at=NOW + 12 * hour)
    lin.users.touch_session("t", NOW + hour)
    lin.users.revoke_session("t", NOW + 2 * hour)
    lin.users.revoke_session("t", NOW + 3 * hour)
    found = lin.users.find_session("t")
    assert found is not None
    assert [found[name] for name in ("login", "opened_at", "seen_at", "expires_at", "revoked_at")] == ["lin", NOW, NOW + hour, NOW + 12 * hour, NOW + 2 * hour]
    assert lin.users.find_session("other") is None


def test_failed_logins_are_counted_from_a_moment_on(uow: SqlUnitOfWork) -> None:
    for minutes in (0, 5, 10):
        uow.users.note_failed_login("ghost", NOW + timedelta(minutes=minutes))
    assert uow.users.failed_logins("ghost", since=NOW + timedelta(minutes=5)) == 2
    assert uow.users.failed_logins("lin", since=NOW) == 0


def test_the_audit_trail_is_read_newest_first(uow: SqlUnitOfWork) -> None:
    for action in ("sign_in", "divide", "sign_out"):
        uow.audit.append(at=NOW, login="lin", action=action, subject="云汀", details={"数": [1]})
    found = uow.audit.read(limit=2)
    assert found["action"].tolist() == ["sign_out", "divide"]
    assert found["details"].iloc[0] == {"数": [1]}
    assert found["at"].iloc[0] == NOW


@pytest.mark.parametrize("value", [True, 0, 1.25, "一刻钟", [300, 500], {"adult": {"m_s": 1.2}}, None])
def test_a_setting_comes_back_as_it_was_put(uow: SqlUnitOfWork, value: Any) -> None:
    uow.city.put("x", "before")
    uow.city.put("x", value)
    assert uow.city.get("x", "default") == value


def test_a_setting_never_put_has_its_default(uow: SqlUnitOfWork) -> None:
    assert uow.city.get("x") is None
    assert uow.city.get("x", 5) == 5
