"""The map of one community, and every map that leaves the app as a file: folium with the vendored Leaflet.

folium's own lists name public hosts; importing this module points the classes we use at ``/assets``. Places are drawn by
``PlaceLayer``, which hands names to the page as data and sets them as text: folium's popups and tooltips would run them.
"""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from typing import Any, ClassVar

import folium
import folium.plugins
import shapely
from babel.numbers import format_decimal, format_percent
from folium.elements import JSCSSMixin
from folium.map import Layer
from folium.template import Template
from streamlit_folium import st_folium

from contracts.errors import InputError
from contracts.messages import Message
from views.maps.features import WGS84, bounds_of_layers, geojson, label_points, plain
from views.maps.layers import MapLayer, TooltipRow
from views.maps.legend import legend, legend_html
from views.maps.paint import paint
from views.maps.palette import THEMES, Theme
from views.maps.state import MapOptions, MapState, Selection

PLACES_LIMIT = 2000  # measured: 1 000 polygons paint in 4 s, 10 000 in 8 s and take 3.6 s at every rerun
UNSIZED_PX = 640  # until the page gives the map the rest of the window
_ORDER = (
    "greens",
    "grids",
    "water",
    "buildings",
    "circles",
    "streets",
    "barriers",
    "cells",
    "borders",
    "communities",
    "fixes",
    "walks",
    "doors",
    "facilities",
    "cases",
)

folium.Map.default_js = [("leaflet", "/assets/leaflet/leaflet.js")]
folium.Map.default_css = [("leaflet_css", "/assets/leaflet/leaflet.css")]
folium.plugins.Draw.default_js = [("leaflet_draw_js", "/assets/leaflet-draw/leaflet.draw.js")]
folium.plugins.Draw.default_css = [("leaflet_draw_css", "/assets/leaflet-draw/leaflet.draw.css")]


def script_json(value: Any) -> str:
    """JSON to stand in a script of folium: no tag can end the script, and no ``{{`` is left.

    folium renders what a template gave once more as a template, so a place named ``{{ ... }}`` would run on the server.
    Outside of strings JSON never has two of these marks in a row, hence a plain replacement is exact.
    """
    text = json.dumps(value, ensure_ascii=False).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    for mark in ("{{", "{%", "{#"):
        text = text.replace(mark, "\\u007b" + mark[1].replace("{", "\\u007b"))
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def without_braces(markup: str) -> str:
    """Escaped HTML that no template engine mistakes for its own."""
    return markup.replace("{", "&#123;").replace("}", "&#125;")


TIPS_JS = """
            function text(tag, words) {
                var element = document.createElement(tag);
                element.textContent = words;
                return element;
            }
            function tip(rows) {
                var box = document.createElement('div');
                rows.forEach(function (row, rank) {
                    var line = document.createElement('div');
                    if (row[0] && rank) { line.appendChild(text('span', row[0])); }
                    line.appendChild(text(rank ? 'b' : 'strong', row[1]));
                    box.appendChild(line);
                });
                return box;
            }
"""  # rows of text as an element: never as markup


class PlaceLayer(Layer):
    """One ``MapLayer`` on a folium map: cased lines, dots, text-only tooltips, names on the map."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.featureGroup();
        (function (group, map, given) {
            """
        + TIPS_JS
        + """
            var widened = [];
            [given.under, given.over].forEach(function (styles) {
                L.geoJSON(given.places, {
                    filter: function (place) { return place.properties.style in styles; },
                    interactive: given.interactive,
                    style: function (place) { return styles[place.properties.style]; },
                    pointToLayer: function (place, at) { return L.circleMarker(at, styles[place.properties.style]); },
                    onEachFeature: function (place, shape) {
                        if (given.kind === 'streets') { widened.push([shape, styles[place.properties.style].weight]); }
                        if (place.properties.tip) {
                            shape.bindTooltip(tip(place.properties.tip), {sticky: true, className: 'wangge-tip'});
                        }
                    }
                }).addTo(group);
            });
            function widen() {
                var factor = Math.min(1.5, Math.max(0.3, Math.pow(1.6, map.getZoom() - 16.5)));
                widened.forEach(function (pair) { pair[0].setStyle({weight: pair[1] * factor}); });
            }
            if (widened.length) { map.on('zoomend', widen); map.whenReady(widen); }
            given.labels.features.forEach(function (place) {
                var at = place.geometry.coordinates;
                var icon = L.divIcon({className: 'wangge-label ' + given.kind, html: text('span', place.properties.label), iconSize: null});
                L.marker([at[1], at[0]], {icon: icon, interactive: false, keyboard: false}).addTo(group);
            });
        })({{ this.get_name() }}, {{ this._parent.get_name() }}, {{ this.given }});
        {% endmacro %}
        """
    )

    def __init__(self, layer: MapLayer, theme: Theme, language: str) -> None:
        super().__init__(name=without_braces(html.escape(layer.title_in(language))), overlay=True, control=True, show=layer.visible)
        self._name = "PlaceLayer"
        self.given = script_json(_given(layer, theme, language))


