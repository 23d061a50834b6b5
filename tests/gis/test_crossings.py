"""Waiting where a larger road is crossed: half at each lesser end, nothing along the road, nothing on a bridge."""

import itertools
import math

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.reference import reference_table
from gis.attachment import find_islands
from gis.crossings import crossing_delay_s
from gis.network import ADULT, WHEELCHAIR, build_network
from gis.osm import read_osm
from servicecircle.circles import walk_circles
from servicecircle.reach import covered_streets, nearest_walk, walk_matrix
from tests.gis.osm_worlds import save, world
from tests.servicecircle.worlds import CRS, facilities, lines, points, random_places, random_streets, walk_by_cutting

PACE = ADULT.speed_m_s
MAIN = crossing_delay_s("primary")
SECOND = crossing_delay_s("secondary")
seeds = st.integers(0, 10_000)
few = settings(max_examples=15, deadline=None)

ROAD, LANE = [(-100, 0), (0, 0), (100, 0)], [(0, -100), (0, 0), (0, 100)]


def walk(streets, start, end, *, crossing_delays=True, **options):
    network = build_network(streets, crossing_delays=crossing_delays, **options)
    return nearest_walk(network, facilities(end), points(start), limit_s=np.inf)["clinic"].iloc[0]


def crossing(**columns):
    return lines(ROAD, LANE, **({"highway": ["primary", "residential"]} | columns))


def test_straight_over_a_main_road_costs_its_whole_delay():
    assert walk(crossing(), (0, -50), (0, 50)) == pytest.approx(100 / PACE + MAIN)


def test_along_the_main_road_costs_nothing():
    assert walk(crossing(), (-50, 0), (50, 0)) == pytest.approx(100 / PACE)


def test_turning_into_the_main_road_costs_half():
    assert walk(crossing(), (0, -50), (50, 0)) == pytest.approx(100 / PACE + MAIN / 2)


def test_delays_are_off_unless_asked_for():
    assert walk(crossing(), (0, -50), (0, 50), crossing_delays=False) == pytest.approx(100 / PACE)


def test_a_bridge_over_the_road_costs_nothing():
    assert walk(lines(ROAD, [(0, -100), (0, 100)], highway=["primary", "residential"]), (0, -50), (0, 50)) == pytest.approx(100 / PACE)


def test_a_lane_that_ends_at_the_road_costs_half():
    assert walk(lines(ROAD, LANE[:2], highway=["primary", "service"]), (0, -50), (50, 0)) == pytest.approx(100 / PACE + MAIN / 2)


def test_a_main_road_that_only_ends_at_a_lane_is_not_crossed():
    assert walk(lines(ROAD[:2], LANE, highway=["primary", "residential"]), (0, -50), (0, 50)) == pytest.approx(100 / PACE)


def test_a_road_that_goes_on_as_a_lesser_one_is_not_crossed():
    assert walk(lines(ROAD[:2], ROAD[1:], highway=["primary", "residential"]), (-50, 0), (50, 0)) == pytest.approx(100 / PACE)


def test_where_a_main_road_ends_only_the_road_that_passes_counts():
    streets = lines(ROAD[:2], ROAD[1:], LANE, highway=["primary", "secondary", "residential"])
    assert walk(streets, (0, -50), (0, 50)) == pytest.approx(100 / PACE + SECOND)


def test_of_two_roads_the_lesser_waits_at_the_larger():
    assert walk(crossing(highway=["primary", "secondary"]), (0, -50), (0, 50)) == pytest.approx(100 / PACE + MAIN)
    assert walk(crossing(highway=["primary", "secondary"]), (-50, 0), (50, 0)) == pytest.approx(100 / PACE)


def test_equal_roads_have_no_lesser_end():
    assert walk(crossing(highway=["primary", "primary"]), (0, -50), (0, 50)) == pytest.approx(100 / PACE)


