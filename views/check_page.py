"""Planner and administrator: what is wrong with the data and the plans in force, whom does it touch, what should be drawn?"""

from __future__ import annotations

import geopandas as gpd
import streamlit as st

from services.fault_table import fault_table
from services.fault_words import CityFault
from services.overview import city_counts
from views import wiring
from views.components import check_job, downloads, fault_map, states, table
from views.components.fault_map import fault_word
from views.i18n import _, language, number

SHOWN = ("what", "place", "concerned", "gained", "lost", "fault", "remedy", "effect")
CLICKED = "fault_clicked"


def _choose_kinds(faults: list[CityFault]) -> list[str]:
    """Kinds the reader wants to see; none chosen = all."""
    kinds = sorted({fault.kind for fault in faults})
    counts = {kind: sum(fault.kind == kind for fault in faults) for kind in kinds}
    labels = {kind: f"{fault_word(kind)} · {number(counts[kind])}" for kind in kinds}
    return st.pills(_("Kinds of fault"), kinds, selection_mode="multi", format_func=labels.__getitem__, key="fault_kinds")


def _show(rows: gpd.GeoDataFrame) -> None:
    chosen = st.session_state.get("faults_table", {}).get("selection", {}).get("rows", [])
    key = str(rows.index[chosen[0]]) if chosen and chosen[0] < len(rows) else st.session_state.get(CLICKED, "")
    clicked = fault_map.show(rows, key)
    if clicked:
        st.session_state[CLICKED] = clicked
    if key in rows.index:
        row = rows.loc[key]
        st.markdown(f"**{_plain(row['what'])} · {_plain(row['place'])}**  \n{_plain(row['fault'])} {_plain(row['remedy'])} {_plain(row['effect'])}")
    else:
        st.caption(_("Choose a row and the map goes there. Dashed lines are what to draw."))
    plain = rows.drop(columns="geometry").rename(columns={"people": "concerned"})[list(SHOWN)]
    table.choose(plain, key="faults_table")
    downloads.show(table.in_words(plain), name="faults", key="faults", places=rows)


def _plain(text: str) -> str:
    """Words of the data without signs that a page would take for markup."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]()<>#+-!|~$:" else sign for sign in text)


st.header(_("Data check"))
with states.guarded():
    if wiring.read(city_counts).is_empty:
        states.show_no_data()
        st.stop()
    found = check_job.faults()
    if found is None:
        st.stop()
    if not found:
        st.success(_("No faults found."))
        st.stop()
    st.caption(_("{count:fault|faults} found, the worst first.", count=number(len(found))))
    kinds = _choose_kinds(found)
    numbered = fault_table(found, language())
    numbered.index = numbered.index.astype(str)
    _show(numbered[numbered["kind"].isin(kinds)] if kinds else numbered)
