"""Edits that give ground to other grids: merge, move, split along a line, move a border, cut out a dedicated grid."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from contracts.errors import InputError
from grids.borders import connected_pieces
from grids.edits_between import why_apart
from grids.places import drawn_line, sides_of_line
from grids.rules import COMPREHENSIVE, DEDICATED
from grids.sketch import NO_GRID, Sketch, tidy

Ints = npt.NDArray[np.int64]


def require_unlocked(sketch: Sketch, labels: Ints) -> None:
    """Pass where none of these grids is locked.

    Raises
    ------
    InputError
        Names the locked ones.
    """
    locked = sorted({sketch.codes[label] for label in np.unique(labels) if label >= 0} & sketch.locked)
    if locked:
        raise InputError("This would change what is locked: {grids}. Unlock it first, or choose other ground.", grids=locked)


def merge_grids(sketch: Sketch, grids: list[str]) -> Sketch:
    """One grid of several that hang together; the heaviest keeps its code, kind and name.

    Raises
    ------
    InputError
        Fewer than two grids, a locked one, dedicated and comprehensive ones, or grids that do not touch.
    """
    labels = np.array(sorted({sketch.label_of(code) for code in grids}), dtype=np.int64)
    if len(labels) < 2:
        raise InputError("Merging takes at least two grids. Choose another one beside it.")
    require_unlocked(sketch, labels)
    _require_one_kind(sketch, labels)
    near = sketch.label_of_atom[sketch.ground.near.pairs]
    piece = connected_pieces(len(sketch.codes), near[np.isin(near, labels).all(axis=1)])[labels]
    if len(np.unique(piece)) > 1:
        raise why_apart(sketch, labels[piece == piece[0]], labels[piece != piece[0]])
    load = _loads(sketch)
    heir = min(labels.tolist(), key=lambda label: (-load[label], sketch.codes[label]))
    return tidy(replace(sketch, label_of_atom=np.where(np.isin(sketch.label_of_atom, labels), heir, sketch.label_of_atom)))


def _require_one_kind(sketch: Sketch, labels: Ints) -> None:
    """A dedicated grid never vanishes in one for everybody unasked."""
    dedicated = [sketch.codes[label] for label in labels if sketch.kinds[label] == DEDICATED]
    others = [sketch.codes[label] for label in labels if sketch.kinds[label] != DEDICATED]
    if dedicated and others:
        raise InputError(
            "What is dedicated cannot be merged with what is comprehensive: {dedicated} with {others}. Describe the dedicated as comprehensive first.",
            dedicated=dedicated,
            others=others,
        )


def move_atoms(sketch: Sketch, atoms: Ints, *, to: str | None) -> Sketch:
    """Give ground to the grid ``to``, to a new grid (``""``), or to none (``None``).

    Raises
    ------
    InputError
        The ground or the grid is locked, or it lies there already.
    """
    if to == "":
        return _new_grid(sketch, atoms, COMPREHENSIVE, "")
    target = NO_GRID if to is None else sketch.label_of(to)
    require_unlocked(sketch, np.append(sketch.label_of_atom[atoms], target))
    if (sketch.label_of_atom[atoms] == target).all():
        raise InputError("What was chosen lies in that grid already. Choose ground of another grid.")
    labels = sketch.label_of_atom.copy()
    labels[atoms] = target
    return tidy(replace(sketch, label_of_atom=labels))


def cut_out(sketch: Sketch, atoms: Ints, *, name: str = "") -> Sketch:
    """Make chosen ground a dedicated grid of its own (a school, a hospital, a park): outside the band, never re-balanced.

    Raises
    ------
    InputError
        Some of it is locked, it does not hang together, or the name is no text.
    """
    _require_name(name)
    inside = np.isin(sketch.ground.near.pairs, atoms).all(axis=1)
    if len(np.unique(connected_pieces(len(sketch.label_of_atom), sketch.ground.near.pairs[inside])[atoms])) > 1:
        raise InputError("What was chosen does not hang together. Cut out one piece after the other, or add the ground between.")
    return _new_grid(sketch, atoms, DEDICATED, name)


def _new_grid(sketch: Sketch, atoms: Ints, kind: str, name: str) -> Sketch:
    require_unlocked(sketch, sketch.label_of_atom[atoms])
    labels = sketch.label_of_atom.copy()
    labels[atoms] = len(sketch.codes)
    return tidy(replace(sketch, label_of_atom=labels, codes=(*sketch.codes, ""), kinds=(*sketch.kinds, kind), names=(*sketch.names, name)))


def describe_grid(sketch: Sketch, grid: str, *, name: str | None = None, kind: str | None = None) -> Sketch:
    """Another name or kind for a grid.

    Raises
    ------
    InputError
        No such grid or kind; a name that is no text; the grid is locked.
    """
    label = sketch.label_of(grid)
    _require_name(name)
    if kind not in (None, COMPREHENSIVE, DEDICATED):
        raise InputError("A grid is {kinds}, not {kind}.", kinds=f"{COMPREHENSIVE}, {DEDICATED}", kind=kind)
    require_unlocked(sketch, np.array([label]))
    names, kinds = list(sketch.names), list(sketch.kinds)
    names[label] = names[label] if name is None else name
    kinds[label] = kinds[label] if kind is None else kind
    return replace(sketch, names=tuple(names), kinds=tuple(kinds))


def _require_name(name: object) -> None:
    if name is not None and not isinstance(name, str):
        raise InputError("The name of a grid must be text, not {value}. Write it in quotation marks.", value=name)


def split_along(sketch: Sketch, grid: str, line: Any) -> Sketch:
    """Two grids of one, along a drawn line as far as whole pieces of ground allow; the heavier side keeps the code.

    Raises
    ------
    InputError
        The grid is locked, or the line parts nothing.
    """
    label = sketch.label_of(grid)
    require_unlocked(sketch, np.array([label]))
    atoms = np.flatnonzero(sketch.label_of_atom == label)
    side = sides_of_line(sketch.ground, atoms, drawn_line(sketch.ground, line))
    weights, area = sketch.ground.atoms.weights[atoms], sketch.ground.figures.area_m2[atoms]
    lighter = min((0, 1), key=lambda value: (weights[side == value].sum(), area[side == value].sum(), -atoms[side == value].min()))
    return _new_grid(sketch, atoms[side == lighter], sketch.kinds[label], "")


def move_border(sketch: Sketch, between: list[str], line: Any) -> Sketch:
    """The border of two neighbours along a drawn line, as far as whole pieces of ground allow; each keeps the side it has more of.

    Raises
    ------
    InputError
        Not two unlocked grids, or the line parts nothing.
    """
    labels = np.array([sketch.label_of(code) for code in between], dtype=np.int64)
    if len(np.unique(labels)) != 2:
        raise InputError("A border lies between two grids. Choose both.")
    require_unlocked(sketch, labels)
    atoms = np.flatnonzero(np.isin(sketch.label_of_atom, labels))
    side = sides_of_line(sketch.ground, atoms, drawn_line(sketch.ground, line))
    own = sketch.label_of_atom[atoms]
    weights = sketch.ground.atoms.weights[atoms] + 1e-6 * sketch.ground.figures.area_m2[atoms]
    straight = weights[own == np.where(side == 0, labels[0], labels[1])].sum()
    crossed = weights[own == np.where(side == 0, labels[1], labels[0])].sum()
    first, second = labels if straight >= crossed else labels[::-1]
    new = sketch.label_of_atom.copy()
    new[atoms] = np.where(side == 0, first, second)
    return replace(sketch, label_of_atom=new)


def _loads(sketch: Sketch) -> npt.NDArray[np.float64]:
    return np.bincount(sketch.label_of_atom + 1, weights=sketch.ground.atoms.weights, minlength=len(sketch.codes) + 1)[1:].astype(float)