def test_two_carriageways_cost_as_much_as_one_road():
    streets = lines(ROAD, [(-100, 12), (0, 12), (100, 12)], [(0, -100), (0, 0), (0, 12), (0, 100)], highway=["primary", "primary", "footway"])
    assert walk(streets.assign(oneway=["yes", "-1", ""]), (0, -50), (0, 62)) == pytest.approx(112 / PACE + MAIN)


def test_a_door_at_the_corner_opens_onto_the_main_road():
    for kinds in (["primary", "residential"], ["residential", "primary"]):
        network = build_network(crossing(highway=kinds), crossing_delays=True)
        assert kinds[network.pieces.row[network.attach(points((0, 0))).edge[0]]] == "primary"


def test_a_door_near_the_corner_waits_too():
    assert walk(crossing(), (5, -30), (50, 3)) == pytest.approx((5 + 30 + 50 + 3) / PACE + MAIN / 2)


def test_covered_streets_stop_at_the_kerb_until_the_wait_is_over():
    network = build_network(crossing(), crossing_delays=True)
    before = covered_streets(network, facilities((0, -50)), limit_s=50 / PACE + MAIN / 2 - 1)
    assert before[["edge", "from_m", "to_m"]].to_numpy().tolist() == [[1, pytest.approx(0), pytest.approx(100)]]
    after = covered_streets(network, facilities((0, -50)), limit_s=50 / PACE + MAIN / 2 + 6 / PACE)
    assert after["edge"].tolist() == [0, 1]
    assert after[["from_m", "to_m"]].to_numpy().tolist() == [[pytest.approx(94), pytest.approx(106)], [pytest.approx(0), pytest.approx(100)]]


def test_nothing_attaches_to_a_wait_and_parts_stay_as_they_are():
    plain, waits = build_network(crossing()), build_network(crossing(), crossing_delays=True)
    home = waits.attach(points((0, 0), (1, 1), (0, -40)))
    assert not waits.waiting[home.edge].any()
    assert waits.component_length_m.tolist() == plain.component_length_m.tolist() == [400.0]
    assert not find_islands(waits).any()
    assert waits.pieces.length_m[waits.waiting].tolist() == [0.0, 0.0]
    assert waits.pieces.row[waits.waiting].tolist() == [1, 1]
    assert waits.pieces.start_m[waits.waiting].tolist() == [100.0, 100.0]


def test_circles_with_waits_are_valid_nested_and_smaller():
    circles, wide = (walk_circles(build_network(crossing(), crossing_delays=on), facilities((0, -50)), minutes=(0.5, 1, 1.3)) for on in (True, False))
    assert circles.is_valid.all()
    assert circles.geometry.iloc[2].contains(circles.geometry.iloc[0])
    assert circles.geometry.iloc[2].area < wide.geometry.iloc[2].area


def test_whoever_cannot_use_the_road_still_waits_at_it():
    streets = crossing(wheelchair=["no", "yes"])
    assert walk(streets, (0, -50), (0, 50), profile=WHEELCHAIR) == pytest.approx(100 / WHEELCHAIR.speed_m_s + MAIN)


def test_streets_without_classes_or_without_rows_have_no_waits():
    assert not build_network(lines(ROAD, LANE), crossing_delays=True).waiting.any()
    assert build_network(lines().set_crs(CRS), crossing_delays=True).edge_count == 0


def test_a_class_nobody_knows_has_no_delay():
    assert crossing_delay_s("hoverway") == 0.0


@pytest.mark.parametrize("row", reference_table("crossing_delays").to_dict("records"), ids=lambda row: row["highway"])
def test_delays_follow_from_their_inputs(row):
    if row["cycle_s"]:
        cycle, green = float(row["cycle_s"]), float(row["green_s"])
        expected = (cycle - green) ** 2 / (2 * cycle)
    else:
        traffic, gap = float(row["traffic_veh_s"]), float(row["gap_s"])
        expected = (math.exp(traffic * gap) - traffic * gap - 1) / traffic
    assert float(row["delay_s"]) == pytest.approx(expected, abs=0.06)
    assert float(row["one_way_delay_s"]) in (pytest.approx(float(row["delay_s"])), pytest.approx(float(row["delay_s"]) / 2, abs=0.06))


