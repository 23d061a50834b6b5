"""Compiled ground work of the partition engine: weights and bands, connectivity, random spanning trees, a first division.

Randomness is a one-word xorshift state handed in, so a run depends on nothing but its arguments.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit


class Graph(NamedTuple):
    """CSR arrays of an undirected graph, both directions of every edge, and the weight of each node."""

    first: np.ndarray
    other: np.ndarray
    cost: np.ndarray
    weights: np.ndarray


class Band(NamedTuple):
    """Least and most weight of a part, the slack of floating sums, and the fines for leaving the band."""

    low: float
    high: float
    slack: float
    fixed_fine: float
    fine_per_unit: float


class Bench(NamedTuple):
    """Where a search works: weight of each part, and arrays of one entry per node that are used again and again."""

    sums: np.ndarray
    mark: np.ndarray
    stamp: np.ndarray
    queue: np.ndarray
    order: np.ndarray
    parent: np.ndarray
    below: np.ndarray


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
def outside(weight: float, parts: int, band: Band) -> float:
    """How far a weight is from what ``parts`` parts may hold; zero inside (edges belong to the band)."""
    if weight < parts * band.low - band.slack:
        return parts * band.low - weight
    if weight > parts * band.high + band.slack:
        return weight - parts * band.high
    return 0.0


@njit(cache=True)
def fine(weight: float, band: Band) -> float:
    """What a part of this weight pays for leaving the band."""
    away = outside(weight, 1, band)
    return band.fixed_fine + band.fine_per_unit * away if away > 0.0 else 0.0


@njit(cache=True)
def cut_of(graph: Graph, labels: np.ndarray) -> float:
    """Cost of all edges between parts."""
    total = 0.0
    for node in range(len(labels)):
        for arc in range(graph.first[node], graph.first[node + 1]):
            if graph.other[arc] > node and labels[graph.other[arc]] != labels[node]:
                total += graph.cost[arc]
    return total


@njit(cache=True)
def violation_of(sums: np.ndarray, band: Band) -> float:
    """Weight outside the band, summed over the parts."""
    total = 0.0
    for part in range(len(sums)):
        total += outside(sums[part], 1, band)
    return total


@njit(cache=True)
def make_bench(graph: Graph, labels: np.ndarray, parts: int) -> Bench:
    """Working arrays for a division into ``parts`` parts."""
    count = len(labels)
    sums = np.zeros(parts)
    for node in range(count):
        sums[labels[node]] += graph.weights[node]
    whole = np.empty(count, dtype=np.int64)
    return Bench(sums, np.zeros(count, dtype=np.int64), np.zeros(1, dtype=np.int64), whole, whole.copy(), whole.copy(), np.empty(count))


@njit(cache=True)
def stays_connected(graph: Graph, labels: np.ndarray, node: int, bench: Bench) -> bool:
    """Whether the node's part is still in one piece, and not empty, without the node."""
    part, wanted, start = labels[node], 0, -1
    bench.stamp[0] += 1
    stamp = bench.stamp[0]
    for arc in range(graph.first[node], graph.first[node + 1]):
        there = graph.other[arc]
        if labels[there] == part:
            wanted += 1
            start = there
            bench.mark[there] = -stamp
    if wanted <= 1:
        return wanted == 1
    bench.mark[node] = stamp
    return _flood_finds(graph, labels, start, wanted, stamp, bench)


@njit(cache=True)
def _flood_finds(graph: Graph, labels: np.ndarray, start: int, wanted: int, stamp: int, bench: Bench) -> bool:
    """Whether a flood inside one part meets all ``wanted`` nodes marked ``-stamp``; nodes marked ``stamp`` are closed."""
    bench.mark[start] = stamp
    bench.queue[0] = start
    head, tail, found = 0, 1, 1
    while head < tail:
        here = bench.queue[head]
        head += 1
        for arc in range(graph.first[here], graph.first[here + 1]):
            there = graph.other[arc]
            if labels[there] != labels[start] or bench.mark[there] == stamp:
                continue
            found += bench.mark[there] == -stamp
            if found == wanted:
                return True
            bench.mark[there] = stamp
            bench.queue[tail] = there
            tail += 1
    return False


