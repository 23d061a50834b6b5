"""Checks pass silently or say what to do."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point

from contracts.errors import CrsError, InputError, MissingColumnError, WanggeError
from gis import checks

GOOD = gpd.GeoDataFrame({"a": [1.0, 0.0]}, index=["x", "y"], geometry=[Point(0, 0), Point(1, 1)], crs="EPSG:4326")


def test_good_input_passes_every_check() -> None:
    checks.require_crs(GOOD)
    checks.require_columns(GOOD, "a", "geometry")
    checks.require_finite("a", GOOD["a"])
    checks.require_nonnegative("a", [0.0, np.inf])
    checks.require_same_index(GOOD, GOOD["a"])
    checks.require_unique_index(GOOD)
    checks.require_choice("a", 1, (1, 2))


@pytest.mark.parametrize(
    ("check", "error", "says"),
    [
        (lambda: checks.require_crs(GOOD.set_crs(None, allow_override=True)), CrsError, "no coordinate"),
        (lambda: checks.require_columns(GOOD, "b", "c", what="workers"), MissingColumnError, "workers lack the columns b, c"),
        (lambda: checks.require_finite("a", [1.0, np.nan]), InputError, "nan at 1"),
        (lambda: checks.require_nonnegative("residents", pd.Series([1.0, -2.0], index=["x", "y"])), InputError, "residents .* -2.0 at y"),
        (lambda: checks.require_nonnegative("residents", [np.nan]), InputError, "nan"),
        (lambda: checks.require_nonnegative("residents", ["many"]), InputError, "must be numbers"),
        (lambda: checks.require_same_index(GOOD, GOOD.iloc[::-1]), InputError, "different indexes"),
        (lambda: checks.require_unique_index(GOOD.set_axis(["x", "x"])), InputError, "first is x"),
        (lambda: checks.require_choice("kind", "sea", ("river", "rail")), InputError, "one of river, rail, not sea"),
    ],
)
def test_bad_input_raises_our_error(check: Callable[[], None], error: type[WanggeError], says: str) -> None:
    with pytest.raises(error, match=says):
        check()


def test_empty_input_passes() -> None:
    empty = GOOD.iloc[:0]
    checks.require_nonnegative("a", empty["a"])
    checks.require_unique_index(empty)
