"""Edits that search: divide anew, split into k, re-balance what is not locked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from contracts.errors import InfeasibleDivision, InputError
from contracts.messages import Message
from grids.borders import connected_pieces, neighbours_among
from grids.choose import choose_grids
from grids.edits_shape import require_unlocked
from grids.partition_problem import plain
from grids.rules import COMPREHENSIVE, DEDICATED, rule_value
from grids.searching import Task, even_parts, search_kept, task_of
from grids.sketch import NO_GRID, Sketch, tidy

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def split_grid(sketch: Sketch, grid: str, *, parts: int, seed: int = 0) -> Sketch:
    """Several grids of one, of nearly equal load and inside the band where that is possible; the heaviest keeps the code.

    Raises
    ------
    InputError
        The grid is locked or has fewer pieces of ground than parts; fewer than two parts.
    InfeasibleDivision
        Wishes that cannot be kept.
    """
    label = sketch.label_of(grid)
    require_unlocked(sketch, np.array([label]))
    atoms = np.flatnonzero(sketch.label_of_atom == label)
    if not 2 <= parts <= len(atoms):
        raise InputError("Grid {grid} can be split into 2 to {most} parts, not {parts}.", grid=grid, most=len(atoms), parts=parts)
    _require_one_piece(sketch, atoms, grid)
    task = task_of(sketch, atoms)
    if parts > len(task.weights):
        raise InputError(
            "What is to be kept together leaves only {count} pieces, too few for {parts} parts. Ask for fewer.", count=len(task.weights), parts=parts
        )
    labels = even_parts(task, parts, sketch, seed)
    loads = np.bincount(labels, weights=sketch.ground.atoms.weights[atoms])
    heir = int(np.argmax(loads))
    number = np.where(labels == heir, label, len(sketch.codes) + labels - (labels > heir))
    new = sketch.label_of_atom.copy()
    new[atoms] = number
    more = parts - 1
    kinds, names = (*sketch.kinds, *[sketch.kinds[label]] * more), (*sketch.names, *[""] * more)
    return tidy(replace(sketch, label_of_atom=new, codes=(*sketch.codes, *[""] * more), kinds=kinds, names=names))


def _require_one_piece(sketch: Sketch, atoms: Ints, grid: str) -> None:
    if connected_pieces(len(atoms), neighbours_among(sketch.ground.near, atoms).pairs).max(initial=0) > 0:
        raise InputError("Grid {grid} is in pieces. Repair it first.", grid=grid)


def free_labels(sketch: Sketch) -> Ints:
    """Numbers of the grids that searches may change: neither locked nor dedicated."""
    return np.array([label for label, code in enumerate(sketch.codes) if code not in sketch.locked and sketch.kinds[label] != DEDICATED], dtype=np.int64)


def rebalance(sketch: Sketch, *, seed: int = 0) -> Sketch:
    """Bring the grids that are neither locked nor dedicated into the band with few changes; even them out where they keep it.

    Their number stays. Each connected piece of free ground is shared among the grids that lie in it; ground in no grid
    beside them is taken in.

    Raises
    ------
    InputError
        Fewer than two grids are free.
    InfeasibleDivision
        Wishes that cannot be kept.
    """
    free = free_labels(sketch)
    if len(free) < 2:
        raise InputError("Re-balancing takes at least two grids that are neither locked nor dedicated. Unlock some.")
    atoms = np.flatnonzero(np.isin(sketch.label_of_atom, [*free, NO_GRID]))
    new = sketch.label_of_atom.copy()
    for piece, own in _pieces_with_grids(sketch, atoms, free):
        if len(own) > 1 or (sketch.label_of_atom[piece] == NO_GRID).any():
            new[piece] = _rebalanced(sketch, piece, own, seed)
    return tidy(replace(sketch, label_of_atom=new))


def balance_notes(sketch: Sketch) -> list[Message]:
    """Whether the number of free grids cannot keep the band, whatever ground they hold."""
    free, (low, high) = free_labels(sketch), sketch.ground.rule.band
    total = float(sketch.ground.atoms.weights[np.isin(sketch.label_of_atom, [*free, NO_GRID])].sum())
    if len(free) < 2 or len(free) * low <= total <= len(free) * high:
        return []
    facts = {"count": len(free), "total": plain(total), "low": plain(low), "high": plain(high)}
    if total > len(free) * high:
        return [Message("The {count} unlocked grids hold {total} together, too much for {low} to {high} each. Split one of them as well.", facts)]
    return [Message("The {count} unlocked grids hold {total} together, too little for {low} to {high} each. Merge two of them as well.", facts)]


def _pieces_with_grids(sketch: Sketch, atoms: Ints, free: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Connected free ground with the numbers of the grids that have most of their load there."""
    near = neighbours_among(sketch.ground.near, atoms)
    piece = connected_pieces(len(atoms), near.pairs)
    label, weight = sketch.label_of_atom[atoms], sketch.ground.atoms.weights[atoms] + 1e-6
    table = np.zeros((len(sketch.codes), int(piece.max(initial=-1)) + 1))
    np.add.at(table, (label[label >= 0], piece[label >= 0]), weight[label >= 0])
    home = table.argmax(axis=1)
    for number in range(table.shape[1]):
        own = free[home[free] == number]
        if len(own):
            yield atoms[piece == number], own


