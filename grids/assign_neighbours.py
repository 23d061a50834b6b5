"""Grids of one lead should hang together: after the flow, grids change hands where that saves more than it costs.

What is lowered: seconds of the pairs, plus ``scattered_s`` for every piece of a lead's grids (grids that touch are one
piece). A step gives one grid to a lead of a touching grid, or exchanges two; only steps that lower the sum are made, in
the order of the grids' keys, until there is none. The lead's room holds, and nobody loses a wanted grid to one who has enough.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numba import njit

from grids.assign_costs import PER_SECOND, Field
from grids.assign_prices import FAR, Gains, last_one, one_more
from grids.assign_site import Bools, Ints
from grids.assign_solve import Solved

_MOST_PASSES = 20  # over all grids; under 8 were needed


class Near(NamedTuple):
    """CSR form of grids that touch."""

    first: np.ndarray
    other: np.ndarray


class Rows(NamedTuple):
    """CSR form of the workers of each grid, rising, and their prices."""

    first: np.ndarray
    worker: np.ndarray
    price: np.ndarray


class Hands(NamedTuple):
    """Who leads each grid, the grids of each lead with their number, and marks of one entry per grid that are used again and again."""

    lead: np.ndarray
    grids: np.ndarray
    load: np.ndarray
    mark: np.ndarray
    stack: np.ndarray


def joined_leads(field: Field, solved: Solved) -> Bools:
    """Which pairs are used after grids changed hands; those of the flow where being scattered costs nothing."""
    if field.rule.scattered_s == 0 or not solved.used.any():
        return solved.used
    hands, near = _hands(field, solved, solved.used), _touching(field)
    pairs, gains, _state = solved.priced
    _join(hands, near, _prices_by_grid(solved, pairs.price), gains, round(field.rule.scattered_s * PER_SECOND))
    return hands.lead[solved.costs.grid] == solved.costs.worker


def pieces_of_leads(field: Field, solved: Solved, used: Bools) -> int:
    """Into how many pieces the grids of all leads fall, taken together."""
    hands, near = _hands(field, solved, used), _touching(field)
    return int(sum(_pieces(hands, near, who, -1) for who in np.flatnonzero(hands.load)))


def _hands(field: Field, solved: Solved, used: Bools) -> Hands:
    grid, worker = solved.costs.grid[used], solved.costs.worker[used]
    load = np.bincount(worker, minlength=len(field.who)).astype(np.int64)
    lead = np.full(len(field.where), -1, dtype=np.int64)
    lead[grid] = worker
    grids = np.full((len(load), int(solved.demand.room.max(initial=0)) + 1), -1, dtype=np.int64)
    order = np.lexsort([grid, worker])
    slot = np.arange(len(order)) - np.searchsorted(worker[order], worker[order], side="left")
    grids[worker[order], slot] = grid[order]
    return Hands(lead, grids, load, np.zeros(len(lead), dtype=np.bool_), np.empty(len(lead), dtype=np.int64))


def _touching(field: Field) -> Near:
    """Grids that touch, in CSR form, by their places in ``where``."""
    shapes = field.site.grid_shapes[field.where]
    one, two = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=field.rule.neighbour_gap_m)
    apart = one != two
    one, two = one[apart], two[apart]
    order = np.lexsort([two, one])
    first = np.zeros(len(shapes) + 1, dtype=np.int64)
    np.cumsum(np.bincount(one, minlength=len(shapes)), out=first[1:])
    return Near(first, two[order].astype(np.int64))


def _prices_by_grid(solved: Solved, price: Ints) -> Rows:
    """Workers and prices of each grid, in CSR form, workers rising."""
    order = np.lexsort([solved.costs.worker, solved.costs.grid])
    first = np.zeros(len(solved.demand.seats) + 1, dtype=np.int64)
    np.cumsum(np.bincount(solved.costs.grid, minlength=len(first) - 1), out=first[1:])
    return Rows(first, solved.costs.worker[order], price[order])


@njit(cache=True)
def _join(hands: Hands, near: Near, rows: Rows, gains: Gains, fine: int) -> None:
    for _ in range(_MOST_PASSES):
        is_changed = False
        for grid in range(len(hands.lead)):
            if hands.lead[grid] >= 0:
                is_changed |= _improve(hands, near, rows, gains, fine, grid)
        if not is_changed:
            break


@njit(cache=True)
def _improve(hands: Hands, near: Near, rows: Rows, gains: Gains, fine: int, grid: int) -> bool:
    """Give the grid to a lead beside it, alone or in exchange, where that lowers the sum most."""
    own = hands.lead[grid]
    pieces = _pieces(hands, near, own, -1)
    best, best_lead, best_back = 0, -1, -1
    for place in range(near.first[grid], near.first[grid + 1]):
        beside = hands.lead[near.other[place]]
        if beside < 0 or beside == own:
            continue
        together = pieces + _pieces(hands, near, beside, -1)
        step = _price(rows, grid, beside) - _price(rows, grid, own)
        if together == 2 or step >= FAR // 2:
            continue
        for slot in range(-1, hands.load[beside]):
            back = hands.grids[beside, slot] if slot >= 0 else -1
            change = step + (_swap_price(rows, back, own, beside) if back >= 0 else _load_price(gains, hands, own, beside))
            if change - fine * (together - 2) >= best:
                continue  # not even one piece each would do
            change += fine * (_pieces_after(hands, near, grid, back, own, beside) - together)
            if change < best:
                best, best_lead, best_back = change, beside, back
    if best_lead < 0:
        return False
    _hand_over(hands, grid, best_lead)
    if best_back >= 0:
        _hand_over(hands, best_back, own)
    return True


@njit(cache=True)
def _price(rows: Rows, grid: int, worker: int) -> int:
    """Price of a pair, ``FAR`` where it is not possible."""
    start, end = rows.first[grid], rows.first[grid + 1]
    place = start + np.searchsorted(rows.worker[start:end], worker)
    return rows.price[place] if place < end and rows.worker[place] == worker else FAR


@njit(cache=True)
def _swap_price(rows: Rows, back: int, own: int, beside: int) -> int:
    return _price(rows, back, own) - _price(rows, back, beside)


@njit(cache=True)
def _load_price(gains: Gains, hands: Hands, own: int, beside: int) -> int:
    """What it costs that one lead has a grid less and another a grid more."""
    return last_one(gains, own, hands.load[own]) - one_more(gains, beside, hands.load[beside])


@njit(cache=True)
def _pieces_after(hands: Hands, near: Near, grid: int, back: int, own: int, beside: int) -> int:
    """Pieces of both leads if ``grid`` changed hands and ``back`` (-1 = nothing) came in return."""
    hands.lead[grid] = beside
    if back >= 0:
        hands.lead[back] = own
    pieces = _pieces(hands, near, own, back) + _pieces(hands, near, beside, grid)
    hands.lead[grid] = own
    if back >= 0:
        hands.lead[back] = beside
    return pieces


@njit(cache=True)
def _pieces(hands: Hands, near: Near, who: int, further: int) -> int:
    """Pieces of a lead's grids; ``further`` is one that is not in the list yet (-1 = none)."""
    pieces = 0
    for slot in range(-1, hands.load[who]):
        start = hands.grids[who, slot] if slot >= 0 else further
        if start < 0 or hands.lead[start] != who or hands.mark[start]:
            continue
        pieces += 1
        hands.mark[start] = True
        hands.stack[0], count = start, 1
        while count > 0:
            count -= 1
            grid = hands.stack[count]
            for place in range(near.first[grid], near.first[grid + 1]):
                other = near.other[place]
                if hands.lead[other] == who and not hands.mark[other]:
                    hands.mark[other] = True
                    hands.stack[count] = other
                    count += 1
    for slot in range(hands.load[who]):
        hands.mark[hands.grids[who, slot]] = False
    if further >= 0:
        hands.mark[further] = False
    return pieces


@njit(cache=True)
def _hand_over(hands: Hands, grid: int, to: int) -> None:
    """Move a grid from the list of its lead to another's; lists stay rising."""
    giver = hands.lead[grid]
    place = 0
    while hands.grids[giver, place] != grid:
        place += 1
    for slot in range(place, hands.load[giver] - 1):
        hands.grids[giver, slot] = hands.grids[giver, slot + 1]
    hands.load[giver] -= 1
    hands.grids[giver, hands.load[giver]] = -1
    slot = hands.load[to]
    while slot > 0 and hands.grids[to, slot - 1] > grid:
        hands.grids[to, slot] = hands.grids[to, slot - 1]
        slot -= 1
    hands.grids[to, slot] = grid
    hands.load[to] += 1
    hands.lead[grid] = to