class Frame(JSCSSMixin):
    """What surrounds the places: zoom buttons in the reader's language, legend, credits, far-away labels hidden."""

    default_css: ClassVar = [("wangge_css", "/assets/wangge/community_map.css")]
    _template = Template(
        """
        {% macro html(this, kwargs) %}{{ this.markup }}{% endmacro %}
        {% macro script(this, kwargs) %}
        (function (map, words) {
            var moved = false;
            map.on('mousedown wheel touchstart', function () { moved = true; });
            map.getContainer().addEventListener('wheel', function () { moved = true; }, {passive: true});
            var legend = document.querySelector('.wangge-legend');
            if (legend && map.getContainer().clientWidth <= 640) { legend.open = false; }
            /* Clear of the legend, beside it or above it, whichever shows the area larger; over it where neither leaves room.
               A window without any room is left alone: the zoom that fits into nothing is no number. */
            function fit() {
                var width = legend ? legend.offsetWidth : 0, height = legend ? legend.offsetHeight : 0, best = null;
                [[[width + 24, 16], [16, 44]], [[16, 16], [16, height + 56]], [[0, 0], [0, 0]]].forEach(function (room, rank) {
                    var taken = L.point(room[0][0] + room[1][0], room[0][1] + room[1][1]), left = map.getSize().subtract(taken);
                    if (left.x < 1 || left.y < 1 || (best && rank === 2)) { return; }
                    var zoom = map.getBoundsZoom(words.fit, false, taken);
                    if (!best || zoom > best.zoom) { best = {zoom: zoom, room: room}; }
                });
                if (best) { map.fitBounds(words.fit, {paddingTopLeft: best.room[0], paddingBottomRight: best.room[1], animate: false}); }
            }
            new ResizeObserver(function () {
                map.invalidateSize({animate: false});
                if (words.fit && !moved) { fit(); }
            }).observe(map.getContainer());
            L.control.zoom({zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out}).addTo(map);
            L.control.scale({imperial: false, maxWidth: 120}).addTo(map);
            map.getContainer().classList.add('wangge-' + words.theme);
            function far() { map.getContainer().classList.toggle('wangge-far', map.getZoom() < 16); }
            map.on('zoomend', far);
            far();
        })({{ this._parent.get_name() }}, {{ this.words }});
        {% endmacro %}
        """
    )

    def __init__(self, markup: str, words: dict[str, Any]) -> None:
        super().__init__()
        self._name = "Frame"
        self.markup = without_braces(markup)
        self.words = script_json(words)


def community_map(layers: Sequence[MapLayer], *, options: MapOptions | None = None, drawing: bool = False) -> folium.Map:
    """A folium map of up to 2 000 places; returned, not shown. ``drawing`` adds tools for polygons.

    Raises ``InputError`` where there are more places, or where a layer has tiles instead of places.
    """
    chosen = options or MapOptions()
    theme, language = THEMES[chosen.theme], chosen.language
    _require_drawable(layers)

    result = folium.Map(tiles=None, prefer_canvas=True, zoom_control=False, attribution_control=False, max_zoom=20, zoom_snap=0.5)
    for layer in sorted([*layers, *_borders(layers)], key=lambda layer: _ORDER.index(layer.kind)):
        PlaceLayer(layer, theme, language).add_to(result)
    if drawing:
        shapes = dict.fromkeys(("polyline", "rectangle", "circle", "marker", "circlemarker"), False)
        folium.plugins.Draw(show_geometry_on_click=False, draw_options=shapes | {"polygon": {"allowIntersection": False}}).add_to(result)
    bounds = chosen.fit or bounds_of_layers(layers)
    corners = [[bounds[1], bounds[0]], [bounds[3], bounds[2]]] if bounds else None
    _frame(layers, chosen, theme, corners).add_to(result)
    folium.LayerControl(collapsed=True, position="topright").add_to(result)
    return result


def show(layers: Sequence[MapLayer], *, key: str, options: MapOptions | None = None, drawing: bool = False) -> MapState:
    """Show a community map in the page and return what is selected and drawn; only clicks and drawings cause a rerun."""
    chosen = options or MapOptions()
    mark = [_highlight(layers, chosen)] if chosen.selected else None
    answer = st_folium(
        community_map(layers, options=chosen, drawing=drawing),
        key=key,
        height=chosen.height_px or UNSIZED_PX,
        use_container_width=True,
        returned_objects=["last_active_drawing", *(["all_drawings"] if drawing else [])],
        feature_group_to_add=mark,
    )
    return read_state(answer, layers)


def read_state(answer: Any, layers: Sequence[MapLayer]) -> MapState:
    """The state out of what the component reports; a click on anything else selects what is selectable below it."""
    reported = answer if isinstance(answer, dict) else {}
    clicked = reported.get("last_active_drawing") or {}
    drawn = tuple(shape["geometry"] for shape in reported.get("all_drawings") or () if shape.get("geometry"))
    return MapState(_selected(clicked.get("properties") or {}, layers), None, drawn)


