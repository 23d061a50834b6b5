"""Grids coloured by how many households one worker there has; homes only for those who assign workers."""

from __future__ import annotations

import geopandas as gpd

from contracts.columns import CODE, FULL_TIME
from services.maplayers import map_layer
from services.rosters import LOAD, WORKERS, grid_load, load_breaks, worker_homes
from views import wiring
from views.components import states
from views.components.map_credit import credit
from views.i18n import _, grid_names_of, language, names_of
from views.maps import city_map
from views.maps.features import bounds_of
from views.maps.layers import MapLayer, TooltipRow
from views.maps.palette import QUALITATIVE, make_classes
from views.maps.state import MapOptions

HEIGHT_PX = 420
SHOWN_NAME = "shown_name"


def show(area: str) -> None:
    """The map of one area (``""`` = everything the reader may see)."""
    load = wiring.read(grid_load, area_code=area)
    if load.empty:
        return
    layers = [_streets(area), _grids(load), _communities(area)]
    if states.may(wiring.principal(), "assign_workers"):
        layers.append(_homes(wiring.read(worker_homes, area_code=area)))
    shown = [layer for layer in layers if len(layer.places)]
    options = MapOptions(language=language(), height_px=HEIGHT_PX, permalink="", fit=bounds_of([load]), attribution=credit())
    city_map.show(shown, key=f"load_map_{area}", options=options)


def _streets(area: str) -> MapLayer:
    return MapLayer("streets", frame=wiring.read(map_layer, layer="streets", area_code=area), key="key")


def _communities(area: str) -> MapLayer:
    frame = wiring.read(map_layer, layer="communities", area_code=area)
    return MapLayer("communities", frame=frame.assign(**{SHOWN_NAME: names_of(frame)}), label=SHOWN_NAME)


def _grids(load: gpd.GeoDataFrame) -> MapLayer:
    rows = (
        TooltipRow(SHOWN_NAME, _("Grid")),
        TooltipRow("lead", _("Grid leader")),
        TooltipRow("households", _("Households"), "count"),
        TooltipRow(WORKERS, _("Workers"), "count"),
        TooltipRow("value", _("Households per worker"), "count"),
    )
    named = load.assign(**{CODE: load.index, SHOWN_NAME: grid_names_of(load), "lead": load["lead"].where(load["lead"] != "", _("Nobody yet"))})
    classes = make_classes(load_breaks(load[LOAD]))
    return MapLayer("grids", title=_("Households per worker"), frame=named.drop(columns=LOAD), figures=load[LOAD].dropna(), classes=classes, tooltip=rows)


def _homes(homes: gpd.GeoDataFrame) -> MapLayer:
    kinds = {"full": (QUALITATIVE[2], _("Home, full-time")), "part": (QUALITATIVE[3], _("Home, part-time"))}
    placed = homes[homes.geometry.notna()]
    kind = placed[FULL_TIME].fillna(False).astype(bool).map({True: "full", False: "part"})
    return MapLayer(
        "facilities",
        frame=placed.assign(kind_of_home=kind),
        key="key",
        name="homes",
        title=_("Homes of workers"),
        colour_by="kind_of_home",
        colours=kinds,
        tooltip=(TooltipRow("name", _("Name")),),
        visible=False,
    )
