"""What tests of services share: people, a stop button, everything a store holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from contracts.errors import CancelledError
from contracts.messages import Message
from services.access import Grant, Principal
from store.models import metadata
from store.unit_of_work import SqlUnitOfWork

NOBODY = Principal("nobody")


def person(*grants: tuple[str, str]) -> Principal:
    """Somebody with roles over areas."""
    return Principal("lin", tuple(Grant(role, area) for role, area in grants))


def contents(uow: SqlUnitOfWork) -> dict[str, list[Any]]:
    """All rows of all tables."""
    with uow:
        return {table.name: list(uow._connection.execute(select(table).order_by(*table.primary_key))) for table in metadata.sorted_tables}


def audited(uow: SqlUnitOfWork) -> dict[str, Any]:
    """The newest audit row."""
    with uow:
        return dict(uow.audit.read(limit=1).iloc[0])


class Stop:
    """A progress callback that cancels at its n-th call, or only counts."""

    def __init__(self, at_call: int | None = None) -> None:
        self.at_call, self.calls, self.said = at_call, 0, []

    def __call__(self, done: int, total: int, what: Message) -> None:
        assert 0 <= done <= total
        self.said.append(what)
        if self.calls == self.at_call:
            raise CancelledError("Stopped. Nothing of this run was kept.")
        self.calls += 1


def calls_of(act: Callable[[Stop], object]) -> int:
    """How often an act reports progress."""
    counting = Stop()
    act(counting)
    return counting.calls
