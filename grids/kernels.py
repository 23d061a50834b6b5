"""Compiled moves of the partition engine: spanning-tree splits, boundary flips, swaps. Arrays in, arrays changed in place.

A graph is CSR (``first``, ``other``, ``cost``), a division an array of labels, ``sums`` and ``sizes`` its parts.
Randomness is a one-word xorshift state handed in, so a run depends on nothing but its arguments.
The energy to lower is ``cut cost + price * violation``: a part outside its band pays a fixed fine plus its distance
from the band, which lets the search cross forbidden ground on its way to a better division inside.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def random(state: np.ndarray) -> float:
    """Next number in [0, 1) of a 64-bit xorshift* stream; ``state`` is a one-element uint64 array, never zero."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return ((x * np.uint64(2685821657736338717)) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@njit(cache=True)
def outside(weight: float, low: float, high: float, slack: float) -> float:
    """How far a part of this weight is from the band; zero inside (edges belong to the band)."""
    if weight < low - slack:
        return low - weight
    if weight > high + slack:
        return weight - high
    return 0.0


@njit(cache=True)
def fine(weight: float, low: float, high: float, slack: float, fixed: float, per_unit: float) -> float:
    """What a part pays for leaving the band."""
    away = outside(weight, low, high, slack)
    if away > 0.0:
        return fixed + per_unit * away
    return 0.0


@njit(cache=True)
def cut_of(first: np.ndarray, other: np.ndarray, cost: np.ndarray, labels: np.ndarray) -> float:
    """Cost of all edges between parts."""
    total = 0.0
    for node in range(len(labels)):
        for arc in range(first[node], first[node + 1]):
            if other[arc] > node and labels[other[arc]] != labels[node]:
                total += cost[arc]
    return total


@njit(cache=True)
def stays_connected(first: np.ndarray, other: np.ndarray, labels: np.ndarray, node: int, mark: np.ndarray, queue: np.ndarray, stamp: int) -> bool:
    """Whether the node's part is still in one piece (and not empty) without the node. ``stamp`` must be new in ``mark``."""
    part = labels[node]
    wanted = 0
    start = -1
    for arc in range(first[node], first[node + 1]):
        if labels[other[arc]] == part:
            wanted += 1
            start = other[arc]
    if wanted <= 1:
        return wanted == 1
    for arc in range(first[node], first[node + 1]):
        if labels[other[arc]] == part:
            mark[other[arc]] = -stamp
    mark[node] = stamp
    mark[start] = stamp
    queue[0] = start
    head, tail, found = 0, 1, 1
    while head < tail:
        here = queue[head]
        head += 1
        for arc in range(first[here], first[here + 1]):
            there = other[arc]
            if labels[there] != part or mark[there] == stamp:
                continue
            if mark[there] == -stamp:
                found += 1
                if found == wanted:
                    return True
            mark[there] = stamp
            queue[tail] = there
            tail += 1
    return False


@njit(cache=True)
def gain_of(first: np.ndarray, other: np.ndarray, cost: np.ndarray, labels: np.ndarray, node: int, target: int) -> float:
    """Change of the cut cost when the node moves to the target part (negative = better)."""
    part = labels[node]
    change = 0.0
    for arc in range(first[node], first[node + 1]):
        if labels[other[arc]] == part:
            change += cost[arc]
        elif labels[other[arc]] == target:
            change -= cost[arc]
    return change


@njit(cache=True)
def grow_tree(
    first: np.ndarray, other: np.ndarray, cost: np.ndarray, labels: np.ndarray, root: int, part_b: int, state: np.ndarray, order: np.ndarray, parent: np.ndarray
) -> int:
    """A random spanning tree over the root's part and ``part_b``, dear edges first; nodes in visiting order, parents by node.

    Prim's algorithm on keys ``-log(random) / cost``: an edge that is expensive to cut is likely inside a branch.
    Returns the number of nodes reached. A plain array heap would not pay at these sizes (tens of nodes).
    """
    count = len(labels)
    part_a = labels[root]
    key = np.full(count, np.inf)
    taken = np.zeros(count, dtype=np.bool_)
    reach = np.empty(count, dtype=np.int64)
    waiting = 1
    reach[0] = root
    key[root] = 0.0
    parent[root] = -1
    done = 0
    while waiting > 0:
        best = 0
        for place in range(1, waiting):
            if key[reach[place]] < key[reach[best]]:
                best = place
        node = reach[best]
        waiting -= 1
        reach[best] = reach[waiting]
        taken[node] = True
        order[done] = node
        done += 1
        for arc in range(first[node], first[node + 1]):
            there = other[arc]
            if taken[there] or (labels[there] != part_a and labels[there] != part_b):
                continue
            drawn = -np.log(1.0 - random(state)) / (cost[arc] + 1e-9)
            if drawn < key[there]:
                if key[there] == np.inf:
                    reach[waiting] = there
                    waiting += 1
                key[there] = drawn
                parent[there] = node
    return done


