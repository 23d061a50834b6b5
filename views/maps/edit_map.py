"""The map of one plan being edited: a ground that stays, sheets over it that change with every step, and tools to draw.

The ground (streets, buildings, barriers) is drawn once; grids, what is chosen and what an edit would change travel as
one group that the component swaps without building the map again, so the view stays. SVG in panes of its own: a
canvas over another one would swallow the clicks.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import folium
import folium.plugins
import geopandas as gpd
from folium.elements import MacroElement
from folium.template import Template
from streamlit_folium import st_folium

from contracts.messages import Message
from views.maps.features import WGS84, geojson
from views.maps.folium_maps import TIPS_JS, UNSIZED_PX, Frame, PlaceLayer, _given, script_json
from views.maps.layers import MapLayer
from views.maps.legend import LegendBlock, LegendRow, legend, legend_html
from views.maps.paint import Style
from views.maps.palette import LIGHT, THEMES, Theme
from views.maps.state import Bounds, MapOptions

Pane = Literal["fills", "lines", "marks"]
Mode = Literal["", "polyline", "polygon"]
HATCH = "wangge-hatch"
HATCHED: Style = {"stroke": False, "fill": True, "fillColor": f"url(#{HATCH})", "fillOpacity": 0.8}  # a dedicated grid: of no colour, so like no neighbour
PANES: Mapping[str, int] = {"fills": 350, "lines": 450, "marks": 460}  # Leaflet draws its own shapes at 400 and labels at 600
_TOOLS = dict.fromkeys(("rectangle", "circle", "marker", "circlemarker"), False)


@dataclass(frozen=True)
class Sheet:
    """Shapes over the ground. ``places`` has a column ``style`` naming one of ``styles``, and perhaps ``tip``: rows of label and words."""

    places: gpd.GeoDataFrame
    styles: Mapping[str, Style]
    pane: Pane = "marks"


@dataclass(frozen=True)
class Drawing:
    """What lies over the ground now.

    ``labels`` are points with ``label`` and ``look`` (a class of the style sheet). ``mode`` hands the reader a pencil;
    ``turn`` changes when what was drawn is used up and must go.
    """

    sheets: tuple[Sheet, ...] = ()
    labels: gpd.GeoDataFrame | None = None
    mode: Mode = ""
    turn: str = ""


@dataclass(frozen=True)
class Ground:
    """The ground as the browser takes it: layers as JSON by title, the legend, and where to look. Made once per community."""

    layers: tuple[tuple[str, str], ...]
    legend: str
    corners: list[list[float]] | None = None


@dataclass(frozen=True)
class Touch:
    """What the reader did last: where the map was clicked (longitude, latitude) and the newest shape drawn (GeoJSON)."""

    clicked: tuple[float, float] | None = None
    drawn: Mapping[str, Any] = field(default_factory=dict)


class KeptLayer(PlaceLayer):
    """A layer whose places were written before."""

    def __init__(self, title: str, given: str) -> None:
        super(PlaceLayer, self).__init__(name=title, overlay=True, control=True, show=True)
        self._name = "PlaceLayer"
        self.given = given


class Pencil(MacroElement):
    """Panes for the sheets, and the words of the drawing tools in the reader's language; to be added before the tools."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        (function (map, given) {
            Object.keys(given.panes).forEach(function (name) { map.createPane('wangge-' + name).style.zIndex = given.panes[name]; });
            document.body.insertAdjacentHTML('beforeend', given.hatch);
            if (!L.drawLocal) { return; }
            var words = given.words, draw = L.drawLocal.draw, edit = L.drawLocal.edit;
            draw.toolbar.actions = {title: words.cancel, text: words.cancel};
            draw.toolbar.finish = {title: words.finish, text: words.finish};
            draw.toolbar.undo = {title: words.undo, text: words.undo};
            draw.toolbar.buttons.polyline = words.line;
            draw.toolbar.buttons.polygon = words.area;
            draw.handlers.polyline = {error: words.crosses, tooltip: {start: words.line_start, cont: words.line_next, end: words.line_end}};
            draw.handlers.polygon.tooltip = {start: words.area_start, cont: words.line_next, end: words.area_end};
            edit.toolbar.buttons.remove = words.remove;
            edit.toolbar.buttons.removeDisabled = words.remove;
            edit.toolbar.actions = {save: {title: words.finish, text: words.finish}, cancel: {title: words.cancel, text: words.cancel},
                                    clearAll: {title: words.remove_all, text: words.remove_all}};
            edit.handlers.remove.tooltip = {text: words.remove_hint};
        })({{ this._parent.get_name() }}, {{ this.given }});
        {% endmacro %}
        """
    )

    def __init__(self, language: str) -> None:
        super().__init__()
        self._name = "Pencil"
        self.given = script_json(
            {"panes": PANES, "hatch": hatch_pattern("0"), "words": {name: message.in_language(language) for name, message in _WORDS.items()}}
        )


_WORDS: Mapping[str, Message] = {
    "cancel": Message("Cancel"),
    "finish": Message("Finish"),
    "undo": Message("Delete last point"),
    "line": Message("Draw a line"),
    "area": Message("Draw an area"),
    "crosses": Message("The outline must not cross itself."),
    "line_start": Message("Click where the line begins."),
    "line_next": Message("Click on to the next point."),
    "line_end": Message("Click the last point once more to finish."),
    "area_start": Message("Click where the area begins."),
    "area_end": Message("Click the first point to close the area."),
    "remove": Message("Remove drawings"),
    "remove_all": Message("Remove all"),
    "remove_hint": Message("Click on a drawing to remove it."),
}


class Sheets(MacroElement):
    """What lies over the ground, as part of the group that the component swaps."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        (function (group, given) {
            """
        + TIPS_JS
        + """
            given.sheets.forEach(function (sheet) {
                L.geoJSON(sheet.places, {
                    pane: 'wangge-' + sheet.pane,
                    interactive: sheet.interactive,
                    style: function (place) { return sheet.styles[place.properties.style]; },
                    pointToLayer: function (place, at) {
                        return L.circleMarker(at, Object.assign({pane: 'wangge-' + sheet.pane, interactive: sheet.interactive},
                                                                sheet.styles[place.properties.style]));
                    },
                    onEachFeature: function (place, shape) {
                        if (place.properties.tip) { shape.bindTooltip(tip(place.properties.tip), {sticky: true, className: 'wangge-tip'}); }
                    }
                }).addTo(group);
            });
            given.labels.features.forEach(function (place) {
                var at = place.geometry.coordinates, look = 'wangge-label grids ' + place.properties.look;
                var icon = L.divIcon({className: look, html: text('span', place.properties.label), iconSize: null});
                L.marker([at[1], at[0]], {icon: icon, interactive: false, keyboard: false}).addTo(group);
            });
            var kept = window.wanggePencil || {mode: '', turn: ''};
            if (kept.turn !== given.turn && window.drawnItems && window.drawnItems.clearLayers) { window.drawnItems.clearLayers(); }
            if (kept.turn !== given.turn || kept.mode !== given.mode) {
                if (kept.handler) { kept.handler.disable(); }
                kept = {mode: given.mode, turn: given.turn};
                if (given.mode) {
                    kept.handler = new L.Draw[given.mode === 'polygon' ? 'Polygon' : 'Polyline'](map_div, given.pencil);
                    kept.handler.enable();
                }
            }
            window.wanggePencil = kept;
            map_div.getContainer().dataset.turn = given.turn;
            map_div.getContainer().dataset.mode = given.mode;
        })({{ this._parent.get_name() }}, {{ this.given }});
        {% endmacro %}
        """
    )

    def __init__(self, drawing: Drawing, theme: Theme) -> None:
        super().__init__()
        self._name = "Sheets"
        nothing: dict[str, Any] = {"type": "FeatureCollection", "features": []}
        self.given = script_json(
            {
                "sheets": [_sheet(sheet) for sheet in drawing.sheets if len(sheet.places)],
                "labels": nothing if drawing.labels is None else json.loads(geojson(drawing.labels, key="key", columns=["label", "look"])),
                "mode": drawing.mode,
                "turn": drawing.turn,
                "pencil": {"shapeOptions": {"color": theme.accent, "weight": 3}, "allowIntersection": drawing.mode == "polyline", "repeatMode": False},
            }
        )


def make_ground(layers: Sequence[MapLayer], *, options: MapOptions, signs: Sequence[LegendRow] = ()) -> Ground:
    """Write the layers once; ``signs`` are further lines of the legend, for what will lie over them."""
    theme, language = THEMES[options.theme], options.language
    blocks = [LegendBlock("signs", "", True, tuple(signs), main=True), *legend(layers, theme, language)]
    markup = legend_html(blocks, Message("Legend").in_language(language), Message("More signs").in_language(language), is_open=False)
    written = tuple((html.escape(layer.title_in(language)), script_json(_given(layer, theme, language))) for layer in layers)
    return Ground(written, markup, _corners(options.fit))


def edit_map(ground: Ground, *, options: MapOptions, tools: bool = True) -> folium.Map:
    """The ground, with the drawing tools where they are wanted; returned, not shown."""
    result = folium.Map(tiles=None, prefer_canvas=False, zoom_control=False, attribution_control=False, max_zoom=20, zoom_snap=0.25)
    Pencil(options.language).add_to(result)
    for title, given in ground.layers:
        KeptLayer(title, given).add_to(result)
    if tools:
        pencils: dict[str, Any] = _TOOLS | {"polyline": {}, "polygon": {"allowIntersection": False}}
        folium.plugins.Draw(show_geometry_on_click=False, draw_options=pencils, edit_options={"edit": False}).add_to(result)
    Frame(ground.legend + f'<div class="wangge-credits">{html.escape(options.attribution)}</div>', _frame_words(ground, options)).add_to(result)
    folium.LayerControl(collapsed=True, position="topright").add_to(result)
    return result


def show(ground: Ground, drawing: Drawing, *, key: str, options: MapOptions, tools: bool = True) -> Touch:
    """Show the map in the page; only clicks and finished drawings cause a rerun, and without tools nothing does."""
    group = folium.FeatureGroup(name="sheets", control=False)
    Sheets(drawing, THEMES[options.theme]).add_to(group)
    answer = st_folium(
        edit_map(ground, options=options, tools=tools),
        key=key,
        height=options.height_px or UNSIZED_PX,
        use_container_width=True,
        returned_objects=["last_clicked", "all_drawings"] if tools else [],
        feature_group_to_add=group,
    )
    return read_touch(answer)


def read_touch(answer: Any) -> Touch:
    """What the component reports, whatever shape it comes in."""
    reported = answer if isinstance(answer, dict) else {}
    at = reported.get("last_clicked") or {}
    clicked = (float(at["lng"]), float(at["lat"])) if {"lng", "lat"} <= at.keys() else None
    shapes = [shape["geometry"] for shape in reported.get("all_drawings") or () if shape.get("geometry")]
    return Touch(clicked, shapes[-1] if shapes else {})


def hatch_pattern(size: str) -> str:
    """SVG that holds the hatch of dedicated grids, to be named as ``url(#wangge-hatch)`` by shapes of the same document."""
    lines = f'<rect width="8" height="8" fill="{LIGHT.ground}" fill-opacity="0.55"/><path d="M0 0V8" stroke="{LIGHT.label}" stroke-width="2.4"/>'
    pattern = f'<pattern id="{HATCH}" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">{lines}</pattern>'
    return f'<svg width="{size}" height="{size}" style="position:absolute"><defs>{pattern}</defs></svg>'


def labels_of(frame: gpd.GeoDataFrame, *, look: str = "look") -> gpd.GeoDataFrame:
    """One point inside each shape, with its ``label`` and ``look``."""
    places = frame.to_crs(WGS84)
    return gpd.GeoDataFrame(frame[["label", look]], geometry=places.geometry.representative_point(), crs=WGS84)


def _sheet(sheet: Sheet) -> dict[str, Any]:
    places = json.loads(geojson(sheet.places, key="id", columns=["style"]))
    tips = dict(zip(sheet.places.index.astype(str), sheet.places["tip"], strict=True)) if "tip" in sheet.places else {}
    for place in places["features"]:
        if tips:
            place["properties"]["tip"] = tips[place["properties"]["id"]]
    return {"places": places, "styles": dict(sheet.styles), "pane": sheet.pane, "interactive": bool(tips)}


def _corners(bounds: Bounds | None) -> list[list[float]] | None:
    return [[bounds[1], bounds[0]], [bounds[3], bounds[2]]] if bounds else None


def _frame_words(ground: Ground, options: MapOptions) -> dict[str, Any]:
    language = options.language
    titles = {"zoom_in": Message("Zoom in").in_language(language), "zoom_out": Message("Zoom out").in_language(language)}
    return {**titles, "theme": options.theme, "fit": ground.corners}
