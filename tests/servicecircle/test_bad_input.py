"""Input nobody should give: a clear error or a right answer, never a crash of the compiled search."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from contracts.errors import CrsError, InputError
from gis.network import WalkNetwork, build_network
from servicecircle.reach import covered_streets, nearest_facilities, nearest_walk, walk_matrix
from servicecircle.several import facilities_within, few_nearest
from tests.servicecircle.towns import random_spots, random_town
from tests.servicecircle.worlds import CRS, ORIGIN, facilities, points

SQUARE = ORIGIN + [(0, 0), (100, 0), (100, 100), (0, 100)]
RING = [(0, 1), (1, 2), (2, 3), (3, 0)]


def ring(length_m=(100, 100, 100, 100), **options):
    return WalkNetwork.from_arrays(SQUARE, RING, length_m, crs=CRS, **options)


def everything(network, served, homes, limit_s=900.0):
    """All four questions at once."""
    seconds = nearest_walk(network, served, homes, limit_s=limit_s)
    pd.testing.assert_frame_equal(nearest_facilities(network, served, homes, limit_s=limit_s)[0], seconds)
    walk_matrix(network, homes, served, limit_s=limit_s)
    covered_streets(network, served, limit_s=limit_s)
    return seconds


@pytest.mark.parametrize("xy", [np.empty((0, 2)), SQUARE])
def test_a_network_without_edges_reaches_nobody(xy):
    network = WalkNetwork.from_arrays(xy, [], [], crs=CRS)
    assert np.isinf(everything(network, facilities((0, 0)), points((0, 0)))).all(axis=None)


@pytest.mark.parametrize("bad", [np.nan, -1.0, np.inf, -np.inf])
def test_a_length_that_is_none_is_refused(bad):
    with pytest.raises(InputError, match="length_m"):
        ring((100, bad, 100, 100))


@pytest.mark.parametrize("bad", [np.nan, -0.001, -np.inf])
@pytest.mark.parametrize("column", ["seconds", "seconds_back"])
def test_seconds_that_are_no_time_are_refused(bad, column):
    with pytest.raises(InputError, match="seconds"):
        ring(**{column: [1, bad, 1, 1]})


@pytest.mark.parametrize("bad", [(0, 4), (-1, 0), (0.5, 1)])
def test_an_edge_to_nowhere_is_refused(bad):
    with pytest.raises(InputError, match="nodes"):
        WalkNetwork.from_arrays(SQUARE, [(0, 1), bad], [1, 1], crs=CRS)


def test_node_numbers_past_what_the_search_can_count_are_refused():
    with pytest.raises(InputError, match="nodes"):
        WalkNetwork.from_arrays(SQUARE, [(0, 2**31), (1, 2**40)], [1, 1], crs=CRS)


def test_columns_of_other_lengths_are_refused():
    with pytest.raises(InputError, match="one value per edge"):
        ring((100, 100))


def test_facilities_outside_the_map_serve_nobody():
    network = ring()
    served = network.attach(facilities((90_000, 90_000), (-5e6, 0)))
    assert served.unsnapped.tolist() == [0, 1]
    assert np.isinf(everything(network, served, points((0, 0)))).all(axis=None)


def test_a_facility_at_the_end_of_the_world_is_unsnapped_not_a_crash():
    network = ring()
    far = gpd.GeoDataFrame({"category": ["clinic"] * 2}, geometry=gpd.points_from_xy([1e300, np.nan], [-1e300, 0]), crs=CRS)
    assert len(network.attach(far).unsnapped) == 2


@pytest.mark.parametrize(
    ("limit_s", "reached"), [(0.0, [True, False, False]), (np.inf, [True, True, True]), (5e-324, [True, False, False]), (1e308, [True] * 3)]
)
def test_a_limit_of_nothing_or_without_end_is_answered(limit_s, reached):
    seconds = everything(ring(), facilities((0, 0)), points((0, 0), (50, 0), (100, 100)), limit_s)
    assert np.isfinite(seconds["clinic"]).tolist() == reached


@pytest.mark.parametrize("limit_s", [-1.0, -np.inf, np.nan])
def test_a_limit_that_is_no_time_is_refused(limit_s):
    for ask in (nearest_walk, nearest_facilities, walk_matrix):
        with pytest.raises(InputError, match="limit"):
            ask(ring(), facilities((0, 0)), points((0, 0)), limit_s=limit_s)
    with pytest.raises(InputError, match="limit"):
        covered_streets(ring(), facilities((0, 0)), limit_s=limit_s)


def test_a_million_doors_on_one_point_have_one_time():
    network = ring()
    one = network.attach(points((30, 4)))
    count = 1_000_000
    repeated = {
        name: np.repeat(getattr(one, name), count) for name in ("edge", "share", "offset_m", "access_m", "component", "resolved_by", "reason", "shapes")
    }
    index = pd.RangeIndex(count)
    homes = type(one)(network, index, pd.DataFrame(index=index), **repeated)
    seconds = nearest_walk(network, facilities((0, 0)), homes)["clinic"].to_numpy()
    assert (seconds == seconds[0]).all()
    assert seconds[0] == pytest.approx(34 / 1.2)


def test_a_hundred_thousand_facilities_on_one_point_are_one():
    town = random_town(4)
    network, spots = town.network(), random_spots(4, town, 1, "f")
    many = spots.take(np.zeros(100_000, dtype=int))
    many.key[:] = [f"f{number}" for number in range(100_000)]
    homes = random_spots(4, town, 30, "d").on(network)
    np.testing.assert_array_equal(nearest_walk(network, many.on(network), homes), nearest_walk(network, spots.on(network), homes))


def test_streets_all_closed_attach_nobody():
    network = ring(seconds=[np.inf] * 4)
    assert len(network.attach(points((50, 1))).unsnapped) == 1
    assert np.isinf(everything(network, facilities((0, 0)), points((0, 0)))).all(axis=None)


def test_no_doors_and_no_facilities_give_empty_tables():
    network = ring()
    assert everything(network, facilities((0, 0)), points()).shape == (0, 1)
    assert everything(network, facilities(), points((0, 0))).shape == (1, 0)


def test_repeated_keys_keep_a_row_each():
    homes = points((0, 0), (100, 0)).set_axis(["same", "same"])
    seconds = nearest_walk(ring(), facilities((0, 0), (0, 0)).set_axis(["f", "f"]), homes)
    assert seconds.index.tolist() == ["same", "same"]
    assert seconds["clinic"].tolist() == pytest.approx([0, 100 / 1.2])


def test_frames_may_come_in_three_systems_at_once():
    here = nearest_walk(ring(), facilities((0, 0)), points((70, 5)))
    there = nearest_walk(ring(), facilities((0, 0)).to_crs(4326), points((70, 5)).to_crs(3857))
    np.testing.assert_allclose(there, here, atol=1e-3)


def test_a_frame_without_a_system_is_refused():
    with pytest.raises(CrsError):
        nearest_walk(ring(), facilities((0, 0)).set_crs(None, allow_override=True), points((0, 0)))


def test_heights_of_points_and_streets_are_left_aside():
    high = gpd.GeoDataFrame({"category": ["clinic"]}, geometry=[shapely.Point(*(ORIGIN + (50, 3)), 900.0)], crs=CRS)
    street = gpd.GeoDataFrame(geometry=[shapely.LineString([(*ORIGIN, 5.0), (*(ORIGIN + (100, 0)), 80.0)])], crs=CRS)
    assert nearest_walk(build_network(street), high, points((10, 0)))["clinic"].iloc[0] == pytest.approx(43 / 1.2)


def test_empty_and_missing_shapes_are_unsnapped_and_the_rest_is_answered():
    homes = gpd.GeoDataFrame(geometry=[None, shapely.Point(), shapely.Polygon(), shapely.Point(ORIGIN)], crs=CRS)
    seconds = everything(ring(), facilities((0, 0)), homes)["clinic"]
    assert np.isfinite(seconds).tolist() == [False, False, False, True]


def test_rings_and_whole_towns_of_no_length_end():
    network = ring((0, 0, 0, 0))
    assert everything(network, facilities((0, 0)), points((100, 100)))["clinic"].tolist() == [0.0]


def test_lengths_of_all_sizes_stand_side_by_side():
    network = ring((1e-12, 1e9, 1e-300, 1e12))
    assert everything(network, facilities((0, 0)), points((100, 0)), np.inf)["clinic"].tolist() == pytest.approx([0.0], abs=1e-9)


def test_a_walk_longer_than_the_age_of_the_world_is_still_a_number():
    network = WalkNetwork.from_arrays(SQUARE[:2], [(0, 1)], [1e300], crs=CRS)
    assert everything(network, facilities((0, 0)), points((100, 0)), np.inf)["clinic"].tolist() == pytest.approx([1e300 / 1.2])


@pytest.mark.parametrize("search", [nearest_walk, nearest_facilities, few_nearest, facilities_within, walk_matrix])
@pytest.mark.parametrize("threads", [-1, 1.5, "2"])
def test_a_number_of_threads_that_is_none_is_refused(search, threads):
    with pytest.raises(InputError, match="threads"):
        search(ring(), facilities((0, 0)), points((50, 0)), threads=threads)


@pytest.mark.parametrize("threads", [None, 0])
def test_no_number_of_threads_is_one_for_each_processor(threads):
    assert walk_matrix(ring(), points((0, 0)), points((50, 0)), threads=threads).nnz == 1
    assert nearest_facilities(ring(), facilities((0, 0)), points((50, 0)), threads=threads)[0].to_numpy() == [[pytest.approx(50 / 1.2)]]


def test_words_and_numbers_as_categories_are_sorted_as_text():
    served = points((0, 0), (100, 0), category=["x", 3])
    assert nearest_walk(ring(), served, points((50, 0))).columns.tolist() == [3, "x"]


def test_a_category_of_several_values_is_refused():
    served = points((0, 0), (100, 0), category=[("a", 1), ("b", 2)])
    with pytest.raises(InputError, match="category of facility 0"):
        nearest_walk(ring(), served, points((50, 0)))


@pytest.mark.parametrize("limit_s", [None, "900"])
def test_a_limit_that_is_no_number_is_refused(limit_s):
    with pytest.raises(InputError, match="limit"):
        everything(ring(), facilities((0, 0)), points((50, 0)), limit_s)


def test_edges_between_words_are_refused():
    with pytest.raises(InputError, match="edges"):
        WalkNetwork.from_arrays(SQUARE, [("a", "b")], [1], crs=CRS)


def test_a_time_no_sum_can_hold_is_refused():
    with pytest.raises(InputError, match="seconds of edge 1"):
        ring(seconds=[1, 1e308, 1, 1])
