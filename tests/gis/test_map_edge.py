"""Where the map ends, in worlds of a few streets."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import LineString, box

from contracts.errors import CrsError
from gis.crs import WGS84
from gis.map_edge import MapEdge
from gis.map_ground import settled_ground
from gis.osm import read_osm
from tests.gis.osm_worlds import save, world

NOTHING = np.empty((0, 2))


def streets(*paths: list[tuple[float, float]]) -> gpd.GeoSeries:
    return gpd.GeoSeries([LineString(path) for path in paths], crs=WGS84)


def exits(edge: MapEdge, lines: gpd.GeoSeries) -> list[list[float]]:
    return shapely.get_coordinates(edge.exits(lines).to_numpy()).round(6).tolist()


def test_a_street_that_crosses_the_border_leaves_the_map_there() -> None:
    assert exits(MapEdge(box(0, 0, 1, 1), NOTHING), streets([(0.5, 0.5), (1.5, 0.5)])) == [[1.0, 0.5]]


def test_a_dead_end_just_inside_the_border_leaves_the_map_and_one_far_inside_does_not() -> None:
    lines = streets([(0.5, 0.5), (0.9998, 0.5)], [(0.5, 0.5), (0.5, 0.6)])

    assert exits(MapEdge(box(0, 0, 1, 1), NOTHING), lines) == [[0.9998, 0.5]]


def test_a_corner_near_the_border_is_no_dead_end() -> None:
    assert exits(MapEdge(box(0, 0, 1, 1), NOTHING), streets([(0.5, 0.5), (0.9998, 0.5)], [(0.9998, 0.5), (0.6, 0.6)])) == []


def test_nothing_known_gives_no_exits() -> None:
    assert exits(MapEdge.unknown(), streets([(0, 0), (1, 1)])) == []
    assert exits(MapEdge.from_json(None), streets()) == []


def test_a_box_of_half_the_world_is_not_believed() -> None:
    lines = gpd.GeoDataFrame(geometry=streets([(0, 0), (0.01, 0.01)]), crs=WGS84)

    assert MapEdge.of_file((0.0, 0.0, 180.0, 90.0), lines, NOTHING).extent.bounds == (0.0, 0.0, 0.01, 0.01)
    assert MapEdge.of_file((-0.01, -0.01, 0.02, 0.02), lines, NOTHING).extent.bounds == (-0.01, -0.01, 0.02, 0.02)


def blocks(east_m: float) -> list[LineString]:
    """Streets of a town of 3 by 3 km, a block every 200 m, each street cut at its corners; those that run east end in the last block."""
    steps = np.arange(0.0, 3000.0, 200.0)
    ways = [((x, y), (x + 200.0, y)) for x in steps for y in steps[1:]] + [((y, x), (y, x + 200.0)) for x in steps for y in steps[1:]]
    return [LineString(np.add(way, (500_000.0 + east_m, 5_000_000.0))) for way in ways]


def town(*more: LineString, easts_m: tuple[float, ...] = (0.0,)) -> gpd.GeoDataFrame:
    lines = [line for east_m in easts_m for line in blocks(east_m)]
    return gpd.GeoDataFrame(geometry=[*lines, *more], crs="EPSG:32632").to_crs(WGS84)


def exits_m(frame: gpd.GeoDataFrame) -> np.ndarray:
    found = MapEdge.of_file(None, frame, NOTHING).exits(frame).to_crs("EPSG:32632")
    return shapely.get_coordinates(found.to_numpy()) - (500_000.0, 5_000_000.0)


def test_a_road_that_runs_far_out_does_not_stretch_the_map() -> None:
    out = exits_m(town(LineString([(503_000.0, 5_001_000.0), (530_000.0, 5_001_000.0)])))

    assert len(out) >= 4 * 14
    assert (np.abs(out - 1500.0).max(axis=1) > 1440.0).all()
    assert (np.abs(out - 1500.0).max(axis=1) < 1560.0).all()


def test_a_river_in_a_town_is_no_edge_of_the_map() -> None:
    bridge = LineString([(503_000.0, 5_001_000.0), (503_600.0, 5_001_000.0)])
    out = exits_m(town(bridge, easts_m=(0.0, 3600.0)))

    assert not ((out[:, 0] > 2900.0) & (out[:, 0] < 3700.0) & (np.abs(out[:, 1] - 1500.0) < 1200.0)).any()


def test_the_ground_does_not_depend_on_the_order_of_the_streets() -> None:
    frame = town()

    assert settled_ground(frame).equals(settled_ground(frame.iloc[::-1]))
    assert settled_ground(frame.iloc[:0]).is_empty


def test_two_maps_side_by_side_have_no_edge_between_them() -> None:
    left, right = MapEdge(box(0, 0, 1, 1), np.array([[0.99, 0.5]])), MapEdge(box(0.9, 0, 2, 1), NOTHING)

    assert left.joined(right).torn.tolist() == []
    assert exits(left.joined(right), streets([(0.5, 0.5), (1.5, 0.5)])) == []


def test_the_same_map_twice_has_the_same_edge() -> None:
    edge = MapEdge(box(0, 0, 1, 1), np.array([[0.5, 0.5]]))

    assert edge.joined(edge).joined(edge).as_json() == edge.joined(edge).as_json()
    assert edge.joined(edge).torn.tolist() == edge.torn.tolist()
    assert MapEdge.from_json(edge.as_json()).as_json() == edge.as_json()


def test_streets_without_a_system_are_refused() -> None:
    with pytest.raises(CrsError):
        MapEdge.unknown().exits(gpd.GeoSeries([LineString([(0, 0), (1, 1)])]))


def test_a_street_whose_next_point_is_missing_is_torn_there(tmp_path: Path) -> None:
    nodes = {1: (0.0, 0.0), 2: (100.0, 0.0), 4: (0.0, 50.0)}
    ways = {7: ([1, 2, 3], {"highway": "residential"}), 8: ([1, 4], {"highway": "residential"}), 9: ([4, 3], {"waterway": "river"})}
    torn = read_osm(save(tmp_path, world(nodes, ways))).edge.torn

    np.testing.assert_allclose(torn, [[100.0 / 111_319.49, 0.0]], atol=1e-6)
