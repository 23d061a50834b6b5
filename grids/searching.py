"""Searches on part of a sketch that keep the planner's wishes.

Ground to be kept together is tied along the way between, a forbidden crossing is no way, an allowed one is. Ground to be
kept apart is checked; where plain searches miss it, each part is made to hold one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from contracts.errors import InfeasibleDivision, InputError
from grids.borders import Neighbours, connected_pieces, neighbours_among
from grids.partition import nearest_division, partition_graph
from grids.sketch import Sketch

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_SEEDS, _FILLINGS = 3, 8  # searches tried where a wish was missed, and ways of filling up the places to be kept apart
_HALF_WIDTHS = (0.05, 0.1, 0.15, 0.2)  # of the bands tried round the mean load, as shares of it, before the rule's own band


@dataclass(frozen=True)
class Task:
    """Some atoms to be shared out, those kept together tied to one node. ``node`` of each atom, ``apart`` as groups of nodes."""

    atoms: Ints
    node: Ints
    weights: Floats
    near: Neighbours
    apart: tuple[tuple[int, ...], ...]

    def keeps_apart(self, labels: Ints) -> bool:
        """Whether labels of the nodes part what is to be apart."""
        return all(len({int(labels[node]) for node in group}) == len(group) for group in self.apart)


def task_of(sketch: Sketch, atoms: Ints) -> Task:
    """What is to be shared out, with the wishes about it.

    Raises
    ------
    InputError
        Wishes that contradict each other or cannot be joined here.
    """
    near = neighbours_among(replace(sketch.ground.near, is_open=sketch.is_open), atoms)
    place = np.full(len(sketch.label_of_atom), -1, dtype=np.int64)
    place[atoms] = np.arange(len(atoms))
    groups = [[int(place[atom]) for atom in group if place[atom] >= 0] for group in sketch.together]
    ties = [pair for group in groups if len(group) > 1 for pair in _ties(near, sketch.ground.atoms.weights[atoms], group)]
    node = connected_pieces(len(atoms), np.array(ties, dtype=np.int64).reshape(-1, 2))
    weights = np.bincount(node, weights=sketch.ground.atoms.weights[atoms]).astype(float)
    apart = [sorted({int(node[place[atom]]) for atom in group if place[atom] >= 0}) for group in sketch.apart]
    for group, nodes in zip(sketch.apart, apart, strict=True):
        if len(nodes) < sum(place[atom] >= 0 for atom in group):
            raise InputError("Some buildings are to be kept together and apart at once. Drop one of the two wishes.")
    return Task(atoms, node, weights, _contracted(near, node), tuple(tuple(nodes) for nodes in apart if len(nodes) > 1))


def _ties(near: Neighbours, weights: Floats, group: list[int]) -> list[tuple[int, int]]:
    """Pairs that join a group along the ways between with the least weight on them."""
    a, b = near.pairs[near.is_open].T
    size = len(weights)
    graph = csr_array((np.r_[weights[b], weights[a]] + 1.0, (np.r_[a, b], np.r_[b, a])), shape=(size, size))
    came = dijkstra(graph, indices=group[0], return_predecessors=True)[1]
    ties = []
    for here in group[1:]:
        if came[here] < 0 and here != group[0]:
            raise InputError(
                "Buildings to be kept together cannot be joined inside what is divided. Unlock the grids between, allow a crossing, or drop the wish."
            )
        while here != group[0]:
            ties.append((here, int(came[here])))
            here = int(came[here])
    return ties


def _contracted(near: Neighbours, node: Ints) -> Neighbours:
    """Neighbours of tied nodes: costs and lengths added up, open where one of the pairs is."""
    pairs = np.sort(node[near.pairs], axis=1)
    differ = pairs[:, 0] != pairs[:, 1]
    kept, group = np.unique(pairs[differ], axis=0, return_inverse=True)
    group, count = group.ravel(), len(kept)
    cost, length, is_open = (np.bincount(group, weights=values[differ].astype(float), minlength=count) for values in (near.cost, near.length_m, near.is_open))
    return Neighbours(kept.reshape(-1, 2).astype(np.int64), cost.astype(float), length.astype(float), is_open > 0)


def search_kept(task: Task, seed: int, find: Callable[[Task, int], Ints]) -> Ints:
    """Labels of the atoms that keep what is to be apart apart, from the first seed that does.

    Raises
    ------
    InfeasibleDivision
        No search did.
    """
    for number in range(_SEEDS if task.apart else 1):
        labels = find(task, seed + number)
        if task.keeps_apart(labels):
            return labels[task.node]
    raise InfeasibleDivision("No division was found that keeps apart what you wished apart. Drop a wish, unlock more grids, or ask for more parts.")


def _cut(task: Task, seed: int, *, parts: int, band: tuple[float, float], effort: str, nearest: bool) -> Ints:
    """Connected parts of one task; edges over closed borders count only where nothing else holds it together."""
    edges, cost = _edges(task)
    if nearest:
        return nearest_division(task.weights, edges, parts=parts, band=band, cut_cost=cost, seed=seed, effort=effort)
    return partition_graph(task.weights, edges, parts=parts, band=band, cut_cost=cost, seed=seed, effort=effort)


def _edges(task: Task) -> tuple[Ints, Floats]:
    near, count = task.near, len(task.weights)
    open_pieces, all_pieces = connected_pieces(count, near.pairs[near.is_open]), connected_pieces(count, near.pairs)
    if len(np.unique(open_pieces)) == len(np.unique(all_pieces)):
        return near.pairs[near.is_open], near.cost[near.is_open]
    return near.pairs, near.cost


def _with_anchors(task: Task, parts: int, band: tuple[float, float], seed: int, effort: str) -> Ints:
    """Parts that hold exactly one anchor each: the nodes to be apart, filled up with others; a heavy weight on each does it.

    Raises
    ------
    InfeasibleDivision
        More are to be apart than there are parts, or no filling was found.
    """
    largest = max(task.apart, key=len)
    rest = [node for node in range(len(task.weights)) if node not in largest]
    random = np.random.default_rng([abs(seed), parts])
    heavy = float(2.0 * task.weights.sum() + 1.0)
    for _ in range(_FILLINGS):
        anchors = [*largest, *random.permutation(rest)[: max(parts - len(largest), 0)].tolist()]
        if len(anchors) != parts:
            break
        loaded = task.weights.copy()
        loaded[anchors] += np.ceil(heavy)
        heavier = replace(task, weights=loaded)
        labels = _cut(heavier, seed, parts=parts, band=(band[0] + np.ceil(heavy), band[1] + np.ceil(heavy)), effort=effort, nearest=True)
        if task.keeps_apart(labels):
            return labels
    raise InfeasibleDivision(
        "{count} places are to be kept apart in {parts} grids, and no division was found that does. Ask for more parts, or drop a wish.",
        count=len(largest),
        parts=parts,
    )


def even_parts(task: Task, parts: int, sketch: Sketch, seed: int, *, evenly: bool = True) -> Ints:
    """Parts near the mean load (if ``evenly``), as near as can be found; else inside the rule's band; else the nearest.

    Raises
    ------
    InfeasibleDivision
        Wishes that cannot be kept.
    """
    rule, mean = sketch.ground.rule, float(task.weights.sum()) / parts
    bands = [(max(rule.band[0], mean * (1 - share)), min(rule.band[1], mean * (1 + share))) for share in _HALF_WIDTHS if evenly]
    for band in [*(band for band in bands if band[0] <= mean <= band[1]), rule.band]:
        try:
            return search_kept(task, seed, partial(_cut, parts=parts, band=band, effort=rule.effort, nearest=False))
        except InfeasibleDivision:
            continue
    near = (mean * (1 - _HALF_WIDTHS[0]), mean * (1 + _HALF_WIDTHS[0]))
    try:
        return search_kept(task, seed, partial(_cut, parts=parts, band=near, effort=rule.effort, nearest=True))
    except InfeasibleDivision:
        return _with_anchors(task, parts, near, seed, rule.effort)[task.node]
