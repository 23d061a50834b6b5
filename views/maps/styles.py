"""How each kind of layer is drawn by MapLibre: style layers as data, each with its rank in the drawing order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from views.maps.layers import MapLayer
from views.maps.palette import CIRCLE_COLOURS, NO_FIGURE_OPACITY, OTHER, Theme

Spec = dict[str, Any]
Ranked = tuple[int, Spec]
SELECTED = ["boolean", ["feature-state", "selected"], False]
HOVER = ["boolean", ["feature-state", "hover"], False]
FONT = ["Noto Sans SC", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "sans-serif"]

# Street tiers: OSM classes, first zoom, width in pixels at that zoom + 1, at 14 and at 17.
_TIERS: tuple[tuple[str, tuple[str, ...], float, float, float], ...] = (
    ("lane", ("residential", "unclassified", "living_street", "service", "pedestrian", "road"), 13, 1.6, 8),
    ("collector", ("tertiary", "tertiary_link", "secondary", "secondary_link"), 11, 3.2, 13),
    ("artery", ("primary", "primary_link", "trunk", "trunk_link", "motorway", "motorway_link"), 8, 4.6, 18),
)
_PATHS = ("footway", "path", "steps", "cycleway", "track", "corridor", "bridleway")
_HIGHWAY = ["coalesce", ["get", "highway"], "residential"]


def zoom_width(*stops: float) -> list[Any]:
    """An exponential width by zoom: ``zoom_width(12, 1, 17, 6)``."""
    return ["interpolate", ["exponential", 1.5], ["zoom"], *stops]


def style_layers(layers: Sequence[MapLayer], theme: Theme, language: str) -> list[Spec]:
    """All style layers of a map from the ground up; ``metadata.owner`` names the map layer each belongs to."""
    ranked: list[tuple[int, int, Spec]] = []
    for order, layer in enumerate(layers):
        ranked += [(rank, order, _finished(spec, layer)) for rank, spec in _DRAWERS[layer.kind](layer, theme)]
        ranked += [(90, order, _finished(spec, layer, source=f"{layer.id}-labels")) for spec in _labels(layer, theme)]
    return [_ground(theme), *(spec for _, _, spec in sorted(ranked, key=lambda entry: entry[:2]))]


def _ground(theme: Theme) -> Spec:
    return {"id": "ground", "type": "background", "paint": {"background-color": theme.ground}}


def _finished(spec: Spec, layer: MapLayer, source: str = "") -> Spec:
    labels = bool(source)
    finished = {"id": f"{layer.id}-{spec.pop('part')}", "source": source or layer.id, "metadata": {"owner": layer.id, "pick": spec.pop("pick", False)}, **spec}
    if layer.tiles and not labels:
        finished["source-layer"] = layer.tiles_name
    return finished


def _line(part: str, colour: Any, width: Any, **more: Any) -> Spec:
    paint = {"line-color": colour, "line-width": width} | more.pop("paint", {})
    return {"part": part, "type": "line", "layout": {"line-join": "round", "line-cap": more.pop("cap", "butt")}, "paint": paint, **more}


def _fill(part: str, colour: Any, opacity: Any = 1.0, **more: Any) -> Spec:
    return {"part": part, "type": "fill", "paint": {"fill-color": colour, "fill-opacity": opacity}, **more}


def _water(_layer: MapLayer, theme: Theme) -> list[Ranked]:
    return [(25, _fill("fill", theme.water)), (26, _line("shore", theme.water_line, 0.6))]


def _greens(_layer: MapLayer, theme: Theme) -> list[Ranked]:
    return [(12, _fill("fill", theme.green))]


def _value_colour(layer: MapLayer, theme: Theme) -> Any:
    if layer.classes is None:
        return theme.accent
    value = ["feature-state", "value"]
    steps = [part for limit, colour in zip(layer.classes.breaks, layer.classes.colours[1:], strict=True) for part in (limit, colour)]
    return ["case", ["==", value, None], theme.no_data, ["step", ["to-number", value, 0], layer.classes.colours[0], *steps]]


def _areas(layer: MapLayer, theme: Theme, *, line: str, width: list[Any], rank: int) -> list[Ranked]:
    plain = 0.0 if layer.kind == "communities" else 0.05
    missing = ["==", ["feature-state", "value"], None]
    opacity = ["case", HOVER, plain + 0.06, plain] if layer.classes is None else ["case", missing, NO_FIGURE_OPACITY, HOVER, 0.9, 0.78]
    halo = ["interpolate", ["linear"], ["zoom"], 10, 0.0, 14, 0.5]
    return [
        (20, _fill("fill", _value_colour(layer, theme), opacity, pick=layer.is_pickable)),
        (rank, _line("halo", theme.halo, zoom_width(10, 1.0, 16, 4), paint={"line-opacity": halo})),
        (rank + 1, _line("line", line, width)),
        (70, _line("chosen-halo", theme.halo, ["case", SELECTED, 7, 0])),
        (71, _line("chosen", theme.accent, ["case", SELECTED, 3.5, 0])),
    ]


def _communities(layer: MapLayer, theme: Theme) -> list[Ranked]:
    return _areas(layer, theme, line=theme.area_line, width=zoom_width(9, 0.5, 14, 1.8, 17, 3.2), rank=46)


def _grids(layer: MapLayer, theme: Theme) -> list[Ranked]:
    return _areas(layer, theme, line=theme.grid_line, width=zoom_width(11, 0.2, 14, 0.9, 17, 2), rank=44)


def _borders(_layer: MapLayer, theme: Theme) -> list[Ranked]:
    return [(44, _line("line", theme.grid_line, zoom_width(11, 0.2, 14, 0.9, 17, 2)))]


def _cells(layer: MapLayer, theme: Theme) -> list[Ranked]:
    line = _line("line", theme.rail, zoom_width(13, 0.3, 16, 1), minzoom=13, paint={"line-dasharray": [3, 2], "line-opacity": 0.8})
    return [(21, _fill("fill", theme.rail, ["case", HOVER, 0.12, 0.0], minzoom=13, pick=layer.is_pickable)), (53, line)]


def _buildings(layer: MapLayer, theme: Theme) -> list[Ranked]:
    opacity = ["interpolate", ["linear"], ["zoom"], 13, 0.0, 14, 0.9]
    fill = _fill("fill", theme.building, opacity, minzoom=13, pick=layer.is_pickable)
    fill["paint"]["fill-outline-color"] = theme.building_line
    return [(30, fill), (72, _line("chosen", theme.accent, ["case", SELECTED, 3, 0], minzoom=13))]


def _streets(layer: MapLayer, theme: Theme) -> list[Ranked]:
    path = _line("path", theme.path, zoom_width(14, 0.6, 17, 1.8), minzoom=14.5, paint={"line-dasharray": [2, 1.4]})
    ranked: list[Ranked] = [(39, path | {"filter": ["in", _HIGHWAY, ["literal", list(_PATHS)]]})]
    for order, (tier, classes, first, middle, near) in enumerate(_TIERS):
        chosen = {"minzoom": first, "filter": ["in", _HIGHWAY, ["literal", list(classes)]]}
        width = zoom_width(first, 0.7, max(14, first + 1), middle, 17, near)
        casing = zoom_width(first, 1.2, max(14, first + 1), middle + 1.4, 17, near + 2.2)
        ranked += [
            (40, _line(f"{tier}-casing", theme.street_casing, casing, cap="round", **chosen)),
            (41 + order, _line(tier, theme.street, width, cap="round", **chosen)),
        ]
    return [*ranked, (88, _street_names(layer.label or "name", theme))]


def _street_names(column: str, theme: Theme) -> Spec:
    layout = {
        "symbol-placement": "line",
        "text-field": ["coalesce", ["get", column], ""],
        "text-font": FONT,
        "text-size": 12,
        "text-max-angle": 30,
        "symbol-spacing": 320,
    }
    paint = {"text-color": theme.label, "text-halo-color": theme.halo, "text-halo-width": 1.6, "text-opacity": 0.85}
    return {"part": "names", "type": "symbol", "minzoom": 14.5, "filter": ["!", ["in", _HIGHWAY, ["literal", list(_PATHS)]]], "layout": layout, "paint": paint}


def _barriers(_layer: MapLayer, theme: Theme) -> list[Ranked]:
    def of(*kinds: str) -> Spec:
        return {"filter": ["in", ["get", "kind"], ["literal", list(kinds)]]}

    thin = zoom_width(10, 0.8, 14, 2.6, 17, 5)
    return [
        (27, _line("river", theme.water_line, zoom_width(10, 1.2, 14, 3, 17, 6), cap="round", **of("river"))),
        (48, _line("expressway-casing", theme.rail, zoom_width(10, 2, 14, 5.4, 17, 15), **of("expressway"))),
        (49, _line("expressway", theme.street, zoom_width(10, 1, 14, 3.8, 17, 12), **of("expressway"))),
        (50, _line("rail", theme.rail, thin, **of("rail"))),
        (51, _line("rail-ties", theme.halo, zoom_width(10, 0.3, 14, 1.3, 17, 3), paint={"line-dasharray": [5, 5]}, **of("rail"))),
        (52, _line("wall", theme.wall, zoom_width(13, 0.5, 17, 2.4), minzoom=13, paint={"line-dasharray": [3, 1]}, **of("wall"))),
    ]


def _circles(layer: MapLayer, theme: Theme) -> list[Ranked]:
    colour = ["step", ["get", "minutes"], CIRCLE_COLOURS[0][1], 5.01, CIRCLE_COLOURS[1][1], 10.01, CIRCLE_COLOURS[2][1]]
    fill = _fill("fill", colour, 0.34, layout={"fill-sort-key": ["-", 0, ["get", "minutes"]]}, pick=layer.is_pickable)
    return [(35, fill), (58, _line("line", colour, 1.6)), (72, _line("chosen", theme.accent, ["case", SELECTED, 3, 0]))]


def _fixes(layer: MapLayer, theme: Theme) -> list[Ranked]:
    line = _line("line", theme.accent, zoom_width(12, 2, 16, 4, 19, 7), cap="round", paint={"line-dasharray": [1.5, 1.2]}, pick=layer.is_pickable)
    return [(60, _line("halo", theme.halo, zoom_width(12, 3.5, 16, 7, 19, 12), cap="round")), (61, line)]


def _walks(layer: MapLayer, theme: Theme) -> list[Ranked]:
    pairs = [part for word, (shade, _) in layer.colours.items() for part in (word, shade)]
    colour: Any = ["match", ["to-string", ["get", layer.colour_by]], *pairs, theme.accent] if pairs else theme.accent
    return [(74, _line("halo", theme.halo, 8, cap="round")), (75, _line("line", colour, 4, cap="round"))]


def _points(layer: MapLayer, theme: Theme) -> list[Ranked]:
    small = layer.kind == "doors"
    colour: Any = theme.far if small else theme.accent
    if layer.colours:
        pairs = [part for word, (shade, _) in layer.colours.items() for part in (word, shade)]
        colour = ["match", ["to-string", ["get", layer.colour_by]], *pairs, OTHER]
    size = zoom_width(11, 1.4, 14, 2.6, 17, 4.5) if small else zoom_width(10, 2.5, 14, 5.5, 17, 9)
    dot = {"circle-color": colour, "circle-radius": size, "circle-stroke-color": theme.halo, "circle-stroke-width": 0.8 if small else 1.6}
    if layer.figures is not None:
        shown = ["case", ["==", ["feature-state", "value"], None], 0, 1]
        dot |= {"circle-opacity": shown, "circle-stroke-opacity": shown}
    ring = {
        "circle-color": "rgba(0,0,0,0)",
        "circle-radius": zoom_width(10, 5, 14, 9, 17, 14),
        "circle-stroke-color": theme.accent,
        "circle-stroke-width": ["case", SELECTED, 3.5, 0],
    }
    return [
        (80 if small else 82, {"part": "dot", "type": "circle", "paint": dot, "pick": layer.is_pickable}),
        (84, {"part": "chosen", "type": "circle", "paint": ring}),
    ]


_LABELS: Mapping[str, tuple[float, float, float]] = {
    "communities": (11.5, 15.2, 15),
    "grids": (14.2, 24, 13),
    "facilities": (15.5, 24, 12),
    "buildings": (16.5, 24, 12),
    "cases": (15.5, 24, 12),
}


def _labels(layer: MapLayer, theme: Theme) -> list[Spec]:
    """Names of places, drawn from a source of one point per place with the property ``label``."""
    if not layer.has_point_names:
        return []
    first, last, size = _LABELS[layer.kind]
    point = layer.kind in ("facilities", "cases")
    layout = {
        "text-field": ["get", "label"],
        "text-font": FONT,
        "text-size": size,
        "text-max-width": 9,
        "text-anchor": "top" if point else "center",
        "text-offset": [0, 0.8 if point else 0],
    }
    paint = {"text-color": theme.label, "text-halo-color": theme.halo, "text-halo-width": 1.8}
    return [{"part": "labels", "type": "symbol", "minzoom": first, "maxzoom": last, "layout": layout, "paint": paint}]


_DRAWERS: Mapping[str, Callable[[MapLayer, Theme], list[Ranked]]] = {
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
