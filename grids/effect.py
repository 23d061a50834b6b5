"""What a plan is like and what an edit does to it: figures per grid, broken rules, before and after. Fast: no shape is built."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from grids.check import Fault
from grids.sketch import Sketch

RESIDENTS_COLUMNS = ("households", "residents", "workload")
LONGEST_WALK_M, BARRIERS_INSIDE, PARTS, FAULTS = "longest_walk_m", "barriers_inside", "parts", "faults"


@dataclass(frozen=True)
class Effect:
    """What one edit changes.

    Attributes
    ----------
    grids
        One row per grid that changes, is new or goes away, indexed by code: ``change`` (changed, new, gone) and
        ``<figure>_before`` / ``<figure>_after`` for every figure of ``measure`` (missing where there is no grid).
    broken, mended, standing
        Faults the edit brings, takes away, and that stay.
    households_moved, buildings_moved
        Households (units of the rule's weight where there are none) and buildings that change their grid by this edit.
    moved_in_force, moved_in_force_share
        Households whose grid differs from the plan in force after the edit, and their share of all; None without one.
    """

    grids: pd.DataFrame
    broken: tuple[Fault, ...]
    mended: tuple[Fault, ...]
    standing: tuple[Fault, ...]
    households_moved: float
    buildings_moved: int
    moved_in_force: float | None
    moved_in_force_share: float | None

    @property
    def is_nothing(self) -> bool:
        """Whether the edit changes no grid and no rule."""
        raise NotImplementedError


def measure(sketch: Sketch) -> pd.DataFrame:
    """One row per grid, indexed by code.

    Columns name, kind, households, residents, workload (where the data have them), buildings, area_m2, deviation_share
    (of the rule's target; missing for dedicated grids), compactness (Polsby-Popper), longest_walk_m (farthest two
    buildings along neighbouring ground, a bound from above of the straight line), inner_border_m, street_share,
    barriers_inside (metres of closed line within), parts, faults (count), locked.
    """
    raise NotImplementedError


def broken_rules(sketch: Sketch) -> list[Fault]:
    """Every rule the sketch breaks, without building shapes. ``place`` is in the community's system.

    Kinds: ``gap`` (ground in no grid), ``multipart``, ``walk``, ``band``, ``dedicated`` (one shared by two grids),
    ``building_orphaned``, ``together``, ``apart``, ``empty`` (a grid without ground).
    """
    raise NotImplementedError


def hindrances(sketch: Sketch) -> list[Fault]:
    """Of the broken rules those that forbid publishing (shape and cover); band and walk may be published with a reason."""
    raise NotImplementedError


def effect_of(before: Sketch, after: Sketch, in_force: pd.Series | None = None) -> Effect:
    """What lies between two sketches of one ground; ``in_force`` = grid code of each building today, by building key."""
    raise NotImplementedError


def moved_share(sketch: Sketch, in_force: pd.Series) -> tuple[float, float]:
    """Households whose grid differs from today's code, and their share. Buildings without a grid today do not count."""
    raise NotImplementedError
