"""Which grids a drawn line is about, so that nobody has to name them as well."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from grids.places import drawn_line
from grids.sketch import NO_GRID, Sketch

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def grids_under(sketch: Sketch, line: Any, *, most: int) -> list[str]:
    """Codes of the grids a line means, at most so many: the one under its middle first, then those it runs through, then the neighbour nearest to its middle.

    ``line`` is [[x, y], ...] in the community's system; nothing comes back where it lies in no grid.

    Raises
    ------
    InputError
        The line has no length.
    """
    drawn = drawn_line(sketch.ground, line)
    middle = drawn.interpolate(0.5, normalized=True)
    through = _through(sketch, drawn)
    found = _unique([*_at(sketch, middle), *through])
    if found and len(found) < most:
        found = _unique([*found, *_beside(sketch, found, middle)])
    return [sketch.codes[number] for number in found[:most]]


def _at(sketch: Sketch, point: BaseGeometry) -> list[int]:
    faces = sketch.ground.tree.query(point, predicate="intersects")
    return sorted({int(number) for number in _label_of_face(sketch)[faces]} - {NO_GRID})


def _through(sketch: Sketch, line: BaseGeometry) -> list[int]:
    """Grids a line runs through, the one with most of it first."""
    faces = sketch.ground.tree.query(line, predicate="intersects")
    length = shapely.length(shapely.intersection(sketch.ground.faces.shapes[faces], line))
    by_grid = np.bincount(_label_of_face(sketch)[faces] + 1, weights=length, minlength=len(sketch.codes) + 1)[1:]
    return [number for number in np.argsort(-by_grid, kind="stable").tolist() if by_grid[number] > 0]


def _beside(sketch: Sketch, known: list[int], middle: BaseGeometry) -> list[int]:
    """Grids that border on known ones, the nearest to a point first."""
    pairs = sketch.label_of_atom[sketch.ground.near.pairs]
    touching = pairs[np.isin(pairs, known).any(axis=1)]
    others = sorted(set(np.unique(touching).tolist()) - {*known, NO_GRID})
    return sorted(others, key=lambda number: (_distance(sketch, number, middle), sketch.codes[number]))


def _distance(sketch: Sketch, number: int, point: BaseGeometry) -> float:
    own = sketch.ground.faces.shapes[_label_of_face(sketch) == number]
    return float(shapely.distance(own, point).min())


def _label_of_face(sketch: Sketch) -> Ints:
    found: Ints = sketch.label_of_atom[sketch.ground.atoms.of_face]
    return found


def _unique(numbers: list[int]) -> list[int]:
    return list(dict.fromkeys(numbers))
