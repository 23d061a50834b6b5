"""Imports store good rows once, say what they did, and leave nothing half done."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import CancelledError, InputError, MissingColumnError, NotAllowedError, UnreadableFileError
from contracts.messages import Message
from contracts.records import UpsertCount
from services.access import SYSTEM, Grant, Principal
from services.import_osm import map_name
from services.import_report import ImportReport
from services.imports import import_osm, import_places
from tests.fakes import FakeStore
from tests.gis.osm_worlds import METRE, save, world

AT = datetime(2026, 1, 1, tzinfo=UTC)
CODES = ("110105001001", "110105001002")


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


def take(store: FakeStore, folder: Path, kind: str, text: str, *, name: str = "t.csv", encoding: str = "utf-8", **options: Any) -> ImportReport:
    (folder / name).write_bytes(text.encode(encoding))
    return import_places(store.unit(), SYSTEM, kind, folder / name, at=AT, **options)


def square(x: float, y: float, size: float) -> dict[str, Any]:
    """A square of ``size`` metres on the equator."""
    ring = [(x, y), (x + size, y), (x + size, y + size), (x, y + size), (x, y)]
    return {"type": "Polygon", "coordinates": [[[a * METRE, b * METRE] for a, b in ring]]}


def layer(*rows: tuple[dict[str, Any], dict[str, Any]]) -> str:
    return json.dumps({"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": shape, "properties": facts} for shape, facts in rows]})


def two_communities() -> str:
    return layer((square(0, 0, 100), {"name": "东里", "code": CODES[0]}), (square(100, 0, 100), {"name": "西里", "code": CODES[1]}))


def test_good_rows_are_stored_and_bad_ones_are_not_lost(store: FakeStore, tmp_path: Path) -> None:
    text = "编号,名称,类别,经度,纬度\nF1,甲,药店,116.4,39.9\nF2,乙,火箭,116.4,39.9\n"
    report = take(store, tmp_path, "facilities", text, rejected_folder=tmp_path / "r", language="en")

    assert store.unit().facilities.read()["category"].to_dict() == {"F1": "HLT_PHARMACY"}
    assert (report.counts["facilities"], report.rejected) == (UpsertCount(1, 0), 1)
    assert "火箭 is no category" in (tmp_path / "r" / "facilities-t-20260101-000000.csv").read_text("utf-8-sig")


def test_importing_twice_doubles_nothing_even_without_keys(store: FakeStore, tmp_path: Path) -> None:
    text = "名称,类别,经度,纬度\n甲,药店,116.4,39.9\n乙,药店,116.5,39.9\n"
    take(store, tmp_path, "facilities", text)

    assert take(store, tmp_path, "facilities", text).counts["facilities"] == UpsertCount(0, 0, 2)


def test_a_row_with_a_known_key_replaces_and_keeps_what_it_does_not_say(store: FakeStore, tmp_path: Path) -> None:
    take(store, tmp_path, "buildings", "编号,名称,户数,经度,纬度\nB1,1号楼,20,116.4,39.9\n")
    report = take(store, tmp_path, "buildings", "编号,户数\nB1,30\n")

    assert report.counts["buildings"] == UpsertCount(0, 1)
    assert store.unit().buildings.read().loc["B1", ["name", "households"]].tolist() == ["1号楼", 30]


def test_a_sheet_of_points_fills_the_buildings_already_drawn(store: FakeStore, tmp_path: Path) -> None:
    take(store, tmp_path, "buildings", layer((square(0, 0, 40), {"key": "B1"})), name="b.geojson")
    before = store.unit().buildings.read().geometry["B1"]
    report = take(store, tmp_path, "buildings", f"名称,户数,经度,纬度\n1号楼,80,{20 * METRE},{20 * METRE}\n")
    after = store.unit().buildings.read()

    assert report.counts["buildings"] == UpsertCount(0, 1)
    assert after["households"].to_dict() == {"B1": 80}
    assert after.geometry["B1"].equals(before)


def test_residents_are_guessed_from_households_until_they_are_counted(store: FakeStore, tmp_path: Path) -> None:
    head = "编号,户数,人数,经度,纬度\n"
    report = take(store, tmp_path, "buildings", head + "B1,100,,116.4,39.9\nB2,100,240,116.41,39.9\n")
    guessed = store.unit().buildings.read()
    take(store, tmp_path, "buildings", head + "B1,100,250,116.4,39.9\n")

    assert guessed[["residents", "estimated"]].to_numpy().tolist() == [[262.0, True], [240.0, False]]
    assert any("1 buildings are estimated" in str(note) for note in report.notes)
    assert store.unit().buildings.read()["residents"].tolist() == [250.0, 240.0]
    assert not store.unit().buildings.read()["estimated"].any()


def test_a_mended_sheet_adds_only_what_was_missing(store: FakeStore, tmp_path: Path) -> None:
    head = "编号,名称,户数,经度,纬度\nB1,1号楼,20,116.4,39.9\n"
    take(store, tmp_path, "buildings", head + "B2,2号楼,二十,116.41,39.9\n")

    assert take(store, tmp_path, "buildings", head + "B2,2号楼,20,116.41,39.9\n").counts["buildings"] == UpsertCount(1, 0, 1)


def test_a_dry_run_stores_nothing_and_shows_what_would_be(store: FakeStore, tmp_path: Path) -> None:
    before = store.dump()
    report = take(store, tmp_path, "facilities", "名称,类别,经度,纬度\n甲,药店,116.4,39.9\n", dry_run=True)

    assert store.dump() == before
    assert report.counts["facilities"].added == 1
    assert report.preview["facilities"].geometry.iloc[0].x == pytest.approx(116.4)


@pytest.mark.parametrize(("cell", "households"), [("1,234", 1234), ("１２３", 123), ("96户", 96), (" 7 ", 7), ("12.0", 12), ("", 0)])
def test_numbers_as_people_write_them(store: FakeStore, tmp_path: Path, cell: str, households: int) -> None:
    take(store, tmp_path, "buildings", f'编号,户数,经度,纬度\nB1,"{cell}",116.4,39.9\n')

    assert store.unit().buildings.read()["households"].tolist() == [households]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_any_encoding_is_read(store: FakeStore, tmp_path: Path, encoding: str) -> None:
    take(store, tmp_path, "workers", "姓名,专职,技能\n张三,是,调解、急救\n", encoding=encoding)
    worker = store.unit().workers.read().iloc[0]

    assert (worker["name"], worker["full_time"], worker["skills"]) == ("张三", True, ["调解", "急救"])


def test_shifted_coordinates_are_moved_back(store: FakeStore, tmp_path: Path) -> None:
    take(store, tmp_path, "facilities", "编号,名称,类别,经度,纬度\nF1,甲,药店,116.41024449916938,39.91640428150164\n", crs="gcj02")

    assert store.unit().facilities.read().geometry["F1"].x == pytest.approx(116.404, abs=1e-7)


def test_metres_are_read_in_the_system_that_is_said(store: FakeStore, tmp_path: Path) -> None:
    take(store, tmp_path, "facilities", "编号,名称,类别,x,y\nF1,甲,药店,500000,4420000\n", crs="EPSG:4548")

    assert store.unit().facilities.read().geometry["F1"].x == pytest.approx(117.0)


def test_a_mapping_outranks_the_guess(store: FakeStore, tmp_path: Path) -> None:
    text = "name,label,category,lon,lat\nx1,甲,药店,116.4,39.9\n"
    take(store, tmp_path, "facilities", text, mapping={"name": "label", "key": "name"})

    assert store.unit().facilities.read()["name"].to_dict() == {"x1": "甲"}


@pytest.mark.parametrize(("mapping", "error"), [({"name": "nope"}, MissingColumnError), ({"colour": "name"}, InputError)])
def test_a_mapping_that_does_not_fit_is_refused(store: FakeStore, tmp_path: Path, mapping: dict[str, str], error: type[Exception]) -> None:
    with pytest.raises(error):
        take(store, tmp_path, "facilities", "name,category,lon,lat\n甲,药店,116.4,39.9\n", mapping=mapping)


def test_official_codes_are_kept_and_the_tree_above_is_made(store: FakeStore, tmp_path: Path) -> None:
    take(store, tmp_path, "areas", two_communities(), name="t.geojson")
    areas = store.unit().areas.read()

    assert areas["level"].to_dict() == {"110105000000": "district", "110105001000": "street", CODES[0]: "community", CODES[1]: "community"}
    assert areas["generated"].to_dict() == {"110105000000": True, "110105001000": True, CODES[0]: False, CODES[1]: False}
    assert areas.loc[CODES[0], "parent_code"] == "110105001000"


def test_areas_without_codes_keep_the_one_they_got(store: FakeStore, tmp_path: Path) -> None:
    second = (square(100, 0, 100), {"name": "西里"})
    take(store, tmp_path, "areas", layer(second), name="t.geojson")
    before = store.unit().areas.at_level("community").index[0]
    take(store, tmp_path, "areas", layer((square(0, 0, 100), {"name": "东里"}), second), name="t.geojson")
    after = store.unit().areas.at_level("community")

    assert after.loc[before, "name"] == "西里"
    assert len(after) == 2
    assert before.startswith("99")


def test_a_building_goes_where_most_of_it_lies(store: FakeStore, tmp_path: Path) -> None:
    take(store, tmp_path, "areas", two_communities(), name="t.geojson")
    take(store, tmp_path, "buildings", layer((square(92, 10, 20), {"key": "B1"}), (square(300, 300, 20), {"key": "B2"})), name="b.geojson")

    assert store.unit().buildings.read()["community_code"].fillna("").to_dict() == {"B1": CODES[1], "B2": ""}


def test_buildings_find_communities_that_come_later(store: FakeStore, tmp_path: Path) -> None:
    take(store, tmp_path, "buildings", layer((square(10, 10, 20), {"key": "B1"})), name="b.geojson")
    take(store, tmp_path, "areas", two_communities(), name="t.geojson")

    assert store.unit().buildings.read()["community_code"].tolist() == [CODES[0]]


def test_self_crossing_polygons_are_mended_and_said(store: FakeStore, tmp_path: Path) -> None:
    bowtie = {"type": "Polygon", "coordinates": [[[0, 0], [0.001, 0.001], [0.001, 0], [0, 0.001], [0, 0]]]}
    report = take(store, tmp_path, "areas", layer((bowtie, {"name": "结", "code": CODES[0]})), name="t.geojson")

    assert store.unit().areas.read().geometry[CODES[0]].is_valid
    assert any("mended" in str(note) for note in report.notes)


def test_swapped_columns_are_noticed_from_what_the_city_has(store: FakeStore, tmp_path: Path) -> None:
    area = {"type": "Polygon", "coordinates": [[[7.40, 43.72], [7.44, 43.72], [7.44, 43.75], [7.40, 43.75], [7.40, 43.72]]]}
    take(store, tmp_path, "areas", layer((area, {"name": "M", "code": CODES[0]})), name="t.geojson")
    report = take(store, tmp_path, "facilities", "名称,类别,经度,纬度\n甲,药店,43.73,7.42\n")

    assert "swapped" in str(report.faults[0].reason)


def test_workers_name_their_community(store: FakeStore, tmp_path: Path) -> None:
    take(store, tmp_path, "areas", two_communities(), name="t.geojson")
    take(store, tmp_path, "workers", f"工号,姓名,社区\nW1,张三,东里\nW2,李四,{CODES[1]}\nW3,王五,月球\n")

    assert store.unit().workers.read()["community"].fillna("").to_dict() == {"W1": CODES[0], "W2": CODES[1], "W3": ""}


def test_an_import_is_audited(store: FakeStore, tmp_path: Path) -> None:
    take(store, tmp_path, "workers", "姓名\n张三\n")

    assert store.unit().audit.read()[["login", "action", "subject"]].to_numpy().tolist() == [["system", "import_data", "workers:t.csv"]]


def test_who_may_not_import_is_told_before_anything_is_read(store: FakeStore, tmp_path: Path) -> None:
    reader = Principal("lee", (Grant("leader"),))
    with pytest.raises(NotAllowedError):
        import_places(store.unit(), reader, "workers", tmp_path / "none.csv", at=AT)


def test_stopping_leaves_nothing(store: FakeStore, tmp_path: Path) -> None:
    def stop(done: int, _total: int, _what: Message) -> None:
        if done == 3:
            raise CancelledError("Stopped.")

    before = store.dump()
    with pytest.raises(CancelledError):
        take(store, tmp_path, "workers", "姓名\n张三\n", progress=stop)
    assert store.dump() == before


@pytest.mark.parametrize(("lat", "is_far"), [(1.0, True), (0.1, False)])
def test_places_far_from_the_city_are_warned_of_first(store: FakeStore, tmp_path: Path, lat: float, is_far: bool) -> None:
    take(store, tmp_path, "areas", two_communities(), name="t.geojson")
    first = take(store, tmp_path, "facilities", f"名称,类别,经度,纬度\n甲,药店,0,{lat}\n").sentences()[0]

    assert ("places lie 111 km from the city" in str(first)) == is_far


def test_refused_rows_are_told_by_kind_the_most_frequent_first(store: FakeStore, tmp_path: Path) -> None:
    text = "编号,名称,类别,经度,纬度\nF1,,药店,116.4,39.9\nF2,乙,火箭,116.4,39.9\nF3,丙,月亮,116.4,39.9\n"
    said = take(store, tmp_path, "facilities", text).sentences()

    assert str(said[2]).startswith("2 rows, the first is row 3, 类别: 火箭 is no category")
    assert str(said[3]).startswith("Row 2, 名称: the cell is empty")
    assert len(said) == 4
    assert "共 2 行" in said[2].in_language("zh_CN")


def test_a_report_speaks_both_languages(store: FakeStore, tmp_path: Path) -> None:
    report = take(store, tmp_path, "workers", "姓名\n张三\n\n=1+1\n")

    assert report.sentences()[0].in_language("en") == "workers: 1 added, 0 changed, 0 as they were."
    assert report.sentences()[0].in_language("zh_CN") == "网格员：新增 1，更新 0，未变 0。"
    assert report.faults[0].row == 4


TOWN = {i: (x, y) for i, (x, y) in enumerate([(0.0, 0.0), (30.0, 0.0), (30.0, 20.0), (0.0, 20.0), (0.0, -20.0), (90.0, -20.0)], 1)}
STREET = ([5, 6], {"highway": "residential"})
HOUSE = ([1, 2, 3, 4, 1], {"building": "apartments"})


def test_a_street_map_without_borders_is_one_community(store: FakeStore, tmp_path: Path) -> None:
    report = import_osm(store.unit(), SYSTEM, save(tmp_path, world(TOWN, {7: STREET, 8: HOUSE})), at=AT)
    unit = store.unit()

    assert unit.buildings.read()["community_code"].tolist() == list(unit.areas.at_level("community").index)
    assert unit.areas.at_level("community")["name"].tolist() == ["world"]
    assert {table: count.added for table, count in report.counts.items()} == {
        "areas": 3, "streets": 1, "barriers": 0, "grounds": 0, "facilities": 0, "buildings": 1, "entrances": 0,
    }  # fmt: skip


def test_a_packed_street_map_gives_its_name_without_endings() -> None:
    assert [map_name(Path(name)) for name in ("my-city.osm.pbf", "a.osm", "b.OSM.bz2", "c.pbf")] == ["my-city", "a", "b", "c"]


def test_a_street_map_almost_without_buildings_says_so(store: FakeStore, tmp_path: Path) -> None:
    path = save(tmp_path, world(TOWN, {7: STREET, 8: HOUSE}))
    assert "almost no buildings" in str(import_osm(store.unit(), SYSTEM, path, at=AT).notes[-1])

    rows = "".join(f"B{i},3,{116.4 + i / 1000},39.9\n" for i in range(50))
    take(store, tmp_path, "buildings", "编号,户数,经度,纬度\n" + rows)
    assert not [note for note in import_osm(store.unit(), SYSTEM, path, at=AT).notes if "almost no" in str(note)]


def test_a_street_map_imported_again_changes_nothing(store: FakeStore, tmp_path: Path) -> None:
    path = save(tmp_path, world(TOWN, {7: STREET, 8: HOUSE}))
    import_osm(store.unit(), SYSTEM, path, at=AT)
    before = store.dump()
    import_osm(store.unit(), SYSTEM, path, at=AT)

    assert store.dump() == before


def test_a_way_cut_anew_replaces_its_pieces(store: FakeStore, tmp_path: Path) -> None:
    crossed = TOWN | {10: (45.0, -20.0), 11: (45.0, -60.0)}
    import_osm(store.unit(), SYSTEM, save(tmp_path, world(crossed, {7: ([5, 10, 6], STREET[1]), 9: ([10, 11], STREET[1])})), at=AT)
    import_osm(store.unit(), SYSTEM, save(tmp_path, world(crossed, {7: ([5, 10, 6], STREET[1])})), at=AT)

    assert list(store.unit().streets.read().index) == ["w7:0", "w9:0"]


def test_a_street_map_uses_the_polygons_it_is_given(store: FakeStore, tmp_path: Path) -> None:
    (tmp_path / "a.geojson").write_text(two_communities(), "utf-8")
    import_osm(store.unit(), SYSTEM, save(tmp_path, world(TOWN, {8: HOUSE})), areas_path=tmp_path / "a.geojson", at=AT)

    assert store.unit().buildings.read()["community_code"].tolist() == [CODES[0]]


def test_a_street_map_leaves_communities_alone_that_are_there(store: FakeStore, tmp_path: Path) -> None:
    take(store, tmp_path, "areas", two_communities(), name="t.geojson")
    report = import_osm(store.unit(), SYSTEM, save(tmp_path, world(TOWN, {8: HOUSE})), at=AT)

    assert report.counts["areas"] == UpsertCount(0, 0)
    assert store.unit().buildings.read()["community_code"].tolist() == [CODES[0]]


def test_a_dry_run_of_a_street_map_stores_nothing(store: FakeStore, tmp_path: Path) -> None:
    before = store.dump()
    report = import_osm(store.unit(), SYSTEM, save(tmp_path, world(TOWN, {8: HOUSE})), at=AT, dry_run=True)

    assert store.dump() == before
    assert len(report.preview["buildings"]) == 1


def test_broken_areas_of_a_street_map_are_listed_one_by_one(store: FakeStore, tmp_path: Path) -> None:
    crossed = ([1, 3, 2, 4, 1], {"building": "yes", "name": "蝴蝶楼"})
    torn = {20: ([("way", 999, "outer")], {"type": "boundary", "boundary": "administrative", "admin_level": "10", "name": "缺边社区"})}
    path = save(tmp_path, world(TOWN, {7: STREET, 8: HOUSE, 9: crossed}, torn))
    report = import_osm(store.unit(), SYSTEM, path, at=AT, rejected_folder=tmp_path / "rejected")

    listed = next((tmp_path / "rejected").glob("osm-world-left-out-*.csv")).read_text("utf-8-sig")
    assert "relation/20,缺边社区" in listed
    assert "重新导入" in listed
    assert any(str(note).startswith("Areas left out, one by one") for note in report.notes)


def test_refused_borders_of_a_street_map_are_written_down(store: FakeStore, tmp_path: Path) -> None:
    (tmp_path / "a.geojson").write_text(two_communities().replace(CODES[1], CODES[0]), "utf-8")
    where = {"areas_path": tmp_path / "a.geojson", "rejected_folder": tmp_path / "rejected"}
    report = import_osm(store.unit(), SYSTEM, save(tmp_path, world(TOWN, {8: HOUSE})), at=AT, **where)

    assert report.rejected
    assert report.rejected_path is not None
    assert report.rejected_path.exists()


def test_a_street_map_in_metres_or_pieces_is_refused(store: FakeStore, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        import_osm(store.unit(), SYSTEM, save(tmp_path, world(TOWN, {8: HOUSE})), crs="EPSG:4547", at=AT)
    with pytest.raises(UnreadableFileError):
        import_osm(store.unit(), SYSTEM, save(tmp_path, "<osm"), at=AT)
    assert store.dump() == FakeStore().dump()


def test_a_street_map_never_overwrites_counted_households(store: FakeStore, tmp_path: Path) -> None:
    path = save(tmp_path, world(TOWN, {7: STREET, 8: HOUSE}))
    import_osm(store.unit(), SYSTEM, path, at=AT)
    take(store, tmp_path, "buildings", "编号,户数,人数\nw8,77,200\n")
    import_osm(store.unit(), SYSTEM, path, at=AT)
    building = store.unit().buildings.read().loc["w8"]

    assert (building["households"], building["residents"], bool(building["estimated"])) == (77, 200, False)


@pytest.mark.parametrize("heading", ["code", "id", "编码", "代码"])
@pytest.mark.parametrize("kind", ["facilities", "buildings", "barriers", "workers"])
def test_a_key_is_known_by_any_usual_heading(store: FakeStore, tmp_path: Path, kind: str, heading: str) -> None:
    facts = {heading: "K1", "name": "甲", "category": "药店"} if kind != "barriers" else {heading: "K1", "name": "甲", "kind": "河流"}
    for size in (100, 120):
        shape = {"type": "LineString", "coordinates": [[116.4, 39.9], [116.4, 39.9 + size * METRE]]} if kind == "barriers" else square(0, 0, size)
        report = take(store, tmp_path, kind, layer((shape, facts)), name="k.geojson")

    assert report.counts[kind] == UpsertCount(0, 1)
    assert list(getattr(store.unit(), kind).read().index) == ["K1"]


@pytest.mark.parametrize(("second", "refused"), [("甲", 0), ("乙", 1)])
def test_of_two_rows_with_one_key_the_first_counts(store: FakeStore, tmp_path: Path, second: str, refused: int) -> None:
    report = take(store, tmp_path, "facilities", f"编号,名称,类别,经度,纬度\nF1,甲,药店,116.4,39.9\nF1,{second},药店,116.4,39.9\n")

    assert store.unit().facilities.read()["name"].to_dict() == {"F1": "甲"}
    assert report.rejected == refused
    said = " ".join(str(sentence) for sentence in report.sentences())
    assert ("row 2 has the same key" in said) if refused else ("repeat an earlier row" in said)


def test_of_two_areas_with_one_code_the_first_counts(store: FakeStore, tmp_path: Path) -> None:
    west, east = square(0, 0, 100), square(100, 0, 100)
    facts = {"name": "东里", "code": CODES[0]}
    report = take(store, tmp_path, "areas", layer((west, facts), (west, facts), (east, facts)), name="a.geojson")

    assert [(fault.row, str(fault.reason)) for fault in report.faults] == [(3, "row 1 has the same code, or is the same area, and says something else")]


def points(*places: tuple[float, float]) -> str:
    return "名称,类别,经度,纬度\n" + "".join(f"甲{i},药店,{x},{y}\n" for i, (x, y) in enumerate(places))


@pytest.mark.parametrize("place", [(43.8, 87.6), (39.9, 76.0), (47.8, 88.1)])
def test_swapped_columns_of_the_west_are_seen_in_an_empty_store(store: FakeStore, tmp_path: Path, place: tuple[float, float]) -> None:
    report = take(store, tmp_path, "facilities", points(place, place, place[::-1]))

    assert [(fault.row, str(fault.reason)) for fault in report.faults] == [(row, "longitude and latitude are swapped") for row in (2, 3)]


def test_a_city_abroad_is_taken_where_few_rows_would_mirror_into_china(store: FakeStore, tmp_path: Path) -> None:
    assert take(store, tmp_path, "facilities", points((24.9, 60.2), (25.0, 60.3), (43.8, 87.6))).rejected == 0


def test_zero_zero_is_no_place(store: FakeStore, tmp_path: Path) -> None:
    report = take(store, tmp_path, "facilities", points((0, 0), (116.4, 39.9)))

    assert [(fault.row, "both 0" in str(fault.reason)) for fault in report.faults] == [(2, True)]
