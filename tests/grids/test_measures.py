"""Figures of grids, against answers by hand."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point, box

from grids.measures import area_m2, deviation_share, polsby_popper, street_share, sum_by_grid

SHAPES = gpd.GeoSeries([box(500_000, 4_000_000, 500_100, 4_000_100), Point(500_000, 4_000_000).buffer(50, 256)], index=["square", "disc"], crs="EPSG:32650")


def test_a_square_and_a_disc_have_the_known_compactness():
    assert polsby_popper(SHAPES).round(3).to_dict() == {"square": 0.785, "disc": 1.0}


def test_compactness_is_measured_in_metres_whatever_the_system():
    assert polsby_popper(SHAPES.to_crs(4326)).to_numpy() == pytest.approx(polsby_popper(SHAPES).to_numpy(), rel=1e-3)
    assert area_m2(SHAPES.to_crs(4326))["square"] == pytest.approx(10_000, rel=2e-3)


def test_deviation_is_a_signed_share():
    assert deviation_share(pd.Series([500, 400, 300]), target=400).tolist() == [0.25, 0, -0.25]


def test_sums_keep_grids_without_buildings():
    sums = sum_by_grid(pd.Series([1, 2, 4], index=list("abc")), pd.Series(["g", None, "g"], index=list("abc")), pd.Index(["g", "h"]))
    assert sums.to_dict() == {"g": 5, "h": 0}


def test_half_of_a_border_on_a_street():
    length, share = street_share([10, 10], [True, False], [0, 0], [1, 1], 3)
    assert length.tolist() == [20, 20, 0]
    np.testing.assert_array_equal(share, [0.5, 0.5, np.nan])
