"""Planner: how are the communities divided into grids, and what would dividing them anew give?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from contracts.messages import Message
from contracts.progress import Progress
from services.division import DivisionReport, divide_communities
from services.grid_plans import grid_table, plan_table, publish_plans
from services.maplayers import map_layer
from services.overview import city_counts
from views import wiring
from views.components import area_picker, downloads, job_box, reach_news, states, table
from views.components.words import community_type_word
from views.i18n import _, day, grid_names_of, names_of

JOB = "divide"
MEASURES = ("deviation_share", "compactness", "street_share")  # as the division measured them


def _plan_rows(plans: pd.DataFrame) -> pd.DataFrame:
    streets = names_of(plans[["street_name", "street_name_en"]].set_axis(["name", "name_en"], axis=1))
    return pd.DataFrame(
        {
            "community": names_of(plans),
            "street": streets,
            "kind": plans["community_type"].fillna("").map(community_type_word),
            "grids": plans["grids"],
            "households": plans["households"],
            "faults": plans["faults"],
            "valid_from": plans["valid_from"].map(day, na_action="ignore"),
        }
    )


def _grid_rows(grids: pd.DataFrame) -> pd.DataFrame:
    communities = names_of(grids[["community_name", "community_name_en"]].set_axis(["name", "name_en"], axis=1))
    return pd.DataFrame(
        {
            "grid": grid_names_of(grids),
            "community": communities,
            "households": grids["households"],
            "residents": grids["residents"],
            **{name: grids[name] for name in MEASURES if name in grids},
            "code": grids.index.astype("str"),
        }
    )


def _divide(plans: pd.DataFrame) -> None:
    if not states.may(wiring.principal(), "divide"):
        states.show_read_only("divide")
        return
    names = names_of(plans).to_dict()
    with st.form("divide"):
        chosen = st.multiselect(_("Communities (none chosen = all)"), list(plans.index), format_func=names.__getitem__, placeholder=_("All communities"))
        as_draft = st.checkbox(_("Keep as drafts, do not publish yet"))
        if not st.form_submit_button(_("Divide"), type="primary", icon=":material/grid_on:"):
            return
    _start(chosen, publish=not as_draft)


def _start(communities: list[str], *, publish: bool) -> None:
    uow, who, at = wiring.unit_of_work(), wiring.principal(), wiring.now()

    def act(progress: Progress) -> DivisionReport:
        return divide_communities(uow, who, communities=communities or None, publish=publish, at=at, progress=progress)

    job_box.start(JOB, Message("Dividing"), act)


def _show_report(report: DivisionReport, names: pd.Series) -> None:
    st.success(_("{communities:community|communities} divided into {grids:grid|grids}.", communities=len(report.plans), grids=report.grids))
    for code, reason in (*report.infeasible, *report.warnings):
        st.warning(_("{name}: {reason}", name=names.get(code, code), reason=reason))


def _publish(plans: pd.DataFrame) -> None:
    drafts = {
        plan: _("{name}, plan {plan}", name=name, plan=plan) for name, plans_of in zip(names_of(plans), plans["drafts"], strict=True) for plan in plans_of
    }
    if not drafts or not states.may(wiring.principal(), "divide"):
        return
    newest = [max(plans_of) for plans_of in plans["drafts"] if plans_of]  # of two drafts of one community only one can come into force
    with st.form("publish"):
        chosen = st.multiselect(_("Drafts"), list(drafts), format_func=drafts.__getitem__, default=newest, placeholder=_("Choose drafts"))
        with st.container(horizontal=True, vertical_alignment="bottom"):
            reason = st.text_input(_("Reason"), key="publish_reason", placeholder=_("For example: new blocks at the east gate"))
            valid_from = st.date_input(_("In force from"), value=wiring.now().date())
        if not st.form_submit_button(_("Publish"), icon=":material/publish:"):
            return
    with states.guarded():
        publish_plans(wiring.unit_of_work(), wiring.principal(), chosen, valid_from=valid_from, reason=reason, at=wiring.now())
    st.rerun()


def _show_plans(plans: pd.DataFrame) -> None:
    """One community per row; a chosen one can be edited, and its versions looked at."""
    table.choose(_plan_rows(plans), key="plans")
    rows = st.session_state["plans"]["selection"]["rows"]
    query = {"community": str(plans.index[rows[0]])} if rows and rows[0] < len(plans) else {}
    with st.container(horizontal=True):
        if states.may(wiring.principal(), "divide"):
            st.page_link("edit_page.py", label=_("Edit grids"), icon=":material/edit_location_alt:", query_params=query)
        st.page_link("plans_page.py", label=_("Plan versions"), icon=":material/history:", query_params=query)


st.header(_("Grids"))
with states.guarded():
    if wiring.read(city_counts).is_empty:
        states.show_no_data()
        st.stop()
    with st.sidebar:
        area = area_picker.show(wiring.read(map_layer, layer="areas"), levels=("street", "community"))
    in_force = wiring.read(plan_table, area_code=area)
    reach_news.show(area)
    if not job_box.show(JOB):
        report = job_box.result(JOB)
        if report is not None:
            _show_report(report, names_of(in_force))
        _divide(in_force)
    _publish(in_force)
    if not in_force["grids"].any():
        st.info(_("There are no grids yet. Divide the communities first."), icon=":material/grid_on:")
        st.stop()
    _show_plans(in_force)
    st.subheader(_("Grids in force"))
    grid_rows = _grid_rows(wiring.read(grid_table, area_code=area))
    table.show(grid_rows, key="grids_in_force")
    downloads.show(table.in_words(grid_rows), name="grids", key="grids", places=wiring.read(map_layer, layer="grids", area_code=area))
