"""Grids that came into force after walking reach was computed: said wherever their figures are missed, with what to do."""

from __future__ import annotations

import streamlit as st

from contracts.messages import Message, enumerated
from contracts.progress import Progress
from services.circles import CirclesReport, compute_circles
from services.maplayers import map_layer
from services.reach_summary import communities_behind
from views import wiring
from views.components import job_box, states
from views.i18n import _, language, names_of

JOB = "circles"
RIGHT = "compute_circles"
MOST_NAMED = 4


def start() -> None:
    """Compute the reach of the whole city; every page that shows this job follows it."""
    uow, who, at = wiring.unit_of_work(), wiring.principal(), wiring.now()

    def act(progress: Progress) -> CirclesReport:
        return compute_circles(uow, who, at=at, progress=progress)

    job_box.start(JOB, Message("Computing walking reach"), act)


def show(area: str) -> None:
    """Which communities of an area wait for their figures, and the button or command that makes them; nothing where none waits."""
    may_compute = states.may(wiring.principal(), RIGHT)
    if may_compute and job_box.show(JOB):
        return
    behind = wiring.read(communities_behind, area_code=area)
    if not behind:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.warning(_words(behind) + ("" if may_compute else " " + _command()), icon=":material/directions_walk:")
        if may_compute and st.button(_("Compute walking reach"), key="compute_behind", type="primary", icon=":material/directions_walk:"):
            start()


def _command() -> str:
    return _("An account that may compute service circles does this here; on the server the command is `{command}`.", command="./wangge circles")


def _words(codes: list[str]) -> str:
    communities = wiring.read(map_layer, layer="communities")
    names = names_of(communities[communities.index.isin(codes[:MOST_NAMED])]).tolist()
    listed = enumerated([*names, *(["…"] if len(codes) > MOST_NAMED else [])], language())
    return _(
        "New grids are in force in {count:community|communities} ({names}); what can be walked to from them is not computed yet.",
        count=len(codes),
        names=listed,
    )
