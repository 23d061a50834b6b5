"""The end of the bar: publish the draft with its reason, take it away as a file, put it aside or give it up."""

from __future__ import annotations

from datetime import date

import streamlit as st

from contracts.errors import ConflictError, WanggeError
from contracts.messages import Message
from services import editing
from services.editing import Desk
from services.grid_plans import withdraw_plans
from views import wiring
from views.components import desks, edit_effect, plan_downloads
from views.components.edit_open import leave
from views.components.edit_tools import grid_names
from views.i18n import _
from views.i18n import day as words_of_day

REASON, FROM = "edit_reason", "edit_valid_from"


def show(desk: Desk) -> None:
    """Three buttons that open small forms, and the way out."""
    with st.popover(_("Publish"), icon=":material/publish:"):
        _show_publish(desk)
    with st.popover(_("Take away"), icon=":material/download:"):
        _show_files(desk)
    with st.popover(_("More"), icon=":material/more_horiz:"):
        st.caption(_("The draft stays as it is and can be opened again."))
        st.button(_("Put aside"), key="edit_aside", icon=":material/arrow_back:", on_click=leave)
        st.caption(_("Giving up removes the draft for good."))
        st.button(_("Give up this draft"), key="edit_withdraw", icon=":material/delete:", on_click=_withdraw, args=(desk.plan_id,))


def _show_publish(desk: Desk) -> None:
    stops = editing.forbidding(desk)
    if stops:
        edit_effect.show_faults(stops, _("In the way of publishing"), grid_names(desk.sketch), tone="broken")
        return
    rest = editing.faults_of(desk)
    if rest:
        edit_effect.show_faults(rest, _("Will be published with these rules broken"), grid_names(desk.sketch), tone="allowed")
    with st.form("edit_publish", border=False):
        st.text_input(_("Reason"), key=REASON, placeholder=_("For example: new blocks at the east gate"))
        st.date_input(_("In force from"), value=wiring.now().date(), key=FROM)
        st.form_submit_button(_("Publish"), type="primary", icon=":material/publish:", on_click=_publish, args=(desk.plan_id,))


def _publish(plan_id: int) -> None:
    reason, valid_from = str(st.session_state.get(REASON, "")), st.session_state.get(FROM)
    desk = desks.current(plan_id)
    day = valid_from if isinstance(valid_from, date) else wiring.now().date()
    try:
        editing.publish_draft(wiring.unit_of_work(), wiring.principal(), desk, reason=reason, valid_from=day, at=wiring.now())
    except WanggeError as error:
        if isinstance(error, ConflictError):
            desks.forget()  # the page opens the draft as it is now
        desks.tell("error", error.message)
        return
    leave()
    is_later = day > wiring.now().date()
    told = (
        Message(
            "Plan {plan} comes into force on {day}. Changing or saving the draft before gives up that day; publish it again then.",
            {"plan": plan_id, "day": words_of_day(day)},
        )
        if is_later
        else Message("Plan {plan} is published. Compute the [service circles](circles) again: those shown belong to the plan before.", {"plan": plan_id})
    )
    desks.tell("success", told)


def _show_files(desk: Desk) -> None:
    if not desk.is_saved:
        st.caption(_("Files hold the draft as it was saved last. Save it to take the latest steps with you."))
    plan_downloads.show(desk.plan_id, key="edit_plan")


def _withdraw(plan_id: int) -> None:
    try:
        withdraw_plans(wiring.unit_of_work(), wiring.principal(), [plan_id], at=wiring.now())
    except WanggeError as error:
        desks.tell("error", error.message)
        return
    leave()
    desks.tell("success", Message("Draft {plan} was given up.", {"plan": plan_id}))
