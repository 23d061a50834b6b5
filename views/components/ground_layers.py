"""Streets, buildings and barriers of one community as the browser takes them: what lies under the grids of a plan."""

from __future__ import annotations

import streamlit as st

from contracts.columns import HOUSEHOLDS
from services.maplayers import map_layer
from views import wiring
from views.i18n import _, language, names_of
from views.maps.edit_map import Ground, make_ground
from views.maps.features import bounds_of
from views.maps.layers import MapLayer, TooltipRow
from views.maps.legend import LegendRow
from views.maps.state import Bounds, MapOptions

WORD = "shown_name"


def ground(community: str, signs: tuple[LegendRow, ...]) -> Ground:
    """The ground, kept until the data, the reader, the language or the legend change."""
    return _written(wiring.data_version(), wiring.principal().login, language(), community, signs)


def bounds(community: str) -> Bounds | None:
    """West, south, east, north of the community."""
    return bounds_of([wiring.read(map_layer, layer="communities", area_code=community)])


@st.cache_data(show_spinner=False, max_entries=32)
def _written(version: int, login: str, spoken_language: str, community: str, signs: tuple[LegendRow, ...]) -> Ground:
    area = wiring.read(map_layer, layer="communities", area_code=community)
    around = bounds_of([area])
    buildings = wiring.read(map_layer, layer="buildings", area_code=community)
    rows = (TooltipRow(WORD, _("Building")), TooltipRow(HOUSEHOLDS, _("Households"), "count"))
    layers = [
        MapLayer("streets", frame=wiring.read(map_layer, layer="streets", bbox=around), key="key"),
        MapLayer("buildings", frame=buildings.assign(**{WORD: names_of(buildings)}), key="key", tooltip=rows),
        MapLayer("barriers", frame=wiring.read(map_layer, layer="barriers", bbox=around), key="key"),
        MapLayer("communities", frame=area, key="code"),
    ]
    return make_ground([layer for layer in layers if len(layer.places)], options=MapOptions(language=spoken_language, fit=around), signs=signs)
