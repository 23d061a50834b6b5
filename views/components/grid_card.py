"""The panel beside the map: one grid, its people, its workers, and what can be walked to from it."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd
import streamlit as st

from services.panels import GridPanel
from views.components import method_note, table
from views.components.words import category_word, worker_role_word
from views.i18n import _, grid_word, language, number, percent

_SHARES = {"adult_share": "adult", "older_share": "older", "radius_share": "radius"}
_MINUTES = {"adult_minutes": "adult_min", "older_minutes": "older_min"}


def show(panel: GridPanel, *, key: str) -> None:
    """Everything about one grid."""
    st.subheader(panel.name or grid_word(panel.code))
    st.caption(_("{place} · code {code}", place=" › ".join(_names(panel.names)), code=panel.code))
    _show_people(panel)
    _show_workers(panel.workers, key)
    _show_coverage(panel.coverage, key)
    for reason in panel.reasons:
        st.caption(reason.in_language(language()), help=_("A rule the plan could not keep"))
    method_note.show(panel.method)


def _names(names: Mapping[str, tuple[str, str]]) -> list[str]:
    return [names[level][1 if language() == "en" else 0] for level in ("street", "community") if level in names]


def _show_people(panel: GridPanel) -> None:
    with st.container(horizontal=True):
        st.metric(_("Households"), number(panel.households), help=_("Some households are estimated from floor area.") if panel.estimated else None)
        st.metric(_("Residents"), number(panel.residents))
        st.metric(_("Buildings"), number(panel.buildings))


def _show_workers(workers: pd.DataFrame, key: str) -> None:
    st.markdown(f"**{_('Grid workers')}**")
    if workers.empty:
        st.caption(_("Nobody is assigned here, or you may not see who."))
        return
    rows = pd.DataFrame(
        {
            "name": workers["name"],
            "role": workers["role"].map(worker_role_word),
            "full_time": workers["full_time"].fillna(False).astype(bool),
            "walk_minutes": workers["walk_s"] / 60.0,
        }
    )
    table.show(rows, key=f"{key}_workers")


def _show_coverage(coverage: pd.DataFrame, key: str) -> None:
    st.markdown(f"**{_('Residents within reach, by service')}**")
    if coverage.empty:
        st.caption(_("Walking reach has not been computed yet. Compute the circles first."))
        return
    full = coverage.reindex(columns=[*_SHARES, *_MINUTES, "category"])
    rows = pd.DataFrame({"service": full["category"].map(category_word)})
    rows = rows.join(full[list(_SHARES)].rename(columns=_SHARES).map(percent)).join(full[list(_MINUTES)].rename(columns=_MINUTES).map(_minutes))
    table.show(rows, key=f"{key}_coverage")
    st.caption(_("Minutes: what the middle household walks; a dash where it is too far to be searched."))


def _minutes(value: float) -> str:
    return number(value if math.isfinite(value) else None, digits=1)
