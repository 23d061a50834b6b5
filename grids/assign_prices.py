"""Compiled search for the cheapest change of an assignment, and the credits that prove there is none.

Workers and grids are nodes alike; a pair joins one of each. A node gains something by each unit of its load (its first
``low`` units more than the next, none beyond ``room``), a pair costs its price. An assignment is optimal exactly when
every node can be given a *credit* such that no unused pair costs less than the credits of its two ends, no used pair
costs more, and each credit lies between what one unit more and one unit less would mean to its node.

A search starts at a node whose credit does not fit and follows the cheapest chain of changes: nodes of the seeking side
take a further pair, nodes of the other side give one up, until a node can live with one unit more or less.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Any, NamedTuple

import numpy as np
from numba import njit

FAR = 1 << 60  # no price comes near it
BEYOND = 1 << 50  # a credit above all gains: where nothing holds it down


class Pairs(NamedTuple):
    """Pairs and, in CSR form, the pairs of each node and their other ends; workers come first among the nodes."""

    price: np.ndarray
    ends: np.ndarray  # (pairs, 2): worker, grid
    first: np.ndarray
    pair: np.ndarray
    other: np.ndarray
    workers: int


class Gains(NamedTuple):
    """What a node gains by each of its first ``low`` units, by each further one, and how many it may have."""

    low: np.ndarray
    room: np.ndarray
    first_gain: np.ndarray
    next_gain: np.ndarray


class State(NamedTuple):
    """An assignment: which pairs are used, the load of each node, its credit."""

    used: np.ndarray
    load: np.ndarray
    credit: np.ndarray


class Search(NamedTuple):
    """What a search writes on: distance of each node (``FAR`` = not seen), the pair it was reached by, the nodes seen."""

    distance: np.ndarray
    via: np.ndarray
    seen: np.ndarray


@njit(cache=True)
def one_more(gains: Gains, node: int, load: int) -> int:
    """Gain of a unit more than ``load``."""
    if load >= gains.room[node]:
        return -FAR
    return gains.first_gain[node] if load < gains.low[node] else gains.next_gain[node]


@njit(cache=True)
def last_one(gains: Gains, node: int, load: int) -> int:
    """Gain of the last unit of ``load``."""
    if load <= 0:
        return FAR
    if load > gains.room[node]:
        return -FAR
    return gains.first_gain[node] if load <= gains.low[node] else gains.next_gain[node]


@njit(cache=True)
def find_credits(pairs: Pairs, gains: Gains, state: State, is_from_workers: bool, most_steps: int) -> bool:
    """Write credits that fit the assignment; False where ``most_steps`` did not do, because it is not optimal.

    Credits of the one side are set as high as loads and pairs allow, those of the other as low. From workers: where places
    are many, so that what is empty shows its worth; from grids: where workers are many.
    """
    nodes = len(state.load)
    label = np.empty(nodes, dtype=np.int64)
    queue, is_waiting = np.arange(nodes), np.ones(nodes, dtype=np.bool_)
    for node in range(nodes):
        is_high = (node < pairs.workers) == is_from_workers
        bound = last_one(gains, node, state.load[node]) if is_high else -one_more(gains, node, state.load[node])
        label[node] = min(bound, BEYOND)
    head, count, steps = 0, nodes, 0
    while count > 0 and steps < most_steps:
        node = queue[head]
        head, count, steps = (head + 1) % nodes, count - 1, steps + 1
        is_waiting[node] = False
        is_high = (node < pairs.workers) == is_from_workers
        for place in range(pairs.first[node], pairs.first[node + 1]):
            pair, other = pairs.pair[place], pairs.other[place]
            if state.used[pair] != is_high:
                continue
            bound = label[node] - pairs.price[pair] if is_high else label[node] + pairs.price[pair]
            if bound < label[other]:
                label[other] = bound
                if not is_waiting[other]:
                    is_waiting[other] = True
                    queue[(head + count) % nodes] = other
                    count += 1
    for node in range(nodes):
        is_high = (node < pairs.workers) == is_from_workers
        state.credit[node] = label[node] if is_high else -label[node]
    return count == 0


@njit(cache=True)
def settle(pairs: Pairs, gains: Gains, state: State) -> int:
    """Change the assignment into an optimal one, from any assignment and any credits; how many chains of changes it took."""
    for pair in range(len(pairs.price)):
        worker, grid = pairs.ends[pair]
        slack = pairs.price[pair] - state.credit[worker] - state.credit[grid]
        if (slack < 0 and not state.used[pair]) or (slack > 0 and state.used[pair]):
            state.used[pair] = not state.used[pair]
            step = 1 if state.used[pair] else -1
            state.load[worker] += step
            state.load[grid] += step
    nodes = len(state.load)
    search = Search(np.full(nodes, FAR), np.full(nodes, -1, dtype=np.int64), np.empty(nodes, dtype=np.int64))
    chains = 0
    for node in range(nodes):
        while True:
            if one_more(gains, node, state.load[node]) > state.credit[node]:
                _change(pairs, gains, state, search, node, 1)
            elif last_one(gains, node, state.load[node]) < state.credit[node]:
                _change(pairs, gains, state, search, node, -1)
            else:
                break
            chains += 1
    return chains


@njit(cache=True)
def _change(pairs: Pairs, gains: Gains, state: State, search: Search, start: int, step: int) -> None:
    """One unit more (or less) for a node by the cheapest chain, or none where its own gain says so; credits follow."""
    is_workers_side = (start < pairs.workers) == (step > 0)  # the side that seeks further pairs
    own = state.credit[start]
    best = one_more(gains, start, state.load[start]) - own if step > 0 else own - last_one(gains, start, state.load[start])
    search.distance[start], search.seen[0], count, end = 0, start, 1, start
    heap: list[Any] = [(np.int64(0), np.int64(start))]
    while len(heap) > 0:
        far, node = heappop(heap)
        if far >= best:
            break
        if far > search.distance[node]:
            continue
        is_seeking = (node < pairs.workers) == is_workers_side
        rest = _rest(gains, state, node, is_seeking) if node != start else FAR
        if far + rest < best:
            best, end = far + rest, node
        for place in range(pairs.first[node], pairs.first[node + 1]):
            pair, other = pairs.pair[place], pairs.other[place]
            if state.used[pair] == is_seeking:
                continue
            slack = pairs.price[pair] - state.credit[node] - state.credit[other]
            reach = far + (slack if is_seeking else -slack)
            if reach < search.distance[other] and reach < best:
                count = _note(search, other, reach, pair, count)
                heappush(heap, (reach, np.int64(other)))
    _raise_credits(pairs, state, search, count, best, is_workers_side)
    if end != start:
        _apply(pairs, state, search, start, end, step, (end < pairs.workers) == is_workers_side)
    for place in range(count):
        search.distance[search.seen[place]] = FAR


@njit(cache=True)
def _note(search: Search, node: int, reach: int, pair: int, count: int) -> int:
    """Write down how a node was reached; how many nodes were seen so far."""
    if search.distance[node] == FAR:
        search.seen[count] = node
        count += 1
    search.distance[node], search.via[node] = reach, pair
    return count


@njit(cache=True)
def _rest(gains: Gains, state: State, node: int, is_seeking: bool) -> int:
    """What it costs to end a chain here: a seeking node does with one less, another takes one more."""
    if is_seeking:
        return max(last_one(gains, node, state.load[node]) - state.credit[node], 0)
    return max(state.credit[node] - one_more(gains, node, state.load[node]), 0)


@njit(cache=True)
def _raise_credits(pairs: Pairs, state: State, search: Search, count: int, best: int, is_workers_side: bool) -> None:
    for place in range(count):
        node = search.seen[place]
        if search.distance[node] < best:
            is_seeking = (node < pairs.workers) == is_workers_side
            state.credit[node] += best - search.distance[node] if is_seeking else search.distance[node] - best


@njit(cache=True)
def _apply(pairs: Pairs, state: State, search: Search, start: int, end: int, step: int, ends_seeking: bool) -> None:
    """Turn over the pairs of the chain; only its two ends change their load."""
    state.load[start] += step
    state.load[end] += -1 if ends_seeking else 1
    node = end
    while node != start:
        pair = search.via[node]
        state.used[pair] = not state.used[pair]
        node = pairs.ends[pair, 0] + pairs.ends[pair, 1] - node


@njit(cache=True)
def spread(pairs: Pairs, state: State, is_workers_side: bool, distance: np.ndarray, origin: np.ndarray) -> None:
    """Least cost, in slack, of a chain from the nodes with a finite ``distance`` to every node, and the node it starts from.

    Chains begin by giving a node of the seeking side a unit beyond its room. Both arrays are written on.
    """
    heap: list[Any] = [(np.int64(0), np.int64(-1))]
    for node in range(len(distance)):
        if distance[node] < FAR:
            origin[node] = node
            heappush(heap, (distance[node], np.int64(node)))
    while len(heap) > 0:
        far, node = heappop(heap)
        if node < 0 or far > distance[node]:
            continue
        is_seeking = (node < pairs.workers) == is_workers_side
        for place in range(pairs.first[node], pairs.first[node + 1]):
            pair, other = pairs.pair[place], pairs.other[place]
            if state.used[pair] == is_seeking:
                continue
            slack = pairs.price[pair] - state.credit[node] - state.credit[other]
            reach = far + (slack if is_seeking else -slack)
            if reach < distance[other]:
                distance[other], origin[other] = reach, origin[node]
                heappush(heap, (reach, np.int64(other)))