OSM_NODES = {1: (-100.0, 0.0), 2: (0.0, 0.0), 3: (100.0, 0.0), 4: (0.0, -20.0), 5: (0.0, 20.0)}
FOOTWAY = {"highway": "footway", "footway": "crossing"}


@pytest.mark.parametrize(
    ("road", "expected_s"),
    [
        ({"highway": "primary", "sidewalk": "separate"}, MAIN),
        ({"highway": "primary", "sidewalk": "separate", "oneway": "yes"}, MAIN / 2),
        ({"highway": "trunk"}, crossing_delay_s("trunk")),
        ({"highway": "primary"}, MAIN),
        ({"highway": "residential"}, 0.0),
    ],
)
def test_a_mapped_crossing_waits_for_the_road_whether_or_not_one_may_walk_along_it(tmp_path, road, expected_s):
    streets = read_osm(save(tmp_path, world(OSM_NODES, {7: ([1, 2, 3], road), 8: ([4, 2, 5], FOOTWAY)}))).streets
    over = streets[streets["highway"] == "footway"]
    assert len(over) == 2
    ends = gpd.GeoSeries(shapely.points([over.total_bounds[[0, 1]], over.total_bounds[[2, 3]]]), crs=4326)
    plain, waits = (walk_matrix(build_network(streets, crossing_delays=on), ends[:1], ends[1:]).toarray()[0, 0] for on in (False, True))
    assert waits - plain == pytest.approx(expected_s, abs=0.06)


def test_a_footway_that_only_begins_at_a_closed_road_that_ends_there_does_not_wait(tmp_path):
    road = {"highway": "primary", "sidewalk": "separate"}
    streets = read_osm(save(tmp_path, world(OSM_NODES, {7: ([1, 2], road), 8: ([4, 2, 5], FOOTWAY)}))).streets
    assert list(streets.index) == ["w8:0"]


def classed_streets(seed):
    rng = np.random.default_rng(seed)
    streets = random_streets(rng, one_way=False).drop(columns="length_m")
    streets = streets[streets.length > 1]
    return streets.assign(highway=rng.choice(["primary", "secondary", "tertiary", "residential", "footway"], len(streets))), rng


def inner_places(rng, streets, count):
    """Places on streets, none of them at a junction: there two streets are equally near and only one of them waits."""
    line = streets.geometry.to_numpy()[rng.integers(0, len(streets), count)]
    spot = shapely.get_coordinates(shapely.line_interpolate_point(line, rng.uniform(0.05, 0.95, count), normalized=True))
    return gpd.GeoDataFrame({"category": ["clinic"] * count}, geometry=gpd.points_from_xy(*spot.T), crs=CRS)


def times(streets, served, homes):
    return nearest_walk(build_network(streets, crossing_delays=True), served, homes, limit_s=np.inf)


@few
@given(seeds)
def test_turning_streets_round_changes_no_wait(seed):
    streets, rng = classed_streets(seed)
    served, homes = inner_places(rng, streets, 4), inner_places(rng, streets, 10)
    turned = streets.set_geometry(streets.geometry.reverse()).rename(columns={"u": "v", "v": "u"})
    np.testing.assert_allclose(times(turned, served, homes), times(streets, served, homes), atol=1e-6)


@few
@given(seeds)
def test_splitting_streets_at_their_bends_changes_no_wait(seed):
    streets, rng = classed_streets(seed)
    streets = streets.drop(columns=["u", "v"])
    served, homes = inner_places(rng, streets, 4), inner_places(rng, streets, 10)
    halves = [
        (shapely.LineString(part), kind) for line, kind in zip(streets.geometry, streets["highway"], strict=True) for part in (line.coords[:2], line.coords[1:])
    ]
    split = gpd.GeoDataFrame({"highway": [kind for _, kind in halves]}, geometry=[half for half, _ in halves], crs=CRS)
    np.testing.assert_allclose(times(split, served, homes), times(streets, served, homes), atol=1e-6)


