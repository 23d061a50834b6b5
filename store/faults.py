"""What a database refuses, said as a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from contracts.errors import ConflictError, InputError, StoreError, WanggeError
from contracts.messages import Message

# word of a trigger, or a piece of a constraint's report -> what it means to people
REASONS: dict[str, Message] = {
    "audit_append_only": Message("the audit trail can only grow"),
    "plan_starts_as_draft": Message("a grid plan starts as a draft"),
    "plan_next_status": Message("a grid plan goes from draft to active to retired and never back"),
    "plan_published": Message("a published grid plan cannot be changed; make a new draft"),
    "plan_stale": Message("another grid plan of this community was published meanwhile; make the draft anew"),
    "plan_needs_reason": Message("a grid plan is published with a reason"),
    "plan_needs_grids": Message("a grid plan without grids cannot be published"),
    "plan_follows": Message("a grid plan cannot come into force before the one it follows"),
    "case_grid": Message("a case names a grid together with the published plan that has it"),
    "grid_code_spent": Message("a code of a retired grid cannot be used again"),
    "uq_grid_plan_active": Message("a community has one active grid plan at a time"),
    "grid_plan.community_code": Message("a community has one active grid plan at a time"),
    "uq_grid_plan_id_code": Message("a grid code occurs once in a plan"),
    "grid.plan_id, grid.code": Message("a grid code occurs once in a plan"),
    "uq_assignment_lead": Message("a grid has one lead worker at a time"),
    "uq_assignment_live": Message("a worker is placed once in a grid"),
    "assignment.grid_code, assignment.worker_key": Message("a worker is placed once in a grid"),
    "assignment.grid_code": Message("a grid has one lead worker at a time"),
    "ex_duty_primary": Message("a grid has one primary on duty at a time"),
    "ex_duty_worker": Message("a worker is on the list of a grid once at a time"),
    "duty_grid": Message("a duty is in a grid of a published plan"),
    "duty_is_history": Message("a duty is withdrawn once and never changed or erased"),
    "leave_is_history": Message("a leave is withdrawn once and never changed or erased"),
    "uq_patrol_track_grid_code_day_digest": Message("this track was imported for this grid and day before"),
    "patrol_track.grid_code, patrol_track.day, patrol_track.digest": Message("this track was imported for this grid and day before"),
    "pk_app_user": Message("this login exists already"),
    "app_user.login": Message("this login exists already"),
}
_BUSY_STATES = frozenset({"40001", "40P01", "55P03"})  # serialization, deadlock, lock timeout of PostgreSQL


@contextmanager
def refusals_as_errors() -> Iterator[None]:
    """Turn a driver's refusal into one of our errors; anything unforeseen stays what it is."""
    try:
        yield
    except IntegrityError as error:
        raise refusal(str(error.orig)) from error
    except psycopg.errors.IntegrityError as error:
        raise refusal(str(error)) from error
    except OperationalError as error:
        raise _unavailable(error) from error
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) in _BUSY_STATES:
            raise _busy() from error
        raise


def refusal(report: str) -> WanggeError:
    """The error for an integrity report of either database."""
    for word, reason in REASONS.items():
        if re.search(rf"\b{re.escape(word)}\b", report):
            return ConflictError("The store refuses this: {reason}.", reason=reason)
    if re.search(r"foreign key", report, re.IGNORECASE):
        return ConflictError(
            "A row names, or is named by, another row that is not there any more or not yet. Load areas before buildings, buildings before entrances."
        )
    return InputError("A value breaks a rule of the store ({rule}). Correct the value and try again.", rule=report.splitlines()[0])


def _unavailable(error: OperationalError) -> WanggeError:
    report = str(error.orig)
    if "locked" in report or "busy" in report or getattr(error.orig, "sqlstate", None) in _BUSY_STATES:
        return _busy()
    return StoreError("The database does not answer: {reason}. Check that it is running and that the disk is not full.", reason=report.strip())


def _busy() -> ConflictError:
    return ConflictError("Somebody else is writing at this moment. Nothing was changed; try again.")
