"""Who works in which grid: full-time workers lead several grids each, part-time workers fill seats, at least walking.

Two minimum-cost flows, one after the other. Every flow has a spill node, so there is always an answer: grids and
workers that find nobody are listed with the reason and the cheapest remedy. docs/assignment.md tells how and how well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd

from contracts.columns import CAPACITY, FULL_TIME, GRID_CODE, ROLE, WALK_S, WORKER_KEY
from contracts.messages import Message
from gis.checks import require_columns, require_crs
from grids.assign_costs import AssignmentRule, Field, city_rule
from grids.assign_flow import Demand
from grids.assign_neighbours import joined_leads
from grids.assign_remedies import Remedy, remedies_for_grids, remedies_for_workers
from grids.assign_site import Bools, Ints, Site, make_site
from grids.assign_solve import Solved, solve

__all__ = ["AssignmentRule", "WorkerAssignment", "assign_workers", "city_rule"]

LEAD, MEMBER = "lead", "member"
KIND, KEY, REASON = "kind", "key", "reason"  # columns of the list of the unplaced
REPAIR, REPAIR_KEY, REPAIR_S = "repair", "repair_key", "repair_s"
# what a seat weighs against others: the first one of a grid without a lead, of any grid, a further one; the same where nobody lives
_UNLED, _FIRST, _NEXT = np.array([32, 8]), np.array([16, 2]), np.array([4, 1])

WalkTimes = pd.DataFrame | Callable[[gpd.GeoDataFrame, gpd.GeoDataFrame], pd.DataFrame]


@dataclass(frozen=True)
class WorkerAssignment:
    """The answer.

    Attributes
    ----------
    pairs
        grid_code, worker_key, role (lead, member), walk_s; sorted, one row per grid and worker.
    unplaced
        kind (worker, grid), key, role, reason (a ``Message``), and the cheapest remedy by itself: repair (a ``Message``, or None
        where the reason says what to mend), repair_key (the worker or grid it speaks of), repair_s (seconds it adds in all).
    objective
        Sum of walking seconds and penalties over the pairs.
    status
        ``"optimal"``: no possible pairs cost less; ``"optimal among nearest"`` where that was not proven for pairs far apart.
        What is said is true of the flow; ``objective - bound`` is what was then paid so that grids of one lead hang together.
    bound
        Least sum possible, that of the flow.
    """

    pairs: pd.DataFrame
    unplaced: pd.DataFrame
    objective: float
    status: str
    bound: float = 0.0


@dataclass
class _Book:
    """What has been decided so far."""

    pairs: list[pd.DataFrame] = field(default_factory=list)
    unplaced: list[tuple[object, ...]] = field(default_factory=list)
    objective: float = 0.0
    bound: float = 0.0
    is_proven: bool = True

    def leave(self, kind: str, key: object, role: str, reason: Message, remedy: Remedy | None = None) -> None:
        """Note somebody or something left over."""
        told = (None, None, float("nan")) if remedy is None else (remedy.say, remedy.key, remedy.cost_s)
        self.unplaced.append((kind, key, role, reason, *told))


def assign_workers(
    grids: gpd.GeoDataFrame,
    workers: gpd.GeoDataFrame,
    *,
    rule: AssignmentRule | None = None,
    current: pd.DataFrame | None = None,
    walk_s: WalkTimes | None = None,
    excluded: pd.DataFrame | None = None,
) -> WorkerAssignment:
    """Leads and members for the grids, at the least total of walking time and penalties.

    Parameters
    ----------
    grids
        Polygons indexed by code; optional columns ``skills`` and ``languages`` a grid asks for (lists or text with ``;``),
        ``community_code``, ``households`` (grids with none are served after those where people live).
    workers
        Home points indexed by id, with ``full_time`` and ``capacity`` (grids of a full-time, seats of a part-time
        worker); optional ``skills``, ``languages``, ``community`` (code).
    current
        Today's pairs (``grid_code``, ``worker_key``): a pair that differs costs the rule's change penalty.
    walk_s
        Seconds on the network, workers x grids or a list of pairs (``worker_key``, ``grid_code``, ``walk_s``); what is not there
        is out of reach. Or a function that gives them. Straight line times detour otherwise.
    excluded
        Pairs (``grid_code``, ``worker_key``) that may not be, whatever they cost.

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
    site = make_site(grids, workers, current, excluded, walk_s(workers, grids) if callable(walk_s) else walk_s)
    where = np.flatnonzero(_usable_grids(site, book))
    usable = _usable_workers(site, book)
    leads = Field(site, rule, np.flatnonzero(usable & site.full_time), where)
    members = Field(site, rule, np.flatnonzero(usable & ~site.full_time), where)
    solved = _lead(leads, book)
    is_led = _is_served(solved)
    _tell_unled(leads, solved, members, _seat(members, is_led, book), book)
    return _answer(book)


