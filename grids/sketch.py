"""A plan of one community while it is being edited: the grid of every atom, and what the planner wished for.

A sketch is a value: every edit gives a new one. It holds no shapes of its own; these are put together from the faces of
its ground, so no edit can cut a building, open a gap or make an overlap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from contracts.columns import CODE, GRID_CODE
from contracts.errors import ConflictError, InputError
from grids.choose import Finding
from grids.codes import number_codes, reading_order
from grids.ground import Ground
from grids.plan import GridPlan, Names, draw_grids, input_findings, put_together
from grids.rules import COMPREHENSIVE, DEDICATED

Ints = npt.NDArray[np.int64]
__all__ = ["COMPREHENSIVE", "DEDICATED", "NO_GRID", "Sketch", "empty_sketch", "plan_of_sketch", "shapes_of", "sketch_of_plan", "sketch_of_state", "tidy"]
NO_GRID = -1


@dataclass(frozen=True, eq=False)
class Sketch:
    """A plan being edited.

    Attributes
    ----------
    ground
        What does not depend on the plan.
    label_of_atom
        Number of the grid of each atom, shape (atoms,); -1 = in no grid yet. Numbers count through ``codes``.
    codes, kinds, names
        One per grid: its code (never changed by an edit), ``comprehensive`` or ``dedicated``, its name (may be empty).
    locked
        Codes of grids no edit may change.
    together, apart
        Groups of atoms that shall share one grid, and groups of which no two may.
    allowed, forbidden
        Pairs of atoms between which a closed line may be walked over, or an open border may not.
    """

    ground: Ground
    label_of_atom: Ints
    codes: tuple[str, ...]
    kinds: tuple[str, ...]
    names: tuple[str, ...]
    locked: frozenset[str] = frozenset()
    together: tuple[tuple[int, ...], ...] = ()
    apart: tuple[tuple[int, ...], ...] = ()
    allowed: frozenset[tuple[int, int]] = frozenset()
    forbidden: frozenset[tuple[int, int]] = frozenset()

    def __eq__(self, other: object) -> bool:
        """Whether both say the same about the same ground."""
        return isinstance(other, Sketch) and self.to_state() == other.to_state()

    @cached_property
    def grid_of_building(self) -> pd.Series:
        """Grid code of each building, indexed by its key as the caller gave it; missing where it has none."""
        labels = self.ground.label_of_building(self.label_of_atom)
        return labels.map(dict(enumerate(self.codes))).astype("str").rename(GRID_CODE)

    @property
    def is_complete(self) -> bool:
        """Whether every atom has its grid."""
        return bool((self.label_of_atom >= 0).all())

    @cached_property
    def is_open(self) -> npt.NDArray[np.bool_]:
        """Whether one can walk between the two atoms of each neighbouring pair, the planner's word included."""
        near = self.ground.near
        if not self.allowed and not self.forbidden:
            return near.is_open
        pairs = list(map(tuple, near.pairs.tolist()))
        allowed, forbidden = (np.array([pair in chosen for pair in pairs], dtype=bool) for chosen in (self.allowed, self.forbidden))
        return np.asarray((near.is_open | allowed) & ~forbidden, dtype=bool)

    def label_of(self, code: str) -> int:
        """Number of the grid with a code.

        Raises
        ------
        InputError
            There is no such grid.
        """
        if code not in self.codes:
            raise InputError("There is no grid {grid} in this plan; it has {grids}.", grid=code, grids=sorted(self.codes) or "-")
        return self.codes.index(code)

    def to_state(self) -> dict[str, Any]:
        """Plain values for JSON: what ``sketch_of_state`` needs beside the ground."""
        drawn = self.ground.drawn
        return {
            "fingerprint": self.ground.fingerprint,
            "drawn": None if drawn is None else shapely.to_wkt(shapely.multilinestrings(drawn.to_numpy()), rounding_precision=-1),
            "labels": self.label_of_atom.tolist(),
            "codes": list(self.codes),
            "kinds": list(self.kinds),
            "names": list(self.names),
            "locked": sorted(self.locked),
            "together": [list(group) for group in self.together],
            "apart": [list(group) for group in self.apart],
            "allowed": [list(pair) for pair in sorted(self.allowed)],
            "forbidden": [list(pair) for pair in sorted(self.forbidden)],
        }


