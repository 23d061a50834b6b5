"""A plan of one community while it is being edited: the grid of every atom, and what the planner wished for.

A sketch is a value: every edit gives a new one. It holds no shapes of its own; these are put together from the faces of
its ground, so no edit can cut a building, open a gap or make an overlap.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from grids.ground import Ground
from grids.plan import COMPREHENSIVE, DEDICATED, GridPlan

Ints = npt.NDArray[np.int64]
__all__ = ["COMPREHENSIVE", "DEDICATED", "NO_GRID", "Sketch", "empty_sketch", "plan_of_sketch", "shapes_of", "sketch_of_plan", "sketch_of_state"]
NO_GRID = -1


@dataclass(frozen=True)
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

    @property
    def grid_of_building(self) -> pd.Series:
        """Grid code of each building, indexed by its key as the caller gave it; missing where it has none."""
        raise NotImplementedError

    @property
    def is_complete(self) -> bool:
        """Whether every atom has its grid."""
        raise NotImplementedError

    def label_of(self, code: str) -> int:
        """Number of the grid with a code.

        Raises
        ------
        InputError
            There is no such grid.
        """
        raise NotImplementedError

    def to_state(self) -> dict[str, Any]:
        """Plain values for JSON: what ``sketch_of_state`` needs beside the ground."""
        raise NotImplementedError


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
    raise NotImplementedError


def empty_sketch(ground: Ground) -> Sketch:
    """A sketch without any grid, but for the dedicated areas of the ground."""
    raise NotImplementedError


def sketch_of_plan(ground: Ground, labels: Ints, codes: tuple[str, ...]) -> Sketch:
    """A sketch of comprehensive grids from the grid number of each atom."""
    raise NotImplementedError


def plan_of_sketch(sketch: Sketch) -> GridPlan:
    """Grids with all figures in the community's system, indexed by code, as ``divide_community`` gives them.

    Columns as there, with ``name`` and ``kind`` of the sketch. Atoms in no grid are left out; the report's findings hold
    what the data force.
    """
    raise NotImplementedError


def shapes_of(sketch: Sketch) -> gpd.GeoSeries:
    """Only the shapes of the grids, indexed by code, in the community's system; for drawing a preview."""
    raise NotImplementedError
