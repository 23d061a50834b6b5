"""Communities coloured by how many rules of a scheme they fall short of; grey where nothing is known."""

from __future__ import annotations

import geopandas as gpd

from contracts.columns import CODE
from services.maplayers import map_layer
from services.staffing import GAPS, UNKNOWN
from views import wiring
from views.components.map_credit import credit
from views.i18n import _, language, names_of
from views.maps import city_map
from views.maps.features import bounds_of
from views.maps.layers import MapLayer, TooltipRow
from views.maps.palette import make_classes
from views.maps.state import MapOptions

HEIGHT_PX = 420
BREAKS = (1.0, 2.0, 3.0, 4.0)  # none, one, two, three, four and more rules not met
SHOWN_NAME = "shown_name"


def show(communities: gpd.GeoDataFrame, area: str) -> None:
    """The map of the communities of ``services.staffing.staffing_map``."""
    if communities.empty:
        return
    rows = (
        TooltipRow(SHOWN_NAME, _("Community")),
        TooltipRow("value", _("Rules not met"), "count"),
        TooltipRow(UNKNOWN, _("Not known"), "count"),
        TooltipRow("households", _("Households"), "count"),
    )
    drawn = communities.assign(**{CODE: communities.index, SHOWN_NAME: names_of(communities)})
    layer = MapLayer(
        "communities",
        title=_("Rules not met"),
        frame=drawn[[CODE, SHOWN_NAME, UNKNOWN, "households", "geometry"]],
        figures=communities[GAPS].dropna(),
        classes=make_classes(BREAKS),
        tooltip=rows,
        label=SHOWN_NAME,
        missing=_("Not known"),
    )
    streets = MapLayer("streets", frame=wiring.read(map_layer, layer="streets", area_code=area), key="key")
    options = MapOptions(language=language(), height_px=HEIGHT_PX, permalink="", fit=bounds_of([communities]), attribution=credit())
    city_map.show([each for each in (streets, layer) if len(each.places)], key=f"staffing_map_{area}", options=options)
