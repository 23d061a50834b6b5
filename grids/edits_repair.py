"""The edit that mends: ground in no grid, and pieces that fell off one, go to neighbours."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from grids.borders import connected_pieces
from grids.rules import COMPREHENSIVE
from grids.sketch import NO_GRID, Sketch, tidy

Ints = npt.NDArray[np.int64]


def repair(sketch: Sketch) -> Sketch:
    """Give ground in no grid, and pieces that fell off a grid, to the neighbour with the longest common border on foot.

    The heaviest piece of a grid stays; locked grids neither lose nor gain; dedicated ones gain only what nothing else touches.
    Ground that touches no grid at all (an island) becomes a grid; what only locked grids touch stays as it is.
    """
    labels = sketch.label_of_atom.copy()
    labels[_fallen(sketch)] = NO_GRID
    while True:
        choice = _next_home(sketch, labels)
        if choice is None:
            return _with_islands(replace(sketch, label_of_atom=labels))
        labels[choice[0]] = choice[1]


def _with_islands(sketch: Sketch) -> Sketch:
    """A grid for every piece of ground in no grid that borders on none."""
    pairs, labels = sketch.ground.near.pairs, sketch.label_of_atom.copy()
    bare = labels == NO_GRID
    piece = connected_pieces(len(labels), pairs[bare[pairs].all(axis=1)])
    shores = pairs[bare[pairs].sum(axis=1) == 1]
    islands = sorted(set(piece[bare].tolist()) - set(piece[shores[bare[shores]]].tolist()))
    for number, island in enumerate(islands):
        labels[piece == island] = len(sketch.codes) + number
    more = len(islands)
    kinds = (*sketch.kinds, *[COMPREHENSIVE] * more)
    return tidy(replace(sketch, label_of_atom=labels, codes=(*sketch.codes, *[""] * more), kinds=kinds, names=(*sketch.names, *[""] * more)))


def _fallen(sketch: Sketch) -> Ints:
    """Atoms of unlocked grids that do not hang together with their grid's heaviest piece."""
    label, pairs = sketch.label_of_atom, sketch.ground.near.pairs
    piece = connected_pieces(len(label), pairs[label[pairs[:, 0]] == label[pairs[:, 1]]])
    load = np.bincount(piece, weights=sketch.ground.atoms.weights + 1e-6 * sketch.ground.figures.area_m2)
    fallen = []
    for number, code in enumerate(sketch.codes):
        own = np.flatnonzero(label == number)
        if len(own) and code not in sketch.locked:
            main = min(np.unique(piece[own]), key=lambda one: (-load[one], one))
            fallen.append(own[piece[own] != main])
    return np.concatenate(fallen) if fallen else np.empty(0, dtype=np.int64)


def _next_home(sketch: Sketch, labels: Ints) -> tuple[int, int] | None:
    """The loose atom that has the best home, and its number: open before closed border, grid for everybody before dedicated, then length."""
    near = sketch.ground.near
    takes = np.array([code not in sketch.locked for code in sketch.codes] + [False])
    serves = np.array([kind == COMPREHENSIVE for kind in sketch.kinds] + [False])
    best: tuple[tuple[float, ...], int, int] | None = None
    totals: dict[tuple[int, int], list[float]] = {}
    one, two = near.pairs.T
    for loose, home in ((one, two), (two, one)):
        for row in np.flatnonzero((labels[loose] == NO_GRID) & takes[labels[home]]):
            total = totals.setdefault((int(loose[row]), int(labels[home[row]])), [0.0, 0.0])
            total[0] += float(near.length_m[row]) if sketch.is_open[row] else 0.0
            total[1] += float(near.length_m[row])
    for (atom, label), (open_m, all_m) in totals.items():
        rank = (-float(serves[label]), -float(open_m > 0), -open_m, -all_m, float(label), float(atom))
        if best is None or rank < best[0]:
            best = (rank, atom, label)
    return None if best is None else best[1:]
