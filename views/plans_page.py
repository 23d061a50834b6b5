"""Everybody who plans: which plans did a community have, who made them and why, and what lies between two of them?"""

from __future__ import annotations

import streamlit as st

from services.access import may
from services.editing import start_draft
from services.maplayers import map_layer
from services.overview import city_counts
from services.plan_history import compare_plans, plan_history
from views import wiring
from views.components import building_picker, desks, edit_open, plan_downloads, plan_versions, states
from views.i18n import _


def _show_draft_button(community: str, plan: int) -> None:
    """A planner may go on from any plan there ever was."""
    if not may(wiring.principal(), "divide", community):
        return
    made = st.button(_("Make a draft of plan {plan}", plan=plan), key="draft_of_version", icon=":material/edit:")
    if made:
        edit_open.open_draft(lambda uow, who, at: start_draft(uow, who, community, based_on=plan, at=at, grounds=desks.grounds()))
        st.switch_page("edit_page.py", query_params={"community": community, edit_open.DRAFT: str(st.session_state.get(edit_open.DRAFT, ""))})


st.header(_("Plan versions"))
with states.guarded():
    if wiring.read(city_counts).is_empty:
        states.show_no_data()
        st.stop()
    with st.container(horizontal=True, vertical_alignment="bottom", key="plans_question"):
        place = building_picker.show_community(wiring.read(map_layer, layer="communities"))
        versions = wiring.read(plan_history, community=place)
        if not may(wiring.principal(), "divide", place):  # what planners only try is not shown to others
            versions = versions[versions["status"] != "draft"]
        one, two = plan_versions.choose(versions)
    if one is None:
        states.show_no_grids()
        st.stop()
    plan_versions.show_map(place, one, two)
    if two is not None:
        plan_versions.show_comparison(wiring.read(compare_plans, one=one, two=two))
    plan_downloads.show(one, key=f"plan_{one}")
    _show_draft_button(place, one)
    st.subheader(_("All plans of this community"))
    plan_versions.show_table(versions)