def _selected(properties: dict[str, Any], layers: Sequence[MapLayer]) -> Selection | None:
    clicked = next((layer for layer in layers if layer.id == properties.get("layer")), None)
    if clicked is None or clicked.selectable:
        return Selection(clicked.id, str(properties["id"])) if clicked else None
    place = clicked.places[clicked.places.index.astype(str) == str(properties["id"])].to_crs(WGS84)
    for layer in layers:
        if layer.selectable and len(place):
            below = layer.places.to_crs(WGS84)
            hit = below[below.intersects(place.geometry.iloc[0].representative_point())]
            if len(hit):
                return Selection(layer.id, str(hit.index[0]))
    return None


def _require_drawable(layers: Sequence[MapLayer]) -> None:
    count = sum(len(layer.frame) for layer in layers if layer.frame is not None)
    if count > PLACES_LIMIT:
        raise InputError(
            "A community map holds at most {limit} places, {count} came. Choose a smaller area or open the city map.", limit=PLACES_LIMIT, count=count
        )


def _borders(layers: Sequence[MapLayer]) -> list[MapLayer]:
    """Borders of coloured grids once more, above the streets that run along them."""
    grids = [layer for layer in layers if layer.kind == "grids" and layer.classes is not None]
    return [MapLayer("borders", frame=layer.places, key=layer.key, name=f"{layer.id}-borders", visible=layer.visible) for layer in grids]


def _given(layer: MapLayer, theme: Theme, language: str) -> dict[str, Any]:
    """Everything the browser needs for one layer, as plain values."""
    look = paint(layer, theme)
    frame = layer.places.to_crs(WGS84)
    if layer.kind == "circles" and "minutes" in frame.columns:
        frame = frame.sort_values("minutes", ascending=False, kind="stable")
    places = json.loads(geojson(frame.assign(style=look.style_of), key="id", columns=["style"]))
    tips = _tips(layer, language)
    for place in places["features"]:
        place["properties"]["layer"] = layer.id
        if layer.tooltip:
            place["properties"]["tip"] = tips[place["properties"]["id"]]
    empty = {"type": "FeatureCollection", "features": []}
    return {
        "places": places,
        "under": dict(look.under),
        "over": dict(look.over),
        "labels": json.loads(label_points(frame, label=layer.label)) if layer.has_point_names else empty,
        "kind": layer.kind,
        "below": layer.kind in ("facilities", "cases"),
        "interactive": layer.is_pickable,
    }


def _tips(layer: MapLayer, language: str) -> dict[str, list[list[str]]]:
    values = layer.places.copy()
    if layer.figures is not None:
        values["value"] = layer.figures.reindex(values.index)
    columns = [(row, values[row.column].to_numpy(dtype=object)) for row in layer.tooltip if row.column in values.columns]
    return {str(code): [[row.label, _figure(row, cells[place], language, layer.missing)] for row, cells in columns] for place, code in enumerate(values.index)}


def _figure(row: TooltipRow, cell: Any, language: str, missing: str) -> str:
    value = plain(cell)
    if value is None or row.style == "text":
        return str(value) if value is not None else missing or Message("No figure").in_language(language)
    if row.style == "share":
        return str(format_percent(value, format="#,##0.0%", locale=language))
    if row.style == "minutes":
        return f"{format_decimal(value, format='#,##0.0', locale=language)} {Message('min').in_language(language)}"
    return str(format_decimal(value, format="#,##0.#", locale=language))


def _frame(layers: Sequence[MapLayer], options: MapOptions, theme: Theme, corners: list[list[float]] | None) -> Frame:
    language = options.language
    titles = {"zoom_in": Message("Zoom in").in_language(language), "zoom_out": Message("Zoom out").in_language(language)}
    words = {**titles, "theme": options.theme, "fit": corners}
    shown = [block for block in legend(layers, theme, language) if block.visible]
    markup = legend_html(shown, Message("Legend").in_language(language), Message("More signs").in_language(language))
    return Frame(markup + f'<div class="wangge-credits">{html.escape(options.attribution)}</div>', words)


def _highlight(layers: Sequence[MapLayer], options: MapOptions) -> folium.FeatureGroup:
    """The selected place in the accent colour, as a group st_folium can add without drawing the map again."""
    group = folium.FeatureGroup(name="selected", control=False)
    selected = options.selected
    accent = {"color": THEMES[options.theme].accent, "weight": 4, "opacity": 1, "fill": False, "radius": 12, "interactive": False}
    for layer in layers:
        if selected is not None and layer.id == selected.layer:
            place = layer.places[layer.places.index.astype(str) == selected.id]
            if len(place):
                folium.GeoJson(
                    shapely.geometry.mapping(place.to_crs(WGS84).geometry.iloc[0]), marker=folium.CircleMarker(), style_function=lambda _: accent
                ).add_to(group)
    return group
