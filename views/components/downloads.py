"""Buttons to take a table away; the files are made when asked for."""

from __future__ import annotations

from functools import partial

import geopandas as gpd
import pandas as pd
import streamlit as st

from services.access import areas_for
from views import wiring
from views.components.files import csv_bytes, geojson_bytes, xlsx_bytes
from views.i18n import _

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def show(table: pd.DataFrame, *, name: str, key: str, places: gpd.GeoDataFrame | None = None) -> None:
    """CSV and XLSX of a table, GeoJSON where there are places, for readers who may export."""
    if areas_for(wiring.principal(), "export_data") == ():
        return
    with st.container(horizontal=True, gap="small"):
        _button(_("Download CSV"), partial(csv_bytes, table), f"{name}.csv", "text/csv", f"{key}_csv")
        _button(_("Download XLSX"), partial(xlsx_bytes, table), f"{name}.xlsx", XLSX_TYPE, f"{key}_xlsx")
        if places is not None:
            _button(_("Download GeoJSON"), partial(geojson_bytes, places), f"{name}.geojson", "application/geo+json", f"{key}_geojson")


def _button(label: str, make: partial[bytes], file_name: str, mime: str, key: str) -> None:
    st.download_button(label, make, file_name, mime, key=key, on_click="ignore", icon=":material/download:", type="tertiary")
