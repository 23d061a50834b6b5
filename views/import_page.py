"""Planner: bring in a street map or a table of places, see it on the map first, then store it."""

from __future__ import annotations

import streamlit as st

from contracts.settings import settings
from services.imports import ImportReport, import_osm, import_places
from services.templates import make_template
from views import wiring
from views.components import import_report, progress_box, states
from views.components.downloads import XLSX_TYPE
from views.components.upload import Upload, saved
from views.i18n import _, language

KINDS = ("osm", "areas", "buildings", "facilities", "workers", "barriers")
TEMPLATE_KINDS = ("areas", "buildings", "facilities", "workers")
SYSTEMS = ("", "wgs84", "gcj02", "bd09", "EPSG")
ENDINGS = {"osm": ["osm", "gz", "pbf"]}
TABLE_ENDINGS = ["geojson", "json", "gpkg", "zip", "csv", "xlsx", "parquet"]
_REPORT = "import_report"


def _kind_words() -> dict[str, str]:
    return {
        "osm": _("Street map (OpenStreetMap)"),
        "areas": _("Areas"),
        "buildings": _("Buildings"),
        "facilities": _("Facilities"),
        "workers": _("Grid workers"),
        "barriers": _("Rivers, railways and walls"),
    }


def _system_words() -> dict[str, str]:
    return {
        "": _("As the file says"),
        "wgs84": _("WGS-84 (GPS)"),
        "gcj02": _("GCJ-02 (Amap, Tencent)"),
        "bd09": _("BD-09 (Baidu)"),
        "EPSG": _("Another, by EPSG number"),
    }


def _choose_system() -> str | None:
    system = st.selectbox(_("Coordinates"), SYSTEMS, format_func=_system_words().__getitem__, key="import_crs")
    if system == "EPSG":
        return f"EPSG:{st.number_input(_('EPSG number'), min_value=1024, max_value=32767, value=4490, step=1, key='import_epsg')}"
    return system or None


def _show_templates() -> None:
    words = _kind_words()
    with st.expander(_("Empty templates to fill in"), icon=":material/table:"), st.container(horizontal=True):
        for kind in TEMPLATE_KINDS:
            st.download_button(
                words[kind],
                make_template(kind),
                f"{kind}.xlsx",
                XLSX_TYPE,
                key=f"template_{kind}",
                on_click="ignore",
                icon=":material/download:",
                type="tertiary",
            )


def _run(kind: str, upload: Upload, crs: str | None, *, dry_run: bool) -> ImportReport:
    title = _("Checking the file") if dry_run else _("Importing")
    with saved(upload) as path, progress_box.show(title) as progress:
        uow, who, at = wiring.unit_of_work(), wiring.principal(), wiring.now()
        if kind == "osm":
            return import_osm(uow, who, path, crs=crs or "wgs84", at=at, dry_run=dry_run, progress=progress)
        folder, spoken = settings().rejected, language()
        return import_places(uow, who, kind, path, crs=crs, at=at, dry_run=dry_run, rejected_folder=folder, language=spoken, progress=progress)


st.header(_("Import data"))
if not states.may(wiring.principal(), "import_data"):
    states.show_read_only("import_data")
    st.stop()
_show_templates()
kind = st.segmented_control(_("What is in the file"), KINDS, default="osm", format_func=_kind_words().__getitem__, key="import_kind", required=True)
crs = _choose_system()
upload = st.file_uploader(
    _("File"),
    type=ENDINGS.get(kind, TABLE_ENDINGS),
    max_upload_size=settings().max_upload_mb,
    key=f"upload_{kind}",
    help=_("A Shapefile comes as one zip with all its parts."),
)
if upload is None:
    st.info(_("Choose a file. Nothing is stored before you have seen what it holds."), icon=":material/upload_file:")
    st.stop()
with st.container(horizontal=True):
    check = st.button(_("Check the file"), icon=":material/fact_check:")
    store = st.button(_("Import"), type="primary", icon=":material/save:")
with states.guarded():
    if check or store:
        st.session_state[_REPORT] = (upload.file_id, _run(kind, upload, crs, dry_run=not store))
seen = st.session_state.get(_REPORT)
if seen and seen[0] == upload.file_id:
    import_report.show(seen[1])
