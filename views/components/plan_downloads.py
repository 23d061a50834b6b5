"""A plan to take away: as a layer or table for other programs, and as printed sheets, one per grid."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

import streamlit as st

from services.access import Principal, areas_for
from services.grid_sheets import plan_sheets
from services.plan_export import ENDINGS, export_plan
from views import wiring
from views.grid_sheets import sheets_html
from views.i18n import _, language

_TYPES = {
    ".geojson": "application/geo+json",
    ".gpkg": "application/geopackage+sqlite3",
    ".csv": "text/csv",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_WORDS = {".geojson": "GeoJSON", ".gpkg": "GeoPackage", ".csv": "CSV", ".xlsx": "XLSX"}


def show(plan_id: int, *, key: str) -> None:
    """One button per format, for readers who may export; a file is made when it is asked for."""
    who = wiring.principal()
    if areas_for(who, "export_data") == ():
        return
    with st.container(horizontal=True, gap="small"):
        for ending in ENDINGS:
            make = partial(_file, who, plan_id, ending)
            _button(_("Plan as {format}", format=_WORDS[ending]), make, f"plan-{plan_id}{ending}", _TYPES[ending], f"{key}{ending}", icon="download")
        sheets = partial(_sheets, who, plan_id, language())
        _button(_("Sheets to print, one per grid"), sheets, f"plan-{plan_id}-sheets.html", "text/html", f"{key}_sheets", icon="print")


def _button(label: str, make: partial[bytes], file_name: str, mime: str, key: str, *, icon: str) -> None:
    st.download_button(label, make, file_name, mime, key=key, on_click="ignore", icon=f":material/{icon}:", type="tertiary")


def _file(who: Principal, plan_id: int, ending: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="wangge-plan-") as folder:
        path = Path(folder) / f"plan-{plan_id}{ending}"
        export_plan(wiring.unit_of_work(), who, plan_id, path, at=wiring.now())
        return path.read_bytes()


def _sheets(who: Principal, plan_id: int, spoken_language: str) -> bytes:
    plan = plan_sheets(wiring.unit_of_work(), who, plan_id, at=wiring.now())
    return sheets_html(plan, language=spoken_language).encode()
