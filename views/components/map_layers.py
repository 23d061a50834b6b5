"""Layers of the map in the order they are drawn, from what the services read and what the reader chose."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd
import streamlit as st

from contracts.columns import CATEGORY, CODE, KIND, NAME, NAME_EN, SECONDS
from contracts.reference import reference_table
from services.circles import SEARCHED_S
from services.maplayers import grid_values, map_layer
from services.overview import city_counts
from services.reach_summary import communities_behind
from views import wiring
from views.components import map_tiles, service_circle
from views.i18n import _, grid_names_of, language, names_of, number
from views.maps.layers import MapLayer, TooltipRow
from views.maps.palette import COVERAGE, group_colours

WATER = "water"
MOST_INLINE = 4_000  # places of one layer sent with the page; more come as tiles, which a rerun does not send again
SHOWN_NAME = "shown_name"
SHOWN_CATEGORY = "shown_category"
SHOWN_WALK = "shown_walk"


@dataclass(frozen=True)
class Question:
    """What the map is asked: where, which service (``""`` = none yet), at which pace, within how many minutes."""

    area: str
    category: str
    profile: str
    minutes: int


def layers_of(question: Question) -> list[MapLayer]:
    """All layers of the question, ground first; empty ones are left out."""
    made = [*_ground(question), *_reach(question), *_areas(question), *_cells(question), *_points(question)]
    return [layer for layer in made if layer.frame is None or len(layer.frame)]


def _read(layer: str, question: Question, **arguments: Hashable) -> gpd.GeoDataFrame:
    return wiring.read(map_layer, layer=layer, area_code=question.area, **arguments)


def _named(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return frame.assign(**{SHOWN_NAME: names_of(frame)})


def _ground(question: Question) -> list[MapLayer]:
    grounds = _read("grounds", question)
    is_water = grounds[KIND] == WATER
    rows = (TooltipRow(NAME, _("Building")), TooltipRow("households", _("Households"), "count"))
    buildings = _source("buildings", question)
    return [
        MapLayer("water", frame=grounds[is_water], key="key"),
        MapLayer("greens", frame=grounds[~is_water], key="key"),
        MapLayer("buildings", key="key", tooltip=rows if "frame" in buildings else (), **buildings),
        MapLayer("streets", key="key", label=NAME_EN if language() == "en" else NAME, **_source("streets", question)),
        MapLayer("barriers", frame=_read("barriers", question), key="key"),
    ]


def _source(layer: str, question: Question) -> dict[str, Any]:
    """The places themselves, or the address of their tiles where they are too many for one page."""
    if not question.area and wiring.read(city_counts).counts[layer] > MOST_INLINE:
        return {"tiles": map_tiles.addresses()[layer]}
    frame = _read(layer, question)
    return {"frame": frame} if len(frame) <= MOST_INLINE else {"tiles": map_tiles.addresses()[layer]}


def _reach(question: Question) -> list[MapLayer]:
    """Circles as kept now: those drawn when somebody asks change nothing else, so the data version stays."""
    circles = map_layer(wiring.unit_of_work(), wiring.principal(), "circles", profile=question.profile, category=question.category)
    is_wanted = st.session_state.get(service_circle.DRAWN) == (question.category, question.profile)
    return [MapLayer("circles", frame=circles[circles["minutes"] <= question.minutes], key="key", visible=is_wanted)]


def _areas(question: Question) -> list[MapLayer]:
    communities = _named(_read("communities", question))
    grids = _read("grids", question)
    rows = (
        TooltipRow(SHOWN_NAME, _("Grid")),
        TooltipRow(CODE, _("Code")),
        TooltipRow("households", _("Households"), "count"),
        TooltipRow("value", _("Residents within reach"), "share"),
    )
    figures = wiring.read(grid_values, category=question.category, profile=question.profile, limit_s=60.0 * question.minutes)
    return [
        MapLayer(
            "grids",
            title=_("Residents within reach") if question.category else "",
            frame=grids.assign(**{CODE: grids.index, SHOWN_NAME: grid_names_of(grids)}),
            figures=figures[figures.index.isin(grids.index)] if question.category else None,
            classes=COVERAGE if question.category else None,
            tooltip=rows if question.category else rows[:3],
            label=SHOWN_NAME if len(communities) == 1 else "",
            selectable=True,
            missing=_("Figures not computed yet") if question.category and wiring.read(communities_behind, area_code=question.area) else "",
        ),
        MapLayer("communities", frame=communities, label=SHOWN_NAME),
    ]


def _cells(question: Question) -> list[MapLayer]:
    """Unit cells of a chosen area, switched on by hand; of a whole city they would be too many to tell apart."""
    if not question.area:
        return []
    cells = _read("cells", question)
    rows = (TooltipRow(CODE, _("Unit cell")), TooltipRow("duty_grid", _("Duty grid")))
    return [MapLayer("cells", frame=cells.assign(**{CODE: cells.index}), tooltip=rows, visible=False)]


def _points(question: Question) -> list[MapLayer]:
    return [_doors(question), _facilities(question)]


def _doors(question: Question) -> MapLayer:
    """Doors out of reach: themselves, or as figures of the tiles where they are many."""
    doors = _read("uncovered_doors", question, profile=question.profile, category=question.category, minutes=question.minutes)
    rows = (TooltipRow(NAME, _("Building")), TooltipRow("households", _("Households"), "count"), TooltipRow(SHOWN_WALK, _("Walk")))
    if len(doors) > MOST_INLINE:
        return MapLayer("doors", tiles=map_tiles.addresses()["doors"], key="key", figures=pd.Series(1, index=doors.index))
    return MapLayer("doors", frame=doors.assign(**{SHOWN_WALK: doors[SECONDS].map(_walk) if SECONDS in doors else ""}), key="key", tooltip=rows)


def _walk(seconds: float) -> str:
    """Minutes on foot as words: a door nothing was found for lies beyond all that was searched."""
    if math.isfinite(seconds):
        return _("{minutes} min", minutes=number(seconds / 60.0, digits=1))
    return _("more than {minutes} min", minutes=number(SEARCHED_S / 60.0))


def _facilities(question: Question) -> MapLayer:
    """Facilities of the chosen service, or all of them where none is chosen, coloured by group."""
    frame = _named(_read("facilities", question))
    if question.category:
        frame = frame[frame[CATEGORY] == question.category]
    table = reference_table("facility_categories").set_index(CODE)
    words = "en" if language() == "en" else "zh"
    groups = frame[CATEGORY].map(table["group"]).fillna("")
    frame = frame.assign(group=groups, **{SHOWN_CATEGORY: frame[CATEGORY].map(table[words]).fillna(frame[CATEGORY])})
    names = reference_table("facility_groups").set_index(CODE)[words].to_dict()
    shown = {group: (colour, names.get(group, group)) for group, colour in group_colours(groups).items()}
    rows = (TooltipRow(SHOWN_NAME, _("Name")), TooltipRow(SHOWN_CATEGORY, _("Service")))
    return MapLayer("facilities", frame=frame, key="key", colour_by="group", colours=shown, tooltip=rows, visible=bool(question.category))
