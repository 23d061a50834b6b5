"""What an import found or did: counts, the places on a map, columns it understood, refused rows with reason and remedy."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from contracts.errors import NotFoundError
from services.import_report import TABLE_WORDS, ImportReport
from views.components import table
from views.components.import_map import preview_context, preview_layers
from views.i18n import _, language, number, spoken
from views.maps import city_map
from views.maps.features import bounds_of
from views.maps.state import MapOptions

HEIGHT_PX = 420


def show(report: ImportReport) -> None:
    """Counts first, then the map of a dry run, then what was understood, refused and noted."""
    if report.dry_run:
        st.info(_("This was a check, nothing is stored yet. Press Import to store it."), icon=":material/fact_check:")
    else:
        _show_done(report)
    for warning in report.warnings:
        st.warning(spoken(warning))
    _show_counts(report)
    layers = preview_layers(report.preview)
    if layers:
        context = preview_context() if "areas" not in report.preview else []
        city_map.show(
            [*context, *layers],
            key="import_preview",
            options=MapOptions(language=language(), height_px=HEIGHT_PX, permalink="", fit=bounds_of([layer.places for layer in layers])),
        )
    _show_refused(report)
    for note in report.notes:
        st.caption(spoken(note))


def _show_done(report: ImportReport) -> None:
    if any(count.added or count.updated for count in report.counts.values()):
        st.success(_("{file} was imported. This is what changed:", file=report.file), icon=":material/check_circle:")
    else:
        st.success(_("{file} holds nothing new. Nothing was changed.", file=report.file), icon=":material/check_circle:")


def _show_counts(report: ImportReport) -> None:
    rows = [{"kind": _of_table(name), "added": count.added, "updated": count.updated, "unchanged": count.unchanged} for name, count in report.counts.items()]
    table.show(pd.DataFrame(rows), key="import_counts")


def _of_table(name: str) -> str:
    word = spoken(TABLE_WORDS[name])
    return word[:1].upper() + word[1:]


def _show_refused(report: ImportReport) -> None:
    if not report.rejected:
        return
    st.warning(_("{count} rows were refused. Mend them in your file and import it again; nothing is doubled.", count=number(report.rejected)))
    refused = report.rejected_rows
    rows = refused.assign(row=refused["row"].astype("str"), reason=refused["reason"].map(spoken), remedy=refused["remedy"].map(spoken))
    table.show(rows[["row", "field", "reason", "remedy"]], key="import_refused")
    if report.rejected_path is not None:
        st.download_button(
            _("Download the refused rows"),
            _bytes_of(report),
            report.rejected_path.name,
            "text/csv",
            key="import_rejected",
            on_click="ignore",
            icon=":material/download:",
        )


def _bytes_of(report: ImportReport) -> bytes:
    path = report.rejected_path
    if path is None or not path.exists():
        raise NotFoundError("The file of refused rows is gone. Import the file again to get it.")
    return path.read_bytes()
