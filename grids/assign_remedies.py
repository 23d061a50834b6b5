"""The cheapest way to place somebody left over, or to serve a grid left empty: computed as the cheapest chain of changes.

Each remedy stands alone: what it costs is true while none of the others is carried out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from contracts.messages import Message
from grids.assign_costs import PER_SECOND, Field
from grids.assign_prices import BEYOND, FAR, spread
from grids.assign_site import Ints
from grids.assign_solve import Solved


@dataclass(frozen=True)
class Remedy:
    """What to do, with whom or where (key of a worker or a grid), and the seconds of walking and penalties it adds in all."""

    say: Message
    key: object | None = None
    cost_s: float = float("nan")


def remedies_for_workers(field: Field, solved: Solved, places: Ints) -> list[Remedy]:
    """For workers without a seat, by their places in ``who``: one seat more in the grid where that costs least."""
    if not len(places):
        return []
    cost, origin = _chains(solved, is_workers_side=False)
    workers = len(field.who)
    return [
        _seat(field.site.grid_keys[field.where[origin[place] - workers]], cost[place] / PER_SECOND)
        if origin[place] >= 0
        else _lifted(field, field.who == field.who[place], np.ones(len(field.where), dtype=bool), _no_grid_near)
        for place in places
    ]


def remedies_for_grids(field: Field, solved: Solved, places: Ints) -> list[Remedy]:
    """For grids without anybody of this role, by their places in ``where``: one grid more for the worker where that costs least."""
    if not len(places):
        return []
    cost, origin = _chains(solved, is_workers_side=True)
    nodes = places + len(field.who)
    return [
        _load(field.site.worker_keys[field.who[origin[node]]], cost[node] / PER_SECOND)
        if origin[node] >= 0
        else _lifted(field, np.ones(len(field.who), dtype=bool), field.where == field.where[node - len(field.who)], _nobody_near)
        for node in nodes
    ]


def _chains(solved: Solved, is_workers_side: bool) -> tuple[Ints, Ints]:
    """For each node, what it costs to serve it by a unit more at any node of the other side, and which one (-1 = none)."""
    pairs, _gains, state = solved.priced
    nodes = np.arange(len(state.load))
    may_grow = ((nodes < pairs.workers) == is_workers_side) & (np.abs(state.credit) < BEYOND // 2)
    distance, origin = np.full(len(nodes), FAR), np.full(len(nodes), -1, dtype=np.int64)
    least = int(state.credit[may_grow].min()) if may_grow.any() else 0
    distance[may_grow] = state.credit[may_grow] - least
    spread(pairs, state, is_workers_side, distance, origin)
    return np.where(origin >= 0, distance + least + state.credit, 0), origin


def _load(worker: object, cost_s: float) -> Remedy:
    say = Message("Raise the load of worker {worker} by one: {minutes:.0f} minutes more in all.", {"worker": worker, "minutes": cost_s / 60.0})
    return Remedy(say, worker, cost_s)


def _seat(grid: object, cost_s: float) -> Remedy:
    say = Message("Offer one more place in grid {grid}: {minutes:.0f} minutes more in all.", {"grid": grid, "minutes": cost_s / 60.0})
    return Remedy(say, grid, cost_s)


def _lifted(field: Field, is_worker: np.ndarray, is_grid: np.ndarray, otherwise: Callable[[], Remedy]) -> Remedy:
    """The nearest pair that only an exclusion forbids; what else to do where there is none."""
    site = field.site
    worker, grid = np.divmod(site.excluded, max(len(site.grid_keys), 1))
    here = np.isin(worker, field.who[is_worker]) & np.isin(grid, field.where[is_grid])
    worker, grid = worker[here], grid[here]
    if not len(worker):
        return otherwise()
    walk_s = np.hypot(*(site.worker_xy[worker] - site.grid_xy[grid]).T) * field.s_per_m
    nearest = int(np.argmin(walk_s))
    facts = {"worker": site.worker_keys[worker[nearest]], "grid": site.grid_keys[grid[nearest]], "minutes": walk_s[nearest] / 60.0}
    say = Message("Let worker {worker} work in grid {grid}, which is excluded today: {minutes:.0f} minutes to walk.", facts)
    return Remedy(say, facts["worker"] if otherwise is _nobody_near else facts["grid"], float(walk_s[nearest]))


def _no_grid_near() -> Remedy:
    return Remedy(Message("Check the place of the home, or allow longer walks."))


def _nobody_near() -> Remedy:
    return Remedy(Message("Add a worker who lives near and may work here."))