@njit(cache=True)
def split_tree(
    weights: np.ndarray,
    order: np.ndarray,
    parent: np.ndarray,
    done: int,
    shares: int,
    low: float,
    high: float,
    slack: float,
    state: np.ndarray,
    below: np.ndarray,
) -> tuple[int, int]:
    """The tree edge to cut so that both sides come nearest to whole numbers of parts: (node below the cut, its parts).

    Among edges that keep the band one is drawn evenly; where none does, the one that misses least is taken.
    """
    total = 0.0
    for place in range(done):
        below[order[place]] = weights[order[place]]
        total += weights[order[place]]
    for place in range(done - 1, 0, -1):
        below[parent[order[place]]] += below[order[place]]
    best_node, best_parts, best_miss, ties = -1, 1, np.inf, 0
    for place in range(1, done):
        node = order[place]
        for parts in range(1, shares):
            rest = shares - parts
            miss = outside(below[node], parts * low, parts * high, slack) + outside(total - below[node], rest * low, rest * high, slack)
            if miss < best_miss:
                best_node, best_parts, best_miss, ties = node, parts, miss, 1
            elif miss == best_miss:
                ties += 1
                if random(state) * ties < 1.0:
                    best_node, best_parts = node, parts
    return best_node, best_parts


@njit(cache=True)
def seed_division(
    first: np.ndarray, other: np.ndarray, cost: np.ndarray, weights: np.ndarray, parts: int, low: float, high: float, slack: float, state: np.ndarray
) -> np.ndarray:
    """A first division of a connected graph: random trees cut again and again; connected, every part non-empty, band nearly kept."""
    count = len(weights)
    labels = np.zeros(count, dtype=np.int64)
    order = np.empty(count, dtype=np.int64)
    parent = np.empty(count, dtype=np.int64)
    below = np.empty(count)
    due = np.zeros(parts, dtype=np.int64)
    due[0] = parts
    made = 1
    while made < parts:
        part = _part_to_split(labels, due)
        root = _member(labels, part, state)
        done = grow_tree(first, other, cost, labels, root, part, state, order, parent)
        node, share = split_tree(weights, order, parent, done, max(due[part], 2), low, high, slack, state, below)
        _take_branch(labels, order, parent, done, node, made)
        due[made] = share
        due[part] = max(due[part] - share, 1)
        made += 1
    return labels


@njit(cache=True)
def _part_to_split(labels: np.ndarray, due: np.ndarray) -> int:
    """The part owing most splits among those with two nodes or more."""
    sizes = np.zeros(len(due), dtype=np.int64)
    for label in labels:
        sizes[label] += 1
    best = -1
    for part in range(len(due)):
        if sizes[part] >= 2 and (best < 0 or due[part] > due[best]):
            best = part
    return best


@njit(cache=True)
def _member(labels: np.ndarray, part: int, state: np.ndarray) -> int:
    found, ties = -1, 0
    for node in range(len(labels)):
        if labels[node] == part:
            ties += 1
            if random(state) * ties < 1.0:
                found = node
    return found


@njit(cache=True)
def _take_branch(labels: np.ndarray, order: np.ndarray, parent: np.ndarray, done: int, node: int, label: int) -> None:
    """Give the branch below ``node`` a label. Visiting order puts parents before children."""
    inside = np.zeros(len(labels), dtype=np.bool_)
    inside[node] = True
    labels[node] = label
    for place in range(done):
        here = order[place]
        if parent[here] >= 0 and inside[parent[here]]:
            inside[here] = True
            labels[here] = label


