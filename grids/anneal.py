"""The annealed search of the partition engine: units moved over a border, in pairs, and two parts split anew along a tree.

The energy to lower is the cut cost plus fines: a part outside its band pays a fixed fine and its distance from the
band, which lets the search cross forbidden ground on its way to a better division inside. Moves are drawn from the
edges between parts alone, kept in a list; on a graph of 500 nodes these are one edge in thirty.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from grids.kernels import Band, Bench, Graph, cut_of, fine, gain_of, grow_tree, make_bench, random, split_tree, stays_connected, violation_of


class Schedule(NamedTuple):
    """Moves to try, temperature from hot to cold, and the shares of tree splits and of moves in pairs."""

    moves: int
    hot: float
    cold: float
    tree_share: float
    pair_share: float


class Frontier(NamedTuple):
    """The arcs between parts: a list with its length, the place of each arc in it (-1 = none), source and twin of every arc."""

    arcs: np.ndarray
    length: np.ndarray
    place: np.ndarray
    source: np.ndarray
    twin: np.ndarray


@njit(cache=True)
def _make_frontier(graph: Graph, labels: np.ndarray) -> Frontier:
    arcs = len(graph.other)
    source, twin = np.empty(arcs, dtype=np.int64), np.empty(arcs, dtype=np.int64)
    for node in range(len(labels)):
        source[graph.first[node] : graph.first[node + 1]] = node
    filled = graph.first.copy()
    for arc in range(arcs):  # arcs are sorted by source and target, so the twins of a node's arcs come in order
        there = graph.other[arc]
        twin[arc] = filled[there]
        filled[there] += 1
    frontier = Frontier(np.empty(arcs, dtype=np.int64), np.zeros(1, dtype=np.int64), np.full(arcs, -1, dtype=np.int64), source, twin)
    _list_all(graph, labels, frontier)
    return frontier


@njit(cache=True)
def _list_all(graph: Graph, labels: np.ndarray, frontier: Frontier) -> None:
    """Make the list anew."""
    frontier.length[0] = 0
    for arc in range(len(graph.other)):
        frontier.place[arc] = -1
        if labels[frontier.source[arc]] != labels[graph.other[arc]]:
            frontier.place[arc] = frontier.length[0]
            frontier.arcs[frontier.length[0]] = arc
            frontier.length[0] += 1


@njit(cache=True)
def _list(frontier: Frontier, arc: int, is_cut: bool) -> None:
    """Put an arc on the list or take it off."""
    place = frontier.place[arc]
    if is_cut and place < 0:
        frontier.place[arc] = frontier.length[0]
        frontier.arcs[frontier.length[0]] = arc
        frontier.length[0] += 1
    elif not is_cut and place >= 0:
        frontier.length[0] -= 1
        last = frontier.arcs[frontier.length[0]]
        frontier.arcs[place], frontier.place[last], frontier.place[arc] = last, place, -1


@njit(cache=True)
def _relist(graph: Graph, labels: np.ndarray, frontier: Frontier, node: int) -> None:
    """Bring the list up to date around a node whose label has changed."""
    for arc in range(graph.first[node], graph.first[node + 1]):
        is_cut = labels[graph.other[arc]] != labels[node]
        _list(frontier, arc, is_cut)
        _list(frontier, frontier.twin[arc], is_cut)


@njit(cache=True)
def _accepts(change: float, heat: float, state: np.ndarray) -> bool:
    return change <= 0.0 or random(state) < np.exp(-change / heat)


@njit(cache=True)
def _second(graph: Graph, labels: np.ndarray, frontier: Frontier, node: int, target: int, state: np.ndarray) -> tuple[int, int]:
    """Who leaves the target part when the node comes, and the part it goes to: another one, or the node's own; (-1, -1) if none."""
    arc = frontier.arcs[int(random(state) * frontier.length[0])]
    if labels[frontier.source[arc]] == target:
        return frontier.source[arc], labels[graph.other[arc]]
    pick = node
    for _ in range(2):
        pick = graph.other[graph.first[pick] + int(random(state) * (graph.first[pick + 1] - graph.first[pick]))]
    return (pick, labels[node]) if labels[pick] == target else (-1, -1)


@njit(cache=True)
def _touches(graph: Graph, labels: np.ndarray, node: int, part: int) -> bool:
    touching = 0
    for arc in range(graph.first[node], graph.first[node + 1]):
        touching += labels[graph.other[arc]] == part
    return touching > 0


