"""Every division of a small graph, by branch and bound on bit sets: the optimum, or the proof that none exists."""

from __future__ import annotations

import numpy as np
from numba import njit

from grids.kernels import Band, Graph, outside

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
def _rest_can_do(weights: np.ndarray, near: np.ndarray, rest: np.uint64, parts: int, band: Band) -> bool:
    """Whether the pieces of the rest could hold this many parts, by weight and number of nodes alone."""
    one = np.uint64(1)
    fewest, most = 0, 0
    while rest:
        piece = _flood(near, rest & (~rest + one), rest)
        rest &= ~piece
        weight, count = _weigh(weights, piece)
        least = max(1, int(np.ceil((weight - band.slack) / band.high))) if band.high > 0 else 1
        top = count if band.low <= band.slack else min(count, int(np.floor((weight + band.slack) / band.low)))
        if least > top:
            return False
        fewest += least
        most += top
    return fewest <= parts <= most


@njit(cache=True)
def _cut_between(graph: Graph, inside: np.uint64, rest: np.uint64) -> float:
    one = np.uint64(1)
    total = 0.0
    while inside:
        bit = inside & (~inside + one)
        inside ^= bit
        node = _index(bit)
        for arc in range(graph.first[node], graph.first[node + 1]):
            if (rest >> np.uint64(graph.other[arc])) & one:
                total += graph.cost[arc]
    return total


@njit(cache=True)
def _near_sets(graph: Graph) -> np.ndarray:
    """Neighbours of each node as a bit set."""
    near = np.zeros(len(graph.weights), dtype=np.uint64)
    for node in range(len(near)):
        for arc in range(graph.first[node], graph.first[node + 1]):
            near[node] |= np.uint64(1) << np.uint64(graph.other[arc])
    return near


@njit(cache=True)
def _border(near: np.ndarray, inside: np.uint64) -> np.uint64:
    """All neighbours of a set, the set's own nodes among them."""
    one = np.uint64(1)
    border = np.uint64(0)
    while inside:
        bit = inside & (~inside + one)
        inside ^= bit
        border |= near[_index(bit)]
    return border


@njit(cache=True)
def _write(parts: np.ndarray, labels: np.ndarray) -> None:
    for part in range(len(parts)):
        for node in range(len(labels)):
            if (parts[part] >> np.uint64(node)) & np.uint64(1):
                labels[node] = part


@njit(cache=True)
def _is_hopeless(graph: Graph, near: np.ndarray, band: Band, inside: np.uint64, refused: np.uint64, free: np.uint64, weight: float) -> bool:
    """Whether a growing part is too heavy, or can no longer become heavy enough."""
    if weight > band.high + band.slack:
        return True
    if weight >= band.low - band.slack:
        return False
    reachable, _ = _weigh(graph.weights, _flood(near, inside, free & ~refused))
    return reachable < band.low - band.slack


@njit(cache=True)
def _is_last_part(graph: Graph, near: np.ndarray, band: Band, inside: np.uint64, free: np.uint64) -> bool:
    """Whether all that is free makes one connected part inside the band."""
    weight, _ = _weigh(graph.weights, free)
    return outside(weight, 1, band) == 0.0 and _flood(near, inside, free) == free


@njit(cache=True)
def enumerate_divisions(graph: Graph, band: Band, parts: int, most_steps: int, bound: float, labels: np.ndarray) -> int:
    """Try all divisions into connected parts inside the band that cut less than ``bound``; ``labels`` receives the cheapest.

    Each part grows from the lowest free node by taking or refusing one neighbour at a time, so no division is met twice.
    What a growing part will have to be cut from (its refused neighbours) is counted at once and ends hopeless branches.

    Returns
    -------
        ``FOUND`` (optimal), ``IMPOSSIBLE`` (all were tried, none is below the bound), or ``GAVE_UP`` after ``most_steps`` (``labels`` then holds
        the best one so far, or -1 throughout).
    """
    one, nothing = np.uint64(1), np.uint64(0)
    near, count = _near_sets(graph), len(graph.weights)
    labels[:] = -1
    best = bound
    room = 2 * count * (parts + 1) + 8
    # a stack of growing parts: nodes taken, refused and still free, the part's number; what was cut and will be, its weight, just grown?
    sets = np.zeros((room, 3), dtype=np.uint64)
    level, is_new = np.zeros(room, dtype=np.int64), np.zeros(room, dtype=np.bool_)
    paid, weight, owed = np.zeros(room), np.zeros(room), np.zeros(room)
    closed = np.zeros(parts, dtype=np.uint64)
    sets[0, 0], sets[0, 2], weight[0], is_new[0] = one, (one << np.uint64(count)) - one, graph.weights[0], True
    top = 1
    for _ in range(most_steps):
        if top == 0:
            return FOUND if best < bound else IMPOSSIBLE
        top -= 1
        inside, refused, free = sets[top, 0], sets[top, 1], sets[top, 2]
        depth, cut, mass, fresh, due = level[top], paid[top], weight[top], is_new[top], owed[top]
        if cut + due >= best - 1e-9:
            continue
        if depth == parts - 1:
            if _is_last_part(graph, near, band, inside, free):
                best = cut
                closed[depth] = free
                _write(closed, labels)
            continue
        if _is_hopeless(graph, near, band, inside, refused, free, mass):
            continue
        border = _border(near, inside) & free & ~inside & ~refused
        if border:
            bit = border & (~border + one)
            for taken in (False, True):
                sets[top, 0], sets[top, 1], sets[top, 2] = (inside | bit, refused, free) if taken else (inside, refused | bit, free)
                level[top], paid[top], is_new[top] = depth, cut, taken
                owed[top] = due + _cut_between(graph, bit, refused if taken else inside)
                weight[top] = mass + graph.weights[_index(bit)] if taken else mass
                top += 1
        rest = free & ~inside
        if fresh and mass >= band.low - band.slack and rest and _rest_can_do(graph.weights, near, rest, parts - depth - 1, band):
            closed[depth] = inside
            start = rest & (~rest + one)
            sets[top, 0], sets[top, 1], sets[top, 2] = start, nothing, rest
            level[top], is_new[top], weight[top] = depth + 1, True, graph.weights[_index(start)]
            paid[top], owed[top] = cut + _cut_between(graph, inside, rest), 0.0
            top += 1
    return GAVE_UP
