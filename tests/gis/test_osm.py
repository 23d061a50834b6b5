"""Reading a city from OpenStreetMap, on worlds small enough to know the answer."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest

from contracts.errors import UnreadableFileError
from gis.osm import OsmExtract, read_osm
from gis.osm_rules import is_walkable, oneway_foot
from tests.gis.osm_worlds import save, world

STREET = {"highway": "residential"}
SQUARE = {1: (0.0, 0.0), 2: (30.0, 0.0), 3: (30.0, 20.0), 4: (0.0, 20.0)}
RING = [1, 2, 3, 4, 1]


def read(folder: Path, *parts: dict, name: str = "world.osm") -> OsmExtract:
    return read_osm(save(folder, world(*parts), name))


def test_two_crossing_streets_make_four_pieces(tmp_path: Path) -> None:
    nodes = {1: (0.0, 0.0), 2: (100.0, 0.0), 3: (200.0, 0.0), 4: (100.0, -50.0), 5: (100.0, 50.0)}
    streets = read(tmp_path, nodes, {7: ([1, 2, 3], STREET), 8: ([4, 2, 5], STREET)}).streets

    assert list(streets.index) == ["w7:0", "w7:1", "w8:0", "w8:1"]
    assert streets["length_m"].tolist() == pytest.approx([100.0, 100.0, 49.66, 49.66], abs=0.01)
    assert streets[["u", "v"]].to_numpy().tolist() == [[1, 2], [2, 3], [4, 2], [2, 5]]
    assert streets.crs.to_epsg() == 4326


def test_streets_that_only_cross_are_not_joined(tmp_path: Path) -> None:
    nodes = {1: (0.0, 0.0), 3: (200.0, 0.0), 4: (100.0, -50.0), 5: (100.0, 50.0)}

    assert len(read(tmp_path, nodes, {7: ([1, 3], STREET), 8: ([4, 5], STREET)}).streets) == 2


def test_a_ring_stays_a_loop(tmp_path: Path) -> None:
    streets = read(tmp_path, SQUARE, {7: (RING, STREET)}).streets

    assert (streets["u"] == streets["v"]).all()
    assert streets["length_m"].sum() == pytest.approx(100.0, abs=0.5)


def test_a_way_that_passes_a_node_twice_is_cut_there(tmp_path: Path) -> None:
    nodes = {1: (0.0, 0.0), 2: (10.0, 0.0), 3: (20.0, 0.0), 4: (20.0, 10.0)}

    assert len(read(tmp_path, nodes, {7: ([1, 2, 3, 4, 2], STREET)}).streets) == 2


def test_repeated_node_references_do_not_matter(tmp_path: Path) -> None:
    streets = read(tmp_path, {1: (0.0, 0.0), 2: (10.0, 0.0)}, {7: ([1, 1, 2, 2], STREET)}).streets

    assert streets["length_m"].tolist() == pytest.approx([10.0], abs=0.01)


def test_a_piece_without_length_joins_its_ends(tmp_path: Path) -> None:
    nodes = {1: (0.0, 0.0), 2: (10.0, 0.0), 3: (10.0, 0.0), 4: (20.0, 0.0)}
    extract = read(tmp_path, nodes, {7: ([1, 2], STREET), 8: ([2, 3], STREET), 9: ([3, 4], STREET)})

    assert list(extract.streets.index) == ["w7:0", "w9:0"]
    assert extract.streets.loc["w7:0", "v"] == extract.streets.loc["w9:0", "u"]
    assert any("no length" in str(note) for note in extract.notes)


def test_missing_nodes_tear_a_street_and_are_counted(tmp_path: Path) -> None:
    nodes = {1: (0.0, 0.0), 2: (10.0, 0.0), 4: (30.0, 0.0), 5: (40.0, 0.0)}
    extract = read(tmp_path, nodes, {7: ([1, 2, 3, 4, 5], STREET)})

    assert extract.streets["length_m"].tolist() == pytest.approx([10.0, 10.0], abs=0.01)
    assert any("1 points of lines are not in the file" in str(note) for note in extract.notes)


@pytest.mark.parametrize("name", ["a.osm", "a.osm.gz"])
def test_packed_and_plain_files_read_the_same(tmp_path: Path, name: str) -> None:
    assert len(read(tmp_path, SQUARE, {7: (RING, STREET)}, name=name).streets) == 1


@pytest.mark.parametrize(
    ("tags", "walkable"),
    [
        ({"highway": "footway"}, True),
        ({"highway": "steps"}, True),
        ({"highway": "residential", "oneway": "yes"}, True),
        ({"highway": "residential", "foot": "no"}, False),
        ({"highway": "service", "access": "private"}, False),
        ({"highway": "service", "access": "private", "foot": "yes"}, True),
        ({"highway": "motorway"}, False),
        ({"highway": "motorway", "foot": "designated"}, True),
        ({"highway": "trunk"}, False),
        ({"highway": "trunk", "sidewalk": "both"}, True),
        ({"highway": "primary", "sidewalk": "separate"}, False),
        ({"highway": "primary", "sidewalk:both": "separate"}, False),
        ({"highway": "primary"}, True),
        ({"highway": "primary", "motorroad": "yes"}, False),
        ({"highway": "construction"}, False),
        ({"highway": "something_new"}, False),
        ({"highway": "cycleway", "foot": "no"}, False),
        ({"route": "ferry"}, False),
    ],
)
def test_where_one_may_walk(tags: dict[str, str], walkable: bool) -> None:
    assert is_walkable(tags) == walkable


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"oneway": "yes"}, ""),
        ({"oneway:foot": "yes"}, "forward"),
        ({"oneway:foot": "-1"}, "backward"),
        ({"oneway:foot": "no"}, ""),
        ({"conveying": "backward"}, "backward"),
        ({"foot:backward": "no"}, "forward"),
    ],
)
def test_oneway_binds_walkers_only_where_it_says_so(tags: dict[str, str], expected: str) -> None:
    assert oneway_foot(tags) == expected


def test_households_by_hand(tmp_path: Path) -> None:
    extract = read(tmp_path, SQUARE, {7: (RING, {"building": "apartments", "building:levels": "10"})})
    building = extract.buildings.loc["w7"]

    assert building["households"] == int(30 * 19.86 * 10 * 0.85 / 90)
    assert building["residents"] == round(building["households"] * 2.62)
    assert building["estimated"]


@pytest.mark.parametrize(
    ("tags", "households", "estimated"),
    [
        ({"building": "apartments", "building:flats": "24"}, 24, False),
        ({"building": "house"}, 1, True),
        ({"building": "office"}, 0, False),
        ({"building": "garage", "building:levels": "3"}, 0, False),
        ({"building": "yes", "amenity": "bank"}, 0, False),
    ],
)
def test_only_homes_have_households(tmp_path: Path, tags: dict[str, str], households: int, estimated: bool) -> None:
    building = read(tmp_path, SQUARE, {7: (RING, tags)}).buildings.loc["w7"]

    assert (building["households"], bool(building["estimated"])) == (households, estimated)


def test_a_building_of_no_type_on_factory_land_is_not_a_home(tmp_path: Path) -> None:
    nodes = SQUARE | {11: (-50.0, -50.0), 12: (90.0, -50.0), 13: (90.0, 90.0), 14: (-50.0, 90.0)}
    land = ([11, 12, 13, 14, 11], {"landuse": "industrial"})

    assert read(tmp_path, nodes, {7: (RING, {"building": "yes"}), 8: land}).buildings.loc["w7", "households"] == 0
    assert read(tmp_path, nodes, {7: (RING, {"building": "yes"})}).buildings.loc["w7", "households"] > 0


@pytest.mark.parametrize(("levels", "expected"), [("abc", 6), ("-3", 6), ("900", 6), ("2;3", 2), ("12 storeys", 12)])
def test_odd_storeys_fall_back(tmp_path: Path, levels: str, expected: int) -> None:
    extract = read(tmp_path, SQUARE, {7: (RING, {"building": "apartments", "building:levels": levels})})

    assert extract.buildings.loc["w7", "levels"] == expected


def test_a_courtyard_is_not_built_on(tmp_path: Path) -> None:
    nodes = SQUARE | {5: (10.0, 5.0), 6: (20.0, 5.0), 7: (20.0, 15.0), 8: (10.0, 15.0)}
    ways = {21: (RING, {}), 22: ([5, 6, 7, 8, 5], {})}
    relation = {3: ([("way", 21, "outer"), ("way", 22, "inner")], {"type": "multipolygon", "building": "apartments"})}
    building = read(tmp_path, nodes, ways, relation).buildings.loc["r3"]

    assert building["footprint_m2"] == pytest.approx(500 * 0.9933, abs=2.0)


def test_a_broken_border_is_left_out_and_counted(tmp_path: Path) -> None:
    relation = {3: ([("way", 99, "outer")], {"type": "boundary", "boundary": "administrative", "admin_level": "10"})}
    extract = read(tmp_path, SQUARE, {7: (RING, STREET)}, relation)

    assert extract.areas.empty
    assert any("incomplete" in str(note) for note in extract.notes)


def test_a_whole_border_has_its_level(tmp_path: Path) -> None:
    relation = {3: ([("way", 21, "outer")], {"type": "boundary", "boundary": "administrative", "admin_level": "10", "name": "甲社区"})}
    area = read(tmp_path, SQUARE, {21: (RING, {})}, relation).areas.loc["r3"]

    assert (area["name"], area["level"], area["admin_level"]) == ("甲社区", "community", 10)


@pytest.mark.parametrize(
    ("tags", "category"),
    [
        ({"amenity": "pharmacy"}, "HLT_PHARMACY"),
        ({"amenity": "school", "name": "第一小学"}, "EDU_PRIMARY"),
        ({"amenity": "school", "name": "第一中学"}, "EDU_JUNIOR"),
        ({"amenity": "clinic", "name": "东里社区卫生服务站"}, "HLT_STATION"),
        ({"highway": "bus_stop"}, "TRA_BUS"),
        ({"amenity": "community_centre", "name": "东里社区服务站"}, "ADM_STATION"),
    ],
)
def test_facilities_get_their_category(tmp_path: Path, tags: dict[str, str], category: str) -> None:
    assert read(tmp_path, {1: (0.0, 0.0, tags)}, {}).facilities.loc["n1", "category"] == category


@pytest.mark.parametrize(("side", "category"), [(230.0, "GRN_PARK15"), (110.0, "GRN_PARK10"), (70.0, "GRN_PARK05")])
def test_parks_are_ranked_by_size(tmp_path: Path, side: float, category: str) -> None:
    nodes = {1: (0.0, 0.0), 2: (side, 0.0), 3: (side, side), 4: (0.0, side)}

    assert read(tmp_path, nodes, {7: (RING, {"leisure": "park"})}).facilities["category"].tolist() == [category]


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ({"waterway": "river"}, "river"),
        ({"railway": "rail"}, "rail"),
        ({"barrier": "wall"}, "wall"),
        ({"highway": "motorway"}, "expressway"),
        ({"railway": "subway", "tunnel": "yes"}, None),
        ({"waterway": "stream"}, None),
    ],
)
def test_what_keeps_people_from_crossing(tmp_path: Path, tags: dict[str, str], kind: str | None) -> None:
    nodes = {1: (0.0, 0.0), 2: (10.0, 0.0)}
    barriers = read(tmp_path, nodes, {7: ([1, 2], tags), 8: ([1, 2], STREET)}).barriers

    assert barriers["kind"].tolist() == ([kind] if kind else [])


def test_doors_know_their_building_and_gates_stand_alone(tmp_path: Path) -> None:
    nodes = SQUARE | {5: (15.0, 0.0, {"entrance": "main"}), 6: (60.0, 0.0, {"barrier": "gate", "access": "private"})}
    entrances = read(tmp_path, nodes, {7: ([1, 5, 2, 3, 4, 1], {"building": "apartments"})}).entrances

    assert entrances.loc["n5", ["kind", "building_key"]].tolist() == ["door", "w7"]
    assert entrances.loc["n6", ["kind", "building_key", "access"]].tolist() == ["gate", "", "private"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.osm", b""),
        ("cut.osm", b"<osm version='0.6'><node id='1' lat='0'"),
        ("html.osm", b"<html><body>429</body></html>"),
        ("noise.osm.pbf", b"\x00\x01\x02" * 99),
        ("noise.osm.gz", b"not gzip"),
        ("nothing.osm", b"<osm version='0.6'></osm>"),
        ("city.docx", b"PK"),
        ("laughs.osm", b"<!DOCTYPE o [<!ENTITY a 'ha'>]><osm version='0.6'><node id='1' lat='0' lon='0'><tag k='name' v='&a;'/></node></osm>"),
    ],
)
def test_unreadable_files_say_so(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(UnreadableFileError):
        read_osm(path)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="no file"):
        read_osm(tmp_path / "none.osm")


@pytest.mark.shared
@pytest.mark.parametrize(
    ("file", "ways", "kilometres"),
    [("poa_osm.pbf", 14_348, 1_836), ("beijing_haidian.osm", 675, 124), ("heidelberg.osm.pbf", 23_358, None)],
)
def test_real_cities_agree_with_published_counts(shared_data: Path, file: str, ways: int, kilometres: float | None) -> None:
    streets = read_osm(shared_data / file).streets

    assert streets.index.str.split(":").str[0].nunique() == pytest.approx(ways, rel=0.02)
    if kilometres:
        assert streets["length_m"].sum() / 1000 == pytest.approx(kilometres, rel=0.05)


@pytest.mark.shared
def test_monaco_has_its_nine_wards_and_buildings(shared_data: Path) -> None:
    extract = read_osm(shared_data / "monaco.osm.pbf")

    assert (extract.areas["admin_level"] == 10).sum() == 9
    assert len(extract.buildings) == pytest.approx(23_379, rel=0.005)


def test_same_file_gives_same_frames(tmp_path: Path) -> None:
    path = save(tmp_path, world(SQUARE, {7: (RING, STREET), 8: (RING, {"building": "yes"})}))
    first, second = read_osm(path), read_osm(path)

    assert isinstance(first.streets, gpd.GeoDataFrame)
    assert first.streets.equals(second.streets)
    assert first.buildings.equals(second.buildings)


def test_a_barrier_without_extent_is_none(tmp_path: Path) -> None:
    nodes = {1: (0.0, 0.0), 2: (0.0, 0.0), 3: (9.0, 0.0)}

    assert list(read(tmp_path, nodes, {7: ([1, 2], {"barrier": "wall"}), 8: ([1, 3], {"barrier": "wall"})}).barriers.index) == ["w8"]