@njit(cache=True)
def search(
    first: np.ndarray,
    other: np.ndarray,
    cost: np.ndarray,
    weights: np.ndarray,
    labels: np.ndarray,
    best: np.ndarray,
    limits: np.ndarray,
    schedule: np.ndarray,
    state: np.ndarray,
) -> tuple[float, float]:
    """Anneal ``labels`` in place; ``best`` receives the division of least violation, then least cut, seen on the way.

    Parameters
    ----------
    limits
        low, high, slack of the band.
    schedule
        moves, hot and cold temperature, fixed fine, fine per unit of weight, share of swaps, share of tree splits.

    Returns
    -------
        Violation (units of weight outside the band, summed) and cut cost of ``best``.
    """
    low, high, slack = limits[0], limits[1], limits[2]
    moves, hot, cold, fixed, per_unit = int(schedule[0]), schedule[1], schedule[2], schedule[3], schedule[4]
    swap_share, tree_share = schedule[5], schedule[6]
    count = len(labels)
    parts = labels.max() + 1
    sums = np.zeros(parts)
    for node in range(count):
        sums[labels[node]] += weights[node]
    source = np.empty(len(other), dtype=np.int64)
    for node in range(count):
        for arc in range(first[node], first[node + 1]):
            source[arc] = node
    mark = np.zeros(count, dtype=np.int64)
    queue = np.empty(count, dtype=np.int64)
    order = np.empty(count, dtype=np.int64)
    parent = np.empty(count, dtype=np.int64)
    below = np.empty(count)
    cut = cut_of(first, other, cost, labels)
    violation = 0.0
    for part in range(parts):
        violation += outside(sums[part], low, high, slack)
    best_cut, best_violation = cut, violation
    best[:] = labels
    cooling = (cold / hot) ** (1.0 / max(moves, 1))
    heat = hot
    stamp = 0
    arcs = len(other)
    for _ in range(moves if arcs > 0 and parts > 1 else 0):
        heat *= cooling
        arc = int(random(state) * arcs)
        node, part, target = source[arc], labels[source[arc]], labels[other[arc]]
        if part == target:
            continue
        old_fine = fine(sums[part], low, high, slack, fixed, per_unit) + fine(sums[target], low, high, slack, fixed, per_unit)
        draw = random(state)
        if draw < tree_share:
            # split the union of both parts anew along a random tree
            done = grow_tree(first, other, cost, labels, node, target, state, order, parent)
            branch, _share = split_tree(weights, order, parent, done, 2, low, high, slack, state, below)
            before = labels.copy()
            for place in range(done):
                labels[order[place]] = part
            _take_branch(labels, order, parent, done, branch, target)
            total = sums[part] + sums[target]
            new_b = below[branch]
            new_cut = cut_of(first, other, cost, labels)
            change = new_cut - cut + fine(new_b, low, high, slack, fixed, per_unit) + fine(total - new_b, low, high, slack, fixed, per_unit) - old_fine
            if change <= 0.0 or random(state) < np.exp(-change / heat):
                sums[target] = new_b
                sums[part] = total - new_b
                cut = new_cut
            else:
                labels[:] = before
                continue
        else:
            back = -1
            change = gain_of(first, other, cost, labels, node, target)
            weight = weights[node]
            if draw < tree_share + swap_share:
                # something of the target part on the border with ours goes the other way
                pick = other[first[node] + int(random(state) * (first[node + 1] - first[node]))]
                pick = other[first[pick] + int(random(state) * (first[pick + 1] - first[pick]))]
                if labels[pick] == target:
                    back = pick
            new_a, new_b = sums[part] - weight, sums[target] + weight
            if back >= 0:
                labels[node] = target
                change += gain_of(first, other, cost, labels, back, part)
                labels[node] = part
                new_a += weights[back]
                new_b -= weights[back]
            change += fine(new_a, low, high, slack, fixed, per_unit) + fine(new_b, low, high, slack, fixed, per_unit) - old_fine
            if change > 0.0 and random(state) >= np.exp(-change / heat):
                continue
            stamp += 1
            if not stays_connected(first, other, labels, node, mark, queue, stamp):
                continue
            labels[node] = target
            if back >= 0:
                stamp += 1
                touches = False
                for a in range(first[back], first[back + 1]):
                    touches = touches or labels[other[a]] == part
                if not touches or not stays_connected(first, other, labels, back, mark, queue, stamp):
                    labels[node] = part
                    continue
                labels[back] = part
            sums[part] = new_a
            sums[target] = new_b
            cut = cut + change - (fine(new_a, low, high, slack, fixed, per_unit) + fine(new_b, low, high, slack, fixed, per_unit) - old_fine)
        violation = 0.0
        for p in range(parts):
            violation += outside(sums[p], low, high, slack)
        if violation < best_violation - slack or (violation <= best_violation + slack and cut < best_cut - 1e-9):
            best_cut, best_violation = cut, violation
            best[:] = labels
    return best_violation, best_cut
