"""Plazas are crossed straight between their ways in, where one can see from one to the other."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gis.network import build_network
from gis.osm import read_osm
from gis.osm_rules import estimate, is_plaza
from servicecircle.reach import walk_matrix
from tests.gis.osm_worlds import place, save, world

# a square of 60 x 60 m with a lane coming in at the south-western and at the north-eastern corner
CORNERS = {1: (0.0, 0.0), 2: (60.0, 0.0), 3: (60.0, 60.0), 4: (0.0, 60.0)}
OUTSIDE = {11: (-40.0, 0.0), 13: (100.0, 60.0)}
LANES = {101: ([11, 1], {"highway": "residential"}), 103: ([3, 13], {"highway": "residential"})}
SQUARE = {"highway": "pedestrian", "area": "yes"}
RING = [1, 2, 3, 4, 1]
FOUNTAIN = {21: (20.0, 20.0), 22: (40.0, 20.0), 23: (40.0, 40.0), 24: (20.0, 40.0)}
HOLE = [21, 22, 23, 24, 21]
NOTCHED = {1: (0.0, 0.0), 2: (60.0, 0.0), 3: (60.0, 60.0), 4: (50.0, 60.0), 5: (50.0, 10.0), 6: (0.0, 10.0)}


def read(tmp_path, nodes, ways, relations=None):
    return read_osm(save(tmp_path, world(dict(sorted(nodes.items())), dict(sorted(ways.items())), relations))).streets


def metres(streets, start=(-40, 0), end=(100, 60)):
    """Length of the shortest walk between two places."""
    spots = gpd.GeoSeries([shapely.Point(place(*spot)) for spot in (start, end)], crs=4326)
    network = build_network(streets)
    return walk_matrix(network, spots[:1], spots[1:], limit_s=np.inf).toarray()[0, 0] * network.speed_m_s


def links(streets):
    return streets[streets.index.str.contains(":x")]


def relation(outer, inner=(), **tags):
    members = [("way", outer, "outer"), *(("way", way, "inner") for way in inner)]
    return {5: (members, {"type": "multipolygon", "highway": "pedestrian"} | tags)}


def test_a_plaza_is_crossed_on_the_diagonal(tmp_path):
    streets = read(tmp_path, CORNERS | OUTSIDE, LANES | {7: (RING, SQUARE)})
    assert list(links(streets).index) == ["w7:x0"]
    assert metres(streets) == pytest.approx(80 + 60 * 2**0.5, rel=5e-3)


def test_the_same_ring_without_area_is_walked_round(tmp_path):
    streets = read(tmp_path, CORNERS | OUTSIDE, LANES | {7: (RING, {"highway": "pedestrian"})})
    assert links(streets).empty
    assert metres(streets) == pytest.approx(200, rel=5e-3)


def test_the_edge_of_a_plaza_stays_a_street(tmp_path):
    streets = read(tmp_path, CORNERS | OUTSIDE, LANES | {7: (RING, SQUARE)})
    edge = streets[streets.index.str.startswith("w7:") & ~streets.index.str.contains(":x")]
    assert edge["length_m"].sum() == pytest.approx(240, rel=5e-3)


def test_a_fountain_in_the_middle_is_walked_round(tmp_path):
    ways = LANES | {31: (RING, {}), 32: (HOLE, {})}
    streets = read(tmp_path, CORNERS | OUTSIDE | FOUNTAIN, ways, relation(31, [32]))
    assert metres(streets) == pytest.approx(200, rel=5e-3)
    assert metres(read(tmp_path, CORNERS | OUTSIDE, LANES | {31: (RING, {})}, relation(31))) == pytest.approx(80 + 60 * 2**0.5, rel=5e-3)


def test_ways_in_at_the_hole_are_linked_too(tmp_path):
    ways = LANES | {31: (RING, {}), 32: (HOLE, {}), 33: ([21, 23], {"highway": "footway", "bridge": "yes"})}
    streets = read(tmp_path, CORNERS | OUTSIDE | FOUNTAIN, ways, relation(31, [32]))
    assert metres(streets) == pytest.approx(80 + 60 * 2**0.5, rel=5e-3)


def test_an_outline_that_is_no_street_becomes_one(tmp_path):
    streets = read(tmp_path, CORNERS | OUTSIDE, LANES | {31: (RING, {})}, relation(31))
    assert sorted(streets.index) == ["r5:x0", "r5:x1", "r5:x2", "w101:0", "w103:0"]
    assert links(streets)["length_m"].sum() == pytest.approx(240 + 60 * 2**0.5, rel=5e-3)


def test_no_link_leaves_the_plaza(tmp_path):
    lanes = {101: ([11, 1], {"highway": "residential"}), 103: ([3, 13], {"highway": "residential"})}
    streets = read(tmp_path, NOTCHED | OUTSIDE, lanes | {7: ([1, 2, 3, 4, 5, 6, 1], SQUARE)})
    assert links(streets).empty


def test_no_link_runs_through_a_building_or_a_wall(tmp_path):
    house = {41: (20.0, 20.0), 42: (40.0, 20.0), 43: (40.0, 40.0), 44: (20.0, 40.0)}
    plaza = LANES | {7: (RING, SQUARE)}
    assert links(read(tmp_path, CORNERS | OUTSIDE | house, plaza | {8: ([41, 42, 43, 44, 41], {"building": "yes"})})).empty
    assert links(read(tmp_path, CORNERS | OUTSIDE | house, plaza | {8: ([42, 44], {"barrier": "wall"})})).empty


def test_a_lane_that_passes_the_edge_of_an_outline_is_cut_there(tmp_path):
    nodes = CORNERS | {5: (30.0, 0.0), 6: (30.0, -50.0), 8: (30.0, 30.0)} | OUTSIDE
    ways = LANES | {31: ([1, 5, 2, 3, 4, 1], {}), 104: ([6, 5, 8], {"highway": "footway"})}
    streets = read(tmp_path, nodes, ways, relation(31))
    assert {"w104:0", "w104:1"} <= set(streets.index)
    assert metres(streets, (30, -50), (100, 60)) == pytest.approx(50 + np.hypot(30, 60) + 40, rel=5e-3)


def test_too_many_ways_in_are_not_linked(tmp_path):
    count = int(estimate("plaza_most_entrances")) + 1
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    nodes = {n + 1: (50 * np.cos(a), 50 * np.sin(a)) for n, a in enumerate(angle)} | {n + 1001: (70 * np.cos(a), 70 * np.sin(a)) for n, a in enumerate(angle)}
    ways = {n + 1001: ([n + 1001, n + 1], {"highway": "footway"}) for n in range(count)}
    ring = {7: ([*range(1, count + 1), 1], SQUARE)}
    assert links(read(tmp_path, nodes, ways | ring)).empty
    del ways[1001]
    assert len(links(read(tmp_path, nodes, ways | ring))) > count


def test_a_closed_plaza_is_not_crossed(tmp_path):
    assert links(read(tmp_path, CORNERS | OUTSIDE, LANES | {7: (RING, SQUARE | {"access": "private"})})).empty


def test_links_carry_the_tags_of_their_plaza_and_are_no_lines_on_the_ground(tmp_path):
    link = links(read(tmp_path, CORNERS | OUTSIDE, LANES | {7: (RING, SQUARE | {"surface": "sett", "name": "广场"})})).iloc[0]
    assert (link["surface"], link["name"], link["highway"], link["u"], link["v"]) == ("sett", "广场", "footway", 1, 3)
    assert (link["road_at_start"], link["bridge"], link["source"]) == ("", False, "osm")


@pytest.mark.parametrize(
    ("tags", "is_relation", "expected"),
    [
        ({"highway": "pedestrian", "area": "yes"}, False, True),
        ({"highway": "pedestrian"}, False, False),
        ({"highway": "pedestrian"}, True, True),
        ({"highway": "pedestrian", "area": "no"}, True, False),
        ({"highway": "residential", "area": "yes"}, False, False),
        ({"place": "square"}, False, False),
        ({"highway": "pedestrian", "area": "yes", "foot": "no"}, False, False),
    ],
)
def test_what_is_a_plaza(tags, is_relation, expected):
    assert is_plaza(tags, is_relation=is_relation) == expected
