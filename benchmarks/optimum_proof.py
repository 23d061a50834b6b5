"""The cheapest division of a small graph, proven by HiGHS (as scipy carries it): somebody else's answer to compare ours with.

Integer program: each node in one part, an edge paid for when its ends differ, parts inside the band. That parts hang
together is demanded only where an answer breaks it, by separators, and the program is solved again.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
GAP = 1e-7
OPTIMAL, INFEASIBLE = 0, 2  # scipy's words


@dataclass(frozen=True)
class Task:
    """What is divided: as the arguments of ``partition_graph``."""

    weights: Floats
    edges: Ints
    cost: Floats
    parts: int
    band: tuple[float, float]

    def cut_of(self, labels: Ints) -> float:
        """Cost of the edges between parts."""
        return float(self.cost[labels[self.edges[:, 0]] != labels[self.edges[:, 1]]].sum())


@dataclass(frozen=True)
class Proof:
    """Cost of the cheapest division (``inf`` where none exists), and whether it was proven within the time."""

    cost: float
    is_proven: bool
    rounds: int


class _Rows:
    """Rows of an integer program, gathered one by one."""

    def __init__(self, columns: int) -> None:
        self.columns, self.count = columns, 0
        self.row, self.column, self.value = [], [], []
        self.low, self.high = [], []

    def add(self, columns: npt.ArrayLike, values: npt.ArrayLike, low: float, high: float) -> None:
        """One row: low <= values * columns <= high."""
        places = np.atleast_1d(columns)
        self.row.append(np.full(len(places), self.count))
        self.column.append(places)
        self.value.append(np.broadcast_to(values, len(places)).astype(float))
        self.low.append(low)
        self.high.append(high)
        self.count += 1

    def constraint(self) -> LinearConstraint:
        """All rows, as scipy takes them."""
        place = (np.concatenate(self.row), np.concatenate(self.column))
        return LinearConstraint(coo_array((np.concatenate(self.value), place), shape=(self.count, self.columns)).tocsr(), self.low, self.high)


def prove(task: Task, *, limit_s: float = 60.0) -> Proof:
    """The least cut cost of any division into connected parts inside the band."""
    count, parts = len(task.weights), task.parts
    columns = count * parts + len(task.edges)
    rows, upper = _rows(task, columns), _upper(task, columns)
    objective = np.r_[np.zeros(count * parts), task.cost]
    whole = np.r_[np.ones(count * parts), np.zeros(len(task.edges))]
    started = time.monotonic()
    for rounds in range(1, 400):
        left_s = limit_s - (time.monotonic() - started)
        if left_s <= 0:
            break
        answer = milp(
            objective, integrality=whole, bounds=Bounds(0.0, upper), constraints=rows.constraint(), options={"time_limit": left_s, "mip_rel_gap": GAP}
        )
        if answer.status == INFEASIBLE:
            return Proof(np.inf, True, rounds)
        if answer.status != OPTIMAL:
            break
        labels = answer.x[: count * parts].reshape(-1, parts).argmax(axis=1)
        cuts = _separators(task, labels)
        if not cuts:
            return Proof(task.cut_of(labels), True, rounds)
        for inside, outside, between in cuts:
            for part in range(parts):
                nodes = np.r_[inside, outside, between]
                rows.add(nodes * parts + part, np.r_[1.0, 1.0, -np.ones(len(between))], -np.inf, 1.0)
    return Proof(np.nan, False, rounds)


def _upper(task: Task, columns: int) -> Floats:
    """Upper limits of the columns: the i-th heaviest node takes part i or an earlier one, so no division counts twice."""
    upper = np.ones(columns)
    order = np.lexsort((np.arange(len(task.weights)), -task.weights))
    for place, node in enumerate(order[: task.parts]):
        upper[node * task.parts + place + 1 : (node + 1) * task.parts] = 0.0
    return upper


def _rows(task: Task, columns: int) -> _Rows:
    """The program without separators; a node too light to be a part alone has a neighbour in its part."""
    count, parts = len(task.weights), task.parts
    rows = _Rows(columns)
    every = np.arange(count * parts)
    for node in range(count):
        rows.add(every[node * parts : (node + 1) * parts], 1.0, 1.0, 1.0)
    for part in range(parts):
        rows.add(every[part::parts], task.weights, *task.band)
        for number, (a, b) in enumerate(task.edges):
            for one, two in ((a, b), (b, a)):
                rows.add([count * parts + number, one * parts + part, two * parts + part], [1.0, -1.0, 1.0], 0.0, np.inf)
        for node in np.flatnonzero(task.weights < task.band[0]):
            beside = np.unique(np.r_[task.edges[task.edges[:, 0] == node, 1], task.edges[task.edges[:, 1] == node, 0]])
            rows.add(np.r_[node, beside] * parts + part, np.r_[1.0, -np.ones(len(beside))], -np.inf, 0.0)
    return rows


def _separators(task: Task, labels: Ints) -> list[tuple[int, int, Ints]]:
    """For every piece that lies apart from the main piece of its part: a node of each, and the nodes that keep them apart."""
    count = len(labels)
    same = labels[task.edges[:, 0]] == labels[task.edges[:, 1]]
    piece = _pieces(count, task.edges[same])
    loads = np.bincount(piece, weights=task.weights) + 1e-9 * np.bincount(piece)
    found = []
    for part in range(task.parts):
        own = np.unique(piece[labels == part])
        main = own[np.argmax(loads[own])] if len(own) else -1
        for other in own[own != main]:
            inside, outside = np.flatnonzero(piece == other), np.flatnonzero(piece == main)
            found.append(
                (int(inside[np.argmax(task.weights[inside])]), int(outside[np.argmax(task.weights[outside])]), _between(task, piece == other, outside[0]))
            )
    return found


def _between(task: Task, inside: npt.NDArray[np.bool_], target: int) -> Ints:
    """Neighbours of a set that can be reached from the target without passing the set or its other neighbours."""
    a, b = task.edges.T
    border = np.zeros(len(inside), dtype=bool)
    border[b[inside[a]]] = border[a[inside[b]]] = True
    border &= ~inside
    open_ground = ~inside & ~border
    kept = open_ground[a] & open_ground[b]
    reached = _pieces(len(inside), task.edges[kept]) == _pieces(len(inside), task.edges[kept])[target]
    touched = np.zeros(len(inside), dtype=bool)
    touched[b[reached[a]]] = touched[a[reached[b]]] = True
    return np.flatnonzero(border & touched)


def _pieces(count: int, pairs: Ints) -> Ints:
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    return connected_components(graph, directed=False)[1].astype(np.int64)