@njit(cache=True)
def gain_of(graph: Graph, labels: np.ndarray, node: int, target: int) -> float:
    """Change of the cut cost when the node moves to the target part (negative = better)."""
    part, change = labels[node], 0.0
    for arc in range(graph.first[node], graph.first[node + 1]):
        if labels[graph.other[arc]] == part:
            change += graph.cost[arc]
        elif labels[graph.other[arc]] == target:
            change -= graph.cost[arc]
    return change


@njit(cache=True)
def grow_tree(graph: Graph, labels: np.ndarray, root: int, second: int, order: np.ndarray, parent: np.ndarray, state: np.ndarray) -> int:
    """A random spanning tree over the root's part and part ``second``: nodes in visiting order, the parent of each.

    Prim's algorithm on keys ``-log(random) / cost``, so an edge that is dear to cut is likely inside a branch.
    Returns the number of nodes reached. A heap would not pay at these sizes (tens of nodes).
    """
    count, part = len(labels), labels[root]
    key = np.full(count, np.inf)
    taken = np.zeros(count, dtype=np.bool_)
    reach = np.empty(count, dtype=np.int64)
    reach[0], key[root], parent[root] = root, 0.0, -1
    waiting, done = 1, 0
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
        for arc in range(graph.first[node], graph.first[node + 1]):
            there = graph.other[arc]
            if taken[there] or (labels[there] != part and labels[there] != second):
                continue
            drawn = -np.log(1.0 - random(state)) / (graph.cost[arc] + 1e-9)
            if drawn < key[there]:
                if key[there] == np.inf:
                    reach[waiting] = there
                    waiting += 1
                key[there] = drawn
                parent[there] = node
    return done


@njit(cache=True)
def split_tree(graph: Graph, band: Band, bench: Bench, done: int, shares: int, state: np.ndarray) -> tuple[int, int]:
    """The tree edge whose cut brings both sides nearest to whole numbers of parts: (node below the cut, its parts).

    The tree is the first ``done`` nodes of ``bench.order``. One of equally good edges is drawn evenly.
    """
    order, below = bench.order, bench.below
    total = 0.0
    for place in range(done):
        below[order[place]] = graph.weights[order[place]]
        total += graph.weights[order[place]]
    for place in range(done - 1, 0, -1):
        below[bench.parent[order[place]]] += below[order[place]]
    best_node, best_parts, best_miss, ties = -1, 1, np.inf, 0
    for place in range(1, done):
        node = order[place]
        for parts in range(1, shares):
            miss = outside(below[node], parts, band) + outside(total - below[node], shares - parts, band)
            if miss > best_miss:
                continue
            ties = ties + 1 if miss == best_miss else 1
            if random(state) * ties < 1.0:
                best_node, best_parts = node, parts
            best_miss = miss
    return best_node, best_parts


@njit(cache=True)
def _take_branch(labels: np.ndarray, bench: Bench, done: int, node: int, label: int) -> None:
    """Give the branch below ``node`` a label; visiting order puts parents before children."""
    inside = np.zeros(len(labels), dtype=np.bool_)
    inside[node] = True
    labels[node] = label
    for place in range(done):
        here = bench.order[place]
        if bench.parent[here] >= 0 and inside[bench.parent[here]]:
            inside[here] = True
            labels[here] = label


@njit(cache=True)
def seed_division(graph: Graph, band: Band, parts: int, state: np.ndarray) -> np.ndarray:
    """A first division of a connected graph from random trees cut again and again: connected, no part empty, band nearly kept."""
    labels = np.zeros(len(graph.weights), dtype=np.int64)
    bench = make_bench(graph, labels, parts)
    due = np.zeros(parts, dtype=np.int64)
    due[0] = parts
    for made in range(1, parts):
        part = _part_to_split(labels, due)
        done = grow_tree(graph, labels, _member(labels, part, state), part, bench.order, bench.parent, state)
        node, share = split_tree(graph, band, bench, done, max(due[part], 2), state)
        _take_branch(labels, bench, done, node, made)
        due[made] = share
        due[part] = max(due[part] - share, 1)
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
    """A node of the part, each equally likely."""
    found, ties = -1, 0
    for node in range(len(labels)):
        if labels[node] == part:
            ties += 1
            if random(state) * ties < 1.0:
                found = node
    return found
