"""Who can walk to one facility: its circles of 5, 10 and 15 minutes on a map and the people in them, at both paces."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import streamlit as st

from contracts.columns import CATEGORY, MINUTES, PEOPLE
from services.circle_drawing import FacilityCircle, facility_circle
from services.maplayers import map_layer
from views import permalink, wiring
from views.components import drawing_boards, reach_pickers, states
from views.components.map_credit import credit
from views.components.words import category_word, pace_word
from views.i18n import _, language, names_of, number
from views.maps import city_map
from views.maps.features import bounds_of
from views.maps.layers import MapLayer
from views.maps.state import MapOptions

HEIGHT_PX = 460
FACILITY = "facility"
SHOWN_NAME = "shown_name"
PACES = ("adult", "older")


def show() -> None:
    """Choose a facility; nothing is computed before one is chosen."""
    st.subheader(_("Circle of one facility"))
    facilities = wiring.read(map_layer, layer="facilities")
    if not len(facilities):
        st.info(_("No facility to choose yet: import facilities first."))
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        key = _choose(facilities)
        profile = reach_pickers.show_pace(PACES, key="facility_pace")
    if not key:
        st.caption(_("Choose a facility to see who can walk to it."))
        return
    with states.guarded():
        found = {pace: _circle(key, pace) for pace in PACES}
        _show_people(found)
        _show_map(facilities.loc[[key]], found[profile])


def _choose(facilities: gpd.GeoDataFrame) -> str:
    labels = names_of(facilities) + " · " + facilities[CATEGORY].map(category_word)
    words = labels.sort_values(kind="stable").to_dict()
    permalink.seed(FACILITY, ["", *words], default="")
    chosen = str(st.selectbox(_("Facility"), ["", *words], format_func=lambda code: words.get(code, "–"), key=FACILITY))
    permalink.keep(FACILITY, chosen)
    return chosen


def _circle(key: str, profile: str) -> FacilityCircle:
    return facility_circle(drawing_boards.board(profile), wiring.principal(), key)


def _show_people(found: dict[str, FacilityCircle]) -> None:
    """One line per pace; a facility no street leads to is said to be one."""
    if not found["adult"].is_joined:
        st.warning(_("This facility found no street, so nobody is counted. The page of the data check says why."), icon=":material/wrong_location:")
    for pace, circle in found.items():
        words = pace_word(pace)
        st.caption(_("{pace}: older residents who can walk here", pace=words) if circle.counts_older else _("{pace}: residents who can walk here", pace=words))
        with st.container(horizontal=True):
            for row in circle.circles[[MINUTES, PEOPLE]].itertuples(index=False):
                st.metric(_("{minutes} min", minutes=number(row[0])), number(row[1]))


def _show_map(facility: gpd.GeoDataFrame, circle: FacilityCircle) -> None:
    shapes = circle.circles[~circle.circles.is_empty]
    layers = [
        MapLayer("buildings", frame=_near("buildings", shapes), key="key"),
        MapLayer("streets", frame=_near("streets", shapes), key="key"),
        MapLayer("barriers", frame=wiring.read(map_layer, layer="barriers"), key="key"),
        MapLayer("circles", frame=shapes, key="key"),
        MapLayer("facilities", frame=facility.assign(**{SHOWN_NAME: names_of(facility)}), key="key", label=SHOWN_NAME),
    ]
    around = [shapes, facility] if len(shapes) else [facility]
    options = MapOptions(language=language(), height_px=HEIGHT_PX, permalink="", attribution=credit(), fit=bounds_of(around))
    city_map.show([layer for layer in layers if len(layer.places)], key=f"facility_map_{facility.index[0]}", options=options)


def _near(layer: str, shapes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Places of a layer around the circles."""
    bounds: Sequence[float] = shapes.total_bounds.tolist() if len(shapes) else ()
    return wiring.read(map_layer, layer=layer, bbox=tuple(bounds)) if bounds else wiring.read(map_layer, layer=layer).iloc[:0]
