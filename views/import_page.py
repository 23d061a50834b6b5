"""Planner: bring in a street map or a table of places, see it on the map first, then store it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from contracts.messages import Message
from contracts.progress import Progress
from contracts.settings import settings
from services.import_columns import FileColumns, file_columns
from services.imports import ImportReport, import_osm, import_places
from services.templates import make_template
from views import wiring
from views.components import column_mapping, file_picker, import_report, job_box, next_steps, states
from views.components.downloads import XLSX_TYPE
from views.components.upload import saved
from views.i18n import _, language, spoken

KINDS = {
    "osm": Message("Street map (OpenStreetMap)"),
    "areas": Message("Areas"),
    "buildings": Message("Buildings"),
    "facilities": Message("Facilities"),
    "workers": Message("Grid workers"),
    "barriers": Message("Rivers, railways and walls"),
}
TEMPLATE_KINDS = ("areas", "buildings", "facilities", "workers")
SYSTEMS = {
    "": Message("As the file says"),
    "wgs84": Message("WGS-84 (GPS)"),
    "gcj02": Message("GCJ-02 (Amap, Tencent)"),
    "bd09": Message("BD-09 (Baidu)"),
    "EPSG": Message("Another, by EPSG number"),
}
MAP_SYSTEMS = ("wgs84", "gcj02", "bd09")  # a street map is always in degrees
MAP_ENDINGS = ("osm", "pbf", "gz")
TABLE_ENDINGS = ("zip", "csv", "xlsx", "geojson", "gpkg", "parquet", "json", "txt", "tsv", "gz")
JOB = "import"


@dataclass(frozen=True)
class Order:
    """What is to be read and how; an equal order means the same import."""

    kind: str
    upload: Any
    crs: str | None
    mapping: tuple[tuple[str, str], ...] = ()
    areas: Any = None

    @property
    def key(self) -> tuple[object, ...]:
        return (self.kind, self.upload.file_id, self.crs, self.mapping, self.areas.file_id if self.areas else "")


def _show_templates() -> None:
    with st.expander(_("Empty templates to fill in"), icon=":material/table:"), st.container(horizontal=True):
        for kind in TEMPLATE_KINDS:
            made, name = make_template(kind), f"{kind}.xlsx"
            st.download_button(
                spoken(KINDS[kind]), made, name, XLSX_TYPE, key=f"template_{kind}", on_click="ignore", icon=":material/download:", type="tertiary"
            )


def _choose_system(kind: str) -> str | None:
    systems = MAP_SYSTEMS if kind == "osm" else tuple(SYSTEMS)
    system = st.selectbox(_("Coordinates"), systems, format_func=lambda name: spoken(SYSTEMS[name]), key=f"import_crs_{kind == 'osm'}")
    if system == "EPSG":
        return f"EPSG:{st.number_input(_('EPSG number'), min_value=1024, max_value=32767, value=4490, step=1, key='import_epsg')}"
    return system or None


def _choose() -> Order | None:
    """What the reader wants to import; ``None`` while no file was chosen."""
    kind = str(
        st.segmented_control(
            _("What is in the file"), list(KINDS), default="osm", format_func=lambda name: spoken(KINDS[name]), key="import_kind", required=True
        )
    )
    endings = MAP_ENDINGS if kind == "osm" else TABLE_ENDINGS
    left, right = st.columns([3, 1])
    with right:
        crs = _choose_system(kind)
    with left:
        upload = file_picker.show(_("File"), endings, key=f"import_{kind}", help_text=_("A Shapefile comes as one zip with all its parts."))
    if kind == "osm":
        with st.expander(_("Your own borders of communities (optional)"), icon=":material/polyline:"):
            areas = file_picker.show(_("Borders of communities"), TABLE_ENDINGS, key="import_osm_areas")
        return Order(kind, upload, crs, areas=areas) if upload else None
    return Order(kind, upload, crs, tuple(column_mapping.show(_columns(kind, upload), key=f"map_{upload.file_id}").items())) if upload else None


def _columns(kind: str, upload: Any) -> FileColumns:
    kept = f"columns_{kind}_{upload.file_id}"
    if kept not in st.session_state:
        with st.spinner(_("Reading the file")), saved(upload) as path:
            st.session_state[kept] = file_columns(wiring.principal(), kind, path)
    found: FileColumns = st.session_state[kept]
    return found


def _start(order: Order, *, dry_run: bool) -> None:
    uow, who, at, spoken_language = wiring.unit_of_work(), wiring.principal(), wiring.now(), language()

    def act(progress: Progress) -> tuple[tuple[object, ...], ImportReport]:
        with saved(order.upload) as path:
            rules: dict[str, Any] = {"at": at, "dry_run": dry_run, "rejected_folder": settings().rejected, "language": spoken_language, "progress": progress}
            if order.kind != "osm":
                return order.key, import_places(uow, who, order.kind, path, crs=order.crs, mapping=dict(order.mapping), **rules)
            with saved(order.areas) as areas_path:
                return order.key, import_osm(uow, who, path, crs=order.crs or "wgs84", areas_path=areas_path, **rules)

    job_box.start(JOB, Message("Checking the file") if dry_run else Message("Importing"), act)


def _show_buttons(order: Order, *, is_checked: bool) -> None:
    """First look, then store: the second button wakes once this very order was checked."""
    with st.container(horizontal=True):
        if st.button(_("Check the file"), key="check_file", type="secondary" if is_checked else "primary", icon=":material/fact_check:"):
            _start(order, dry_run=True)
        if st.button(_("Import"), key="store_file", type="primary" if is_checked else "secondary", disabled=not is_checked, icon=":material/save:"):
            _start(order, dry_run=False)


st.header(_("Import data"))
with states.guarded():
    if not states.may(wiring.principal(), "import_data"):
        states.show_read_only("import_data")
        st.stop()
    _show_templates()
    order = _choose()  # shown during a job too: what is not shown forgets its file
    if job_box.show(next_steps.JOB) or job_box.show(JOB):
        st.stop()
    next_steps.show_result()
    seen, report = job_box.result(JOB) or (None, None)
    if order is not None:
        _show_buttons(order, is_checked=report is not None and report.dry_run and seen == order.key)
    elif report is None:
        st.info(_("Choose a file. Nothing is stored before you have seen what it holds."), icon=":material/upload_file:")
    if report is not None and (seen == order.key if order else not report.dry_run):
        import_report.show(report)
        if not report.dry_run:
            next_steps.show()
