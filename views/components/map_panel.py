"""The map itself: folium inside a community, MapLibre for anything larger; gives back the grid the reader chose."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from services.overview import city_counts
from views import permalink, wiring
from views.components.map_layers import Question, layers_of
from views.i18n import _, language
from views.maps import city_map, folium_maps
from views.maps.features import bounds_of
from views.maps.layers import MapLayer
from views.maps.state import MapOptions, MapState, Selection

GRIDS = "grids"
_REPORTED = "map_reported"


def show(question: Question, *, is_community: bool) -> str:
    """Draw the layers of the question; the chosen grid's code (``""`` = none) is kept in the address as ``?grid=``."""
    layers = layers_of(question)
    codes = [str(code) for layer in layers if layer.id == GRIDS and layer.frame is not None for code in layer.frame.index]
    permalink.seed("grid", ["", *codes], default="")
    before = str(st.session_state["grid"])
    draw = _drawer(layers, is_community)
    key = f"map_{question.area}" if is_community else "city_map"
    if draw is folium_maps.show:  # it draws the selection on the server, so a click must be known before it is called
        before = _chosen(folium_maps.read_state(st.session_state.get(key), layers), before, codes, key)
    grid = _chosen(draw(layers, key=key, options=_options(layers, before)), before, codes, key)
    st.session_state["grid"] = grid
    permalink.keep("grid", grid)
    return grid


def _drawer(layers: Sequence[MapLayer], is_community: bool) -> Callable[..., MapState]:
    """folium where it is quick enough: inside a community of an ordinary size."""
    count = sum(len(layer.frame) for layer in layers if layer.frame is not None)
    return folium_maps.show if is_community and count <= folium_maps.PLACES_LIMIT else city_map.show


def _options(layers: Sequence[MapLayer], grid: str) -> MapOptions:
    is_demo = wiring.read(city_counts).is_demo
    return MapOptions(
        language=language(),
        height_px=0,
        fit=bounds_of([layer.frame for layer in layers if layer.kind == "communities" and layer.frame is not None]),
        selected=Selection(GRIDS, grid) if grid else None,
        attribution=_("Generated demo city, not a real place") if is_demo else _("© OpenStreetMap contributors, ODbL, and own data"),
    )


def _chosen(state: MapState, before: str, codes: list[str], key: str) -> str:
    """The grid after what a map reported; a report counts once, so that a followed link is not undone by an older click."""
    reported = f"{_REPORTED}_{key}"
    if state == st.session_state.get(reported, MapState(None, None)):
        return before
    st.session_state[reported] = state
    selected = state.selected
    return selected.id if selected is not None and selected.layer == GRIDS and selected.id in codes else ""
