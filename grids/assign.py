"""Who works in which grid: full-time workers lead several grids each, part-time workers fill seats, at least walking.

Two minimum-cost flows, one after the other. Every flow has a spill node, so there is always an answer: grids and
workers that find nobody are listed with the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd

from contracts.columns import CAPACITY, FULL_TIME, GRID_CODE, ROLE, WALK_S, WORKER_KEY
from contracts.messages import Message
from gis.checks import require_columns, require_crs
from grids.assign_costs import AssignmentRule, Bools, Costs, Ints, Site, make_site, pair_costs
from grids.assign_flow import Demand, solve_flow

__all__ = ["AssignmentRule", "WorkerAssignment", "assign_workers"]

LEAD, MEMBER = "lead", "member"
KIND, KEY, REASON = "kind", "key", "reason"  # columns of the list of the unplaced

WalkTimes = pd.DataFrame | Callable[[gpd.GeoDataFrame, gpd.GeoDataFrame], pd.DataFrame]


@dataclass(frozen=True)
class WorkerAssignment:
    """The answer.

    Attributes
    ----------
    pairs
        grid_code, worker_key, role (lead, member), walk_s; sorted, one row per grid and worker.
    unplaced
        kind (worker, grid), key, role, reason (a ``Message``): everybody and everything left over.
    objective
        Sum of walking seconds and penalties over the pairs.
    status
        ``"optimal"``, or ``"optimal among nearest"`` where only the nearest workers of each grid were looked at.
    """

    pairs: pd.DataFrame
    unplaced: pd.DataFrame
    objective: float
    status: str


@dataclass
class _Book:
    """What has been decided so far."""

    pairs: list[pd.DataFrame] = field(default_factory=list)
    unplaced: list[tuple[str, object, str, Message]] = field(default_factory=list)
    objective: float = 0.0
    is_screened: bool = False


def assign_workers(
    grids: gpd.GeoDataFrame,
    workers: gpd.GeoDataFrame,
    *,
    rule: AssignmentRule | None = None,
    current: pd.DataFrame | None = None,
    walk_s: WalkTimes | None = None,
) -> WorkerAssignment:
    """Leads and members for the grids, at the least total of walking time and penalties.

    Parameters
    ----------
    grids
        Polygons indexed by code; optional columns ``skills`` and ``languages`` a grid asks for (lists or text with ``;``).
    workers
        Home points indexed by id, with ``full_time`` and ``capacity`` (grids of a full-time, seats of a part-time
        worker); optional ``skills``, ``languages``, ``community`` (code).
    current
        Today's pairs (``grid_code``, ``worker_key``): a pair that differs costs the rule's change penalty.
    walk_s
        Seconds on the network, workers x grids, or a function that gives them; straight line times detour otherwise.

    Raises
    ------
    CrsError, MissingColumnError
        Frames that cannot be understood. Rows that cannot be used are unplaced with a reason instead.
    """
    rule = AssignmentRule() if rule is None else rule
    require_crs(grids, "grids")
    require_crs(workers, "workers")
    require_columns(workers, FULL_TIME, CAPACITY, what="workers")

    book = _Book()
    site = make_site(grids, workers, current, walk_s(workers, grids) if callable(walk_s) else walk_s)
    usable_grid = _usable_grids(site, book)
    usable = _usable_workers(site, book)
    has_lead = _lead(site, rule, usable & site.full_time, usable_grid, book)
    _seat(site, rule, usable, usable_grid, has_lead, book)
    return _answer(book)


def _usable_grids(site: Site, book: _Book) -> Bools:
    for number in np.flatnonzero(site.grid_repeated):
        book.unplaced.append(
            ("grid", site.grid_keys[number], LEAD, Message("The code is used by more than one grid; only the first row was served. Give each grid its own."))
        )
    for number in np.flatnonzero(~site.grid_located & ~site.grid_repeated):
        book.unplaced.append(("grid", site.grid_keys[number], LEAD, Message("The grid has no outline. Draw it.")))
    return site.grid_located & ~site.grid_repeated


def _usable_workers(site: Site, book: _Book) -> Bools:
    """Workers one can place; the first hindrance of each other one goes into the book."""
    hindrances = [
        (site.worker_repeated, Message("The id occurs more than once; only the first row was used. Give each worker an own id.")),
        (~site.worker_located, Message("The home is not known. Enter its place.")),
        (np.isnan(site.capacity), Message("The capacity is not a number. Enter how many grids or seats this worker takes.")),
        (site.capacity < 0, Message("The capacity is below zero. Enter how many grids or seats this worker takes.")),
        (np.floor(site.capacity) == 0, Message("The capacity is zero. Raise it if this worker is available.")),
    ]
    usable = np.ones(len(site.worker_keys), dtype=bool)
    for hindered, reason in hindrances:
        for number in np.flatnonzero(usable & hindered):
            book.unplaced.append(("worker", site.worker_keys[number], LEAD if site.full_time[number] else MEMBER, reason))
        usable &= ~hindered
    return usable


def _lead(site: Site, rule: AssignmentRule, workers: Bools, grids: Bools, book: _Book) -> Bools:
    """One lead per grid, 5 to 8 grids per full-time worker as far as there are grids and workers."""
    who, where = np.flatnonzero(workers), np.flatnonzero(grids)
    low, high = rule.lead_load
    room = np.minimum(np.floor(site.capacity[who]), high).astype(np.int64)
    demand = Demand(room, np.minimum(room, low), np.ones(len(where), dtype=np.int64), np.zeros(len(where), dtype=bool))
    placed = _place(site, rule, who, where, demand, LEAD, book)
    has_lead = np.zeros(len(grids), dtype=bool)
    has_lead[where[placed]] = True
    return has_lead


def _seat(site: Site, rule: AssignmentRule, usable: Bools, grids: Bools, has_lead: Bools, book: _Book) -> None:
    """Part-time workers: a first one in every grid (those without a lead first of all), then second ones."""
    who, where = np.flatnonzero(usable & ~site.full_time), np.flatnonzero(grids)
    room = np.floor(np.minimum(site.capacity[who], max(len(where), 1))).astype(np.int64)
    seats = np.full(len(where), rule.members_per_grid, dtype=np.int64)
    placed = _place(site, rule, who, where, Demand(room, np.zeros_like(room), seats, ~has_lead[where]), MEMBER, book)
    served = has_lead.copy()
    served[where[placed]] = True
    for number in where[~has_lead[where]]:
        book.unplaced.append(("grid", site.grid_keys[number], LEAD, _why_unled(bool(served[number]), bool((site.full_time & usable).any()))))


def _why_unled(is_served: bool, are_leads: bool) -> Message:
    if not is_served:
        return Message("No worker is left for this grid: nobody serves it. Add workers, or raise their capacity.")
    if are_leads:
        return Message("All full-time workers lead as many grids as they may. Add full-time workers, or raise their load.")
    return Message("There is no full-time worker to lead it. Add one.")


def _place(site: Site, rule: AssignmentRule, who: Ints, where: Ints, demand: Demand, role: str, book: _Book) -> Ints:
    """Solve one flow and note its pairs; positions in ``where`` that got somebody."""
    costs: Costs = pair_costs(site, rule, who, where)
    chosen = solve_flow(costs.worker, costs.grid, costs.cost_s, demand)
    book.is_screened |= costs.is_screened
    book.objective += float(costs.cost_s[chosen].sum())
    worker, grid = costs.worker[chosen], costs.grid[chosen]
    table = {GRID_CODE: site.grid_keys[where[grid]], WORKER_KEY: site.worker_keys[who[worker]], ROLE: role, WALK_S: costs.walk_s[chosen]}
    book.pairs.append(pd.DataFrame(table))
    for number in np.setdiff1d(np.arange(len(who)), worker):
        reason = (
            Message("There is no grid to work in.")
            if not len(where)
            else Message("Every grid within reach has its people already. Offer more seats, or keep this worker in reserve.")
        )
        book.unplaced.append(("worker", site.worker_keys[who[number]], role, reason))
    return np.unique(grid)


def _answer(book: _Book) -> WorkerAssignment:
    filled = [table for table in book.pairs if len(table)]
    empty = pd.DataFrame({GRID_CODE: pd.Series(dtype="str"), WORKER_KEY: pd.Series(dtype="str"), ROLE: pd.Series(dtype="str"), WALK_S: pd.Series(dtype=float)})
    pairs = pd.concat(filled, ignore_index=True) if filled else empty
    pairs = pairs.sort_values([GRID_CODE, ROLE, WORKER_KEY], key=lambda column: column.astype(str), ignore_index=True)
    unplaced = pd.DataFrame(book.unplaced, columns=[KIND, KEY, ROLE, REASON])
    return WorkerAssignment(pairs, unplaced, book.objective, "optimal among nearest" if book.is_screened else "optimal")
