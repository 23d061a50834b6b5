"""Put grid workers on the grids in force."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from contracts.columns import COMMUNITY, COMMUNITY_CODE, FULL_TIME, GRID_CODE, ROLE
from contracts.errors import NotFoundError
from contracts.messages import Message
from contracts.progress import Progress, silent
from grids.assign import AssignmentRule, assign_workers
from services.access import Principal, areas_for, authorize, is_within
from services.ports import UnitOfWork

RULE_SETTING = "assignment_rule"


@dataclass(frozen=True)
class AssignmentReport:
    """Who was placed and who was not, each with the reason."""

    grids: int
    pairs: int
    leads: int
    uncovered_grids: tuple[str, ...]  # grids without a lead
    unplaced: pd.DataFrame  # as the assignment gives it: who or what, and why
    status: str
    seconds: float


def assign_workers_to_grids(
    uow: UnitOfWork, principal: Principal, *, communities: Collection[str] | None = None, at: datetime, progress: Progress = silent
) -> AssignmentReport:
    """Assign full-time leads and part-time members to the active grids, staying near to what is in force.

    Raises
    ------
    NotAllowedError, NotFoundError, CancelledError
    """
    started = time.monotonic()
    authorize(principal, "assign_workers")
    with uow:
        progress(0, 3, Message("Reading grids and workers"))
        grids = _my_grids(uow, principal, communities)
        codes = sorted(set(grids[COMMUNITY_CODE]))
        workers = uow.workers.read()
        if communities is not None or areas_for(principal, "assign_workers") is not None:
            workers = workers[workers[COMMUNITY].isin(codes)]
        rule = AssignmentRule(**uow.city.get(RULE_SETTING, {}))
        progress(1, 3, Message("Assigning {workers} workers to {grids} grids", {"workers": len(workers), "grids": len(grids)}))
        result = assign_workers(grids.assign(**{COMMUNITY: grids[COMMUNITY_CODE]}), workers, rule=rule, current=uow.assignments.read(communities=codes))
        progress(2, 3, Message("Saving"))
        uow.assignments.replace(result.pairs, communities=codes, author=principal.login, at=at)
        uow.audit.append(
            at=at, login=principal.login, action="assign_workers", subject=",".join(codes[:20]), details={"pairs": len(result.pairs), "status": result.status}
        )
        uow.commit()
    progress(3, 3, Message("Assigned"))
    led = set(result.pairs.loc[result.pairs[ROLE] == "lead", GRID_CODE])
    return AssignmentReport(
        grids=len(grids),
        pairs=len(result.pairs),
        leads=int((result.pairs[ROLE] == "lead").sum()),
        uncovered_grids=tuple(code for code in grids.index if code not in led) if workers[FULL_TIME].any() else tuple(grids.index),
        unplaced=result.unplaced,
        status=result.status,
        seconds=time.monotonic() - started,
    )


def _my_grids(uow: UnitOfWork, principal: Principal, communities: Collection[str] | None) -> pd.DataFrame:
    grids = uow.plans.grids(communities=communities)
    areas = areas_for(principal, "assign_workers")
    if areas is not None:
        grids = grids[[any(is_within(code, area) for area in areas) for code in grids[COMMUNITY_CODE]]]
    if not len(grids):
        raise NotFoundError("There are no grids in force here. Divide the communities first.")
    return grids
