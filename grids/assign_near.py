"""Which pairs of workers and grids are worth a look: near ones first, and later those that prices say were missed."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from grids.assign_blocks import Places, near_credits, pack
from grids.assign_costs import PER_SECOND, Costs, Field, is_listed, known_costs, prices_of, straight_costs
from grids.assign_site import Ints

_DENSE_PAIRS = 1_000_000  # up to here every pair is looked at: 75 700 people x 41 800 grids would not fit into memory
_NEAR_GRIDS, _NEAR_WORKERS = 10, 4  # of a worker with one place, of a grid
_MOST_AT_ONCE = 10_000_000  # missed pairs looked at together; more are left for the next look
_NEW_OF_EACH = 3  # missed pairs of a worker or grid taken up at once
_GRIDS_PER_PLACE = 4  # and of a worker with several


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

    They are what keeps an answer from being optimal. The walk in a straight line bounds the price from below.
    """
    grids, site = len(field.where), field.site
    per_m = PER_SECOND * field.s_per_m
    least = PER_SECOND * field.rule.change_s - 1.0 if site.has_today else -1.0  # today's own pairs are all among the costs
    homes = Places(site.worker_xy[field.who] * per_m, worker_credit - least, site.worker_community[field.who])
    middles = Places(site.grid_xy[field.where] * per_m, grid_credit.astype(float), site.grid_community[field.where])
    worker, grid, is_complete = near_credits(homes, pack(middles), PER_SECOND * field.rule.other_community_s, _MOST_AT_ONCE)
    numbers = np.sort(worker * grids + grid)
    numbers = numbers[~is_listed(numbers, costs.worker * grids + costs.grid)]
    more = straight_costs(field, *np.divmod(numbers, max(grids, 1)))
    return more.only(prices_of(more) < worker_credit[more.worker] + grid_credit[more.grid]), is_complete


def best_of_each(costs: Costs, slack: Ints) -> Costs:
    """The few pairs of each worker and of each grid whose price is farthest below the credits (``slack`` is below zero)."""
    kept = np.zeros(len(slack), dtype=bool)
    for ends in (costs.worker, costs.grid):
        order = np.lexsort([slack, ends])
        rank = np.arange(len(order)) - np.searchsorted(ends[order], ends[order], side="left")
        kept[order[rank < _NEW_OF_EACH]] = True
    return costs.only(kept)
