"""How many residents of each area can walk to a service in time."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import TypeAlias

import numpy as np
import pandas as pd

from contracts.columns import AREA_CODE, CATEGORY, COVERED_PEOPLE, COVERED_SHARE, LIMIT_S, PEOPLE
from contracts.errors import InputError
from gis.checks import require_finite, require_nonnegative, require_same_index
from servicecircle.stops import EVERYTHING, require_limit

Limits: TypeAlias = "float | Iterable[float] | Mapping[Hashable, float | Iterable[float]]"


def coverage_by_area(walk_seconds: pd.DataFrame | pd.Series, weights: pd.Series, area_of_door: pd.Series, *, limits_s: Limits) -> pd.DataFrame:
    """Share of the weight of each area within each limit of the nearest facility of each category.

    A door exactly on the limit counts as covered; ``inf`` never does. An area without weight gives NaN, not zero: nobody is
    unserved there. Doors without an area count nowhere.

    Parameters
    ----------
    walk_seconds
        Seconds, doors x categories, as ``nearest_walk`` gives them; a Series is one category, named after it or ``all``.
    weights
        Households or people behind each door, same index.
    area_of_door
        Code of the area each door lies in, same index. A categorical column also gives the areas without doors.
    limits_s
        One limit, several, or those of each category by name.

    Returns
    -------
        One row per area, category and limit, sorted in this order: ``area_code``, ``category``, ``limit_s``, ``people`` (all
        weight of the area), ``covered_people``, ``covered_share``.

    Raises
    ------
    InputError
        Indexes differ, a weight or a time is missing or negative, a category has no limit, a limit is no number.
    """
    table = walk_seconds.to_frame(EVERYTHING if walk_seconds.name is None else walk_seconds.name) if isinstance(walk_seconds, pd.Series) else walk_seconds
    require_same_index(table, weights, area_of_door)
    require_nonnegative("walk_seconds", table.to_numpy(dtype=float))

    rows = [
        weight_within(table[name], weights, area_of_door, limit=limit_s).assign(category=name, limit_s=limit_s)
        for name in table.columns
        for limit_s in _limits_of(name, limits_s)
    ]
    columns = [AREA_CODE, CATEGORY, LIMIT_S, PEOPLE, COVERED_PEOPLE, COVERED_SHARE]
    if not rows:
        return pd.DataFrame(columns=columns)
    return pd.concat(rows)[columns].sort_values([AREA_CODE], ignore_index=True, kind="stable")


def weight_within(amount: pd.Series, weights: pd.Series, area_of_door: pd.Series, *, limit: float) -> pd.DataFrame:
    """Weight of each area where ``amount`` (seconds, metres) is at most ``limit``: area_code, people, covered_people, covered_share.

    Raises
    ------
    InputError
        A weight is missing, negative or infinite.
    """
    require_nonnegative("weights", weights)
    require_finite("weights", weights)
    total = weights.astype(float).groupby(area_of_door, observed=False).sum()
    covered = weights.astype(float).where(amount <= limit, 0.0).groupby(area_of_door, observed=False).sum()
    table = pd.DataFrame({PEOPLE: total, COVERED_PEOPLE: covered, COVERED_SHARE: covered / total.where(total > 0)})
    return table.rename_axis(AREA_CODE).reset_index()


def _limits_of(category: Hashable, limits_s: Limits) -> list[float]:
    if isinstance(limits_s, Mapping):
        if category not in limits_s:
            raise InputError("There is no walking limit for category {category}. Give one in limits_s.", category=category)
        limits_s = limits_s[category]
    limits = [float(limit_s) for limit_s in np.atleast_1d(np.asarray(list(limits_s) if isinstance(limits_s, Iterable) else limits_s, dtype=float))]
    for limit_s in limits:
        require_limit(limit_s)
    return sorted(set(limits))
