"""How each kind of layer is drawn by Leaflet: a style per feature, in one or two strokes (casing and core)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from views.maps.layers import MapLayer
from views.maps.palette import CIRCLE_COLOURS, NO_FIGURE_OPACITY, OTHER, Theme

Style = dict[str, Any]
_TIERS = {
    "motorway": "artery",
    "trunk": "artery",
    "primary": "artery",
    "secondary": "collector",
    "tertiary": "collector",
    "footway": "path",
    "path": "path",
    "steps": "path",
    "cycleway": "path",
    "track": "path",
    "corridor": "path",
}


@dataclass(frozen=True)
class Paint:
    """``style_of`` names a style for every feature; ``under`` is drawn first, ``over`` on top of it where it has the name."""

    style_of: pd.Series
    under: Mapping[str, Style]
    over: Mapping[str, Style] = field(default_factory=dict)


def paint(layer: MapLayer, theme: Theme) -> Paint:
    """The Leaflet styles of a layer with a frame."""
    return _PAINTERS[layer.kind](layer, theme)


def _line(colour: str, width: float, **more: Any) -> Style:
    return {"color": colour, "weight": width, "opacity": 1, "fill": False, **more}


def _fill(colour: str, opacity: float = 1.0, line: str = "", width: float = 0.0) -> Style:
    return {"fill": True, "fillColor": colour, "fillOpacity": opacity, "stroke": bool(line), "color": line or colour, "weight": width, "opacity": 1}


def _same(layer: MapLayer, name: str = "all") -> pd.Series:
    return pd.Series(name, index=layer.places.index, dtype="str")


def _column(layer: MapLayer, column: str) -> pd.Series:
    if column not in layer.places.columns:
        return _same(layer, "")
    return layer.places[column].astype("str").fillna("")


def _water(layer: MapLayer, theme: Theme) -> Paint:
    return Paint(_same(layer), {"all": _fill(theme.water, 1.0, theme.water_line, 0.6)})


def _greens(layer: MapLayer, theme: Theme) -> Paint:
    return Paint(_same(layer), {"all": _fill(theme.green)})


def _buildings(layer: MapLayer, theme: Theme) -> Paint:
    return Paint(_same(layer), {"all": _fill(theme.building, 0.95, theme.building_line, 0.8)})


def _communities(layer: MapLayer, theme: Theme) -> Paint:
    return Paint(_same(layer), {"all": _line(theme.halo, 5.5, opacity=0.7)}, {"all": _line(theme.area_line, 2.6)})


def _grids(layer: MapLayer, theme: Theme) -> Paint:
    if layer.classes is None or layer.figures is None:
        return Paint(_same(layer), {"all": _fill(theme.accent, 0.05, theme.grid_line, 1.4)})
    styles = {colour: _fill(colour, 0.78, theme.grid_line, 1.2) for colour in layer.classes.colours}
    styles[theme.no_data] = _fill(theme.no_data, NO_FIGURE_OPACITY, theme.grid_line, 1.8)
    values = layer.figures.reindex(_same(layer).index)
    colours = [layer.classes.colour(value) if value is not None and math.isfinite(value) else theme.no_data for value in values.astype(float)]
    return Paint(pd.Series(colours, index=values.index, dtype="str"), styles)


def _borders(layer: MapLayer, theme: Theme) -> Paint:
    return Paint(_same(layer), {"all": _line(theme.halo, 4.0, opacity=0.8)}, {"all": _line(theme.grid_line, 1.6)})


def _cells(layer: MapLayer, theme: Theme) -> Paint:
    return Paint(_same(layer), {"all": _fill(theme.rail, 0.0, theme.rail, 0.8) | {"dashArray": "3 3"}})


def _streets(layer: MapLayer, theme: Theme) -> Paint:
    tier = _column(layer, "highway").str.removesuffix("_link").map(_TIERS).fillna("lane")
    widths = {"lane": 4.0, "collector": 7.0, "artery": 10.0}
    casing = {name: _line(theme.street_casing, width + 2) for name, width in widths.items()}
    core = {name: _line(theme.street, width) for name, width in widths.items()}
    return Paint(tier, casing | {"path": _line(theme.path, 1.4, dashArray="4 3")}, core)


def _barriers(layer: MapLayer, theme: Theme) -> Paint:
    under = {
        "river": _line(theme.water_line, 3),
        "rail": _line(theme.rail, 4, lineCap="butt"),
        "wall": _line(theme.wall, 2, dashArray="6 2"),
        "expressway": _line(theme.rail, 9),
        "other": _line(theme.street_casing, 2),
    }
    over = {"rail": _line(theme.halo, 2, dashArray="9 9", lineCap="butt"), "expressway": _line(theme.street, 6)}
    kind = _column(layer, "kind")
    return Paint(kind.where(kind.isin(list(under)), "other"), under, over)


def _circles(layer: MapLayer, _theme: Theme) -> Paint:
    styles = {str(minutes): _fill(colour, 0.34, colour, 1.6) for minutes, colour in CIRCLE_COLOURS}
    minutes = _column(layer, "minutes").str.removesuffix(".0")
    return Paint(minutes.where(minutes.isin(list(styles)), "15"), styles)


def _fixes(layer: MapLayer, theme: Theme) -> Paint:
    return Paint(_same(layer), {"all": _line(theme.halo, 7)}, {"all": _line(theme.accent, 4, dashArray="6 5")})


def _walks(layer: MapLayer, theme: Theme) -> Paint:
    """Lines in the colours of their kinds, with a halo: a walk crosses every colour of the ground."""
    word = _column(layer, layer.colour_by)
    colours = {name: colour for name, (colour, _) in layer.colours.items()} | {"other": theme.accent}
    return Paint(
        word.where(word.isin(list(layer.colours)), "other"),
        {name: _line(theme.halo, 8) for name in colours},
        {name: _line(colour, 4) for name, colour in colours.items()},
    )


def _points(layer: MapLayer, theme: Theme) -> Paint:
    radius = 3 if layer.kind == "doors" else 7

    def dot(colour: str) -> Style:
        return {"radius": radius, "fill": True, "fillColor": colour, "fillOpacity": 1, "color": theme.halo, "weight": 1 if radius == 3 else 2, "opacity": 1}

    if not layer.colours:
        return Paint(_same(layer), {"all": dot(theme.far if layer.kind == "doors" else theme.accent)})
    word = _column(layer, layer.colour_by)
    styles = {name: dot(colour) for name, (colour, _) in layer.colours.items()}
    return Paint(word.where(word.isin(list(styles)), "other"), styles | {"other": dot(OTHER)})


_PAINTERS: Mapping[str, Callable[[MapLayer, Theme], Paint]] = {
    "water": _water,
    "greens": _greens,
    "communities": _communities,
    "grids": _grids,
    "borders": _borders,
    "cells": _cells,
    "buildings": _buildings,
    "streets": _streets,
    "barriers": _barriers,
    "circles": _circles,
    "fixes": _fixes,
    "walks": _walks,
    "doors": _points,
    "facilities": _points,
    "cases": _points,
}
