"""Streets become a graph: nodes, lengths, directions, and what is refused."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import LineString

from contracts.errors import CrsError, GeometryError, InputError, NotFoundError
from gis.network import ADULT, CHILD, OLDER, WHEELCHAIR, WalkNetwork, build_network
from gis.profiles import walker_profile
from tests.servicecircle.worlds import CRS, ORIGIN, lines


def test_speeds_are_those_of_the_reference_table():
    assert [profile.speed_m_s for profile in (ADULT, OLDER, CHILD, WHEELCHAIR)] == [1.2, 0.8, 1.0, 0.67]


def test_a_profile_nobody_knows_is_refused():
    with pytest.raises(NotFoundError, match="flying"):
        walker_profile("flying")


def test_lines_are_noded_where_they_share_a_vertex():
    network = build_network(lines([(0, 0), (50, 0), (100, 0)], [(50, 0), (50, 50)]))
    assert network.pieces.length_m.tolist() == [50, 50, 50]
    assert network.pieces.row.tolist() == [0, 0, 1]
    assert network.pieces.start_m.tolist() == [0, 50, 0]


def test_a_vertex_of_one_line_alone_is_no_node():
    assert build_network(lines([(0, 0), (50, 10), (100, 0)])).edge_count == 1


def test_repeated_vertices_are_one_place():
    assert build_network(lines([(0, 0), (50, 0), (50, 0), (100, 0)])).edge_count == 1


def test_a_given_length_is_shared_among_the_pieces():
    network = build_network(lines([(0, 0), (25, 0), (100, 0)], [(25, 0), (25, 5)], length_m=[200.0, 5.0]))
    assert network.pieces.length_m.tolist() == [50, 150, 5]


def test_given_nodes_join_streets_whatever_their_ends_say():
    network = build_network(lines([(0, 0), (100, 0)], [(100, 1), (200, 0)], u=["a", "b"], v=["b", "c"]))
    assert len(network.pieces.xy) == 3
    assert network.component.tolist() == [0, 0]


def test_a_line_drawn_from_v_to_u_is_turned():
    streets = lines([(0, 0), (100, 0)], [(200, 0), (100, 0)], [(200, 0), (300, 0)], u=[1, 2, 3], v=[2, 3, 4])
    network = build_network(streets)
    assert network.pieces.edges[1].tolist() == [2, 1]
    assert (network.pieces.xy - ORIGIN).tolist() == [[0, 0], [100, 0], [200, 0], [300, 0]]


def test_the_longest_part_is_part_zero():
    network = build_network(lines([(0, 0), (10, 0)], [(0, 50), (90, 50)]))
    assert network.component.tolist() == [1, 0]
    assert network.component_length_m.tolist() == [90, 10]


def test_any_index_of_streets_is_good_and_the_frame_is_untouched():
    streets = lines([(0, 0), (10, 0)], [(0, 50), (90, 50)]).set_index(pd.MultiIndex.from_tuples([(1, 2, 0), (1, 2, 1)]))
    before = streets.copy()
    assert build_network(streets).streets.index.equals(before.index)
    assert streets.equals(before)


def test_a_multi_line_of_one_part_is_a_line():
    part = shapely.LineString(ORIGIN + [(0, 0), (10, 0)])
    assert build_network(gpd.GeoDataFrame(geometry=[shapely.MultiLineString([part])], crs=CRS)).edge_count == 1


def test_no_streets_are_a_network_too():
    network = build_network(lines().set_crs(CRS))
    assert network.edge_count == 0
    assert WalkNetwork.from_arrays([], [], [], crs=CRS).edge_count == 0


def test_a_graph_in_degrees_is_measured_in_metres():
    network = WalkNetwork.from_arrays([(116.0, 40.0), (116.001, 40.0)], [(0, 1)], [85.4], crs=4326)
    assert shapely.length(network.pieces.geometry[0]) == pytest.approx(85.4, rel=1e-3)


@pytest.mark.parametrize(
    "column", [{"length_m": [np.nan]}, {"length_m": [-1.0]}, {"length_m": [np.inf]}, {"oneway_foot": ["sideways"]}, {"u": [None], "v": [1]}]
)
def test_unusable_columns_are_refused(column):
    with pytest.raises(InputError):
        build_network(lines([(0, 0), (10, 0)], **column))


@pytest.mark.parametrize(
    "geometry", [None, shapely.Point(0, 0), shapely.LineString(), shapely.MultiLineString([[(0, 0), (1, 0)], [(5, 5), (6, 6)]]), shapely.box(0, 0, 1, 1)]
)
def test_streets_must_be_lines(geometry):
    with pytest.raises(GeometryError):
        build_network(gpd.GeoDataFrame(geometry=[geometry, shapely.LineString([(0, 0), (1, 1)])], crs=CRS))


def test_streets_without_a_system_are_refused():
    with pytest.raises(CrsError):
        build_network(gpd.GeoDataFrame(geometry=[shapely.LineString([(0, 0), (1, 1)])]))
    with pytest.raises(CrsError):
        WalkNetwork.from_arrays([(0, 0), (1, 0)], [(0, 1)], [1], crs=None)


def test_keys_of_streets_must_differ():
    with pytest.raises(InputError, match="differ"):
        build_network(lines([(0, 0), (10, 0)], [(0, 0), (0, 10)]).set_axis(["a", "a"]))


@pytest.mark.parametrize(
    ("xy", "edges", "length_m", "more"),
    [
        ([(0, 0), (1, 0)], [(0, 2)], [1], {}),
        ([(0, 0), (1, 0)], [(0, -1)], [1], {}),
        ([(0, 0), (1, 0)], [(0, 1)], [1, 2], {}),
        ([(0, 0), (1, 0)], [(0, 1)], [np.nan], {}),
        ([(0, 0), (1, 0)], [(0, 1)], [-1], {}),
        ([(0, 0), (np.nan, 0)], [(0, 1)], [1], {}),
        ([(0, 0, 0), (1, 0, 0)], [(0, 1)], [1], {}),
        ([(0, 0), (1, 0)], [(0, 1)], [1], {"seconds": [-1]}),
        ([(0, 0), (1, 0)], [(0, 1)], [1], {"seconds": [np.nan]}),
    ],
)
def test_arrays_that_do_not_fit_are_refused(xy, edges, length_m, more):
    with pytest.raises(InputError):
        WalkNetwork.from_arrays(xy, edges, length_m, crs=CRS, **more)


def test_bare_lines_make_a_network():
    lines = gpd.GeoSeries([shapely.LineString([(0, 0), (10, 0)]), shapely.LineString([(10, 0), (10, 5)])], crs="EPSG:32650")
    assert build_network(lines).street_length_m.tolist() == pytest.approx([10.0, 5.0])


def test_a_wall_along_a_street_is_entered_at_its_middle():
    streets = gpd.GeoDataFrame(geometry=[LineString([(0, 0), (100, 0)])], crs=32650)
    house = gpd.GeoDataFrame(geometry=[shapely.box(20, 5, 60, 30)], crs=32650)
    found = build_network(streets).attach(house)

    assert (found.offset_m.round(6).tolist(), found.access_m.round(6).tolist()) == ([40.0], [5.0])


@pytest.mark.parametrize("cut", [25.0, 40.0, 55.0])
def test_cutting_the_street_a_wall_runs_along_moves_no_door(cut):
    pieces = gpd.GeoDataFrame(geometry=[LineString([(0, 0), (cut, 0)]), LineString([(cut, 0), (100, 0)])], crs=32650)
    house = gpd.GeoDataFrame(geometry=[shapely.box(20, 5, 60, 30)], crs=32650)
    found = build_network(pieces).attach(house)
    start_m = 0.0 if found.edge[0] == 0 else cut

    assert found.offset_m[0] + start_m == pytest.approx(40.0)


def test_a_corner_nearest_to_a_street_stays_the_door():
    streets = gpd.GeoDataFrame(geometry=[LineString([(0, 0), (100, 0)])], crs=32650)
    tip = gpd.GeoDataFrame(geometry=[shapely.Polygon([(50, 5), (60, 15), (50, 25), (40, 15)])], crs=32650)
    found = build_network(streets).attach(tip)

    assert (found.offset_m.round(6).tolist(), found.access_m.round(6).tolist()) == ([50.0], [5.0])


def test_a_dead_end_drawn_against_its_nodes_has_them_at_the_right_ends():
    shapes = [LineString([(0, 0), (100, 0)]), LineString([(100, 0), (200, 0)]), LineString([(100, 0), (100, 50)])]
    streets = gpd.GeoDataFrame({"u": [1, 2, 4], "v": [2, 3, 2]}, geometry=shapes, crs=32650)  # the last is given from its dead end 4
    pieces = build_network(streets).pieces

    assert pieces.edges[2].tolist() == [1, 2]  # numbers in the order the labels appear: 1, 2, 4, 3
    assert pieces.xy[2].tolist() == [100.0, 50.0]
