"""Work behind each building: households, older residents, shops and past cases, each with its weight."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import pandas as pd

WORKLOAD, SHOPS, PAST_CASES, PER_HECTARE = "workload", "shops", "past_cases", "hectare"


def workload_weights() -> dict[str, float]:
    """Points of work per household, older resident, shop, past case and hectare (``workload_weights.csv``)."""
    raise NotImplementedError


def workload_of_buildings(buildings: gpd.GeoDataFrame | pd.DataFrame, *, weights: Mapping[str, float] | None = None) -> pd.Series:
    """Points of work of each building, on the caller's index, named ``workload``.

    Columns ``households``, ``older_residents``, ``shops``, ``past_cases`` count where they are there; missing cells are zero.
    The weight of a hectare is not a building's: give it to ``GridRule.weight_per_hectare``.

    Raises
    ------
    InputError
        None of the columns is there, or a weight is below zero.
    """
    raise NotImplementedError
