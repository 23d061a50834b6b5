"""Work behind each building: households, older residents, shops and past cases, each with its weight."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from contracts.columns import HOUSEHOLDS, OLDER_RESIDENTS
from contracts.errors import InputError
from contracts.reference import reference_table

WORKLOAD, SHOPS, PAST_CASES, PER_HECTARE = "workload", "shops", "past_cases", "hectare"
COUNTED = (HOUSEHOLDS, OLDER_RESIDENTS, SHOPS, PAST_CASES)


def workload_weights() -> dict[str, float]:
    """Points of work per household, older resident, shop, past case and hectare (``workload_weights.csv``)."""
    table = reference_table("workload_weights")
    return dict(zip(table["item"], table["points"].astype(float), strict=True))


def workload_of_buildings(buildings: pd.DataFrame, *, weights: Mapping[str, float] | None = None) -> pd.Series:
    """Points of work of each building, on the caller's index, named ``workload``.

    Columns ``households``, ``older_residents``, ``shops``, ``past_cases`` count where they are there; missing cells are zero.
    The weight of a hectare is not a building's: give it to ``GridRule.weight_per_hectare``.

    Parameters
    ----------
    weights
        Points per item in place of the table's; items that are not named keep theirs.

    Raises
    ------
    InputError
        None of the columns is there, an item is unknown, a weight or count is below zero.
    """
    points = workload_weights()
    unknown = sorted(set(weights or {}) - set(points))
    if unknown:
        raise InputError("Work is counted for {known}; not for {unknown}.", known=", ".join(points), unknown=", ".join(unknown))
    points |= dict(weights or {})
    present = [column for column in COUNTED if column in buildings.columns]
    if not present:
        raise InputError("The work of a building is counted from {columns}; none of them is there. Add one.", columns=", ".join(COUNTED))
    total = np.zeros(len(buildings))
    for column in present:
        counts = pd.to_numeric(buildings[column], errors="coerce").fillna(0).to_numpy(dtype=float)
        if points[column] < 0 or (counts < 0).any():
            raise InputError("Counts and weights of {column} must be zero or more.", column=column)
        total += points[column] * counts
    return pd.Series(total, index=buildings.index, name=WORKLOAD)
