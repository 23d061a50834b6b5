"""Pick a building: its community first, then the building by name; both live in the address."""

from __future__ import annotations

import geopandas as gpd
import streamlit as st

from contracts.columns import LEVEL
from services.walk_places import community_of, walk_places
from views import permalink, wiring
from views.components.reach_pickers import Labels
from views.i18n import _, names_of, spoken

COMMUNITY = "community"
BUILDING = "building"
_ASKED = "building_asked"


def show_community(areas: gpd.GeoDataFrame, *, labels: Labels = "visible") -> str:
    """Code of the chosen community; a building that a followed address names brings its own."""
    communities = areas[areas[LEVEL] == "community"]
    names = {str(code): name for code, name in names_of(communities).items()}
    asked = st.query_params.get(BUILDING, "")
    if asked and asked != st.session_state.get(_ASKED):
        st.session_state[_ASKED] = asked
        own = wiring.read(community_of, building_key=asked)
        if own in names:
            st.session_state[COMMUNITY] = own
            st.query_params[COMMUNITY] = own
    permalink.seed(COMMUNITY, list(names), default=next(iter(names)))
    chosen = st.selectbox(_("Community"), list(names), format_func=names.__getitem__, key=COMMUNITY, label_visibility=labels)
    permalink.keep(COMMUNITY, chosen)
    return str(chosen)


def show_building(community: str) -> tuple[str, gpd.GeoDataFrame]:
    """Key of the chosen building (``""`` = none yet), and the buildings there are to choose from."""
    places = wiring.read(walk_places, community=community)
    names = {"": _("Choose a building")} | {str(key): spoken(label) for key, label in places["label"].items()}
    permalink.seed(BUILDING, list(names), default="")
    st.selectbox(_("Building"), list(names), format_func=names.__getitem__, key=BUILDING)
    chosen = str(st.session_state[BUILDING])
    remember(chosen)
    return chosen, places


def remember(building: str) -> None:
    """Keep the choice in the address."""
    permalink.keep(BUILDING, building)
    st.session_state[_ASKED] = building


def choose(building: str) -> None:
    """Take what was clicked on the map; the picker shows it in the next run."""
    st.query_params[BUILDING] = building
    st.session_state[_ASKED] = building
