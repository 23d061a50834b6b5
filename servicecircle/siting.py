"""Where to open services: four classic questions, solved with HiGHS, with a proven bound on the answer.

Every function takes walking times between candidate sites (rows) and doors (columns): the sparse matrix of ``walk_matrix``, where
absent pairs are out of reach, or a dense array with ``inf``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array, issparse, vstack

from contracts.errors import InputError
from gis.checks import require_finite, require_nonnegative
from servicecircle.stops import require_limit

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Walks: TypeAlias = "csr_array | npt.NDArray[np.float64]"

OPTIMAL, FEASIBLE, INFEASIBLE, UNKNOWN = "optimal", "feasible", "infeasible", "unknown"


@dataclass(frozen=True, eq=False)
class SitingResult:
    """Chosen sites (rows of the matrix, ascending), what they achieve, and what no choice can beat.

    ``status`` is ``optimal`` (objective and bound agree), ``feasible`` (time ran out, the bound says how far off at most)
    ``infeasible`` (there is no answer) or ``unknown`` (time ran out before any was found): then nothing is chosen and the
    objective is NaN.
    """

    chosen: Ints
    objective: float
    bound: float
    status: str


@dataclass(frozen=True)
class SolverEffort:
    """How long to look (seconds, ``inf`` = until proven) and which relative gap counts as proven."""

    time_limit_s: float = math.inf
    gap: float = 1e-9


PROVEN = SolverEffort()


def mclp(walks: Walks, weights: npt.ArrayLike, *, p: int, limit_s: float, existing: Sequence[int] = (), effort: SolverEffort = PROVEN) -> SitingResult:
    """Maximal covering: the ``p`` sites that bring the most weight within the limit. ``existing`` rows are open anyway and not counted in ``p``.

    Returns
    -------
        Objective and bound are covered weight, existing sites' included.

    Raises
    ------
    InputError
        More sites wanted than there are, weights missing or negative, an unusable limit.
    """
    cover = _covering(walks, limit_s)
    weight = _checked_weights(weights, cover.shape[1])
    is_open = _checked_existing(existing, cover.shape[0])
    _require_count(p, cover.shape[0] - int(is_open.sum()))
    sites, doors = cover.shape
    # maximise w z with z_i <= sum of open sites covering door i; z may be fractional, it settles at 0 or 1 by itself
    rows = csr_array(
        vstack([_side_by_side(-cover.T, coo_array((np.ones(doors), (np.arange(doors), np.arange(doors))), shape=(doors, doors))), _count_row(sites, doors)])
    )
    limits = LinearConstraint(rows, np.r_[np.full(doors, -np.inf), p + is_open.sum()], np.r_[np.zeros(doors), p + is_open.sum()])
    chosen, bound, status = _solve(np.r_[np.zeros(sites), -weight], limits, is_open, effort)
    if status == UNKNOWN:
        return _nothing(status)
    covered = float(weight[np.unique(cover[chosen].indices)].sum())
    return SitingResult(chosen, covered, max(covered, -bound) if status == FEASIBLE else covered, status)


def lscp(walks: Walks, *, limit_s: float, existing: Sequence[int] = (), effort: SolverEffort = PROVEN) -> SitingResult:
    """Set covering: the fewest sites that bring every door within the limit.

    A door no site can reach makes it infeasible. ``existing`` rows are open anyway and counted.

    Returns
    -------
        Objective and bound are numbers of sites.

    Raises
    ------
    InputError
        An unusable limit or site number.
    """
    cover = _covering(walks, limit_s)
    is_open = _checked_existing(existing, cover.shape[0])
    if not _reaches_all(cover):
        return _nothing(INFEASIBLE)
    if not cover.shape[1] and not is_open.any():
        return SitingResult(np.empty(0, dtype=np.int64), 0.0, 0.0, OPTIMAL)
    chosen, bound, status = _solve(np.ones(cover.shape[0]), LinearConstraint(csr_array(cover.T), 1.0, np.inf), is_open, effort)
    if status in (INFEASIBLE, UNKNOWN):
        return _nothing(status)
    return SitingResult(chosen, float(len(chosen)), min(float(len(chosen)), float(math.ceil(bound - 1e-6))), status)


def p_center(walks: Walks, *, p: int, effort: SolverEffort = PROVEN) -> SitingResult:
    """The ``p`` sites with the least longest walk: set coverings at ever closer limits, found by halving.

    Returns
    -------
        Objective and bound are seconds of the longest walk.

    Raises
    ------
    InputError
        More sites wanted than there are.
    """
    seconds = _stored(walks)
    _require_count(p, seconds.shape[0])
    limits = np.unique(seconds.data)
    best, low, high = _nothing(INFEASIBLE), 0, len(limits) - 1
    if not seconds.shape[1]:
        return SitingResult(np.empty(0, dtype=np.int64), 0.0, 0.0, OPTIMAL)
    proven = True
    while low <= high:
        middle = (low + high) // 2
        cover = lscp(seconds, limit_s=float(limits[middle]), effort=effort)
        if cover.status in (OPTIMAL, FEASIBLE) and len(cover.chosen) <= p:
            best, high = SitingResult(cover.chosen, float(limits[middle]), math.nan, FEASIBLE), middle - 1
        else:
            proven &= cover.status == INFEASIBLE or cover.bound > p
            low = middle + 1
    if best.status == INFEASIBLE:
        return best if proven else _nothing(UNKNOWN)
    return SitingResult(best.chosen, best.objective, best.objective if proven else 0.0, OPTIMAL if proven else FEASIBLE)


def p_median(walks: Walks, weights: npt.ArrayLike, *, p: int, effort: SolverEffort = PROVEN) -> SitingResult:
    """The ``p`` sites with the least total of weight times walk.

    Returns
    -------
        Objective and bound are weighted seconds. Doors without weight do not count; infeasible where some door with weight
        cannot be reached from any ``p`` sites.

    Raises
    ------
    InputError
        More sites wanted than there are, weights missing or negative.
    """
    seconds = _stored(walks)
    weight = _checked_weights(weights, seconds.shape[1])
    _require_count(p, seconds.shape[0])
    seconds, weight = csr_array(seconds[:, weight > 0]), weight[weight > 0]
    if not _reaches_all(seconds):
        return _nothing(INFEASIBLE)
    cost, limits, sites = _radius_model(seconds, weight, p)
    chosen, bound, status = _solve(cost, limits, np.zeros(sites, dtype=bool), effort)
    if status in (INFEASIBLE, UNKNOWN):
        return _nothing(status)
    walked_s = float(weight @ _nearest_s(csr_array(seconds[chosen])))
    return SitingResult(chosen, walked_s, min(walked_s, bound + float(weight @ _nearest_s(seconds))) if status == FEASIBLE else walked_s, status)


def _radius_model(seconds: csr_array, weight: Floats, p: int) -> tuple[Floats, LinearConstraint, int]:
    """p-median by rings (Elloumi 2010): for each door and each of its distances, is there no open site up to that far?

    With few distinct distances it is far smaller than one variable per pair, and its relaxation is as tight.
    """
    sites, doors = seconds.shape
    by_door = csr_array(seconds.T)
    door = np.repeat(np.arange(doors), np.diff(by_door.indptr))
    order = np.lexsort((by_door.data, door))
    door, site, walk_s = door[order], by_door.indices[order], by_door.data[order]
    new_ring = np.r_[True, (door[1:] != door[:-1]) | (walk_s[1:] != walk_s[:-1])]
    ring = np.cumsum(new_ring) - 1
    ring_door, ring_s = door[new_ring], walk_s[new_ring]
    is_last = np.r_[ring_door[1:] != ring_door[:-1], True]
    step_s = np.where(is_last, 0.0, np.r_[ring_s[1:], 0.0] - ring_s)
    rings: Ints = np.arange(len(ring_s))
    is_first = np.r_[True, ring_door[1:] != ring_door[:-1]]
    # open sites on the ring + nobody up to this ring - nobody up to the ring before >= 0, or >= 1 on the first ring
    row = np.concatenate([ring, rings, rings[~is_first]])
    column = np.concatenate([site, sites + rings, sites + rings[~is_first] - 1])
    value = np.concatenate([np.ones(len(ring)), np.ones(len(rings)), -np.ones(int((~is_first).sum()))])
    rows = csr_array(vstack([coo_array((value, (row, column)), shape=(len(rings), sites + len(rings))), _count_row(sites, len(rings))]))
    upper = np.r_[np.full(len(rings), np.inf), float(p)]
    cost = np.r_[np.zeros(sites), step_s * weight[ring_door]]
    # past its last ring a door would have nobody at all
    cost[sites + rings[is_last]] = math.nan
    return cost, LinearConstraint(rows, np.r_[is_first.astype(float), float(p)], upper), sites


def _solve(cost: Floats, limits: LinearConstraint, is_open: npt.NDArray[np.bool_], effort: SolverEffort) -> tuple[Ints, float, str]:
    """Sites chosen, least cost that is still possible, status. The first variables are sites, the others lie between 0 and 1.

    A NaN cost closes a variable.
    """
    sites = len(is_open)
    closed = np.isnan(cost)
    lower = np.r_[is_open.astype(float), np.zeros(len(cost) - sites)]
    integrality = np.r_[np.ones(sites), np.zeros(len(cost) - sites)]
    options = {"mip_rel_gap": effort.gap} | ({} if math.isinf(effort.time_limit_s) else {"time_limit": effort.time_limit_s})
    answer = milp(np.where(closed, 0.0, cost), constraints=limits, bounds=Bounds(lower, np.where(closed, 0.0, 1.0)), integrality=integrality, options=options)
    if answer.x is None:
        return np.empty(0, dtype=np.int64), math.nan, INFEASIBLE if answer.status == 2 else UNKNOWN
    bound = answer.fun if answer.mip_dual_bound is None else answer.mip_dual_bound
    return np.flatnonzero(answer.x[:sites] > 0.5), float(bound), OPTIMAL if answer.status == 0 else FEASIBLE


def _nothing(status: str) -> SitingResult:
    return SitingResult(np.empty(0, dtype=np.int64), math.nan, math.nan, status)


def _stored(walks: Walks) -> csr_array:
    if issparse(walks):
        seconds = csr_array(walks)
    else:
        dense = np.asarray(walks, dtype=float)
        require_nonnegative("walks", dense)
        site, door = np.nonzero(np.isfinite(dense))
        seconds = csr_array((dense[site, door], door, np.r_[0, np.cumsum(np.isfinite(dense).sum(axis=1))]), shape=dense.shape)
    require_nonnegative("walks", seconds.data)
    return seconds


def _covering(walks: Walks, limit_s: float) -> csr_array:
    """One where a site reaches a door within the limit; pairs with a stored walk of no length count."""
    require_limit(limit_s)
    pairs = _stored(walks).tocoo()
    near = pairs.data <= limit_s
    return csr_array((np.ones(int(near.sum())), (pairs.coords[0][near], pairs.coords[1][near])), shape=pairs.shape)


def _nearest_s(seconds: csr_array) -> Floats:
    nearest = np.full(seconds.shape[1], np.inf)
    np.minimum.at(nearest, seconds.indices, seconds.data)
    return nearest


def _reaches_all(seconds: csr_array) -> bool:
    return bool((np.bincount(seconds.indices, minlength=seconds.shape[1]) > 0).all())


def _side_by_side(left: csr_array, right: coo_array) -> coo_array:
    left, right = left.tocoo(), right.tocoo()
    row = np.concatenate([left.coords[0], right.coords[0]])
    column = np.concatenate([left.coords[1], right.coords[1] + left.shape[1]])
    return coo_array((np.concatenate([left.data, right.data]), (row, column)), shape=(left.shape[0], left.shape[1] + right.shape[1]))


def _count_row(sites: int, others: int) -> coo_array:
    return coo_array((np.ones(sites), (np.zeros(sites, dtype=np.int64), np.arange(sites))), shape=(1, sites + others))


def _checked_weights(weights: npt.ArrayLike, count: int) -> Floats:
    require_nonnegative("weights", weights)
    require_finite("weights", weights)
    weight = np.asarray(weights, dtype=float)
    if weight.shape != (count,):
        raise InputError("Each door needs one weight: {count} doors, weights of shape {shape}.", count=count, shape=weight.shape)
    return weight


def _checked_existing(existing: Sequence[int], sites: int) -> npt.NDArray[np.bool_]:
    rows = np.asarray(list(existing), dtype=np.int64)
    if len(rows) and (rows.min() < 0 or rows.max() >= sites):
        raise InputError("Existing sites must be rows 0 to {last}; {rows} came.", last=sites - 1, rows=rows.tolist())
    is_open = np.zeros(sites, dtype=bool)
    is_open[rows] = True
    return is_open


def _require_count(p: int, sites: int) -> None:
    if p < 0 or p > sites:
        raise InputError("{p} sites are wanted, but between 0 and {sites} can be chosen.", p=p, sites=sites)
