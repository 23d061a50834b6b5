"""Which pairs of workers and grids are worth a look: near ones first, and later those that prices say were missed."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from scipy.spatial import cKDTree

from grids.assign_costs import PER_SECOND, Costs, Field, is_listed, known_costs, prices_of, straight_costs
from grids.assign_site import Ints

_DENSE_PAIRS = 1_000_000  # up to here every pair is looked at: 75 700 people x 41 800 grids would not fit into memory
_NEAR_GRIDS, _NEAR_WORKERS = 10, 4  # of a worker with one place, of a grid
_MOST_AT_ONCE = 4_000_000  # pairs looked at together
_GRIDS_PER_PLACE = 4  # and of a worker with several
_TAIL = (0.0, 0.5, 0.75, 0.9, 0.97, 0.99, 0.999, 1.0)  # shares where prices are cut into classes: few are high, those reach far


def is_screened(field: Field) -> bool:
    """Whether there are too many pairs to look at each from the start."""
    return field.site.walks is None and len(field.who) * len(field.where) > _DENSE_PAIRS


def first_costs(field: Field, room: Ints) -> Costs:
    """Costs of every possible pair, or of near ones and today's where there are too many."""
    if field.site.walks is not None:
        return known_costs(field)
    workers, grids = len(field.who), len(field.where)
    if not is_screened(field):
        return straight_costs(field, np.repeat(np.arange(workers), grids), np.tile(np.arange(grids), workers))
    return straight_costs(field, *np.divmod(_near_numbers(field, room), grids))


def _near_numbers(field: Field, room: Ints) -> Ints:
    """The nearest grids of each worker, the nearest workers of each grid, and today's pairs, as ``worker * grids + grid``."""
    homes, middles = field.site.worker_xy[field.who], field.site.grid_xy[field.where]
    wanted = np.clip(_GRIDS_PER_PLACE * room, _NEAR_GRIDS, len(middles))
    ranks = cKDTree(middles).query(homes, k=int(wanted.max()))[1].reshape(len(homes), -1)
    worker, rank = np.nonzero(np.arange(ranks.shape[1])[None] < wanted[:, None])
    by_worker = worker * len(middles) + ranks[worker, rank]
    near = cKDTree(homes).query(middles, k=min(_NEAR_WORKERS, len(homes)))[1].reshape(len(middles), -1)
    by_grid = near * len(middles) + np.arange(len(middles))[:, None]
    return np.unique(np.concatenate([by_worker, by_grid.ravel(), _today_numbers(field)])).astype(np.int64)


def _today_numbers(field: Field) -> Ints:
    """Today's pairs among these workers and grids."""
    site = field.site
    worker, grid = np.divmod(site.today, max(len(site.grid_keys), 1))
    in_who, in_where = np.searchsorted(field.who, worker), np.searchsorted(field.where, grid)
    known = is_listed(worker, field.who) & is_listed(grid, field.where)
    return in_who[known] * len(field.where) + in_where[known]


def missed_costs(field: Field, costs: Costs, worker_credit: Ints, grid_credit: Ints) -> tuple[Costs, bool]:
    """Pairs not among ``costs`` whose price is below the credits of worker and grid, and whether all such were looked for.

    They are what keeps an answer from being optimal. The walk in a straight line bounds the price from below, so classes of
    workers and grids of like credit need no pair farther apart than their highest credits together reach.
    """
    grids = len(field.where)
    per_m = PER_SECOND * field.s_per_m
    least = PER_SECOND * field.rule.change_s - 1.0 if field.site.has_today else -1.0  # today's own pairs are all among the costs
    found, is_complete = [np.empty(0, dtype=np.int64)], True
    middles = [(near, cKDTree(field.site.grid_xy[field.where[near]])) for near in _classes(grid_credit)]
    for near in _classes(worker_credit):
        homes = cKDTree(field.site.worker_xy[field.who[near]])
        for beside, tree in middles:
            reach_m, is_whole = _bearable(homes, tree, (worker_credit[near].max() + grid_credit[beside].max() - least) / per_m)
            is_complete &= is_whole
            if reach_m > 0:
                close = homes.sparse_distance_matrix(tree, reach_m, output_type="ndarray")
                worker, grid = near[close["i"]], beside[close["j"]]
                kept = close["v"] * per_m + least < worker_credit[worker] + grid_credit[grid]
                found.append(worker[kept] * grids + grid[kept])
    numbers = np.unique(np.concatenate(found))
    numbers = numbers[~is_listed(numbers, costs.worker * grids + costs.grid)]
    more = straight_costs(field, *np.divmod(numbers, max(grids, 1)))
    return more.only(prices_of(more) < worker_credit[more.worker] + grid_credit[more.grid]), is_complete


def _bearable(homes: cKDTree, middles: cKDTree, reach_m: float) -> tuple[float, bool]:
    """The reach, halved until the pairs within fit into memory, and whether it was whole."""
    is_whole = True
    while reach_m > 0 and homes.count_neighbors(middles, reach_m) > _MOST_AT_ONCE:
        reach_m, is_whole = reach_m / 2.0, False
    return reach_m, is_whole


def _classes(credit: Ints) -> list[Ints]:
    """Positions in classes of rising credit, the highest ones in small classes."""
    order = np.argsort(credit, kind="stable").astype(np.int64)
    cuts = np.unique(np.round(np.array(_TAIL) * len(order)).astype(np.int64))
    return [order[start:end] for start, end in pairwise(cuts)]