def sketch_of_state(ground: Ground, state: Mapping[str, Any]) -> Sketch:
    """The sketch that ``to_state`` wrote down.

    A ground made with drawn borders must be made with them again: ``drawn_of_state(state)`` in ``grids.ground``.

    Raises
    ------
    ConflictError
        The buildings, lines or borders of the community changed since: read the draft's shapes with ``sketch_of_grids``.
    InputError
        No state of a sketch.
    """
    if not isinstance(state, Mapping) or not {"fingerprint", "labels", "codes", "kinds", "names"} <= set(state):
        raise InputError("These values do not describe a plan being edited. Open the plan again.")
    if state["fingerprint"] != ground.fingerprint or len(state["labels"]) != len(ground.atoms.weights):
        raise ConflictError("The buildings, streets or borders of this community changed since the plan was last edited. Read its grids again.")
    together, apart = (tuple(tuple(int(atom) for atom in group) for group in state.get(name, ())) for name in ("together", "apart"))
    allowed, forbidden = (frozenset((int(a), int(b)) for a, b in state.get(name, ())) for name in ("allowed", "forbidden"))
    labels, locked = np.array(state["labels"], dtype=np.int64), frozenset(state.get("locked", ()))
    return Sketch(ground, labels, tuple(state["codes"]), tuple(state["kinds"]), tuple(state["names"]), locked, together, apart, allowed, forbidden)


def empty_sketch(ground: Ground) -> Sketch:
    """A sketch without any grid, but for the dedicated areas of the ground."""
    count = len(ground.dedicated_names)
    plan = sketch_of_plan(ground, ground.dedicated_of_atom, [""] * count, [DEDICATED] * count, ground.dedicated_names)
    return tidy(plan)


def sketch_of_plan(ground: Ground, labels: Ints, codes: Sequence[str], kinds: Sequence[str] | None = None, names: Sequence[str] | None = None) -> Sketch:
    """A sketch from the grid number of each atom; comprehensive grids without names where nothing else is said."""
    count = len(codes)
    return Sketch(ground, labels.astype(np.int64), tuple(codes), tuple(kinds or [COMPREHENSIVE] * count), tuple(names or [""] * count))


def tidy(sketch: Sketch) -> Sketch:
    """The sketch without grids that lost all their ground, and with a code for every grid that has none yet."""
    used, number = np.unique(sketch.label_of_atom, return_inverse=True)
    kept = used[used >= 0]
    labels = (number.ravel() - (len(used) - len(kept))).astype(np.int64)
    codes = [sketch.codes[label] for label in kept]
    nameless = [label for label in _reading_order(sketch.ground, labels, len(kept)) if not codes[label]]
    fresh = number_codes(sketch.ground.place.code, len(nameless), {*sketch.ground.rule.taken_codes, *sketch.codes})
    for label, code in zip(nameless, fresh, strict=True):
        codes[label] = code
    return replace(
        sketch,
        label_of_atom=labels,
        codes=tuple(codes),
        kinds=tuple(sketch.kinds[label] for label in kept),
        names=tuple(sketch.names[label] for label in kept),
        locked=sketch.locked & set(codes),
    )


def _reading_order(ground: Ground, labels: Ints, count: int) -> Ints:
    """Grid numbers from west to east, as their centroids lie."""
    area = ground.figures.area_m2
    whole = np.bincount(labels + 1, weights=area, minlength=count + 1)[1:]
    x, y = (np.bincount(labels + 1, weights=area * xy, minlength=count + 1)[1:] / whole for xy in ground.figures.centre_xy.T)
    return reading_order(x, y)


def plan_of_sketch(sketch: Sketch, *, findings: Sequence[Finding] = ()) -> GridPlan:
    """Grids with all figures in the community's system, indexed by code, as ``divide_community`` gives them.

    Columns as there, with ``name`` and ``kind`` of the sketch. Atoms in no grid are left out. The report holds the
    ``findings`` given (``grids.effect.findings_of``) and what the input made necessary.
    """
    drawing = draw_grids(sketch.ground, sketch.label_of_atom)
    called = Names(sketch.codes, sketch.kinds, sketch.names)
    return put_together(sketch.ground, sketch.label_of_atom, drawing, called, sketch.ground.rule, (*findings, *input_findings(sketch.ground)))


def shapes_of(sketch: Sketch) -> gpd.GeoSeries:
    """Only the shapes of the grids, indexed by code, in the community's system; for drawing a preview."""
    drawing = draw_grids(sketch.ground, sketch.label_of_atom)
    index = pd.Index([sketch.codes[number] for number in drawing.order], dtype="str", name=CODE)
    return gpd.GeoSeries(drawing.shapes, index=index, crs=sketch.ground.place.crs)