def _usable_grids(site: Site, book: _Book) -> Bools:
    for number in np.flatnonzero(site.grid_repeated):
        reason = Message("The code is used by more than one grid; only the first row was served. Give each grid its own.")
        book.leave("grid", site.grid_keys[number], LEAD, reason)
    for number in np.flatnonzero(~site.grid_located & ~site.grid_repeated):
        book.leave("grid", site.grid_keys[number], LEAD, Message("The grid has no outline. Draw it."))
    return site.grid_located & ~site.grid_repeated


def _usable_workers(site: Site, book: _Book) -> Bools:
    """Workers one can place; the first hindrance of each other one goes into the book."""
    hindrances = [
        (site.worker_repeated, Message("The id occurs more than once; only the first row was used. Give each worker an own id.")),
        (~site.worker_located, Message("The home is not known. Enter its place.")),
        (~np.isfinite(site.capacity), Message("The capacity is not a number. Enter how many grids or seats this worker takes.")),
        (site.capacity < 0, Message("The capacity is below zero. Enter how many grids or seats this worker takes.")),
        (np.floor(site.capacity) == 0, Message("The capacity is zero. Raise it if this worker is available.")),
    ]
    usable = np.ones(len(site.worker_keys), dtype=bool)
    for hindered, reason in hindrances:
        for number in np.flatnonzero(usable & hindered):
            book.leave("worker", site.worker_keys[number], LEAD if site.full_time[number] else MEMBER, reason)
        usable &= ~hindered
    return usable


def _lead(leads: Field, book: _Book) -> Solved:
    """One lead per grid, 5 to 8 grids per full-time worker as far as there are grids and workers, then grids of one lead together."""
    low, high = leads.rule.lead_load
    room = np.minimum(np.floor(leads.site.capacity[leads.who]), high).astype(np.int64)
    vacant = leads.site.grid_vacant[leads.where].astype(np.int64)
    ones = np.ones(len(vacant), dtype=np.int64)
    solved = solve(leads, Demand(room, np.minimum(room, low), ones, _FIRST[vacant], _NEXT[vacant]))
    _note(leads, solved, joined_leads(leads, solved), LEAD, book)
    return solved


def _seat(members: Field, is_led: Bools, book: _Book) -> Solved:
    """Part-time workers: a first one in every grid (those without a lead first of all), then second ones."""
    count = len(members.where)
    room = np.floor(np.minimum(members.site.capacity[members.who], max(count, 1))).astype(np.int64)
    vacant = members.site.grid_vacant[members.where].astype(np.int64)
    seats = np.full(count, members.rule.members_per_grid, dtype=np.int64)
    first = np.where(is_led, _FIRST[vacant], _UNLED[vacant])
    solved = solve(members, Demand(room, np.zeros_like(room), seats, first, _NEXT[vacant]))
    _note(members, solved, solved.used, MEMBER, book)
    return solved


def _is_served(solved: Solved) -> Bools:
    return np.bincount(solved.costs.grid[solved.used], minlength=len(solved.demand.seats)) > 0