@few
@given(seeds)
def test_names_and_order_change_no_wait(seed):
    streets, rng = classed_streets(seed)
    served, homes = inner_places(rng, streets, 4), inner_places(rng, streets, 10)
    named = streets.assign(u="n" + (97 - streets["u"]).astype(str), v="n" + (97 - streets["v"]).astype(str)).sample(frac=1, random_state=1)
    np.testing.assert_allclose(times(named, served, homes), times(streets, served, homes), atol=1e-6)


@few
@given(seeds)
def test_waits_never_shorten_a_walk(seed):
    streets, rng = classed_streets(seed)
    served, homes = inner_places(rng, streets, 4), inner_places(rng, streets, 10)
    assert (times(streets, served, homes) >= nearest_walk(build_network(streets), served, homes, limit_s=np.inf) - 1e-9).all(axis=None)


def walk_through_ports(network, delay_s, start, end):
    """Seconds by networkx where every street has a port at each end and going from port to port costs both halves: no gates, no waits as edges."""
    arriving: dict[int, list[tuple[int, int]]] = {}
    for edge, nodes in enumerate(network.pieces.edges):
        for side, node in enumerate(nodes):
            arriving.setdefault(int(node), []).append((edge, side))
    graph = nx.Graph()
    for ends in arriving.values():
        passing = sorted((delay_s[edge] for edge, _ in ends), reverse=True)[1] if len(ends) > 1 else 0.0
        half = {port: passing / 2 if delay_s[port[0]] < passing else 0.0 for port in ends}
        for a, b in itertools.combinations(ends, 2):
            graph.add_edge(a, b, s=half[a] + half[b])
    stops: dict[int, list] = {edge: [(0.0, (edge, 0)), (1.0, (edge, 1))] for edge in range(network.edge_count)}
    for name, places in (("start", start), ("end", end)):
        for row in range(len(places)):
            stops[places.edge[row]].append((places.share[row], (name, row)))
    for edge, chain in stops.items():
        for (share, a), (after, b) in itertools.pairwise(sorted(chain, key=lambda stop: (stop[0], str(stop[1])))):
            graph.add_edge(a, b, s=min((after - share) * network.seconds[edge], graph.get_edge_data(a, b, {"s": np.inf})["s"]))
    found = [nx.single_source_dijkstra_path_length(graph, ("start", row), weight="s") for row in range(len(start))]
    return np.array([[reached.get(("end", row), np.inf) for row in range(len(end))] for reached in found])


@pytest.mark.parametrize("seed", range(25))
def test_walks_with_waits_agree_with_a_graph_of_ports(seed):
    streets, rng = classed_streets(seed)
    served, homes = inner_places(rng, streets, 4), inner_places(rng, streets, 8)
    plain, waits = build_network(streets), build_network(streets, crossing_delays=True)
    delay_s = np.array([crossing_delay_s(kind) for kind in streets["highway"]])
    expected = walk_through_ports(plain, delay_s, plain.attach(homes), plain.attach(served))
    expected += plain.attach(homes).access_s[:, None] + plain.attach(served).access_s[None, :]
    ours = walk_matrix(waits, homes, served, limit_s=np.inf)
    np.testing.assert_allclose(ours.toarray(), np.where(np.isinf(expected), 0.0, expected), rtol=1e-9, atol=1e-6)


def test_the_search_treats_waits_as_any_edge():
    streets, rng = classed_streets(5)
    network = build_network(streets, crossing_delays=True)
    served, homes = network.attach(random_places(rng, streets, 5)), network.attach(random_places(rng, streets, 9))
    expected = walk_by_cutting(network, homes, served)
    dense = walk_matrix(network, homes, served, limit_s=np.inf).toarray()
    np.testing.assert_allclose(dense, np.where(np.isinf(expected), 0.0, expected), rtol=1e-9, atol=1e-9)


def test_the_frame_of_streets_is_untouched():
    streets = crossing()
    before = streets.copy()
    build_network(streets, crossing_delays=True, slopes=True)
    pd.testing.assert_frame_equal(streets, before)
