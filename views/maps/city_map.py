"""The map of streets, districts and the city: MapLibre inside the page, kept alive across reruns.

Python says what to show (sources, style, values, legend); ``assets/wangge/city_map.js`` keeps one map object per element
and applies the differences. Nothing is asked of another host; names reach the page as text, never as HTML.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from contracts.messages import Message
from views.maps.features import bounds_of_layers, geojson, label_points, plain
from views.maps.layers import MapLayer
from views.maps.legend import legend
from views.maps.palette import THEMES
from views.maps.state import MapOptions, MapState, Selection, parse_view
from views.maps.styles import style_layers

_LOADER = """
export default async function (component) {
  const { render } = await import(window.location.origin + '/assets/wangge/city_map.js');
  return render(component);
}
"""
_HTML = '<div class="wangge-map"></div>'


def show(layers: Sequence[MapLayer], *, key: str, options: MapOptions | None = None) -> MapState:
    """Draw the layers and return what is selected. Reruns change data, never rebuild the map; moving it causes no rerun."""
    chosen = options or MapOptions()
    if chosen.view is None and chosen.permalink:
        chosen = replace(chosen, view=parse_view(st.query_params.get(chosen.permalink)))
    data = map_data(layers, chosen)
    result = _component()(data=data, key=key, on_selected_change=_nothing)
    return read_state(result.get("selected"))


def _nothing() -> None:
    """A state name is only delivered when it has a callback."""


def _component() -> Any:
    """The registered component; registering again under the same name in each run is what Streamlit expects."""
    return st.components.v2.component("wangge_city_map", html=_HTML, js=_LOADER, isolate_styles=False)


def read_state(selected: Any) -> MapState:
    """The state out of what the browser reports; anything malformed reads as nothing selected."""
    if not isinstance(selected, dict):
        return MapState(None, None)
    layer, place = selected.get("layer"), selected.get("id")
    chosen = Selection(layer, place) if isinstance(layer, str) and isinstance(place, str) else None
    return MapState(chosen, parse_view(str(selected.get("view", ""))))


def map_data(layers: Sequence[MapLayer], options: MapOptions) -> dict[str, Any]:
    """Everything the browser needs, as plain values."""
    theme = THEMES[options.theme]
    language = options.language
    fit = options.fit or bounds_of_layers(layers)
    return {
        "sources": _sources(layers),
        "layers": style_layers(layers, theme, language),
        "values": {layer.id: _values(layer) for layer in layers if layer.figures is not None},
        "panel": [block.as_data() for block in legend(layers, theme, language)],
        "tooltips": {layer.id: [{"column": row.column, "label": row.label, "style": row.style} for row in layer.tooltip] for layer in layers if layer.tooltip},
        "selectable": [layer.id for layer in layers if layer.selectable],
        "selected": {"layer": options.selected.layer, "id": options.selected.id} if options.selected else None,
        "fit": list(fit) if fit else None,
        "view": [options.view.longitude, options.view.latitude, options.view.zoom] if options.view else None,
        "permalink": options.permalink,
        "words": _words(layers, language),
        "language": language.replace("_", "-"),
        "attribution": options.attribution,
        "theme": options.theme,
        "height_px": options.height_px,
    }


def _words(layers: Iterable[MapLayer], language: str) -> dict[str, str]:
    """The words of the frame; a layer may say more of a missing figure than that it is missing."""
    words = {name: message.in_language(language) for name, message in _WORDS.items()}
    missing = next((layer.missing for layer in layers if layer.missing), "")
    return words | ({"no_figure": missing} if missing else {})


_WORDS = {
    "legend": Message("Legend"),
    "layers": Message("More layers"),
    "search": Message("Find a place"),
    "fit": Message("Show the whole area"),
    "zoom_in": Message("Zoom in"),
    "zoom_out": Message("Zoom out"),
    "map": Message("Map"),
    "loading": Message("The map is loading …"),
    "no_webgl": Message("This browser cannot draw the map (WebGL is off). The tables below show the same figures."),
    "failed": Message("The map could not be loaded. Reload the page; if it stays like this, tell the administrator."),
    "no_figure": Message("No figure"),
    "minutes": Message("min"),
}


def _sources(layers: Iterable[MapLayer]) -> dict[str, dict[str, str]]:
    sources: dict[str, dict[str, str]] = {}
    for layer in layers:
        if layer.frame is None:
            sources[layer.id] = {"tiles": layer.tiles, "part": layer.tiles_name, "key": layer.key}
            continue
        sources[layer.id] = _inline(geojson(layer.frame, key=layer.key, columns=_columns(layer)), layer.key)
        if layer.has_point_names:
            sources[f"{layer.id}-labels"] = _inline(label_points(layer.frame, label=layer.label), "key")
    return sources


def _columns(layer: MapLayer) -> list[str]:
    """Columns the style and the tooltip read."""
    needed = {"streets": ["highway", layer.label or "name"], "barriers": ["kind"], "circles": ["minutes"]}.get(layer.kind, [])
    return [*needed, *([layer.colour_by] if layer.colour_by else []), *(row.column for row in layer.tooltip)]


def _inline(text: str, key: str) -> dict[str, str]:
    return {"geojson": text, "version": hashlib.sha256(text.encode()).hexdigest()[:16], "key": key}


def _values(layer: MapLayer) -> dict[str, Any]:
    """Values by key; a missing value is left out and drawn in the colour of no figure."""
    values = {} if layer.figures is None else {str(code): plain(value) for code, value in layer.figures.items()}
    return {code: value for code, value in values.items() if value is not None}
