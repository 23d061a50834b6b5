"""Beside the map while no grid is chosen: how much of the area is within reach, at both paces and by radius."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import streamlit as st

from contracts.columns import LEVEL
from services.coverage import coverage_table
from services.reach_summary import reach_method
from views import wiring
from views.components import method_note
from views.components.words import category_word
from views.i18n import _, names_of, number, percent


def show(areas: gpd.GeoDataFrame, area: str, *, category: str, minutes: int) -> None:
    """Share of people within the limit in the chosen area, adult and older side by side."""
    level = str(areas.at[area, LEVEL]) if area in areas.index else "city"
    st.subheader(names_of(areas)[area] if area in areas.index else _("Whole city"))
    st.caption(_("{service}, within {minutes} minutes on foot", service=category_word(category), minutes=number(minutes)))
    rows = {profile: _row(level, area, profile, category, minutes) for profile in ("adult", "older")}
    with st.container(horizontal=True):
        st.metric(_("Adult pace"), percent(rows["adult"].get("covered_share")))
        st.metric(_("Older pace"), percent(rows["older"].get("covered_share")))
        st.metric(_("By radius"), percent(rows["adult"].get("radius_share")), help=_("What a straight-line circle would claim"))
    _show_open(rows["adult"])
    st.info(_("Click a grid on the map to see its people, its workers and its services."), icon=":material/ads_click:")
    method_note.show(wiring.read(reach_method))


def _show_open(row: pd.Series) -> None:
    """Whose answer is neither covered nor too far, where there are such people."""
    everybody = row.get("people") or 0.0
    shares = {name: (row.get(f"{name}_people") or 0.0) / everybody if everybody else 0.0 for name in ("unknown", "unreachable")}
    if any(share > 0.0 for share in shares.values()):
        words = {"unknown": percent(shares["unknown"]), "cut_off": percent(shares["unreachable"])}
        st.caption(_("Of the rest, {unknown} are not known (the map ends nearby, or the data cannot say) and {cut_off} are cut off.", **words))


def _row(level: str, area: str, profile: str, category: str, minutes: int) -> pd.Series:
    table = wiring.read(coverage_table, level=level, area_code=area, profile=profile, limit_s=60.0 * minutes)
    chosen = table[table["category"] == category] if len(table) else table
    return chosen.iloc[0] if len(chosen) else pd.Series(dtype=float)
