"""The map itself: MapLibre for the city and a sub-district, folium inside a community; gives back the chosen grid."""

from __future__ import annotations

import streamlit as st

from views import permalink
from views.components.map_layers import Question, layers_of

HEIGHT_PX = 720


def show(question: Question, *, is_community: bool) -> str:
    """Draw the layers of the question; the chosen grid's code (``""`` = none) is kept in the address as ``?grid=``."""
    layers = layers_of(question)
    codes = [str(code) for layer in layers if layer.id == "grids" and layer.frame is not None for code in layer.frame.index]
    permalink.seed("grid", ["", *codes], default="")
    before = st.session_state["grid"]
    draw = _draw_community if is_community else _draw_city
    grid = draw(question, layers, before)
    if grid != before:
        st.session_state["grid"] = grid
    permalink.keep("grid", grid)
    return grid
