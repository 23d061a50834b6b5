"""Several good plans to choose from, instead of one answer: each setting weighs streets, shape, balance and change differently."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from contracts.messages import Message, Named
from grids.ground import Ground
from grids.rules import GridRule
from grids.sketch import Sketch


@dataclass(frozen=True)
class FrontierPlan:
    """One plan on offer, in the order of ``grid_frontier.csv``.

    ``settings`` are the keys of all settings that led to it, ``names`` their names in both languages. ``balance_share``
    is the largest distance of a load from the target, ``street_share`` the inner border on streets, ``compactness`` the
    mean Polsby-Popper, ``moved_share`` the households moved against today (None without a plan in force).
    """

    settings: tuple[str, ...]
    names: tuple[Named, ...]
    sketch: Sketch
    balance_share: float
    street_share: float
    compactness: float
    moved_share: float | None
    faults: int


@dataclass(frozen=True)
class Frontier:
    """Plans none of which is worse than another in everything, and what was left out and why."""

    plans: tuple[FrontierPlan, ...]
    dropped: tuple[Message, ...]

    def table(self) -> pd.DataFrame:
        """One row per plan: settings, grids, balance_share, street_share, compactness, moved_share, faults."""
        raise NotImplementedError


def plan_frontier(
    ground: Ground, *, rule: GridRule | None = None, seed: int = 0, previous: pd.Series | None = None, in_force: pd.Series | None = None
) -> Frontier:
    """Divide a ground under each setting of ``grid_frontier.csv`` and keep what is worth choosing.

    ``previous`` (grid code of each building) lends its codes to the new grids; ``in_force`` (default: ``previous``) is
    what households moved are counted against.
    """
    raise NotImplementedError
