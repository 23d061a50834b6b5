"""What a planner should know before an edit: how far the ground follows what was drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from contracts.messages import Message
from grids.ground import metric_shapes
from grids.places import PLACE_WORDS, atoms_in_area, atoms_of_place, drawn_line, shares_beside
from grids.sketch import Sketch

Ints = npt.NDArray[np.int64]
_LARGE = 0.2  # a drawn area is spoken of when the ground it falls on differs by more than this share of it
_STRAYS = 0.02  # a drawn line, when more than this share of the ground beside it goes to the other side
_MOSTLY = 0.5  # open ground, when it is more than this share of what was chosen


def notes_about(sketch: Sketch, values: Mapping[str, Any]) -> list[Message]:
    """Sentences about a drawn line or area that whole pieces of ground cannot follow, and about open ground that was chosen.

    ``values`` are those of an edit.

    Raises
    ------
    InputError
        They mean nothing here.
    """
    notes = _on_area(sketch, values["area"]) if values.get("area") else []
    if any(values.get(word) for word in PLACE_WORDS):
        notes += _on_open_ground(sketch, atoms_of_place(sketch.ground, values))
    grids = [values["grid"]] if values.get("grid") else list(values.get("between", ()))
    return notes + (_on_line(sketch, grids, values["line"]) if values.get("line") and grids else [])


def _on_area(sketch: Sketch, ring: object) -> list[Message]:
    ground = sketch.ground
    atoms = atoms_in_area(ground, ring)
    polygon = shapely.polygons(np.asarray(ring, dtype=float))
    drawn = float(shapely.area(metric_shapes(ground, np.array([polygon], dtype=object)))[0])
    falls = float(ground.figures.area_m2[atoms].sum())
    if abs(falls - drawn) <= _LARGE * drawn:
        return []
    facts = {"drawn": round(drawn), "falls": round(falls)}
    return [Message("The area drawn has {drawn} square metres; the pieces of ground it falls on have {falls}. Ground is moved in whole pieces.", facts)]


def _on_open_ground(sketch: Sketch, atoms: Ints) -> list[Message]:
    figures = sketch.ground.figures
    bare = float(figures.area_m2[atoms][figures.buildings[atoms] == 0].sum())
    if bare <= _MOSTLY * float(figures.area_m2[atoms].sum()):
        return []
    return [Message("{area} square metres of what was chosen are open ground without buildings; it moves in whole pieces.", {"area": round(bare)})]


def _on_line(sketch: Sketch, grids: list[str], line: object) -> list[Message]:
    atoms = np.flatnonzero(np.isin(sketch.label_of_atom, [sketch.label_of(code) for code in grids]))
    side, share = shares_beside(sketch.ground, atoms, drawn_line(sketch.ground, line))
    strays = float(share[np.arange(len(atoms)), 1 - side].sum())
    if strays <= _STRAYS * float(share.sum()):
        return []
    return [Message("{area} square metres beside the line drawn go to the other side: ground is moved in whole pieces.", {"area": round(strays)})]
