"""What to do after an import: divide, assign, compute; all three at once where the reader may."""

from __future__ import annotations

import streamlit as st

from contracts.messages import Message
from contracts.progress import Progress
from services.city import CityReport, plan_city
from views import wiring
from views.components import job_box, states
from views.i18n import _, spoken

JOB = "plan"
RIGHTS = ("divide", "assign_workers", "compute_circles")


def show() -> None:
    """The steps with links to their pages, and a button that does them one after the other."""
    with st.container(border=True):
        st.markdown(f"**{_('Next steps')}**")
        st.caption(_("New places count on the map once the communities are divided, workers assigned and walking reach computed."))
        with st.container(horizontal=True, gap="medium"):
            st.page_link("grids_page.py", label=_("Divide the communities"), icon=":material/grid_on:")
            st.page_link("workers_page.py", label=_("Assign workers"), icon=":material/badge:")
            st.page_link("circles_page.py", label=_("Compute walking reach"), icon=":material/directions_walk:")
        if not all(states.may(wiring.principal(), right) for right in RIGHTS):
            st.caption(_("A planner takes these steps."))
        elif st.button(_("Do all three now"), key="plan_now", type="primary", icon=":material/play_arrow:"):
            _start()


def show_result() -> None:
    """What came of it, once."""
    report = job_box.result(JOB)
    if not isinstance(report, CityReport):
        return
    *warnings, done = report.sentences()
    st.success(spoken(done), icon=":material/check_circle:")
    for warning in warnings:
        st.warning(spoken(warning))
    st.page_link("map_page.py", label=_("Look at the map"), icon=":material/map:")


def _start() -> None:
    who, at = wiring.principal(), wiring.now()

    def act(progress: Progress) -> CityReport:
        return plan_city(wiring.unit_of_work, who, at=at, progress=progress)

    job_box.start(JOB, Message("Dividing, assigning and computing"), act)
