"""Bad inputs, one per fault and named after it: ``BAD_FILES[name]`` is (kind, maker of the file, part of what must be said)."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
from shapely.geometry import Point

Maker = Callable[[Path], Path]
SQUARE = [[116.40, 39.90], [116.41, 39.90], [116.41, 39.91], [116.40, 39.91], [116.40, 39.90]]
BOWTIE_FLAT = [[116.40, 39.90], [116.41, 39.90], [116.40, 39.90]]
FACILITY = "名称,类别,经度,纬度"


def raw(name: str, content: bytes) -> Maker:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return make


def sheet(text: str, name: str = "t.csv", encoding: str = "utf-8") -> Maker:
    return raw(name, text.encode(encoding))


def features(*parts: tuple[Any, dict[str, Any]]) -> Maker:
    body = [{"type": "Feature", "geometry": shape, "properties": facts} for shape, facts in parts]
    return raw("t.geojson", json.dumps({"type": "FeatureCollection", "features": body}).encode())


def polygon(ring: list[list[float]]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [ring]}


def zipped(**files: bytes) -> Maker:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)
    return raw("t.zip", out.getvalue())


def escaping(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "t.zip", "w") as archive:
        archive.writestr("../../t.csv", FACILITY)
    return folder / "t.zip"


def locked(folder: Path) -> Path:
    path = zipped(t__csv=FACILITY.encode())(folder)
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(data))
    return path


def lying(folder: Path) -> Path:
    """A zip whose directory says it holds 10 bytes where it holds 60 MB."""
    path = zipped(t__csv=b"0" * 60_000_000)(folder)
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02") + 24
    data[at : at + 4] = (10).to_bytes(4, "little")
    path.write_bytes(bytes(data))
    return path


def workbook(*rows: list[Any]) -> Maker:
    def make(folder: Path) -> Path:
        book = openpyxl.Workbook()
        for row in rows:
            book.worksheets[0].append(row)
        book.save(folder / "t.xlsx")
        return folder / "t.xlsx"

    return make


def shapefile_part(folder: Path) -> Path:
    gpd.GeoDataFrame({"name": ["a"]}, geometry=[Point(116, 39)], crs=4326).to_file(folder / "t.shp")
    for suffix in (".shx", ".dbf"):
        (folder / f"t{suffix}").unlink()
    (folder / "t.shp").write_bytes((folder / "t.shp").read_bytes()[:60])
    return folder / "t.shp"


def facility(*cells: str, head: str = FACILITY) -> Maker:
    return sheet(f"{head}\n{','.join(cells)}\n")


def building(head: str, cells: str) -> Maker:
    return sheet(f"名称,{head},经度,纬度\n1号楼,{cells},116.4,39.9\n")


def worker(head: str, cells: str) -> Maker:
    return sheet(f"姓名,{head}\n张三,{cells}\n")


BAD_FILES: dict[str, tuple[str, Maker, str]] = {
    # the file as a whole
    "missing": ("facilities", lambda folder: folder / "none.csv", "no file"),
    "empty": ("facilities", raw("t.csv", b""), "is empty"),
    "only_blank_lines": ("facilities", raw("t.csv", b"\n\n  \n"), "no rows"),
    "only_a_heading": ("facilities", sheet(FACILITY + "\n"), "no rows"),
    "word_document": ("facilities", raw("t.docx", b"PK\x03\x04"), "not a file this reads"),
    "picture": ("facilities", raw("t.png", b"\x89PNG\r\n"), "not a file this reads"),
    "old_excel": ("facilities", raw("t.xls", b"\xd0\xcf\x11\xe0"), "not a file this reads"),
    "noise_as_csv": ("facilities", raw("t.csv", bytes(range(256)) * 4), "not text"),
    "nul_in_text": ("facilities", raw("t.csv", b"name,lon\x00,lat\n"), "not text"),
    "broken_utf16": ("facilities", raw("t.csv", b"\xff\xfe\x00\xd8\x00"), "not text"),
    "open_quote": ("facilities", sheet(f'{FACILITY}\n"甲,药店,116.4,39.9\n'), "broken quotes"),
    "noise_as_xlsx": ("facilities", raw("t.xlsx", b"not a workbook"), "not a workbook"),
    "xlsx_without_sheet": ("facilities", lambda folder: zipped(a__xml=b"<a/>")(folder).rename(folder / "t.xlsx"), "not a workbook"),
    "cut_geojson": ("areas", raw("t.geojson", b'{"type": "FeatureCollection", "features": [{"type": "Feat'), "cannot be read"),
    "html_as_geojson": ("areas", raw("t.geojson", b"<html>404</html>"), "cannot be read"),
    "geojson_without_features": ("areas", features(), "no rows"),
    "noise_as_gpkg": ("areas", raw("t.gpkg", b"SQLite format 3\x00" + b"x" * 200), "cannot be read"),
    "noise_as_parquet": ("areas", raw("t.parquet", b"PAR1 nothing PAR1"), "cannot be read"),
    "shapefile_without_siblings": ("facilities", shapefile_part, "cannot be read"),
    "cut_zip": ("facilities", raw("t.zip", b"PK\x03\x04 cut"), "damaged"),
    "empty_zip": ("facilities", zipped(), "0 tables"),
    "zip_of_two_tables": ("facilities", zipped(a__csv=b"a", b__csv=b"b"), "2 tables"),
    "zip_bomb": ("facilities", zipped(t__csv=b"0" * 60_000_000), "more than is safe"),
    "zip_bomb_that_lies": ("facilities", lying, "damaged"),
    "gzip_bomb": ("facilities", raw("t.csv.gz", gzip.compress(b"0" * 60_000_000)), "more than is safe"),
    "cut_gzip": ("facilities", raw("t.csv.gz", gzip.compress(b"name,lon,lat\n" * 999)[:40]), "damaged"),
    "zip_that_escapes": ("facilities", escaping, "points outside"),
    "locked_zip": ("facilities", locked, "password"),
    "too_many_columns": ("facilities", sheet(",".join(f"c{i}" for i in range(900)) + "\n1\n"), "900 columns"),
    "no_name_column": ("facilities", sheet("类别,经度,纬度\n药店,116.4,39.9\n"), "名称"),
    "no_category_column": ("facilities", sheet("名称,经度,纬度\n甲,116.4,39.9\n"), "类别"),
    "no_place_columns": ("facilities", sheet("名称,类别\n甲,药店\n"), "does not say where"),
    "areas_without_shapes": ("areas", sheet("名称,社区代码\n甲,110105001001\n"), "does not say where"),
    "no_kind_column": ("barriers", features(({"type": "LineString", "coordinates": SQUARE[:2]}, {"name": "河"})), "种类"),
    # coordinates
    "swapped_columns": ("facilities", facility("甲", "药店", "39.9", "116.4"), "swapped"),
    "swapped_in_geojson": ("areas", features((polygon([[y, x] for x, y in SQUARE]), {"name": "甲"})), "swapped"),
    "metres_as_degrees": ("facilities", facility("甲", "药店", "500000", "4400000"), "not on the globe"),
    "longitude_beyond_180": ("facilities", facility("甲", "药店", "216.4", "39.9"), "not on the globe"),
    "no_longitude": ("facilities", facility("甲", "药店", "", "39.9"), "only one of"),
    "no_place_at_all": ("facilities", facility("甲", "药店", "", ""), "no place"),
    "words_as_longitude": ("facilities", facility("甲", "药店", "东边", "39.9"), "not a number"),
    "degrees_minutes": ("facilities", facility("甲", "药店", "116°24′", "39°54′"), "not a number"),
    "nan_longitude": ("facilities", facility("甲", "药店", "NaN", "39.9"), "not a number"),
    "infinite_latitude": ("facilities", facility("甲", "药店", "116.4", "inf"), "not a number"),
    "formula_as_longitude": ("facilities", facility("甲", "药店", "=A1+1", "39.9"), "formula"),
    # shapes
    "null_geometry": ("areas", features((polygon(SQUARE), {"name": "甲", "level": "省"}), (None, {"name": "乙"})), "no place"),
    "empty_polygon": ("areas", features((None, {"name": "甲"})), "does not say where"),
    "polygon_without_area": ("areas", features((polygon(BOWTIE_FLAT + BOWTIE_FLAT[:1]), {"name": "甲"})), "no area"),
    "tiny_polygon": ("areas", features((polygon([[116.4, 39.9], [116.400001, 39.9], [116.400001, 39.900001], [116.4, 39.9]]), {"name": "甲"})), "no area"),
    "line_as_area": ("areas", features(({"type": "LineString", "coordinates": SQUARE}, {"name": "甲"})), "kind that does not fit"),
    "point_as_barrier": ("barriers", features(({"type": "Point", "coordinates": SQUARE[0]}, {"kind": "河流"})), "kind that does not fit"),
    "line_without_length": ("barriers", features(({"type": "LineString", "coordinates": [SQUARE[0], SQUARE[0]]}, {"kind": "河流"})), "no length"),
    # cells
    "unknown_category": ("facilities", facility("甲", "火箭发射场", "116.4", "39.9"), "no category"),
    "empty_category": ("facilities", facility("甲", "", "116.4", "39.9"), "empty"),
    "empty_name": ("facilities", facility("", "药店", "116.4", "39.9"), "empty"),
    "name_of_2000_letters": ("facilities", facility("甲" * 2000, "药店", "116.4", "39.9"), "2000 characters"),
    "formula_as_name": ("facilities", facility("=cmd|'/C calc'!A0", "药店", "116.4", "39.9"), "formula"),
    "spreadsheet_error": ("facilities", facility("#REF!", "药店", "116.4", "39.9"), "error of the spreadsheet"),
    "row_with_too_many_cells": ("facilities", facility("甲", "药店", "116.4", "39.9", "多", "余"), "more cells"),
    "formula_never_computed": ("facilities", workbook(["名称", "类别", "经度", "纬度"], ["甲", "药店", "=1+115", 39.9]), "formula"),
    "negative_households": ("buildings", building("户数", "-5"), "outside 0"),
    "absurd_households": ("buildings", building("户数", "999999"), "outside 0"),
    "half_households": ("buildings", building("户数", "12.5"), "whole number"),
    "date_as_households": ("buildings", building("户数", "2024-05-01"), "not a number"),
    "words_as_households": ("buildings", building("户数", "约三百"), "not a number"),
    "infinite_households": ("buildings", building("户数", "1e999"), "not a number"),
    "broken_thousands": ("buildings", building("户数", '"1,23,4"'), "not a number"),
    "absurd_levels": ("buildings", building("楼层", "999"), "outside 0"),
    "more_older_than_residents": ("buildings", building("人数,老年人数", "10,20"), "more older residents"),
    "new_building_without_place": ("buildings", sheet("编号,户数\nB1,20\n"), "no place"),
    "unknown_full_time": ("workers", worker("专职", "也许"), "not one of"),
    "negative_capacity": ("workers", worker("可负责网格数", "-1"), "outside 0"),
    "nameless_worker": ("workers", sheet("姓名,专职\n,是\n"), "empty"),
    "unknown_level": ("areas", features((polygon(SQUARE), {"name": "甲", "level": "银河"})), "not one of"),
    "unknown_community_type": ("areas", features((polygon(SQUARE), {"name": "甲", "community_type": "城堡"})), "not one of"),
    "code_as_number": ("areas", features((polygon(SQUARE), {"name": "甲", "code": "1.10105E+11"})), "shortened to a number"),
    "unknown_barrier": ("barriers", features(({"type": "LineString", "coordinates": SQUARE[:2]}, {"kind": "结界"})), "not one of"),
}
