"""The life of a case as a table: which action leads from which state to which, by whom, and what it needs.

States: ``data/reference/case_states.csv``; arrows: ``data/reference/case_transitions.csv``, the reason beside each odd one.
Here is decided what the workflow knows. Who exactly (the assignee, another approver), how often and how late an
arrow may be taken (``needs``, ``at_most_times``, ``within_days``) is carried for the service that knows the case.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cache

from contracts.errors import ConflictError, InputError, NotAllowedError
from contracts.reference import reference_table


@dataclass(frozen=True)
class State:
    """A state of a case: ``clock`` run, pause or stop; terminal where the case has a closing moment; ``open311`` open or closed."""

    code: str
    is_terminal: bool
    clock: str
    open311: str


@dataclass(frozen=True)
class Transition:
    """An arrow for one role. ``asked_by``: role that files the request which this role approves, empty where nobody asks."""

    from_state: str
    action: str
    to_state: str
    role: str
    asked_by: str
    needs: tuple[str, ...]
    within_days: int | None
    at_most_times: int | None


@cache
def states() -> dict[str, State]:
    """All states by code, in the order of a case's life."""
    rows = reference_table("case_states").to_dict("records")
    return {row["code"]: State(row["code"], row["terminal"] == "yes", row["clock"], row["open311"]) for row in rows}


@cache
def transitions() -> dict[tuple[str, str, str], Transition]:
    """All arrows by (state, action, role), in the order of the table."""
    arrows = [_transition(row) for row in reference_table("case_transitions").to_dict("records")]
    return {(arrow.from_state, arrow.action, arrow.role): arrow for arrow in arrows}


def find_transition(state: str, action: str, role: str) -> Transition:
    """The arrow that ``role`` takes from ``state`` by ``action``.

    Raises
    ------
    InputError
        There is no such state or action at all.
    ConflictError
        The action exists, but not in this state (it may have moved on meanwhile).
    NotAllowedError
        The action is possible now, but for other roles.
    """
    _require_state(state)
    if action not in {arrow.action for arrow in transitions().values()}:
        raise InputError("There is no action {action} for cases.", action=action)
    roles = [arrow.role for arrow in transitions().values() if (arrow.from_state, arrow.action) == (state, action)]
    if not roles:
        raise ConflictError("A case that is {state} cannot take the action {action}.", state=state, action=action)
    if role not in roles:
        raise NotAllowedError(
            "The action {action} on a case that is {state} is for {roles}, not for {role}.", action=action, state=state, roles=", ".join(roles), role=role
        )
    return transitions()[state, action, role]


def next_state(state: str, action: str, role: str) -> str:
    """The state after ``action`` by ``role``; refusals as in :func:`find_transition`."""
    return find_transition(state, action, role).to_state


def allowed_actions(state: str, role: str) -> tuple[str, ...]:
    """Actions ``role`` may take in ``state``, in the order of the table; empty for a role with nothing to do there.

    Raises
    ------
    InputError
        There is no such state.
    """
    _require_state(state)
    return tuple(arrow.action for arrow in transitions().values() if (arrow.from_state, arrow.role) == (state, role))


def _require_state(state: str) -> None:
    if state not in states():
        raise InputError("There is no case state {state}. States are: {known}.", state=state, known=", ".join(states()))


def _transition(row: Mapping[Hashable, str]) -> Transition:
    return Transition(
        from_state=row["from_state"],
        action=row["action"],
        to_state=row["to_state"],
        role=row["role"],
        asked_by=row["asked_by"],
        needs=tuple(row["needs"].split()),
        within_days=_whole(row["within_days"]),
        at_most_times=_whole(row["at_most_times"]),
    )


def _whole(text: str) -> int | None:
    return int(text) if text else None
