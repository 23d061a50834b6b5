"""Where a planner begins: go on with a draft, edit the plan in force, choose among new plans, or bring a plan from a file."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from contracts.errors import WanggeError
from contracts.messages import Message
from services.editing import start_draft, start_from_file
from services.grid_plans import withdraw_plans
from services.plan_files import grids_of_file
from services.plan_history import plan_history
from views import wiring
from views.components import desks, edit_open, file_picker, plan_cards
from views.components.upload import saved
from views.components.words import author_word, plan_reason_word
from views.i18n import _, day, moment, number, spoken

ENDINGS = ("geojson", "gpkg", "zip", "shp", "csv", "parquet", "json")
SYSTEMS = ("", "wgs84", "gcj02", "bd09")


def show(community: str) -> None:
    """The ways in."""
    _show_news()
    plans = wiring.read(plan_history, community=community)
    drafts = plans[plans["status"] == "draft"]
    left, right = st.columns(2, gap="medium")
    with left:
        _show_drafts(drafts)
    with right:
        _show_in_force(community, has_plan=bool((plans["status"] == "active").any()))
        _show_import(community)
    plan_cards.show(community)


def _show_news() -> None:
    """The last word, in a place that is there without one too: what stands below keeps its place, and with it a file chosen meanwhile."""
    with st.container(key="edit_news"):
        told = desks.news()
        if told is not None:
            {"error": st.error, "warning": st.warning, "success": st.success}[told.tone](spoken(told.message))


def _show_drafts(drafts: pd.DataFrame) -> None:
    st.subheader(_("Drafts"))
    if drafts.empty:
        st.caption(_("No draft waits here. Edit the plan in force, or choose among new plans below."))
        return
    for draft in drafts.sort_values("plan_id", ascending=False).to_dict("records"):
        plan_id = int(draft["plan_id"])
        with st.container(horizontal=True, vertical_alignment="center", border=True, key=f"draft_{plan_id}"):
            facts = {
                "plan": plan_id,
                "author": author_word(str(draft["author"])),
                "made": moment(draft["created_at"]),
                "reason": plan_reason_word(str(draft["reason"])),
            }
            st.markdown(_("**Draft {plan}** · {reason} · {author}, {made}", **facts), width="stretch")
            if not pd.isna(draft["due_from"]):
                st.badge(_("In force from {day}", day=day(draft["due_from"])), icon=":material/event:")
            st.button(_("Open"), key=f"open_draft_{plan_id}", icon=":material/edit:", on_click=edit_open.put_on_table, args=(plan_id,))
            st.button(_("Give up"), key=f"give_up_{plan_id}", icon=":material/delete:", type="tertiary", on_click=_withdraw, args=(plan_id,))
        if draft["refused"] is not None:
            st.warning(
                _("Draft {plan} did not come into force on its day. {reason}", plan=plan_id, reason=spoken(draft["refused"])), icon=":material/event_busy:"
            )


def _show_in_force(community: str, *, has_plan: bool) -> None:
    st.subheader(_("Plan in force"))
    if not has_plan:
        st.caption(_("No plan is in force in this community yet."))
        return
    st.caption(_("Makes a draft of it; the plan in force changes by publishing only."))
    st.button(_("Edit the plan in force"), key="edit_in_force", type="primary", icon=":material/edit:", on_click=_start, args=(community,))


def _show_import(community: str) -> None:
    with st.expander(_("Bring a plan from a file"), icon=":material/upload_file:", key="plan_import"):
        words = {"": _("As the file says"), "wgs84": _("WGS-84 (GPS)"), "gcj02": _("GCJ-02 (Amap, Tencent)"), "bd09": _("BD-09 (Baidu)")}
        upload = file_picker.show(
            _("File of grids"),
            ENDINGS,
            key="plan_file",
            help_text=_("Areas with a code or a name each. Gaps, overlaps and cut buildings are mended and listed."),
        )
        system = st.selectbox(_("Coordinates"), SYSTEMS, format_func=words.__getitem__, key="plan_file_crs")
        if upload is not None:
            st.button(
                _("Open as draft"), key="import_plan", type="primary", icon=":material/upload_file:", on_click=_import, args=(community, upload, system or None)
            )


def _start(community: str) -> None:
    edit_open.open_draft(lambda uow, who, at: start_draft(uow, who, community, at=at, grounds=desks.grounds()))


def _import(community: str, upload: Any, system: str | None) -> None:
    try:
        with saved(upload) as path:
            grids = grids_of_file(wiring.unit_of_work(), wiring.principal(), community, path, crs=system)
        plan_id, repairs = start_from_file(wiring.unit_of_work(), wiring.principal(), community, grids, at=wiring.now(), grounds=desks.grounds())
    except WanggeError as error:
        desks.tell("error", error.message)
        return
    edit_open.put_on_table(plan_id)
    desks.keep_repairs(plan_id, repairs)
    count = len(repairs.items)
    desks.tell(
        "warning" if count else "success",
        Message("The plan was read; {count:place|places} had to be mended.", {"count": number(count)})
        if count
        else Message("The plan was read as it was drawn."),
    )


def _withdraw(plan_id: int) -> None:
    try:
        withdraw_plans(wiring.unit_of_work(), wiring.principal(), [plan_id], at=wiring.now())
    except WanggeError as error:
        desks.tell("error", error.message)
