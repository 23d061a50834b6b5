"""Tables of places in every format people have."""

from __future__ import annotations

import zipfile
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
from shapely.geometry import Point

from contracts.errors import CrsError, InputError, UnreadableFileError
from gis.fields import BadCell, category_code, fields_of, guess_fields, read_cell
from gis.files import read_places

PLACES = gpd.GeoDataFrame({"名称": ["甲", "乙"], "类别": ["药店", "小学"]}, geometry=[Point(116.4, 39.9), Point(116.5, 39.9)], crs=4326)
FIELDS = {field.name: field for field in fields_of("buildings")}


def write(folder: Path, name: str) -> Path:
    path = folder / name
    if name.endswith("parquet"):
        PLACES.to_parquet(path)
    elif name.endswith("zip"):
        PLACES.to_file(folder / "层.shp", encoding="GB18030")
        (folder / "层.cpg").unlink()
        with zipfile.ZipFile(path, "w") as archive:
            for part in folder.glob("层.*"):
                archive.write(part, part.name)
    else:
        PLACES.to_file(path)
    return path


@pytest.mark.parametrize("name", ["t.geojson", "t.gpkg", "t.shp", "t.zip", "t.parquet"])
def test_every_format_gives_the_same_table(tmp_path: Path, name: str) -> None:
    table = read_places(write(tmp_path, name), "facilities")

    assert table.cells["名称"].to_dict() == {1: "甲", 2: "乙"}
    assert table.fields == {"name": "名称", "category": "类别"}
    assert table.geometry.x.tolist() == pytest.approx([116.4, 116.5])


def test_the_system_of_a_file_is_believed(tmp_path: Path) -> None:
    PLACES.to_crs(4548).to_file(tmp_path / "t.gpkg")

    assert read_places(tmp_path / "t.gpkg", "facilities").geometry.x.iloc[0] == pytest.approx(116.4)


def test_a_number_that_is_said_outranks_the_file(tmp_path: Path) -> None:
    PLACES.to_crs(4548).set_crs(4326, allow_override=True).to_file(tmp_path / "t.gpkg")

    assert read_places(tmp_path / "t.gpkg", "facilities", crs="EPSG:4548").geometry.y.iloc[0] == pytest.approx(39.9)


@pytest.mark.parametrize("crs", ["EPSG:999999", "mars", ""])
def test_an_unknown_system_is_refused(tmp_path: Path, crs: str) -> None:
    with pytest.raises(CrsError, match="no coordinate system"):
        read_places(write(tmp_path, "t.geojson"), "facilities", crs=crs)


def test_row_numbers_are_those_of_the_sheet(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("\n名称,经度,纬度\n\n甲,116.4,39.9\n,,\n乙,116.5,39.9\n", "utf-8")

    assert list(read_places(tmp_path / "t.csv", "facilities").cells.index) == [4, 6]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_any_separator_is_noticed(tmp_path: Path, separator: str) -> None:
    (tmp_path / "t.csv").write_text(f"name{separator}lon{separator}lat\n甲{separator}116.4{separator}39.9\n", "utf-8")

    assert read_places(tmp_path / "t.csv", "workers").geometry.iloc[0].x == 116.4


def test_a_workbook_gives_what_people_see(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["姓名", "工号"], ["张三", 12.0], [None, None], ["李四", "007"]):
        book.worksheets[0].append(row)
    book.save(tmp_path / "t.xlsx")

    assert read_places(tmp_path / "t.xlsx", "workers").cells["工号"].to_dict() == {2: "12", 4: "007"}


def test_a_large_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="more than the"):
        read_places(write(tmp_path, "t.gpkg"), "facilities", max_mb=0.001)


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("户数", "households"),
        ("户数(户)", "households"),
        ("户数 / households", "households"),
        ("HOUSEHOLDS", "households"),
        ("楼层", "levels"),
        ("经度", "lon"),
        ("LNG", "lon"),
    ],
)
def test_headings_people_use(heading: str, field: str) -> None:
    assert guess_fields("buildings", [heading]) == {field: heading}


def test_one_column_is_never_two_fields() -> None:
    assert guess_fields("workers", ["name", "名称"]) == {"name": "name"}


@pytest.mark.parametrize("field", ["category", "类别", "设施类型"])
def test_a_mapping_names_fields_in_either_language(field: str) -> None:
    assert guess_fields("facilities", ["a", "b"], {field: "b"}) == {"category": "b"}


def test_an_unknown_field_is_answered_in_the_language_of_the_reader() -> None:
    with pytest.raises(InputError) as said:
        guess_fields("facilities", ["a"], {"moon": "a"})
    assert "name_en, category" in said.value.in_language("en")
    assert "英文名称、类别" in said.value.in_language("zh_CN")


@pytest.mark.parametrize("text", ["HLT_PHARMACY", "hlt_pharmacy", "药店", "Pharmacy", " 药店 "])
def test_a_category_has_a_code_and_two_names(text: str) -> None:
    assert category_code(text) == "HLT_PHARMACY"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("社区卫生服务中心", "HLT_CENTER"),
        ("卫生服务中心（社区医院）", "HLT_CENTER"),
        ("卫生服务中心 ( 社区医院 )", "HLT_CENTER"),
        ("养老驿站", "ELD_DAYCARE"),
        ("超市", "MCB_SUPER"),
        ("农贸市场", "COM_MARKET"),
        ("公厕", "SAN_TOILET"),
        ("Metro Station", "TRA_RAIL"),
        ("便利店", "COM_CVS"),
    ],
)
def test_everyday_names_of_categories_are_understood(text: str, code: str) -> None:
    assert category_code(text) == code


def test_an_unknown_category_is_answered_with_the_nearest() -> None:
    with pytest.raises(BadCell) as said:
        category_code("卫生服务中心医院分部")
    assert "卫生服务中心(社区医院)" in said.value.remedy.in_language("zh_CN")
    assert "数据说明" in said.value.remedy.in_language("zh_CN")
    assert 'Community health centre? The list is on the page "How numbers are made"' in str(said.value.remedy)


@pytest.mark.parametrize(("text", "value"), [("1,234", 1234.0), ("１２", 12.0), ("12.0", 12.0), ("96 户", 96.0)])
def test_numbers_as_people_write_them(text: str, value: float) -> None:
    assert read_cell(FIELDS["households"], text) == value


@pytest.mark.parametrize("text", ["1_000", "1,23", "１２．５", "-1", "nan", "abc", "2024-01-01", "=1"])
def test_what_is_no_count(text: str) -> None:
    with pytest.raises(BadCell):
        read_cell(FIELDS["households"], text)


@pytest.mark.shared
def test_taipei_villages_are_read_with_their_names(shared_data: Path) -> None:
    table = read_places(shared_data / "taipei_villages.geojson", "areas")

    assert len(table.cells) == 456
    assert table.fields["name"] == "VNAME"