def _rebalanced(sketch: Sketch, atoms: Ints, own: Ints, seed: int) -> Ints:
    """New grid numbers of one piece of ground, shared among the grids ``own``; each keeps the part it has most of."""
    today = sketch.label_of_atom[atoms]
    task, weight = task_of(sketch, atoms), sketch.ground.atoms.weights[atoms] + 1e-6
    parts = min(len(own), len(task.weights))
    loads = np.bincount(np.searchsorted(own, today[np.isin(today, own)]), weights=weight[np.isin(today, own)], minlength=len(own))
    is_in_band = bool(((loads >= sketch.ground.rule.band[0]) & (loads <= sketch.ground.rule.band[1] + 1e-3)).all()) and bool(np.isin(today, own).all())
    stays = _stay_cost(task, today)
    labels = even_parts(replace(task, near=replace(task.near, cost=stays)), parts, sketch, seed, evenly=is_in_band)
    if np.isin(today, own).all() and _spread(today, weight) <= _spread(labels, weight) + 1e-9 and _is_sound(sketch, atoms):
        return today
    shared = np.zeros((parts, len(own)))
    for column, label in enumerate(own):
        shared[:, column] = np.bincount(labels, weights=np.where(today == label, weight, 0.0), minlength=parts)
    rows, columns = linear_sum_assignment(-shared)
    heir = np.empty(parts, dtype=np.int64)
    heir[rows] = own[columns]
    return heir[labels]


def _stay_cost(task: Task, today: Ints) -> Floats:
    """Border costs that make today's borders the cheap ones: ``rebalance_stay_cost`` of ``grid_rules.csv`` on top of those through a grid."""
    first = np.zeros(len(task.weights), dtype=np.int64)
    first[task.node[::-1]] = today[::-1]
    a, b = first[task.near.pairs].T
    mean = float(task.near.cost.mean()) if len(task.near.cost) else 1.0
    return task.near.cost + np.where((a == b) & (a != NO_GRID), rule_value("rebalance_stay_cost") * max(mean, 1e-9), 0.0)


def _spread(labels: Ints, weights: Floats) -> float:
    loads = np.bincount(np.unique(labels, return_inverse=True)[1].ravel(), weights=weights)
    return float(loads.max() - loads.min())


def _is_sound(sketch: Sketch, atoms: Ints) -> bool:
    """Whether the grids on this ground hang together already."""
    near, label = neighbours_among(sketch.ground.near, atoms), sketch.label_of_atom[atoms]
    inside = label[near.pairs[:, 0]] == label[near.pairs[:, 1]]
    return len(np.unique(connected_pieces(len(atoms), near.pairs[inside]))) == len(np.unique(label))


def divide_anew(sketch: Sketch, *, seed: int = 0) -> Sketch:
    """Divide everything that is neither locked nor dedicated again; a code stays with the grid that keeps most of its load.

    Raises
    ------
    InputError
        Everything is locked or dedicated.
    InfeasibleDivision
        Wishes that cannot be kept.
    """
    free = free_labels(sketch)
    atoms = np.flatnonzero(np.isin(sketch.label_of_atom, [*free, NO_GRID]))
    if not len(atoms):
        raise InputError("Every grid is locked or dedicated. Unlock what shall be divided anew.")
    task = task_of(sketch, atoms)
    try:
        labels = search_kept(task, seed, lambda own, number: choose_grids(own.weights, own.near, sketch.ground.rule, number).labels)
    except InfeasibleDivision:
        labels = _with_wishes(sketch, atoms, choose_grids(task.weights, task.near, sketch.ground.rule, seed).labels[task.node], seed)
    return with_heirs(sketch, atoms, labels)


def _with_wishes(sketch: Sketch, atoms: Ints, labels: Ints, seed: int) -> Ints:
    """Every connected piece of ground shared out again, in as many parts as before, so that what is to be apart is."""
    piece = connected_pieces(len(atoms), neighbours_among(sketch.ground.near, atoms).pairs)
    new, used = np.empty_like(labels), 0
    for number in range(int(piece.max()) + 1):
        own = np.flatnonzero(piece == number)
        new[own] = used + even_parts(task_of(sketch, atoms[own]), len(np.unique(labels[own])), sketch, seed)
        used = int(new[own].max()) + 1
    return new


def with_heirs(sketch: Sketch, atoms: Ints, labels: Ints) -> Sketch:
    """The sketch with new grids on some atoms; each old code goes to the new grid that has most of its load."""
    today, weight = sketch.label_of_atom[atoms], sketch.ground.atoms.weights[atoms] + 1e-6
    count = int(labels.max()) + 1
    old = np.unique(today[today >= 0])
    shared = np.zeros((count, len(old)))
    for column, label in enumerate(old):
        shared[:, column] = np.bincount(labels, weights=np.where(today == label, weight, 0.0), minlength=count)
    number = len(sketch.codes) + np.arange(count)
    for row, column in zip(*linear_sum_assignment(-shared), strict=True):
        if shared[row, column] > 0:
            number[row] = old[column]
    new = sketch.label_of_atom.copy()
    new[atoms] = number[labels]
    blank = [""] * count
    kinds = (*sketch.kinds, *[COMPREHENSIVE] * count)
    return tidy(replace(sketch, label_of_atom=new, codes=(*sketch.codes, *blank), kinds=kinds, names=(*sketch.names, *blank)))
