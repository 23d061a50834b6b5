"""The map of one community with its buildings to click on, and one walk drawn over it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import geopandas as gpd
import pandas as pd
import streamlit as st

from contracts.columns import KIND, NAME, NAME_EN
from contracts.messages import Message
from services.maplayers import map_layer
from services.walk_story import BARRIER, BY_AIR, CROSSING, DOOR, FACILITY, LINK, PATH, WalkStory
from views import wiring
from views.components.map_credit import credit
from views.i18n import _, language, spoken
from views.maps import city_map, folium_maps
from views.maps.features import bounds_of
from views.maps.layers import MapLayer, TooltipRow
from views.maps.palette import LIGHT, QUALITATIVE
from views.maps.state import Bounds, MapOptions, MapState, Selection

HEIGHT_PX = 560
LEGEND_SHARE = 0.45  # of the width of what is shown
BUILDINGS: Final = "buildings"
WORD = "word"
_REPORTED = "walk_map_reported"

LINES: Mapping[str, tuple[str, Message]] = {
    BARRIER: (LIGHT.far, Message("In the way")),
    PATH: (LIGHT.accent, Message("Walk")),
    LINK: (QUALITATIVE[1], Message("Proposed link")),
}
POINTS: Mapping[str, tuple[str, Message]] = {
    DOOR: (LIGHT.label, Message("Door")),
    FACILITY: (LIGHT.accent, Message("Nearest on foot")),
    BY_AIR: (QUALITATIVE[0], Message("Nearest in a straight line")),
    CROSSING: (LIGHT.far, Message("Where the straight line is stopped")),
}


def show(community: str, buildings: gpd.GeoDataFrame, chosen: str, story: WalkStory | None) -> str:
    """Draw the map; the key of a building clicked on just now, else ``""``."""
    layers = [layer for layer in (*_ground(community, buildings, story), *_story_layers(story)) if layer.frame is not None and len(layer.frame)]
    options = MapOptions(
        language=language(),
        height_px=HEIGHT_PX,
        permalink="",
        selected=Selection(BUILDINGS, chosen) if chosen in buildings.index else None,
        fit=bounds_of([buildings]) if story is None else _beside_legend(bounds_of([_walked(story), story.points])),
        attribution=credit(),
    )
    draw = folium_maps.show if sum(len(layer.places) for layer in layers) <= folium_maps.PLACES_LIMIT else city_map.show
    key = f"walk_map_{community}"
    return _clicked(draw(layers, key=key, options=options), key, buildings)


def _clicked(state: MapState, key: str, buildings: gpd.GeoDataFrame) -> str:
    """A click counts once: a choice made elsewhere later is not undone by it."""
    reported = f"{_REPORTED}_{key}"
    if state == st.session_state.get(reported, MapState(None, None)):
        return ""
    st.session_state[reported] = state
    selected = state.selected
    return selected.id if selected is not None and selected.layer == BUILDINGS and selected.id in buildings.index else ""


def _ground(community: str, buildings: gpd.GeoDataFrame, story: WalkStory | None) -> list[MapLayer]:
    shown = bounds_of([buildings, *([] if story is None else [_walked(story), story.points])])
    around = wiring.read(map_layer, layer="streets", bbox=shown)
    barriers = wiring.read(map_layer, layer="barriers", bbox=shown)
    communities = wiring.read(map_layer, layer="communities", area_code=community)
    named = buildings.assign(**{WORD: [spoken(label) for label in buildings["label"]]}).drop(columns="label")
    return [
        MapLayer(BUILDINGS, frame=named, key="key", tooltip=(TooltipRow(WORD, _("Building")),), selectable=True),
        MapLayer("streets", frame=around, key="key", label=NAME_EN if language() == "en" else NAME),
        MapLayer("barriers", frame=barriers, key="key"),
        MapLayer("communities", frame=communities, key="code"),
    ]


def _beside_legend(bounds: Bounds | None) -> Bounds | None:
    """Bounds widened to the west, where the legend lies over the map."""
    if bounds is None:
        return None
    west, south, east, north = bounds
    return west - LEGEND_SHARE * (east - west), south, east, north


def _walked(story: WalkStory) -> gpd.GeoDataFrame:
    """The lines of a story but the barrier, which may run through the whole city."""
    return story.lines[story.lines[KIND] != BARRIER]


def _story_layers(story: WalkStory | None) -> list[MapLayer]:
    if story is None:
        return []
    points, lines = story.points, story.lines
    words = points.assign(**{WORD: [_point_word(str(kind), story) for kind in points[KIND]]})
    return [
        MapLayer("walks", name="walk", frame=lines, key="key", colour_by=KIND, colours=_colours(LINES, lines[KIND])),
        MapLayer(
            "facilities",
            name="walk_points",
            title=_("Places"),
            frame=words,
            key="key",
            colour_by=KIND,
            colours=_colours(POINTS, points[KIND]),
            tooltip=(TooltipRow(WORD, _("Place")),),
        ),
    ]


def _colours(words: Mapping[str, tuple[str, Message]], kinds: pd.Series) -> dict[str, tuple[str, str]]:
    present = set(kinds)
    return {kind: (colour, spoken(message)) for kind, (colour, message) in words.items() if kind in present}


def _point_word(kind: str, story: WalkStory) -> str:
    return spoken(story.facility) if kind == FACILITY else spoken(POINTS[kind][1])
