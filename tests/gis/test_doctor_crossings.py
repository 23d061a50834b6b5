"""Missing crossings on major roads, and how far one walks between two places on the streets."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely

from gis.detours import Spots, walk_between_m
from gis.doctor import find_street_faults
from gis.doctor_crossings import Homes, find_missing_crossings
from gis.doctor_rules import DOCTOR
from gis.network import build_network
from tests.gis.test_doctor import at, streets

ROAD = {
    "road": ([(0, 0), (0, 900)], "primary"),
    "west": ([(-30, 0), (-30, 450), (-30, 900)], "footway"),
    "east": ([(30, 0), (30, 450), (30, 900)], "footway"),
    "end": ([(-30, 0), (0, 0), (30, 0)], "footway"),
}
CROSSING = {"zebra": ([(-30, 450), (30, 450)], "footway")}


def missing(lines: dict, *, homes=((-40, 450), (40, 450)), walls=None, kind: str = "primary") -> list:
    frame = streets({key: line for key, (line, _) in lines.items()}, highway=[kind if tag == "primary" else tag for _, tag in lines.values()])
    found = find_street_faults(frame, barriers=walls)
    doors = gpd.GeoSeries([at(*home) for home in homes], index=[f"h{number}" for number in range(len(homes))], crs=frame.crs)
    attached = found.network.attach(doors)
    return find_missing_crossings(found.ground, Homes(doors.to_numpy(), attached, np.full(len(homes), 25.0)), DOCTOR)


def test_homes_across_a_road_without_a_crossing_are_found():
    (fault,) = missing(ROAD)
    assert fault.streets == ("road",)
    assert fault.place.distance(at(0, 450)) < 1e-6
    assert fault.fix.shape.equals(shapely.LineString([at(-30, 450), at(30, 450)]))


@pytest.mark.parametrize(
    "changes",
    [
        {"lines": ROAD | CROSSING},
        {"lines": ROAD, "homes": ((-40, 450), (-45, 460))},  # both on one side
        {"lines": ROAD, "homes": ((-40, 40), (40, 40))},  # the end of the road is near
        {"lines": ROAD, "homes": ((-40, 450), (40, 650))},  # not facing each other
        {"lines": ROAD, "homes": ()},
        {"lines": ROAD, "kind": "residential"},
        {"lines": {"road": ROAD["road"]}},  # both doors open onto the road itself
    ],
)
def test_its_innocent_twins_are_not(changes):
    assert missing(**changes) == []


def test_a_river_between_them_is_no_missing_crossing():
    river = gpd.GeoDataFrame({"kind": ["river"]}, geometry=[shapely.LineString([at(15, -100), at(15, 1000)])], crs="EPSG:32632")
    assert missing(ROAD, walls=river) == []


def test_one_crossing_is_missing_per_stretch_of_road():
    homes = [(side * 40, y) for y in (420, 450, 480) for side in (-1, 1)]
    assert len(missing(ROAD, homes=homes)) == 1


@pytest.mark.parametrize("seed", range(5))
def test_walks_agree_with_networkx(seed):
    chance = np.random.default_rng(seed)
    ends = chance.integers(0, 12, (30, 2))
    corners = chance.random((12, 2)) * 1000
    lines = {f"s{row}": [tuple(corners[u]), tuple(corners[v])] for row, (u, v) in enumerate(ends) if u != v}
    network = build_network(streets(lines))
    pieces = network.pieces
    edge, share = chance.integers(0, network.edge_count, (2, 40)), chance.random((2, 40))
    graph = nx.MultiGraph()
    for row, (u, v) in enumerate(pieces.edges):
        stops = sorted(
            [(0.0, int(u)), (1.0, int(v)), *((share[side, k], f"{side}-{k}") for side in (0, 1) for k in np.flatnonzero(edge[side] == row))],
            key=lambda stop: stop[0],
        )
        for (start, here), (end, there) in pairwise(stops):
            graph.add_edge(here, there, weight=(end - start) * pieces.length_m[row])
    walked = walk_between_m(network, Spots(edge[0], share[0]), Spots(edge[1], share[1]), limit_m=900.0)
    for k, metres in enumerate(walked):
        expected = nx.single_source_dijkstra_path_length(graph, f"0-{k}", cutoff=900.0, weight="weight").get(f"1-{k}", np.inf)
        assert metres == pytest.approx(expected, abs=1e-6)