def _note(field: Field, solved: Solved, used: Bools, role: str, book: _Book) -> None:
    """Write the pairs of one role into the book, and the workers left over."""
    costs = solved.costs.only(used)
    site, who, where = field.site, field.who, field.where
    table = {GRID_CODE: site.grid_keys[where[costs.grid]], WORKER_KEY: site.worker_keys[who[costs.worker]], ROLE: role, WALK_S: costs.walk_s}
    book.pairs.append(pd.DataFrame(table))
    book.objective += float(costs.cost_s.sum())
    book.bound += solved.objective_s
    book.is_proven &= solved.is_proven
    idle = np.setdiff1d(np.arange(len(who)), costs.worker)
    is_possible = np.isin(idle, solved.costs.worker)
    for place, possible, remedy in zip(idle, is_possible, _for_idle(field, solved, idle, role), strict=True):
        book.leave("worker", site.worker_keys[who[place]], role, _why_idle(bool(possible), len(where)), remedy)


def _for_idle(field: Field, solved: Solved, idle: Ints, role: str) -> Iterable[Remedy]:
    if not len(field.where):
        return [Remedy(Message("Divide the communities first, or draw grids."))] * len(idle)
    if role == LEAD and np.isin(idle, solved.costs.worker).all():
        return [Remedy(Message("Keep this worker in reserve, or let the worker take part-time places."))] * len(idle)
    return remedies_for_workers(field, solved, idle)


def _why_idle(is_possible: bool, grids: int) -> Message:
    if not grids:
        return Message("There is no grid to work in.")
    if not is_possible:
        return Message("There is no grid that this worker can reach and may work in.")
    return Message("Every grid within reach has its people already. Offer more seats, or keep this worker in reserve.")


def _tell_unled(leads: Field, solved: Solved, members: Field, seated: Solved, book: _Book) -> None:
    """Grids without a lead: why, and whose load to raise; where there is no full-time worker, whose seats."""
    is_served = _is_served(solved) | _is_served(seated)
    unled = np.flatnonzero(~_is_served(solved))
    has_pair = np.bincount(solved.costs.grid, minlength=len(leads.where)) > 0
    field, answer = (leads, solved) if len(leads.who) else (members, seated)
    for place, remedy in zip(unled, remedies_for_grids(field, answer, unled), strict=True):
        reason = _why_unled(bool(is_served[place]), len(leads.who), bool(has_pair[place]))
        book.leave("grid", leads.site.grid_keys[leads.where[place]], LEAD, reason, remedy)


def _why_unled(is_served: bool, leads: int, has_pair: bool) -> Message:
    if not is_served:
        return Message("No worker is left for this grid: nobody serves it. Add workers, or raise their capacity.")
    if not leads:
        return Message("There is no full-time worker to lead it. Add one.")
    if not has_pair:
        return Message("No full-time worker can reach it and may work there. Add one.")
    return Message("All full-time workers lead as many grids as they may. Add full-time workers, or raise their load.")


def _answer(book: _Book) -> WorkerAssignment:
    filled = [table for table in book.pairs if len(table)]
    empty = pd.DataFrame({GRID_CODE: pd.Series(dtype="str"), WORKER_KEY: pd.Series(dtype="str"), ROLE: pd.Series(dtype="str"), WALK_S: pd.Series(dtype=float)})
    pairs = pd.concat(filled, ignore_index=True) if filled else empty
    pairs = pairs.sort_values([GRID_CODE, ROLE, WORKER_KEY], key=lambda column: column.astype(str), ignore_index=True)
    unplaced = pd.DataFrame(book.unplaced, columns=[KIND, KEY, ROLE, REASON, REPAIR, REPAIR_KEY, REPAIR_S])
    return WorkerAssignment(pairs, unplaced, book.objective, "optimal" if book.is_proven else "optimal among nearest", book.bound)
