"""The nearest few facilities and counts within the limit, against all pairs and by hand."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from contracts.errors import InputError
from gis.network import WalkNetwork
from servicecircle.reach import nearest_facilities, walk_matrix
from servicecircle.several import facilities_within, few_nearest
from tests.servicecircle.worlds import random_world


def street() -> WalkNetwork:
    return WalkNetwork.from_arrays([[0.0, 0.0], [1000.0, 0.0]], [[0, 1]], [1000.0], crs=32650)


def places(**metres: float) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"category": "clinic"}, index=list(metres), geometry=[Point(x, 0) for x in metres.values()], crs=32650)


def test_the_nearest_few_come_in_order_with_their_seconds() -> None:
    found = few_nearest(street(), places(a=0.0, b=240.0, c=900.0), places(door=120.0), count=2)

    assert found[["place", "seconds", "facility_key"]].to_numpy().tolist() == [[1, 100.0, "a"], [2, 100.0, "b"]]


def test_a_facility_on_the_limit_counts_and_one_beyond_does_not() -> None:
    assert facilities_within(street(), places(a=0.0, b=240.0, c=360.1), places(door=120.0), limit_s=200.0)["clinic"].tolist() == [2]


def test_a_door_on_no_street_has_no_facilities() -> None:
    lost = gpd.GeoDataFrame(index=["far"], geometry=[Point(0, 5000)], crs=32650)

    assert facilities_within(street(), places(a=0.0), lost).to_numpy().tolist() == [[0]]
    assert few_nearest(street(), places(a=0.0), lost).empty


def test_asking_for_none_is_refused() -> None:
    with pytest.raises(InputError, match="at least one"):
        few_nearest(street(), places(a=0.0), places(door=1.0), count=0)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_the_nearest_few_are_the_best_of_all_pairs(seed: int) -> None:
    network, facilities, doors = random_world(seed)
    pairs = walk_matrix(network, doors, facilities, limit_s=120.0)
    found = few_nearest(network, facilities, doors, count=4, limit_s=120.0, by=None)
    counts = facilities_within(network, facilities, doors, limit_s=120.0, by=None)["all"]

    assert counts.tolist() == np.diff(pairs.indptr).tolist()
    for row, key in enumerate(doors.index):
        best = np.sort(pairs.data[pairs.indptr[row] : pairs.indptr[row + 1]])[:4]
        np.testing.assert_allclose(found.loc[found["door"] == key, "seconds"].to_numpy(), best, rtol=0, atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_the_first_of_the_few_is_the_nearest_for_any_number_of_threads(seed: int) -> None:
    network, facilities, doors = random_world(seed)
    seconds, keys = nearest_facilities(network, facilities, doors, limit_s=120.0)
    one = few_nearest(network, facilities, doors, count=2, limit_s=120.0, threads=1)
    two = few_nearest(network, facilities, doors, count=2, limit_s=120.0, threads=2)
    first = one[one["place"] == 1].set_index(["door", "category"])
    expected = pd.DataFrame({"seconds": seconds.stack(), "facility_key": keys.stack()})
    expected = expected[np.isfinite(expected["seconds"])]

    pd.testing.assert_frame_equal(one, two)
    assert first["seconds"].to_dict() == expected["seconds"].to_dict()
    assert first["facility_key"].to_dict() == expected["facility_key"].to_dict()
