"""Where the faults of the data are: one point each, coloured by what is wrong, with what to draw; gives back a clicked one."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd

from services.fault_words import KINDS
from services.maplayers import map_layer
from services.overview import city_counts
from views import wiring
from views.components import map_tiles
from views.components.map_credit import credit
from views.i18n import _, language, names_of, spoken
from views.maps import city_map
from views.maps.layers import MapLayer, TooltipRow
from views.maps.palette import OTHER, QUALITATIVE
from views.maps.state import MapOptions, Selection

HEIGHT_PX = 440
FAULTS = "faults"
MOST_INLINE = 4_000  # streets of a larger city come as tiles
SHOWN_NAME = "shown_name"
_NEAR_DEG = 0.0012  # about a hundred metres around a chosen fault
# every kind keeps its colour, whatever else was found
_COLOURS: Mapping[str, str] = {kind: QUALITATIVE[rank] if rank < len(QUALITATIVE) else OTHER for rank, kind in enumerate(KINDS)}


def fault_word(kind: str) -> str:
    """What is wrong, in two or three words."""
    return spoken(KINDS[kind]) if kind in KINDS else kind


def show(faults: gpd.GeoDataFrame, chosen: str = "") -> str:
    """The faults (index = number as text, columns of ``services.fault_table``) over streets and communities.

    The map goes to the ``chosen`` one; returns the one that was clicked, ``""`` for none.
    """
    options = MapOptions(language=language(), height_px=HEIGHT_PX, permalink="", attribution=credit())
    if chosen in faults.index:
        point = faults.geometry[chosen]
        fit = (point.x - _NEAR_DEG, point.y - _NEAR_DEG, point.x + _NEAR_DEG, point.y + _NEAR_DEG)
        options = MapOptions(language=language(), height_px=HEIGHT_PX, permalink="", attribution=credit(), fit=fit, selected=Selection(FAULTS, chosen))
    state = city_map.show([*_ground(), *_layers(faults)], key="fault_map", options=options)
    return state.selected.id if state.selected is not None and state.selected.layer == FAULTS else ""


def _ground() -> list[MapLayer]:
    communities = wiring.read(map_layer, layer="communities")
    if wiring.read(city_counts).counts["streets"] > MOST_INLINE:
        streets = MapLayer("streets", tiles=map_tiles.addresses()["streets"], key="key")
    else:
        streets = MapLayer("streets", frame=wiring.read(map_layer, layer="streets"), key="key")
    named = MapLayer("communities", frame=communities.assign(**{SHOWN_NAME: names_of(communities)}), label=SHOWN_NAME)
    return [layer for layer in (streets, named) if layer.frame is None or len(layer.frame)]


def _layers(faults: gpd.GeoDataFrame) -> list[MapLayer]:
    rows = (TooltipRow("place", _("Place")), TooltipRow("fault", _("What is wrong")), TooltipRow("remedy", _("What to do")), TooltipRow("effect", _("Effect")))
    colours = {kind: (_COLOURS.get(kind, OTHER), fault_word(kind)) for kind in sorted(set(faults["kind"]))}
    points = MapLayer("facilities", frame=faults, key="key", name=FAULTS, title=_("Faults"), colour_by="kind", colours=colours, tooltip=rows, selectable=True)
    drawn = _fixes(faults)
    return [*([MapLayer("fixes", frame=drawn, key="key", tooltip=rows[2:3])] if len(drawn) else []), points]


def _fixes(faults: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The lines to draw; a joint at a crossing is a point and needs none."""
    lines = faults[faults["fix"].str.startswith("LINESTRING")]
    return gpd.GeoDataFrame(lines[["remedy"]], geometry=gpd.GeoSeries.from_wkt(lines["fix"]), crs=faults.crs)
