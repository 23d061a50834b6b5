"""Other ways to assign the same workers at the same prices: nearest pairs first, and scipy's matching of seats to people."""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures import TimeoutError as TooLongError
from multiprocessing import get_context
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from benchmarks.assign_city import make_city
from grids.assign_costs import AssignmentRule, Field, prices_of
from grids.assign_flow import Demand
from grids.assign_near import first_costs
from grids.assign_site import Bools, make_site
from grids.assign_solve import Solved, make_gains, solve

SCIPY_MOST_S = 240.0


def rivals_of(size: tuple[int, int, int], role: str) -> dict[str, Any]:
    """Objective, share of the workers placed, seats filled and seconds of each method for one role, choice only.

    The members are put beside grids that all have a lead. scipy gets the pairs ours ended with, which hold an optimal answer.
    """
    field, demand = _task(size, role)
    figures = {}
    started = time.perf_counter()
    ours = solve(field, demand)
    figures["ours"] = _figures(ours, ours.used, started)
    started = time.perf_counter()
    near = first_costs(field, demand.room)
    price = prices_of(near)
    figures["greedy"] = _figures(Solved(near, ours.used, demand, ours.dearest, is_proven=False), _greedy(near.worker, near.grid, price, demand), started)
    started = time.perf_counter()
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        job = pool.submit(_matching, ours)
        try:
            figures["scipy matching"] = _figures(ours, job.result(SCIPY_MOST_S), started)
        except TooLongError:
            figures["scipy matching"] = {"given_up_after_s": SCIPY_MOST_S}
            for process in list(pool._processes.values()):
                process.kill()
    return figures


def _task(size: tuple[int, int, int], role: str) -> tuple[Field, Demand]:
    city, rule = make_city(*size), AssignmentRule()
    site = make_site(city.grids, city.workers, None, None, None)
    where = np.arange(len(city.grids))
    who = np.flatnonzero(site.full_time if role == "lead" else ~site.full_time)
    room = site.capacity[who].astype(np.int64)
    wanted = np.minimum(room, rule.lead_load[0]) if role == "lead" else np.zeros_like(room)
    seats = np.full(len(where), 1 if role == "lead" else rule.members_per_grid, dtype=np.int64)
    demand = Demand(room, wanted, seats, np.full(len(where), 16), np.full(len(where), 4))
    return Field(site, rule, who, where), demand


def _figures(solved: Solved, used: Bools, started: float) -> dict[str, Any]:
    wall_s = time.perf_counter() - started
    chosen = solved.costs.only(used)
    load = np.bincount(chosen.worker, minlength=len(solved.demand.room))
    return {
        "wall_s": round(wall_s, 2),
        "objective_h": round(float(chosen.cost_s.sum()) / 3600.0, 2),
        "pairs": len(chosen.worker),
        "workers_placed": round(float((load > 0).mean()), 4),
        "grids_served": round(len(np.unique(chosen.grid)) / len(solved.demand.seats), 4),
        "below_wanted_load": int((load < solved.demand.wanted).sum()),
        "value": _value(solved, used),
    }


def _value(solved: Solved, used: Bools) -> int:
    """What the flow lowers, seats and wanted loads weighed in: the same for all answers that are optimal."""
    gains, costs = make_gains(solved.demand, solved.dearest), solved.costs.only(used)
    load = np.concatenate([np.bincount(costs.worker, minlength=len(solved.demand.room)), np.bincount(costs.grid, minlength=len(solved.demand.seats))])
    won = np.minimum(load, gains.low) * gains.first_gain + np.maximum(load - gains.low, 0) * gains.next_gain
    return int(prices_of(costs).sum() - won.sum())


def _greedy(worker: np.ndarray, grid: np.ndarray, price: np.ndarray, demand: Demand) -> Bools:
    """Cheapest pairs first, as long as worker and grid have room; first everybody's wanted load and every first seat."""
    used = np.zeros(len(worker), dtype=bool)
    load, filled = np.zeros(len(demand.room), dtype=np.int64), np.zeros(len(demand.seats), dtype=np.int64)
    order = np.lexsort([grid, worker, price])
    for room, seats in ((np.where(demand.wanted > 0, demand.wanted, demand.room), demand.first), (demand.room, demand.seats)):
        for pair in order:
            if not used[pair] and load[worker[pair]] < room[worker[pair]] and filled[grid[pair]] < seats[grid[pair]]:
                used[pair] = True
                load[worker[pair]] += 1
                filled[grid[pair]] += 1
    return used


def _matching(solved: Solved) -> Bools:
    """scipy's matching of one seat to one place of a worker; whoever finds none is matched with a stand-in that is worth nothing.

    Workers with several places and grids with several seats are copied; then a pair could be matched twice, so one of the two
    sides must have single places.
    """
    costs, demand = solved.costs, solved.demand
    gains = make_gains(demand, solved.dearest)
    is_by_grid = int(demand.seats.max()) == 1
    few, many = (costs.grid, costs.worker) if is_by_grid else (costs.worker, costs.grid)
    most = demand.room if is_by_grid else demand.seats
    side = slice(None, len(demand.room)) if is_by_grid else slice(len(demand.room), None)
    own = slice(len(demand.room), None) if is_by_grid else slice(None, len(demand.room))
    start = np.concatenate([[0], np.cumsum(most)])
    pair = np.repeat(np.arange(len(few)), most[many])
    unit = np.arange(len(pair)) - np.repeat(np.cumsum(most[many]) - most[many], most[many])
    won = np.where(unit < gains.low[side][many[pair]], gains.first_gain[side][many[pair]], gains.next_gain[side][many[pair]])
    won = won + np.where(gains.low[own][few[pair]] > 0, gains.first_gain[own][few[pair]], gains.next_gain[own][few[pair]])
    weight = prices_of(costs)[pair] - won
    rows, shift = int(few.max()) + 1, 1 - int(weight.min())
    column = start[many[pair]] + unit
    stand_in = int(start[-1]) + np.arange(rows)
    table = csr_array(
        (
            np.concatenate([weight + shift, np.full(rows, shift)]).astype(float),
            (np.concatenate([few[pair], np.arange(rows)]), np.concatenate([column, stand_in])),
        ),
        shape=(rows, int(start[-1]) + rows),
    )
    row, found = min_weight_full_bipartite_matching(table)
    matched = found < start[-1]
    owner = np.searchsorted(start, found[matched], side="right") - 1
    wanted = set(zip(row[matched].tolist(), owner.tolist(), strict=True))
    return np.array([(int(a), int(b)) in wanted for a, b in zip(few, many, strict=True)])
