"""How many residents of each area can walk to a service in time."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array

from contracts.columns import AREA_CODE, CATEGORY, COVERED_PEOPLE, COVERED_SHARE, LIMIT_S, PEOPLE
from contracts.errors import InputError
from gis.checks import require_finite, require_nonnegative, require_same_index
from servicecircle.flat import NOISE_S
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
        Households or people behind each door: the same keys in any order, or plain values in the order of the doors.
    area_of_door
        Code of the area each door lies in, likewise. A categorical column also gives the areas without doors.
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
    weights, area_of_door = _beside(table, weights), _beside(table, area_of_door)
    require_nonnegative("walk_seconds", table.to_numpy(dtype=float))

    amounts = table.to_numpy(dtype=float)
    limits = [_limits_of(name, limits_s) for name in table.columns]
    asked = [(number, limit) for number, several in enumerate(limits) for limit in several]
    columns = np.array([number for number, _ in asked], dtype=np.int64)
    within = amounts[:, columns] <= np.array([limit + NOISE_S for _, limit in asked])
    names = [(table.columns[number], limit) for number, limit in asked]
    return weight_within(within, weights, area_of_door, pd.MultiIndex.from_tuples(names, names=[CATEGORY, LIMIT_S]) if names else _NOTHING_ASKED)


def _beside(table: pd.DataFrame, values: pd.Series | npt.ArrayLike) -> pd.Series:
    """The values in the order of the table's doors."""
    if not isinstance(values, pd.Series):
        values = pd.Series(values, index=table.index) if np.shape(values) == (len(table),) else pd.Series(values)
    elif not values.index.equals(table.index) and values.index.is_unique and len(values) == len(table) and values.index.isin(table.index).all():
        values = values.reindex(table.index)
    require_same_index(table, values)
    return values


_NOTHING_ASKED = pd.MultiIndex.from_arrays([[], []], names=[CATEGORY, LIMIT_S])


def weight_within(within: npt.NDArray[np.bool_], weights: pd.Series, area_of_door: pd.Series, asked: pd.Index) -> pd.DataFrame:
    """Weight of each area that is ``within``, for each question asked.

    Parameters
    ----------
    within
        Whether a door is near enough, shape (doors, questions).
    weights, area_of_door
        As in ``coverage_by_area``.
    asked
        Names of the questions, shape (questions,); its levels become columns.

    Returns
    -------
        ``area_code``, the levels of ``asked``, ``people``, ``covered_people``, ``covered_share``, sorted by area, then as asked.

    Raises
    ------
    InputError
        A weight is missing, negative or infinite.
    """
    require_nonnegative("weights", weights)
    require_finite("weights", weights)
    areas = pd.Categorical(area_of_door)
    weight, known = weights.to_numpy(dtype=float), areas.codes >= 0
    doors = np.flatnonzero(known)
    membership = csr_array((weight[known], (areas.codes[known], doors)), shape=(len(areas.categories), len(weight)))
    total, covered = membership.sum(axis=1), membership @ within.astype(float)
    index = pd.MultiIndex.from_product([areas.categories, range(len(asked))])
    people = np.repeat(total, len(asked))
    table = pd.DataFrame({PEOPLE: people, COVERED_PEOPLE: covered.ravel()}, index=index)
    table[COVERED_SHARE] = table[COVERED_PEOPLE] / table[PEOPLE].where(table[PEOPLE] > 0)
    words = asked.to_frame(index=False).iloc[np.tile(np.arange(len(asked)), len(areas.categories))].set_axis(index)
    return pd.concat([words, table], axis=1).reset_index(level=0, names=AREA_CODE).reset_index(drop=True)


def _limits_of(category: Hashable, limits_s: Limits) -> list[float]:
    if isinstance(limits_s, Mapping):
        if category not in limits_s:
            raise InputError("There is no walking limit for category {category}. Give one in limits_s.", category=category)
        limits_s = limits_s[category]
    limits = [float(limit_s) for limit_s in np.atleast_1d(np.asarray(list(limits_s) if isinstance(limits_s, Iterable) else limits_s, dtype=float))]
    for limit_s in limits:
        require_limit(limit_s)
    return sorted(set(limits))
