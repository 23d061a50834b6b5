"""Everybody: what can I walk to from here, which way, and if not in time, why not?"""

from __future__ import annotations

import streamlit as st

from services.door_story import door_story
from services.maplayers import map_layer
from services.overview import city_counts
from services.reach_summary import covered_categories, reach_method
from services.walk_story import walk_story
from views import wiring
from views.components import building_picker, downloads, method_note, reach_pickers, states, walk_card, walk_map, walk_table
from views.i18n import _

PICTURE = "walk_picture"
BESIDE = "walk_beside"


def _show_answers(building: str, category: str, profile: str, minutes: int) -> None:
    """Every service of the chosen building, to read and to take away."""
    story = wiring.read(door_story, building_key=building, profile=profile, limit_s=60.0 * minutes)
    st.subheader(_("Services from {building}", building=story.label))
    walk_table.show(story, asked=category)
    st.caption(_("Minutes on foot to the nearest of each kind; the answer is for the pace and the minutes chosen above."))
    downloads.show(walk_table.for_download(story), name="walks", key="walks")


def _show_walk(building: str, category: str, profile: str, minutes: int, community: str) -> None:
    with st.spinner(_("Working out the walk")):
        story = wiring.read(walk_story, building_key=building, category=category, profile=profile, limit_s=60.0 * minutes) if building else None
    picture, side = st.columns([3, 2], gap="small")
    with picture, st.container(key=PICTURE):
        clicked = walk_map.show(community, places, building, story)
    with side, st.container(key=BESIDE):
        if story is None:
            st.info(_("Choose a building: click on it on the map, or pick it from the list above."), icon=":material/touch_app:")
        else:
            walk_card.show(story, minutes=minutes)
    if clicked and clicked != building:
        building_picker.choose(clicked)
        st.rerun()


st.header(_("What can I walk to from here?"))
with states.guarded():
    if wiring.read(city_counts).is_empty:
        states.show_no_data()
        st.stop()
    categories = wiring.read(covered_categories)
    if not categories:
        states.show_no_circles()
        st.stop()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="walk_question"):
        chosen_community = building_picker.show_community(wiring.read(map_layer, layer="communities"))
        chosen, places = building_picker.show_building(chosen_community)
        asked = reach_pickers.show_category(categories)
        pace = reach_pickers.show_pace(("adult", "older"))
        limit_min = reach_pickers.show_minutes()
    if not len(places):
        st.info(_("Nobody is known to live in this community, so no walk begins here. Import its buildings with their households."), icon=":material/home:")
        st.stop()
    _show_walk(chosen, asked, pace, limit_min, chosen_community)
    if chosen:
        _show_answers(chosen, asked, pace, limit_min)
    method_note.show(wiring.read(reach_method))
