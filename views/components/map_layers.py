"""Layers of the map in the order they are drawn, from what the services read and what the reader chose."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import geopandas as gpd

from contracts.columns import CATEGORY, CODE, KIND
from contracts.reference import reference_table
from services.maplayers import grid_values, map_layer
from views import wiring
from views.i18n import _, grid_names_of, language, names_of
from views.maps.layers import MapLayer, TooltipRow
from views.maps.palette import COVERAGE, group_colours

WATER = "water"
MOST_STREETS = 60_000  # inline in one page; a larger city shows its streets from the sub-district on
MOST_BUILDINGS = 20_000
SHOWN_NAME = "shown_name"
SHOWN_CATEGORY = "shown_category"


@dataclass(frozen=True)
class Question:
    """What the map is asked: where, which service (``""`` = none yet), at which pace, within how many minutes."""

    area: str
    category: str
    profile: str
    minutes: int


def layers_of(question: Question) -> list[MapLayer]:
    """All layers of the question, ground first; empty ones are left out."""
    made = [*_ground(question), *_reach(question), *_areas(question), *_points(question)]
    return [layer for layer in made if layer.frame is not None and len(layer.frame)]


def _read(layer: str, question: Question, **arguments: Hashable) -> gpd.GeoDataFrame:
    return wiring.read(map_layer, layer=layer, area_code=question.area, **arguments)


def _named(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return frame.assign(**{SHOWN_NAME: names_of(frame)})


def _ground(question: Question) -> list[MapLayer]:
    grounds, buildings, streets = _read("grounds", question), _read("buildings", question), _read("streets", question)
    is_water = grounds[KIND] == WATER
    rows = (TooltipRow("name", _("Building")), TooltipRow("households", _("Households"), "count"))
    return [
        MapLayer("water", frame=grounds[is_water], key="key"),
        MapLayer("greens", frame=grounds[~is_water], key="key"),
        MapLayer("buildings", frame=buildings if len(buildings) <= MOST_BUILDINGS else buildings.iloc[:0], key="key", tooltip=rows),
        MapLayer("streets", frame=streets if len(streets) <= MOST_STREETS else streets.iloc[:0], key="key"),
        MapLayer("barriers", frame=_read("barriers", question), key="key"),
    ]


def _reach(question: Question) -> list[MapLayer]:
    circles = _read("circles", question, profile=question.profile, category=question.category)
    return [MapLayer("circles", frame=circles[circles["minutes"] <= question.minutes], key="key", visible=False)]


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
            figures=figures[figures.index.isin(grids.index)],
            classes=COVERAGE,
            tooltip=rows if question.category else rows[:3],
            selectable=True,
        ),
        MapLayer("communities", frame=communities, label=SHOWN_NAME, tooltip=(TooltipRow(SHOWN_NAME, _("Community")),)),
    ]


def _points(question: Question) -> list[MapLayer]:
    doors = _read("uncovered_doors", question, profile=question.profile, category=question.category, minutes=question.minutes)
    rows = (TooltipRow("name", _("Building")), TooltipRow("households", _("Households"), "count"), TooltipRow("minutes", _("Walk"), "minutes"))
    minutes = doors["seconds"] / 60.0 if "seconds" in doors else 0.0
    return [MapLayer("doors", frame=doors.assign(minutes=minutes), key="key", tooltip=rows), _facilities(question)]


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
    return MapLayer("facilities", frame=frame, key="key", colour_by="group", colours=shown, tooltip=rows)
