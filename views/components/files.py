"""Frames as files a person can open: CSV for spreadsheets, XLSX, GeoJSON; text that could run as a formula is defused."""

from __future__ import annotations

from io import BytesIO

import geopandas as gpd
import pandas as pd

from services.exports import defused

_SHEET = "Wangge"
_GEOGRAPHIC = "EPSG:4326"


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """CSV in UTF-8 with a byte order mark, so that a spreadsheet reads Chinese."""
    return defused(frame).to_csv(index=False).encode("utf-8-sig")


def xlsx_bytes(frame: pd.DataFrame) -> bytes:
    """One sheet; no cell is a formula."""
    out = BytesIO()
    table = defused(frame)
    for column in table.select_dtypes("datetimetz"):
        table[column] = table[column].dt.tz_localize(None)
    table.to_excel(out, sheet_name=_SHEET, index=False, engine="openpyxl")
    return out.getvalue()


def geojson_bytes(frame: gpd.GeoDataFrame) -> bytes:
    """GeoJSON in WGS-84 longitude and latitude, as its standard asks."""
    return frame.to_crs(_GEOGRAPHIC).to_json(drop_id=True, ensure_ascii=False, default=str).encode()
