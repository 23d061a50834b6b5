"""Small files of one small place, as a planner would bring them: borders in GCJ-02, a sheet of buildings, one of facilities, a street map."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
from openpyxl import Workbook
from shapely.geometry import Polygon

from gis.coords import convert
from tests.gis.osm_worlds import place, save, world

ORIGIN = (116.30, 39.90)  # in China, where GCJ-02 is shifted by some 500 m
WIDTH_M, HEIGHT_M = 800.0, 600.0
BAD_ROWS = {17: ("很多", ""), 101: ("-5", ""), 180: ("96", "716.3")}  # row of the sheet: households, longitude
GOOD_ROWS = 209
HOSTILE = "=HYPERLINK(1)"


def area_zip(folder: Path) -> Path:
    """One community as a zipped Shapefile in GCJ-02, its words in GB 18030 as older programs write them."""
    ring = [(0, 0), (WIDTH_M, 0), (WIDTH_M, HEIGHT_M), (0, HEIGHT_M)]
    shifted = convert(np.array([place(x, y, ORIGIN) for x, y in ring]), "wgs84", "gcj02")
    frame = gpd.GeoDataFrame({"社区": ["柳岸社区"], "代码": ["990101001001"]}, geometry=[Polygon(shifted)], crs="EPSG:4326")
    shapes = folder / "shapes"
    shapes.mkdir()
    frame.to_file(shapes / "communities.shp", encoding="GB18030", engine="pyogrio")
    (shapes / "communities.cpg").unlink()
    target = folder / "communities.zip"
    with zipfile.ZipFile(target, "w") as packed:
        for part in sorted(shapes.iterdir()):
            packed.write(part, part.name)
    return target


def building_rows(*, mended: bool = False) -> list[list[str]]:
    """212 rows under a heading; three cannot be taken unless they were mended."""
    rows = [["楼号", "户数", "经度", "纬度", "备注"]]
    for number in range(212):
        lon, lat = place(40.0 + 34.0 * (number % 22), 40.0 + 52.0 * (number // 22), ORIGIN)
        households, bad_lon = BAD_ROWS.get(number + 2, ("24", ""))
        if mended:
            households, bad_lon = "24", ""
        rows.append([f"{number + 1}号楼", households, bad_lon or f"{lon:.7f}", f"{lat:.7f}", HOSTILE if number + 2 in BAD_ROWS else ""])
    return rows


def buildings_csv(folder: Path, *, mended: bool = False) -> Path:
    """The rows as a spreadsheet on a Chinese desktop saves them."""
    out = io.StringIO()
    csv.writer(out).writerows(building_rows(mended=mended))
    target = folder / ("buildings-mended.csv" if mended else "buildings.csv")
    target.write_bytes(out.getvalue().encode("gb18030"))
    return target


def facilities_xlsx(folder: Path) -> Path:
    """Three facilities; the heading of their names is one nobody would guess."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["叫什么", "类别", "经度", "纬度"])
    for name, category, (x, y) in (("柳岸药店", "药店", (120, 90)), ("柳岸卫生服务站", "HLT_CENTER", (420, 310)), ("小柳幼儿园", "幼儿园", (640, 460))):
        sheet.append([name, category, *place(x, y, ORIGIN)])
    target = folder / "facilities.xlsx"
    book.save(target)
    return target


def street_map(folder: Path) -> Path:
    """Streets every 200 m, a pharmacy, and a few houses."""
    nodes = {1 + column + 10 * row: (200.0 * column, 200.0 * row) for row in range(4) for column in range(5)}
    along = {100 + row: ([1 + column + 10 * row for column in range(5)], {"highway": "residential", "name": f"第{row + 1}街"}) for row in range(4)}
    across = {200 + column: ([1 + column + 10 * row for row in range(4)], {"highway": "tertiary", "name": f"第{column + 1}路"}) for column in range(5)}
    corners = {
        300 + 10 * house + corner: (250.0 + 60 * house + 20 * (corner in (1, 2)), 250.0 + 12 * (corner in (2, 3))) for house in range(3) for corner in range(4)
    }
    houses = {
        400 + house: ([*(300 + 10 * house + corner for corner in range(4)), 300 + 10 * house], {"building": "apartments", "building:levels": "6"})
        for house in range(3)
    }
    shop = {900: (415.0, 205.0, {"amenity": "pharmacy", "name": "地图药店"})}
    return save(folder, world({**nodes, **corners, **shop}, {**along, **across, **houses}, origin=ORIGIN))
