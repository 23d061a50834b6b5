"""Planner: where are the grids, who works there, and who can walk to a service in time?"""

from __future__ import annotations

import geopandas as gpd
import streamlit as st

from contracts.columns import LEVEL
from services.maplayers import map_layer
from services.overview import city_counts
from services.panels import grid_panel
from services.reach_summary import covered_categories
from views import wiring
from views.components import area_card, area_picker, grid_card, map_layers, map_panel, reach_news, reach_pickers, service_circle, states, window_rest

PICKER_PX = 260


def _ask(areas: gpd.GeoDataFrame, categories: list[str]) -> map_layers.Question:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=window_rest.ABOVE):
        area = area_picker.show(areas, levels=("street", "community"), labels="collapsed", width=PICKER_PX)
        category = reach_pickers.show_category(categories, labels="collapsed", width=PICKER_PX) if categories else ""
        profile = reach_pickers.show_pace(("adult", "older"), labels="collapsed")
        minutes = reach_pickers.show_minutes(labels="collapsed")
    return map_layers.Question(area, category, profile, minutes)


@st.fragment
def _show_map(question: map_layers.Question, areas: gpd.GeoDataFrame) -> None:
    is_community = question.area in areas.index and areas.at[question.area, LEVEL] == "community"
    picture, side = st.columns([5, 2], gap="small")
    with picture, st.container(key=window_rest.PLACE):
        grid = map_panel.show(question, is_community=is_community)
    with side, st.container(key="map_beside"), states.guarded():
        if grid:
            panel = wiring.read(grid_panel, grid_code=grid, limit_s=60.0 * question.minutes)
            grid_card.show(panel, asked=question.category, minutes=question.minutes)
        elif question.category:
            area_card.show(areas, question.area, category=question.category, minutes=question.minutes)
            service_circle.show(question.category, question.profile)
        else:
            states.show_no_circles()


with states.guarded():
    counts = wiring.read(city_counts)
    if counts.is_empty:
        states.show_no_data()
        st.stop()
    places = wiring.read(map_layer, layer="areas")
    asked = _ask(places, wiring.read(covered_categories))
    if not counts.counts["grids"]:
        states.show_no_grids()
    reach_news.show(asked.area)
    _show_map(asked, places)
    window_rest.keep()
