"""Who may do what where, and for how long."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import NotAllowedError
from services.access import ACTIONS, DEMO_VISITOR, ROLES, SYSTEM, Grant, Principal, areas_for, authorize, may
from services.accounts import add_user, principal_for_token, sign_in
from services.maplayers import map_layer
from store.unit_of_work import SqlUnitOfWork
from tests.services.acts import NOBODY, person
from tests.small_city import AT, CITY, DISTRICT, EAST, STREET, WEST

LADDER = (CITY, DISTRICT, STREET, WEST, f"{WEST}001")
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("held", "asked", "is_allowed"),
    [
        ("", WEST, True),
        ("", None, True),
        (CITY, WEST, True),
        (STREET, WEST, True),
        (WEST, WEST, True),
        (WEST, f"{WEST}001", True),
        (WEST, None, True),
        (WEST, EAST, False),
        (WEST, STREET, False),
        (STREET, CITY, False),
        (f"{WEST}001", f"{WEST}002", False),
        ("990101002000", WEST, False),
    ],
)
def test_a_right_reaches_down_and_never_up_or_aside(held: str, asked: str | None, is_allowed: bool) -> None:
    if is_allowed:
        authorize(person(("planner", held)), "divide", asked)
    else:
        with pytest.raises(NotAllowedError):
            authorize(person(("planner", held)), "divide", asked)


@given(st.sampled_from(LADDER), st.sampled_from(range(len(LADDER))))
def test_what_one_may_above_one_may_below(held: str, step: int) -> None:
    who = person(("planner", held))
    assert not may(who, "divide", LADDER[step]) or all(may(who, "divide", below) for below in LADDER[step:])


@pytest.mark.parametrize("action", ACTIONS)
def test_only_the_listed_roles_may(action: str) -> None:
    allowed = {role for role in (*ROLES, "visitor") if areas_for(person((role, "")), action) is None}
    assert allowed == set(ACTIONS[action])


@pytest.mark.parametrize("action", ["import_data", "divide", "assign_workers", "compute_circles", "manage_users"])
def test_a_visitor_changes_nothing(action: str) -> None:
    with pytest.raises(NotAllowedError):
        authorize(DEMO_VISITOR, action)


def test_without_grants_nothing_and_for_the_system_everything() -> None:
    for action in ACTIONS:
        authorize(SYSTEM, action, WEST)
        with pytest.raises(NotAllowedError):
            authorize(NOBODY, action)


def test_a_refusal_names_login_and_action_in_both_languages() -> None:
    with pytest.raises(NotAllowedError) as refusal:
        authorize(NOBODY, "divide", WEST)
    assert "nobody" in str(refusal.value)
    assert "划分网格" in refusal.value.in_language("zh_CN")
    assert WEST not in str(refusal.value)


def test_a_grant_holds_from_its_first_moment_until_before_its_last() -> None:
    grant = Grant("planner", valid_from=AT, valid_to=AT + HOUR)
    moments = [AT - timedelta(seconds=1), AT, AT + HOUR - timedelta(seconds=1), AT + HOUR]
    assert [grant.is_live(moment) for moment in moments] == [False, True, True, False]


def test_an_expired_grant_opens_nothing(planned: SqlUnitOfWork) -> None:
    grant = Grant("leader", WEST, valid_to=AT + HOUR)
    add_user(planned, SYSTEM, "lin", "long enough 1", grants=[grant], at=AT)
    token = sign_in(planned, "lin", "long enough 1", at=AT)
    during, after = (principal_for_token(planned, token, at=AT + passed) for passed in (HOUR / 2, HOUR))
    assert len(map_layer(planned, during, "grids")) == 2
    with pytest.raises(NotAllowedError):
        map_layer(planned, after, "grids")


def test_roles_are_listed_once() -> None:
    assert Principal("x", (Grant("leader", WEST), Grant("leader", EAST))).roles == {"leader"}
