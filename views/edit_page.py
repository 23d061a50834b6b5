"""Planner: what would another border change, and is the plan good enough to be put in force?"""

from __future__ import annotations

import streamlit as st

from services.maplayers import map_layer
from services.overview import city_counts
from services.plan_history import plan_history
from views import permalink, wiring
from views.components import building_picker, edit_desk, edit_open, edit_start, states
from views.i18n import _


def _draft_of(community: str) -> int | None:
    """The draft of the address, where it is one of this community."""
    plans = wiring.read(plan_history, community=community)
    drafts = [str(plan) for plan in plans.loc[plans["status"] == "draft", "plan_id"]]
    permalink.seed(edit_open.DRAFT, ["", *drafts], default="")
    chosen = str(st.session_state[edit_open.DRAFT])
    permalink.keep(edit_open.DRAFT, chosen)
    return int(chosen) if chosen else None


with states.guarded():
    if wiring.read(city_counts).is_empty:
        states.show_no_data()
        st.stop()
    if not states.may(wiring.principal(), "divide"):
        st.header(_("Edit grids"))
        states.show_read_only("divide")
        st.stop()
    with st.container(horizontal=True, vertical_alignment="center", key="edit_question"):
        st.subheader(_("Edit grids"), width="content")
        community = building_picker.show_community(wiring.read(map_layer, layer="communities"), labels="collapsed")
    draft = _draft_of(community)
    if draft is None:
        edit_start.show(community)
    else:
        edit_desk.show(draft)
