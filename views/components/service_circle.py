"""Beside the map: have the circles of the chosen service drawn, where the computation left that for later."""

from __future__ import annotations

import streamlit as st

from services.circle_drawing import draw_service
from services.maplayers import map_layer
from services.reach_summary import reach_method
from views import wiring
from views.components import drawing_boards
from views.i18n import _

DRAWN = "circles_just_drawn"  # category and pace whose circles were asked for here: shown without another click


def show(category: str, profile: str) -> None:
    """A button, while the service was computed at this pace and has no circles yet."""
    method = wiring.read(reach_method)
    if category not in method.get("categories", ()) or profile not in method.get("profiles", ()):
        return
    uow, who = wiring.unit_of_work(), wiring.principal()
    if len(map_layer(uow, who, "circles", profile=profile, category=category)):
        return
    if st.button(_("Draw the service circles"), key="draw_service", icon=":material/lens_blur:"):
        drawn = draw_service(uow, drawing_boards.board(profile), who, category=category)
        if len(drawn):
            st.session_state[DRAWN] = (category, profile)
            st.rerun()
        st.caption(_("Nobody can walk to this service within 15 minutes, so there is nothing to draw."))
