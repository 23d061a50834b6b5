"""Where the faults of the data are: one point each, coloured by what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

import geopandas as gpd

from contracts.messages import Message
from services.checks import CityFault
from services.maplayers import map_layer
from views import wiring
from views.components.map_credit import credit
from views.components.words import word
from views.i18n import _, language, names_of, spoken
from views.maps import city_map
from views.maps.layers import MapLayer, TooltipRow
from views.maps.palette import group_colours
from views.maps.state import MapOptions

HEIGHT_PX = 420
SHOWN_NAME = "shown_name"
KINDS = MappingProxyType(
    {
        "no_plan": Message("Community without grids"),
        "island": Message("Streets cut off"),
        "unsnapped": Message("Place without a street"),
        "invalid": Message("Broken outline"),
        "duplicate": Message("Code used twice"),
        "outside": Message("Grid over the border"),
        "gap": Message("Gap between grids"),
        "overlap": Message("Overlapping grids"),
        "multipart": Message("Grid in several parts"),
        "coverage": Message("Community not filled by grids"),
        "building_orphaned": Message("Building without a grid"),
        "building_cut": Message("Building cut by a border"),
        "building_wrong_grid": Message("Building noted in another grid"),
        "band": Message("Grid outside the band of households"),
    }
)


def fault_word(kind: str) -> str:
    """What is wrong, in two or three words."""
    return word(KINDS, kind)


def show(faults: Sequence[CityFault]) -> None:
    """The faults over communities and streets."""
    points = gpd.GeoDataFrame(
        {"kind": [fault.kind for fault in faults], "place": [fault.place for fault in faults], "fault": [spoken(fault.message) for fault in faults]},
        geometry=gpd.points_from_xy([fault.lon for fault in faults], [fault.lat for fault in faults]),
        index=[f"fault-{number}" for number in range(len(faults))],
        crs="EPSG:4326",
    )
    colours = {kind: (colour, fault_word(kind)) for kind, colour in group_colours(points["kind"]).items()}
    rows = (TooltipRow("place", _("Place")), TooltipRow("fault", _("What is wrong")))
    communities = wiring.read(map_layer, layer="communities")
    layers = [
        MapLayer("streets", frame=wiring.read(map_layer, layer="streets"), key="key"),
        MapLayer("communities", frame=communities.assign(**{SHOWN_NAME: names_of(communities)}), label=SHOWN_NAME),
        MapLayer("facilities", frame=points, key="key", name="faults", title=_("Faults"), colour_by="kind", colours=colours, tooltip=rows),
    ]
    options = MapOptions(language=language(), height_px=HEIGHT_PX, permalink="", attribution=credit())
    city_map.show([layer for layer in layers if len(layer.places)], key="fault_map", options=options)
