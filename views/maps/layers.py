"""One layer of a map as a page hands it over: what it is, its places, its figures and its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Literal

import geopandas as gpd
import pandas as pd

from contracts.errors import CrsError, InputError
from contracts.messages import Message
from views.maps.palette import Classes

Kind = Literal[
    "water",
    "greens",
    "communities",
    "grids",
    "borders",
    "cells",
    "buildings",
    "streets",
    "barriers",
    "circles",
    "fixes",
    "walks",
    "doors",
    "facilities",
    "cases",
]

TITLES: Mapping[Kind, Message] = MappingProxyType(
    {
        "water": Message("Water"),
        "greens": Message("Parks and greens"),
        "communities": Message("Communities"),
        "grids": Message("Grids"),
        "borders": Message("Grid borders"),
        "cells": Message("Unit cells"),
        "buildings": Message("Buildings"),
        "streets": Message("Streets"),
        "barriers": Message("Rivers, railways and walls"),
        "circles": Message("Service circles"),
        "fixes": Message("Proposed fixes"),
        "walks": Message("Walk"),
        "doors": Message("Doors out of reach"),
        "facilities": Message("Facilities"),
        "cases": Message("Cases"),
    }
)
NAMED_KINDS = frozenset({"communities", "grids", "facilities", "buildings", "cases"})  # a name at one point; streets carry theirs along the line
NumberStyle = Literal["text", "count", "share", "minutes"]


@dataclass(frozen=True)
class TooltipRow:
    """One line of a tooltip: a column (``"value"`` = the value the layer is coloured by) and its label."""

    column: str
    label: str
    style: NumberStyle = "text"


@dataclass(frozen=True)
class MapLayer:
    """Places of one kind. Give ``frame`` (index = key or code) or ``tiles`` (address of a PMTiles file), not both.

    ``figures`` are joined by key and coloured by ``classes`` (doors: those without a figure are not drawn); ``colours`` maps the words of ``colour_by`` to colour and label.
    ``name`` tells two layers of one kind apart; ``title`` defaults to the kind's own word; ``label`` is the column written on
    the map (streets: along the line); ``missing`` says why a place has no figure, where there is more to say than that.
    """

    kind: Kind
    frame: gpd.GeoDataFrame | None = None
    tiles: str = ""
    name: str = ""
    title: str = ""
    key: str = "code"
    figures: pd.Series | None = None
    classes: Classes | None = None
    colour_by: str = ""
    colours: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    label: str = ""
    tooltip: tuple[TooltipRow, ...] = ()
    visible: bool = True
    selectable: bool = False
    missing: str = ""

    def __post_init__(self) -> None:
        if (self.frame is None) == (not self.tiles):
            raise InputError("Map layer {layer}: give either places or the address of tiles.", layer=self.id)
        if self.frame is not None and self.frame.crs is None:
            raise CrsError("Map layer {layer}: the places have no coordinate system; set it where they are read.", layer=self.id)
        if self.kind != "doors" and (self.figures is None) != (self.classes is None):
            raise InputError("Map layer {layer}: figures need classes and classes need figures.", layer=self.id)

    @property
    def id(self) -> str:
        """Name of the layer, its kind where none was given."""
        return self.name or self.kind

    @property
    def is_pickable(self) -> bool:
        """Whether the pointer does anything here: a tooltip or a selection."""
        return self.selectable or bool(self.tooltip)

    @property
    def has_point_names(self) -> bool:
        """Whether names are written at one point of each place."""
        return bool(self.label) and self.frame is not None and self.kind in NAMED_KINDS

    @property
    def tiles_name(self) -> str:
        """Name of the layer inside its tiles: the stem of their address, as ``write_pmtiles`` names it."""
        return PurePosixPath(self.tiles).stem

    @property
    def places(self) -> gpd.GeoDataFrame:
        """The frame, for maps that cannot read tiles."""
        if self.frame is None:
            raise InputError("Map layer {layer}: a community map needs places, not tiles.", layer=self.id)
        return self.frame

    def title_in(self, language: str) -> str:
        """Words for the legend and the layer list."""
        return self.title or TITLES[self.kind].in_language(language)