@njit(cache=True)
def _border_of(graph: Graph, bench: Bench, done: int, side: np.ndarray) -> float:
    """Cost of the edges between side 1 and side 0 of a tree (the first ``done`` nodes of the visiting order)."""
    total = 0.0
    for place in range(done):
        node = bench.order[place]
        if side[node] == 1:
            for arc in range(graph.first[node], graph.first[node + 1]):
                if side[graph.other[arc]] == 0:
                    total += graph.cost[arc]
    return total


@njit(cache=True)
def _split_anew(graph: Graph, band: Band, labels: np.ndarray, node: int, target: int, heat: float, bench: Bench, side: np.ndarray, state: np.ndarray) -> float:
    """Split the union of the node's part and the target part along a random tree; the change of the cut cost, NaN where refused.

    ``side`` is -1 throughout, before and after.
    """
    part, sums = labels[node], bench.sums
    done = grow_tree(graph, labels, node, target, bench.order, bench.parent, state)
    branch, _ = split_tree(graph, band, bench, done, 2, state)
    for place in range(done):
        side[bench.order[place]] = 1 if labels[bench.order[place]] == target else 0
    change = -_border_of(graph, bench, done, side)
    for place in range(done):
        here = bench.order[place]
        side[here] = 1 if here == branch or (bench.parent[here] >= 0 and side[bench.parent[here]] == 1) else 0
    change += _border_of(graph, bench, done, side)
    one, two = sums[part] + sums[target] - bench.below[branch], bench.below[branch]
    is_taken = _accepts(change + fine(one, band) + fine(two, band) - fine(sums[part], band) - fine(sums[target], band), heat, state)
    if is_taken:
        sums[part], sums[target] = one, two
    for place in range(done):
        here = bench.order[place]
        if is_taken:
            labels[here] = target if side[here] == 1 else part
        side[here] = -1
    return change if is_taken else np.nan


@njit(cache=True)
def search(graph: Graph, band: Band, schedule: Schedule, labels: np.ndarray, best: np.ndarray, state: np.ndarray) -> tuple[float, float]:
    """Anneal ``labels`` in place; ``best`` receives the division of least violation, then least cut, seen on the way.

    One flat loop: as small functions over the same arrays it took twice the time.

    Returns
    -------
        Violation (weight outside the band, summed) and cut cost of ``best``.
    """
    bench, frontier = make_bench(graph, labels, labels.max() + 1), _make_frontier(graph, labels)
    weights, sums, side = graph.weights, bench.sums, np.full(len(labels), -1, dtype=np.int64)
    cut = cut_of(graph, labels)
    best_cut, best_violation = cut, violation_of(sums, band)
    best[:] = labels
    heat, cooling = schedule.hot, (schedule.cold / schedule.hot) ** (1.0 / max(schedule.moves, 1))
    for _ in range(schedule.moves if frontier.length[0] > 0 else 0):
        heat *= cooling
        arc = frontier.arcs[int(random(state) * frontier.length[0])]
        node = frontier.source[arc]
        part, target = labels[node], labels[graph.other[arc]]
        draw = random(state)
        if draw < schedule.tree_share:
            change = _split_anew(graph, band, labels, node, target, heat, bench, side, state)
            if np.isnan(change):
                continue
            _list_all(graph, labels, frontier)
        else:
            second, third = -1, -1
            if draw < schedule.tree_share + schedule.pair_share:
                second, third = _second(graph, labels, frontier, node, target, state)
            one, two, three = sums[part] - weights[node], sums[target] + weights[node], 0.0
            change = gain_of(graph, labels, node, target)
            fined = -fine(sums[part], band) - fine(sums[target], band)
            if second >= 0:
                labels[node] = target
                change += gain_of(graph, labels, second, third)
                labels[node] = part
                two -= weights[second]
                if third == part:
                    one += weights[second]
                else:
                    three = sums[third] + weights[second]
                    fined += fine(three, band) - fine(sums[third], band)
            fined += fine(one, band) + fine(two, band)
            if not _accepts(change + fined, heat, state) or not stays_connected(graph, labels, node, bench):
                continue
            labels[node] = target
            if second >= 0:
                if not _touches(graph, labels, second, third) or not stays_connected(graph, labels, second, bench):
                    labels[node] = part
                    continue
                labels[second] = third
                if third != part:
                    sums[third] = three
                _relist(graph, labels, frontier, second)
            sums[part], sums[target] = one, two
            _relist(graph, labels, frontier, node)
        cut += change
        violation = violation_of(sums, band)
        if violation < best_violation - band.slack or (violation <= best_violation + band.slack and cut < best_cut - 1e-9):
            best_cut, best_violation = cut, violation
            best[:] = labels
    return best_violation, best_cut
