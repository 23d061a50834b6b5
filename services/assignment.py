"""Put grid workers on the grids in force."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import geopandas as gpd
import pandas as pd

from contracts.columns import CAPACITY, COMMUNITY, COMMUNITY_CODE, FULL_TIME, GRID_CODE, ROLE, TERM_FROM, TERM_TO, WORKER_KEY
from contracts.errors import NotFoundError
from contracts.messages import Message
from contracts.progress import Progress, silent
from grids.assign import assign_workers, city_rule
from services.access import Principal, areas_for, authorize, may
from services.duty_facts import city_zone
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

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return {
            "grids": self.grids,
            "pairs": self.pairs,
            "leads": self.leads,
            "uncovered_grids": list(self.uncovered_grids),
            "unplaced": len(self.unplaced),
            "status": self.status,
            "seconds": round(self.seconds, 2),
        }

    def sentences(self) -> list[Message]:
        """For people."""
        facts = {"pairs": self.pairs, "grids": self.grids, "leads": self.leads, "unplaced": len(self.unplaced), "status": Message(self.status)}
        return [Message("{pairs} places filled in {grids} grids, {leads} of them leads; {unplaced} left open ({status}).", facts)]


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
        current = uow.assignments.read()
        workers = uow.workers.read()
        if communities is not None or areas_for(principal, "assign_workers") is not None:
            workers = _free_here(workers, current, codes)
        workers, away = _in_term(workers, at, city_zone(uow))
        rule = city_rule(uow.city.get(RULE_SETTING, {}))
        progress(1, 3, Message("Assigning {workers} workers to {grids} grids", {"workers": len(workers), "grids": len(grids)}))
        here = current[current[COMMUNITY_CODE].isin(codes)]
        result = assign_workers(grids.assign(**{COMMUNITY: grids[COMMUNITY_CODE]}), workers, rule=rule, current=here)
        progress(2, 3, Message("Saving"))
        uow.assignments.replace(result.pairs, communities=codes, author=principal.login, at=at)
        uow.audit.append(
            at=at, login=principal.login, action="assign_workers", subject=",".join(codes[:20]), details={"pairs": len(result.pairs), "status": result.status}
        )
        progress(3, 3, Message("Assigned"))
        uow.commit()
    led = set(result.pairs.loc[result.pairs[ROLE] == "lead", GRID_CODE])
    return AssignmentReport(
        grids=len(grids),
        pairs=len(result.pairs),
        leads=int((result.pairs[ROLE] == "lead").sum()),
        uncovered_grids=tuple(code for code in grids.index if code not in led),
        unplaced=pd.concat([result.unplaced, away], ignore_index=True) if len(away) else result.unplaced,
        status=result.status,
        seconds=time.monotonic() - started,
    )


def _my_grids(uow: UnitOfWork, principal: Principal, communities: Collection[str] | None) -> gpd.GeoDataFrame:
    for code in sorted(set(communities or ())):
        authorize(principal, "assign_workers", code)
    grids = uow.plans.grids(communities=communities)
    grids = grids[[may(principal, "assign_workers", code) for code in grids[COMMUNITY_CODE]]]
    if not len(grids):
        raise NotFoundError("There are no grids in force here. Divide the communities first.")
    return grids


def _free_here(workers: gpd.GeoDataFrame, current: pd.DataFrame, codes: Collection[str]) -> gpd.GeoDataFrame:
    """Workers at home or at work in these communities, with what their grids in other communities leave of their capacity."""
    is_here = current[COMMUNITY_CODE].isin(codes)
    mine = workers[workers[COMMUNITY].isin(codes) | workers.index.isin(current.loc[is_here, WORKER_KEY])]
    busy = current.loc[~is_here, WORKER_KEY].value_counts().reindex(mine.index).fillna(0)
    return mine.assign(**{CAPACITY: (mine[CAPACITY] - busy).clip(lower=0)})


def _in_term(workers: gpd.GeoDataFrame, at: datetime, zone: ZoneInfo) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Workers whose term holds, and the others as the assignment tells who is unplaced."""
    today = pd.Timestamp(at.astimezone(zone).date())
    is_out = (workers[TERM_FROM] > today) | (workers[TERM_TO] < today)
    said = [
        ("worker", key, "lead" if row[FULL_TIME] else "member", Message("The term does not hold today ({first} to {last}). Correct it, or wait.", _term(row)))
        for key, row in workers[is_out].iterrows()
    ]
    return workers[~is_out], pd.DataFrame(said, columns=["kind", "key", ROLE, "reason"])


def _term(row: pd.Series) -> dict[str, str]:
    first, last = ("…" if pd.isna(row[name]) else f"{row[name]:%Y-%m-%d}" for name in (TERM_FROM, TERM_TO))
    return {"first": first, "last": last}
