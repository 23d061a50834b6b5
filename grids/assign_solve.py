"""One role put into grids at least cost: a flow over the pairs worth a look, then credits that prove nothing was missed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from grids.assign_costs import PER_SECOND, Costs, Field, is_listed, prices_of
from grids.assign_flow import Demand, solve_flow
from grids.assign_near import best_of_each, first_costs, is_screened, missed_costs
from grids.assign_prices import Gains, Pairs, State, find_credits, settle
from grids.assign_site import Bools, Ints

_STEPS_PER_NODE = 60  # of looking for credits; an optimal flow of 82 500 people needed under 20
_MOST_ROUNDS = 30  # of looking for missed pairs
_MUCH_NEW = 0.12  # share of the pairs there are
_WARM_SHARE = 0.5  # of what could be filled; with fewer of today's pairs left a flow from nothing is faster


@dataclass(frozen=True)
class Solved:
    """The cheapest pairs of one role. ``used`` says which of ``costs``; ``is_proven`` whether all possible pairs were judged."""

    costs: Costs
    used: Bools
    demand: Demand
    dearest: int
    is_proven: bool

    @property
    def objective_s(self) -> float:
        """Seconds of walking and penalties over the pairs."""
        return float(self.costs.cost_s[self.used].sum())

    @cached_property
    def priced(self) -> tuple[Pairs, Gains, State]:
        """The same as arrays for the search, with credits that fit."""
        pairs, gains = make_pairs(self.costs, self.demand), make_gains(self.demand, self.dearest)
        state = make_state(self.costs, self.demand, self.used)
        find_credits(pairs, gains, state, _has_many_seats(self.demand), _STEPS_PER_NODE * len(state.load))
        settle(pairs, gains, state)
        return pairs, gains, state


def solve(field: Field, demand: Demand) -> Solved:
    """The cheapest pairs: from nothing, or, where there is much to do and most of it stands, from today's pairs."""
    costs = first_costs(field, demand.room)
    dearest = _dearest(field, costs)
    if not is_screened(field) or not len(costs.worker):
        used = solve_flow(costs.worker, costs.grid, prices_of(costs), demand, dearest)
        return Solved(costs, used, demand, dearest, not is_screened(field))
    used = _kept_today(field, costs, demand)
    if used.sum() < _WARM_SHARE * min(demand.room.sum(), demand.seats.sum()):
        used = solve_flow(costs.worker, costs.grid, prices_of(costs), demand, dearest)
    return _with_missed(field, Solved(costs, used, demand, dearest, is_proven=False))


def _with_missed(field: Field, solved: Solved) -> Solved:
    """Add pairs that are worth their price until there are none: then the answer is optimal among all pairs there are.

    Few new pairs are worked in by chains of changes, many by a flow from nothing, which is faster then.
    """
    costs, used, demand, dearest = solved.costs, solved.used, solved.demand, solved.dearest
    workers = len(demand.room)
    credit: Ints | None = None
    for _ in range(_MOST_ROUNDS):
        pairs, gains, state = make_pairs(costs, demand), make_gains(demand, dearest), make_state(costs, demand, used)
        if credit is None:
            find_credits(pairs, gains, state, _has_many_seats(demand), _STEPS_PER_NODE * len(state.load))
        else:
            state.credit[:] = credit
        settle(pairs, gains, state)
        used, credit = state.used, state.credit
        missed, is_complete = missed_costs(field, costs, credit[:workers], credit[workers:])
        if not len(missed.worker):
            return Solved(costs, used, demand, dearest, is_complete)
        missed = best_of_each(missed, prices_of(missed) - credit[missed.worker] - credit[workers + missed.grid])
        is_much = len(missed.worker) > _MUCH_NEW * len(costs.worker)
        costs, used = _joined(costs, used, missed, len(demand.seats))
        if is_much:
            used, credit = solve_flow(costs.worker, costs.grid, prices_of(costs), demand, dearest), None
    return Solved(costs, used, demand, dearest, is_proven=False)


def _joined(costs: Costs, used: Bools, missed: Costs, grids: int) -> tuple[Costs, Bools]:
    numbers = (costs.worker * grids + costs.grid)[used]
    joined = costs.with_more(missed)
    return joined, is_listed(joined.worker * grids + joined.grid, numbers)


def _kept_today(field: Field, costs: Costs, demand: Demand) -> Bools:
    """Today's pairs that may stay, the cheapest first where a worker or grid has more of them than it may."""
    used = is_listed(field.pair_numbers(costs.worker, costs.grid), field.site.today)
    for ends, most in ((costs.worker, demand.room), (costs.grid, demand.seats)):
        rows = np.flatnonzero(used)
        rows = rows[np.lexsort([costs.cost_s[rows], ends[rows]])]
        start = np.searchsorted(ends[rows], ends[rows], side="left")
        used[rows[np.arange(len(rows)) - start >= most[ends[rows]]]] = False
    return used


def _dearest(field: Field, costs: Costs) -> int:
    """A price above all others. Where pairs are screened it comes from the extent of the homes and grids, whatever pairs are looked at."""
    if not is_screened(field):
        return int(prices_of(costs).max(initial=0)) + 1
    xy = np.vstack([field.site.worker_xy[field.who], field.site.grid_xy[field.where]])
    rule, words = field.rule, 64 * field.site.grid_needs.shape[1]
    farthest_s = float(np.hypot(*np.ptp(xy, axis=0))) * field.s_per_m
    return int(PER_SECOND * (farthest_s + rule.other_community_s + rule.change_s + rule.missing_skill_s * words)) + 2


def _has_many_seats(demand: Demand) -> bool:
    return int(demand.seats.sum()) > int(demand.room.sum())


def make_pairs(costs: Costs, demand: Demand) -> Pairs:
    """Pairs by node, for the search."""
    workers, count = len(demand.room), len(costs.worker)
    ends = np.column_stack([costs.worker, costs.grid + workers])
    order = np.argsort(ends.T.ravel(), kind="stable")
    first = np.zeros(workers + len(demand.seats) + 1, dtype=np.int64)
    np.cumsum(np.bincount(ends.ravel(), minlength=len(first) - 1), out=first[1:])
    pair = order % max(count, 1)
    other = np.where(order < count, ends[pair, 1], ends[pair, 0])
    return Pairs(prices_of(costs), ends, first, pair.astype(np.int64), other.astype(np.int64), workers)


def make_gains(demand: Demand, dearest: int) -> Gains:
    """What seats and wanted grids are worth, in hundredths of a second."""
    empty = demand.empty_price(dearest)
    workers = len(demand.room)
    return Gains(
        np.concatenate([demand.wanted, demand.first]),
        np.concatenate([demand.room, demand.seats]),
        np.concatenate([np.full(workers, demand.wanted_price(dearest)), demand.first_weight * empty]),
        np.concatenate([np.zeros(workers, dtype=np.int64), demand.next_weight * empty]),
    )


def make_state(costs: Costs, demand: Demand, used: Bools) -> State:
    """An assignment without credits yet."""
    loads = [np.bincount(costs.worker[used], minlength=len(demand.room)), np.bincount(costs.grid[used], minlength=len(demand.seats))]
    load = np.concatenate(loads).astype(np.int64)
    return State(used.copy(), load, np.zeros(len(load), dtype=np.int64))
