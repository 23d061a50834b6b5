"""The workflow: every state x action x role against an independent list, and laws of the table."""

from __future__ import annotations

from itertools import product

import pytest

from cases.states import allowed_actions, find_transition, next_state, states, transitions
from contracts.errors import ConflictError, InputError, NotAllowedError
from contracts.reference import reference_table

ROLES = ("planner", "receiver", "coordinator", "worker", "verifier", "unit_handler", "leader", "auditor", "admin", "system")
# state: {action: (next state, initials of the roles: r receiver, c coordinator, w worker, u unit_handler, v verifier, s system)}
WORKFLOW = {
    "reported": {"ask_check": ("checking", "r"), "file": ("filed", "r"), "reject": ("rejected", "r"), "mark_duplicate": ("duplicate", "r")},
    "checking": {"confirm": ("filed", "r"), "deny": ("rejected", "r")},
    "filed": {"dispatch": ("dispatched", "c"), "void": ("voided", "c")},
    "dispatched": {"start": ("in_progress", "wu"), "reassign": ("dispatched", "c"), "return": ("filed", "c")},
    "in_progress": {
        "reassign": ("dispatched", "c"),
        "done": ("handled", "wu"),
        "suspend": ("suspended", "c"),
        "extend": ("in_progress", "c"),
    },
    "suspended": {"resume": ("in_progress", "cs")},
    "handled": {"send_check": ("verifying", "rs")},
    "verifying": {"pass": ("closed", "v"), "fail": ("dispatched", "v")},
    "closed": {"reopen": ("dispatched", "r")},
    "duplicate": {"split_off": ("reported", "r")},
    "rejected": {},
    "voided": {},
}
WAITING = ("reported", "checking", "filed", "dispatched", "in_progress", "suspended", "handled", "verifying")
EXPECTED = {
    (state, action, role): after
    for state, arrows in WORKFLOW.items()
    for action, (after, initials) in (arrows | ({"time_out": (state, "s")} if state in WAITING else {})).items()
    for role in ROLES
    if role[0] in initials and role not in ("admin", "auditor")
}
ACTIONS = sorted({action for _, action, _ in EXPECTED})


def outcome(state: str, action: str, role: str) -> str | None:
    try:
        return next_state(state, action, role)
    except (ConflictError, NotAllowedError):
        return None


def test_every_state_action_and_role_against_the_list() -> None:
    for case in product(WORKFLOW, ACTIONS, ROLES):
        assert outcome(*case) == EXPECTED.get(case), case


def test_allowed_actions_are_exactly_those_that_succeed() -> None:
    for state, role in product(WORKFLOW, ROLES):
        assert sorted(allowed_actions(state, role)) == [action for action in ACTIONS if outcome(state, action, role)]


def test_each_waiting_state_has_a_time_out_and_no_other() -> None:
    timed = {state for state in states() if "time_out" in allowed_actions(state, "system")}
    assert timed == {code for code, state in states().items() if not state.is_terminal} == set(WAITING)


def test_a_state_is_closed_outside_exactly_where_its_clock_stands_for_good() -> None:
    assert all(state.is_terminal == (state.clock == "stop") == (state.open311 == "closed") for state in states().values())


def test_every_state_is_reached_from_a_report_and_arrows_end_in_states() -> None:
    reached = {"reported"}
    for _ in states():
        reached |= {arrow.to_state for arrow in transitions().values() if arrow.from_state in reached}
    assert reached == set(states())


def test_arrows_are_told_once_and_odd_ones_say_why() -> None:
    table = reference_table("case_transitions")
    assert not table.duplicated(["from_state", "action", "role"]).any()
    order = list(states())
    odd = [row for row in table.to_dict("records") if order.index(row["to_state"]) <= order.index(row["from_state"]) or row["needs"] or row["asked_by"]]
    assert all(row["reason"] for row in odd)


def test_requests_limits_and_four_eyes_are_carried() -> None:
    assert find_transition("in_progress", "extend", "coordinator").at_most_times == 2
    assert find_transition("closed", "reopen", "receiver").within_days == 30
    assert "other_approver" in find_transition("filed", "void", "coordinator").needs
    assert find_transition("dispatched", "return", "coordinator").asked_by == "unit_handler"


@pytest.mark.parametrize(
    ("case", "error", "says"),
    [
        (("lost", "file", "receiver"), InputError, "no case state lost"),
        (("reported", "teleport", "receiver"), InputError, "no action teleport"),
        (("closed", "file", "receiver"), ConflictError, "A case that is closed cannot take the action file"),
        (("reported", "file", "worker"), NotAllowedError, "is for receiver, not for worker"),
    ],
)
def test_refusals_say_what_is_wrong(case: tuple[str, str, str], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        next_state(*case)


def test_refusals_speak_chinese() -> None:
    with pytest.raises(ConflictError) as refusal:
        next_state("closed", "file", "receiver")
    assert "不能执行" in refusal.value.in_language("zh_CN")


def test_allowed_actions_refuse_an_unknown_state_but_not_an_idle_role() -> None:
    assert allowed_actions("filed", "leader") == ()
    with pytest.raises(InputError):
        allowed_actions("lost", "receiver")
