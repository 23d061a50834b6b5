"""Every division of a small graph, by branch and bound on bit sets: the optimum, or the proof that none exists."""

from __future__ import annotations

import numpy as np
from numba import njit

MOST_NODES = 60  # bits of one word, with room for shifts

FOUND = 1
IMPOSSIBLE = 0
GAVE_UP = -1


@njit(cache=True)
def _flood(near: np.ndarray, start: np.uint64, allowed: np.uint64) -> np.uint64:
    """All of ``allowed`` that hangs together with ``start``."""
    one = np.uint64(1)
    inside = start
    edge = start
    while edge:
        bit = edge & (~edge + one)
        edge ^= bit
        fresh = near[_index(bit)] & allowed & ~inside
        inside |= fresh
        edge |= fresh
    return inside


@njit(cache=True)
def _index(bit: np.uint64) -> int:
    place = 0
    for step in (32, 16, 8, 4, 2, 1):
        if bit >> np.uint64(step):
            bit >>= np.uint64(step)
            place += step
    return place


@njit(cache=True)
def _weigh(weights: np.ndarray, nodes: np.uint64) -> tuple[float, int]:
    one = np.uint64(1)
    total, count = 0.0, 0
    while nodes:
        bit = nodes & (~nodes + one)
        nodes ^= bit
        total += weights[_index(bit)]
        count += 1
    return total, count


@njit(cache=True)
def _rest_can_do(near: np.ndarray, weights: np.ndarray, rest: np.uint64, parts: int, low: float, high: float, slack: float) -> bool:
    """Whether the pieces of the rest could hold this many parts, by weight and number of nodes alone."""
    one = np.uint64(1)
    fewest, most = 0, 0
    while rest:
        piece = _flood(near, rest & (~rest + one), rest)
        rest &= ~piece
        weight, count = _weigh(weights, piece)
        least = max(1, int(np.ceil((weight - slack) / high))) if high > 0 else 1
        top = count if low <= slack else min(count, int(np.floor((weight + slack) / low)))
        if least > top:
            return False
        fewest += least
        most += top
    return fewest <= parts <= most


@njit(cache=True)
def _cut_between(first: np.ndarray, other: np.ndarray, cost: np.ndarray, inside: np.uint64, rest: np.uint64) -> float:
    one = np.uint64(1)
    total = 0.0
    while inside:
        bit = inside & (~inside + one)
        inside ^= bit
        node = _index(bit)
        for arc in range(first[node], first[node + 1]):
            if (rest >> np.uint64(other[arc])) & one:
                total += cost[arc]
    return total


@njit(cache=True)
def enumerate_divisions(
    first: np.ndarray, other: np.ndarray, cost: np.ndarray, weights: np.ndarray, parts: int, limits: np.ndarray, most_steps: int, labels: np.ndarray
) -> int:
    """Try all divisions into connected parts inside the band; ``labels`` receives the one of least cut cost.

    Each part grows from the lowest free node by taking or refusing one neighbour at a time, so no division is met twice.

    Returns
    -------
        ``FOUND`` (optimal), ``IMPOSSIBLE`` (all were tried), or ``GAVE_UP`` after ``most_steps`` (``labels`` then holds
        the best one so far, or -1 throughout).
    """
    low, high, slack = limits[0], limits[1], limits[2]
    one = np.uint64(1)
    count = len(weights)
    near = np.zeros(count, dtype=np.uint64)
    for node in range(count):
        for arc in range(first[node], first[node + 1]):
            near[node] |= one << np.uint64(other[arc])
    labels[:] = -1
    best = np.inf
    room = 2 * count * (parts + 1) + 8
    chosen = np.zeros(room, dtype=np.uint64)
    refused = np.zeros(room, dtype=np.uint64)
    free = np.zeros(room, dtype=np.uint64)
    level = np.zeros(room, dtype=np.int64)
    spent = np.zeros(room)
    weight = np.zeros(room)
    is_new = np.zeros(room, dtype=np.bool_)
    part_of_level = np.zeros(parts + 1, dtype=np.uint64)
    free[0] = (one << np.uint64(count)) - one
    chosen[0] = one
    weight[0] = weights[0]
    is_new[0] = True
    top = 1
    steps = 0
    while top > 0:
        steps += 1
        if steps > most_steps:
            return GAVE_UP
        top -= 1
        inside, banned, open_nodes, depth, paid, mass, fresh = chosen[top], refused[top], free[top], level[top], spent[top], weight[top], is_new[top]
        if depth == parts - 1:
            whole, _ = _weigh(weights, open_nodes)
            if low - slack <= whole <= high + slack and paid < best - 1e-9 and _flood(near, inside, open_nodes) == open_nodes:
                best = paid
                part_of_level[depth] = open_nodes
                for part in range(parts):
                    for node in range(count):
                        if (part_of_level[part] >> np.uint64(node)) & one:
                            labels[node] = part
            continue
        if mass > high + slack or paid >= best:
            continue
        if mass < low - slack:
            reachable, _ = _weigh(weights, _flood(near, inside, open_nodes & ~banned))
            if reachable < low - slack:
                continue
        border = np.uint64(0)
        bits = inside
        while bits:
            bit = bits & (~bits + one)
            bits ^= bit
            border |= near[_index(bit)]
        border &= open_nodes & ~inside & ~banned
        if border:
            bit = border & (~border + one)
            chosen[top], refused[top], free[top], level[top], spent[top], weight[top], is_new[top] = inside, banned | bit, open_nodes, depth, paid, mass, False
            top += 1
            chosen[top], refused[top], free[top], level[top], spent[top], is_new[top] = inside | bit, banned, open_nodes, depth, paid, True
            weight[top] = mass + weights[_index(bit)]
            top += 1
        if fresh and mass >= low - slack:
            rest = open_nodes & ~inside
            if rest and _rest_can_do(near, weights, rest, parts - depth - 1, low, high, slack):
                part_of_level[depth] = inside
                start = rest & (~rest + one)
                chosen[top], refused[top], free[top], level[top], is_new[top] = start, np.uint64(0), rest, depth + 1, True
                spent[top] = paid + _cut_between(first, other, cost, inside, rest)
                weight[top] = weights[_index(start)]
                top += 1
    return FOUND if best < np.inf else IMPOSSIBLE
