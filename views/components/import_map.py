"""A look at the places of a dry run before they are stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import geopandas as gpd

from contracts.columns import KIND
from services.maplayers import map_layer
from views import wiring
from views.i18n import _, names_of
from views.maps.layers import MapLayer, TooltipRow

MOST_PLACES = 50_000  # per layer: a preview is a look, not the whole city
WATER = "water"
SHOWN_NAME = "shown_name"


def preview_layers(preview: Mapping[str, gpd.GeoDataFrame]) -> list[MapLayer]:
    """Layers of the tables of a dry run, in drawing order; tables without places are left out."""
    rows = (TooltipRow(SHOWN_NAME, _("Name")),)
    makers: dict[str, Callable[[gpd.GeoDataFrame], list[MapLayer]]] = {
        "grounds": _grounds,
        "areas": lambda frame: [MapLayer("communities", frame=frame, tooltip=rows)],
        "buildings": lambda frame: [MapLayer("buildings", frame=frame, key="key", tooltip=rows)],
        "streets": lambda frame: [MapLayer("streets", frame=frame, key="key")],
        "barriers": lambda frame: [MapLayer("barriers", frame=frame, key="key")],
        "facilities": lambda frame: [MapLayer("facilities", frame=frame, key="key", tooltip=rows)],
        "workers": lambda frame: [MapLayer("facilities", frame=frame, key="key", name="workers", title=_("Grid workers"), tooltip=rows)],
    }
    return [layer for table, make in makers.items() if table in preview for layer in make(_seen(preview[table])) if len(layer.places)]


def preview_context() -> list[MapLayer]:
    """The communities that are already there, so that a shifted file is seen to be shifted."""
    stored = wiring.read(map_layer, layer="communities")
    if stored.empty:
        return []
    named = stored.assign(**{SHOWN_NAME: names_of(stored)})
    return [MapLayer("communities", frame=named, name="stored", title=_("Communities so far"), label=SHOWN_NAME)]


def _seen(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    placed = frame[frame.geometry.notna()].iloc[:MOST_PLACES]
    return placed.assign(**{SHOWN_NAME: names_of(placed)})


def _grounds(frame: gpd.GeoDataFrame) -> list[MapLayer]:
    is_water = frame[KIND] == WATER
    return [MapLayer("water", frame=frame[is_water], key="key"), MapLayer("greens", frame=frame[~is_water], key="key")]
