"""What an answer looks like at its edges: nothing, zero, ties, bad input. Its laws stand in ``test_metamorphic``."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from contracts.errors import CrsError, GeometryError, InputError, MissingColumnError
from gis.network import build_network
from servicecircle.circles import walk_circles
from servicecircle.reach import covered_streets, nearest_facilities, nearest_walk, walk_matrix
from tests.servicecircle.worlds import facilities, lines, points, random_world


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_the_number_of_threads_changes_no_byte(threads):
    network, served, homes = random_world(3)
    one, many = (nearest_walk(network, served, homes, threads=count).to_numpy().tobytes() for count in (1, threads))
    assert one == many
    pairs = [walk_matrix(network, served, homes, threads=count) for count in (1, threads)]
    assert pairs[0].data.tobytes() == pairs[1].data.tobytes()


def test_a_walk_of_no_length_is_stored_as_zero():
    network = build_network(lines([(0, 0), (100, 0)]))
    matrix = walk_matrix(network, points((40, 0)), points((40, 0), (90, 0)), limit_s=10)
    assert matrix.nnz == 1
    assert matrix.data.tolist() == [0.0]


def test_equally_near_facilities_are_told_apart_by_key_not_by_order():
    network = build_network(lines([(0, 0), (100, 0)]))
    served = facilities((0, 0), (100, 0)).set_axis(["b", "a"])
    for frame in (served, served.iloc[::-1]):
        assert nearest_facilities(network, frame, points((50, 0)))[1]["clinic"].tolist() == ["a"]


def test_the_callers_index_is_kept_and_the_frames_are_untouched():
    network, served, homes = random_world(8)
    homes = homes.set_axis([f"d{row}" for row in range(len(homes))])
    before = served.copy(), homes.copy()
    assert nearest_walk(network, served, homes).index.equals(homes.index)
    pd.testing.assert_frame_equal(served, before[0])
    pd.testing.assert_frame_equal(homes, before[1])


def test_attached_places_give_the_same_answer_as_points():
    network, served, homes = random_world(9)
    pd.testing.assert_frame_equal(nearest_walk(network, network.attach(served), network.attach(homes)), nearest_walk(network, served, homes))


def test_no_facilities_give_no_columns_and_no_doors_give_no_rows():
    network, served, homes = random_world(10)
    assert nearest_walk(network, served.iloc[:0], homes).shape == (len(homes), 0)
    assert nearest_walk(network, served, homes.iloc[:0]).shape == (0, 2)
    assert walk_matrix(network, served.iloc[:0], homes).shape == (0, len(homes))
    assert covered_streets(network, served.iloc[:0]).empty
    assert walk_circles(network, served.iloc[:0]).empty


def test_a_category_without_any_facility_is_out_of_everybodys_reach():
    network, served, homes = random_world(11)
    served["category"] = pd.Categorical(served["category"], categories=["clinic", "market", "school"])
    assert np.isinf(nearest_walk(network, served, homes)["school"]).all()


def test_a_limit_of_zero_reaches_only_who_is_there():
    network = build_network(lines([(0, 0), (100, 0)]))
    assert nearest_walk(network, facilities((40, 0)), points((40, 0), (41, 0)), limit_s=0)["clinic"].tolist() == [0.0, np.inf]


def test_a_network_without_streets_reaches_nobody():
    network = build_network(lines().set_crs(32650))
    assert np.isinf(nearest_walk(network, facilities((0, 0)), points((0, 0)))["clinic"]).all()


@pytest.mark.parametrize("limit_s", [-1, float("nan")])
def test_a_limit_must_be_a_time(limit_s):
    network, served, homes = random_world(1)
    with pytest.raises(InputError, match="limit"):
        nearest_walk(network, served, homes, limit_s=limit_s)


def test_a_missing_place_is_unsnapped_and_the_rest_is_answered():
    network = build_network(lines([(0, 0), (100, 0)]))
    homes = gpd.GeoSeries([None, shapely.Point(), *points((5, 0)).geometry], crs=32650, index=["a", "b", "c"])
    attached = network.attach(homes)
    assert attached.unsnapped.tolist() == ["a", "b"]
    assert attached.reason.tolist() == ["no_geometry", "no_geometry", ""]
    assert np.isfinite(nearest_walk(network, facilities((0, 0)), attached)["clinic"]).tolist() == [False, False, True]


def test_places_of_another_network_are_refused():
    network, served, homes = random_world(1)
    with pytest.raises(InputError, match="another network"):
        nearest_walk(network, random_world(2)[0].attach(served), homes)


def test_facilities_need_a_category():
    network, served, homes = random_world(1)
    with pytest.raises(MissingColumnError):
        nearest_walk(network, served.rename(columns={"category": "class"}), homes)
    with pytest.raises(InputError, match="no category"):
        nearest_walk(network, served.assign(category=[None] * len(served)), homes)


def test_places_without_a_system_are_refused():
    network, served, homes = random_world(1)
    with pytest.raises(CrsError):
        nearest_walk(network, served, homes.set_crs(None, allow_override=True))


def test_lines_cannot_be_attached():
    network, _, _ = random_world(1)
    with pytest.raises(GeometryError):
        network.attach(lines([(0, 0), (1, 1)]))
