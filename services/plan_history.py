"""Plans of a community through time, and what differs between two of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import pandas as pd

from contracts.columns import CODE, COMMUNITY_CODE, FULL_TIME, GRID_CODE, HOUSEHOLDS, NAME, PLAN_ID, ROLE, WORKER_KEY, text_of
from contracts.errors import InputError, NotFoundError
from contracts.messages import Message
from services.access import Principal, authorize, may
from services.plain_messages import message_of
from services.ports import UnitOfWork

HISTORY = [PLAN_ID, "status", "valid_from", "valid_to", "due_from", "author", "published_by", "reason", "created_at", "published_at", "based_on"]
DRAFT = "draft"
KEPT, CHANGED, GAINED, LOST = "kept", "changed", "gained", "lost"


@dataclass(frozen=True)
class PlanComparison:
    """What differs between two plans of a community. Households are counted as the data are today.

    Attributes
    ----------
    grids
        One row per grid of either plan, indexed by code: ``change`` (kept, changed, gained, lost), ``households_before``,
        ``households_after``, ``buildings_before``, ``buildings_after``, ``households_moved_in``, ``households_moved_out``.
        A grid is changed when a building joins or leaves it, or its border moves.
    households, households_moved, buildings_moved
        All households of the community; households and buildings with another grid than before.
    workers
        Who works now in a grid that is changed or lost: worker_key, name, grid_code, role, full_time, change.
        Empty where the principal may not see workers.
    """

    community: str
    one: int
    two: int
    grids: pd.DataFrame
    households: float
    households_moved: float
    buildings_moved: int
    workers: pd.DataFrame

    @property
    def moved_share(self) -> float:
        """Share of the households that get another grid, 0 where nobody lives."""
        return self.households_moved / self.households if self.households else 0.0


def plan_history(uow: UnitOfWork, principal: Principal, community: str) -> pd.DataFrame:
    """Every plan of a community, newest first; drafts only for those who may edit plans there.

    Columns plan_id, status (draft, active, retired), valid_from, valid_to (the first day it did not hold), due_from (the day a
    draft shall come into force), author, published_by, reason, created_at, published_at, based_on, grids, households, faults,
    refused (why a draft did not come into force on its day, a ``Message``; None where there is nothing to say).

    Raises
    ------
    NotAllowedError
    """
    authorize(principal, "view_map", community)
    with uow:
        plans = uow.plans.list_plans(communities=[community])
        plans = plans if may(principal, "divide", community) else plans[plans["status"] != DRAFT]
        grids = uow.plans.grids(plan_ids=plans[PLAN_ID].tolist())
    table = plans.sort_values(PLAN_ID, ascending=False).reset_index(drop=True)
    count, households = grids.groupby(PLAN_ID).size(), grids.groupby(PLAN_ID)[HOUSEHOLDS].sum()
    faults = [len(report.get("faults", ())) if isinstance(report, dict) and not isinstance(report.get("faults"), int) else 0 for report in table["report"]]
    return table[HISTORY].assign(
        grids=table[PLAN_ID].map(count).fillna(0).astype(int),
        households=table[PLAN_ID].map(households).fillna(0.0),
        faults=faults,
        refused=pd.Series([_why_refused(report) for report in table["report"]], index=table.index, dtype=object),
    )


def grids_on(uow: UnitOfWork, principal: Principal, day: date, *, community: str) -> gpd.GeoDataFrame:
    """The grids of a community that were in force on a day; empty where none were.

    Raises
    ------
    NotAllowedError
    """
    authorize(principal, "view_map", community)
    with uow:
        return uow.plans.grids(communities=[community], on=day)


def plan_grids(uow: UnitOfWork, principal: Principal, plan_id: int) -> gpd.GeoDataFrame:
    """The grids of any plan, indexed by code; of a draft only for those who may edit plans there.

    Raises
    ------
    NotAllowedError, NotFoundError
    """
    authorize(principal, "view_map")
    with uow:
        require_plan(uow, principal, plan_id)
        return uow.plans.grids(plan_ids=[plan_id])


def compare_plans(uow: UnitOfWork, principal: Principal, one: int, two: int) -> PlanComparison:
    """What changes from plan ``one`` to plan ``two`` of the same community.

    Raises
    ------
    NotAllowedError, NotFoundError
    InputError
        The plans are of different communities.
    """
    authorize(principal, "view_map")
    with uow:
        community, other = (require_plan(uow, principal, plan) for plan in (one, two))
        if community != other:
            raise InputError(
                "Plan {one} is of community {first}, plan {two} of {second}. Choose two of one community.", one=one, first=community, two=two, second=other
            )
        before, after = (uow.plans.grids(plan_ids=[plan]) for plan in (one, two))
        home_before, home_after = (uow.plans.grid_of_building(plan_ids=[plan]) for plan in (one, two))
        buildings = uow.buildings.read(communities=[community])
        pairs = uow.assignments.read(communities=[community]) if may(principal, "view_workers", community) else uow.assignments.read(communities=[])
        workers = uow.workers.read(keys=pairs[WORKER_KEY].tolist())

    homes = pd.DataFrame({"before": home_before.reindex(buildings.index), "after": home_after.reindex(buildings.index)})
    homes[HOUSEHOLDS] = buildings[HOUSEHOLDS].fillna(0).astype(float)
    moved = homes[homes["before"].fillna("") != homes["after"].fillna("")]
    grids = _grid_changes(before, after, homes, moved)
    return PlanComparison(
        community,
        one,
        two,
        grids,
        households=float(homes[HOUSEHOLDS].sum()),
        households_moved=float(moved[HOUSEHOLDS].sum()),
        buildings_moved=len(moved),
        workers=_workers_concerned(pairs, workers, grids["change"]),
    )


def plan_in_force(uow: UnitOfWork, principal: Principal, community: str) -> int:
    """Number of the plan in force in a community.

    Raises
    ------
    NotAllowedError, NotFoundError
    """
    authorize(principal, "view_map", community)
    with uow:
        plan = uow.plans.active_plans(communities=[community]).get(community)
    if plan is None:
        raise NotFoundError("No grid plan is in force in community {code}.", code=community)
    return plan


def require_plan(uow: UnitOfWork, principal: Principal, plan_id: int, *, action: str = "view_map") -> str:
    """The community of a plan the principal may see, inside the open transaction. A draft is seen by those who may edit plans there.

    Raises
    ------
    NotFoundError, NotAllowedError
    """
    plans = uow.plans.list_plans(plan_ids=[plan_id])
    if not len(plans):
        raise NotFoundError("There is no grid plan with the number {plan}.", plan=plan_id)
    community = str(plans[COMMUNITY_CODE].iloc[0])
    authorize(principal, action, community)
    if plans["status"].iloc[0] == DRAFT:
        authorize(principal, "divide", community)
    return community


def _why_refused(report: object) -> Message | None:
    plain = report.get("refused") if isinstance(report, dict) else None
    return None if plain is None else message_of(plain)


def _grid_changes(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, homes: pd.DataFrame, moved: pd.DataFrame) -> pd.DataFrame:
    codes = before.index.union(after.index).rename(CODE)
    is_same_shape = {code: before.geometry[code].equals(after.geometry[code]) for code in before.index.intersection(after.index)}
    touched = {*moved["before"].dropna(), *moved["after"].dropna()}

    def change(code: str) -> str:
        if code not in is_same_shape:
            return GAINED if code in after.index else LOST
        return KEPT if is_same_shape[code] and code not in touched else CHANGED

    table = pd.DataFrame({"change": [change(str(code)) for code in codes]}, index=codes)
    for name, rows, side in (
        ("households_before", homes, "before"),
        ("households_after", homes, "after"),
        ("households_moved_out", moved, "before"),
        ("households_moved_in", moved, "after"),
    ):
        table[name] = rows.groupby(side)[HOUSEHOLDS].sum().reindex(codes).fillna(0.0)
    for name, side in (("buildings_before", "before"), ("buildings_after", "after")):
        table[name] = homes.groupby(side).size().reindex(codes).fillna(0).astype(int)
    return table


def _workers_concerned(pairs: pd.DataFrame, workers: gpd.GeoDataFrame, change: pd.Series) -> pd.DataFrame:
    concerned = pairs.assign(change=pairs[GRID_CODE].map(change))
    concerned = concerned[concerned["change"].isin([CHANGED, LOST])]
    people = pd.DataFrame(workers[[NAME, FULL_TIME]])
    table = concerned.join(people, on=WORKER_KEY)
    table[NAME] = table[NAME].map(text_of)
    return table[[WORKER_KEY, NAME, GRID_CODE, ROLE, FULL_TIME, "change"]].reset_index(drop=True)
