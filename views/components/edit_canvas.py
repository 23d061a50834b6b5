"""The map of the draft: its grids over the ground, what is picked, and dashed what an edit would change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
import streamlit as st

from contracts.columns import HOUSEHOLDS
from grids.effect import measure
from grids.faults import Fault
from grids.sketch import DEDICATED, Sketch, shapes_of
from services import editing
from services.editing import Desk, Preview
from services.sketch_places import crossings_of, moved_ground
from views.components import desks, edit_choice, ground_layers
from views.components.edit_choice import AREA, BLOCK, Picks
from views.components.edit_tools import Tool, grid_names, with_names
from views.components.map_credit import credit
from views.i18n import _, language, number, signed, spoken
from views.maps import edit_map
from views.maps.edit_map import HATCHED, Drawing, Sheet, Touch
from views.maps.legend import LegendRow
from views.maps.paint import Style
from views.maps.palette import LIGHT, QUALITATIVE, grid_colour
from views.maps.state import MapOptions

HEIGHT_PX = 560
KEY = "edit_map"
_ALLOWED = QUALITATIVE[1]


def touched(desk: Desk) -> Touch:
    """What the map reported last, known before the page draws anything."""
    return edit_map.read_touch(st.session_state.get(_key(desk.community)))


@dataclass(frozen=True)
class _Scene:
    """The draft as it is drawn: outlines, figures, names and faults of its grids, by code."""

    shapes: gpd.GeoSeries
    figures: pd.DataFrame
    names: dict[str, str]
    kinds: dict[str, str]
    locked: frozenset[str]
    wrong: dict[str, list[Fault]]


def show(desk: Desk, picks: Picks, tool: Tool, preview: Preview | None, *, faults: Sequence[Fault], today: Sketch | None = None) -> None:
    """Draw the map; ``today`` adds the borders of the plan in force."""
    options = MapOptions(language=language(), height_px=HEIGHT_PX, permalink="", fit=ground_layers.bounds(desk.community), attribution=credit())
    scene = _scene(desk, faults)
    sheets = [
        *_grids(scene),
        *_today(today),
        *_planned(desk, preview),
        *_picked(desk, scene, picks, outline=preview is None, takes_places=tool.place),
        *_spots(desk, picks, tool),
        *_places(faults, scene.names),
    ]
    edit_map.show(
        ground_layers.ground(desk.community, _signs()),
        Drawing(tuple(sheets), _labels(scene), tool.mode(picks), edit_choice.turn()),
        key=_key(desk.community),
        options=options,
    )


def _scene(desk: Desk, faults: Sequence[Fault]) -> _Scene:
    sketch, shapes = desk.sketch, desks.shapes(desk)
    wrong: dict[str, list[Fault]] = {}
    for fault in faults:
        for code in fault.grids:
            wrong.setdefault(str(code), []).append(fault)
    kinds = dict(zip(sketch.codes, sketch.kinds, strict=True))
    return _Scene(shapes, measure(sketch).reindex(shapes.index), grid_names(sketch), kinds, sketch.locked, wrong)


def _key(community: str) -> str:
    return f"{KEY}_{community}"


def _signs() -> tuple[LegendRow, ...]:
    return (
        LegendRow("line", LIGHT.label, _("Border of a grid")),
        LegendRow("hatch", LIGHT.label, _("Dedicated grid")),
        LegendRow("line", LIGHT.accent, _("Picked")),
        LegendRow("dash", LIGHT.accent, _("What the edit would change")),
        LegendRow("dash", LIGHT.area_line, _("Border in force today")),
        LegendRow("dot", LIGHT.far, _("Rule broken")),
        LegendRow("dot", _ALLOWED, _("Crossing allowed by you")),
        LegendRow("dot", LIGHT.label, _("Crossing forbidden by you")),
    )


def _grids(scene: _Scene) -> list[Sheet]:
    """Every grid in a colour of its own, dedicated ones hatched, with its figures under the pointer; its border above the streets."""
    codes = [str(code) for code in scene.shapes.index]
    styles: dict[str, Style] = {colour: _fill(colour) for colour in QUALITATIVE} | {DEDICATED: HATCHED}
    looks = [DEDICATED if scene.kinds[code] == DEDICATED else grid_colour(code) for code in codes]
    rows = scene.figures[[HOUSEHOLDS, "deviation_share"]].astype(float).to_numpy().tolist()
    tips = [_tip(scene.names[code], row[0], row[1], _sentences(scene, code)) for code, row in zip(codes, rows, strict=True)]
    frame = gpd.GeoDataFrame({"style": looks, "tip": tips}, index=scene.shapes.index, geometry=scene.shapes)
    border: Style = {"color": LIGHT.label, "weight": 2.5, "opacity": 0.9, "fill": False}
    return [Sheet(frame, styles, "fills"), Sheet(frame[["geometry"]].assign(style="border"), {"border": border}, "lines")]


def _today(today: Sketch | None) -> list[Sheet]:
    if today is None:
        return []
    frame = gpd.GeoDataFrame(geometry=shapes_of(today)).assign(style="today")
    return [Sheet(frame, {"today": {"color": LIGHT.area_line, "weight": 3, "opacity": 1, "dashArray": "2 7", "fill": False}}, "lines")]


def _planned(desk: Desk, preview: Preview | None) -> list[Sheet]:
    """Dashed: the grids an edit would change as they would be, and the ground that would change its grid."""
    if preview is None:
        return []
    changed = preview.effect.grids.index[preview.effect.grids["change"] != "gone"]
    shapes = shapes_of(preview.sketch)
    after = gpd.GeoDataFrame(geometry=shapes[shapes.index.isin(changed)]).assign(style="after")
    moved = gpd.GeoDataFrame(geometry=moved_ground(desk.sketch, preview.sketch)).assign(style="moved")
    styles: dict[str, Style] = {
        "halo": {"color": LIGHT.halo, "weight": 5, "opacity": 0.9, "fill": False},
        "after": {"color": LIGHT.accent, "weight": 3.5, "opacity": 1, "dashArray": "9 6", "fill": False},
        "moved": {"stroke": False, "fill": True, "fillColor": LIGHT.accent, "fillOpacity": 0.28},
    }
    return [Sheet(moved, styles), Sheet(after.assign(style="halo"), styles), Sheet(after, styles)]


def _picked(desk: Desk, scene: _Scene, picks: Picks, *, outline: bool, takes_places: bool) -> list[Sheet]:
    """What is picked; grids without their solid outline where a dashed one shows what becomes of them."""
    grids = gpd.GeoDataFrame(geometry=scene.shapes[scene.shapes.index.isin(picks.grids if outline else ())]).assign(style="grid")
    styles: dict[str, Style] = {
        "grid": {"color": LIGHT.accent, "weight": 4, "opacity": 1, "fill": False},
        "place": {"color": LIGHT.accent, "weight": 2.5, "opacity": 1, "fill": True, "fillColor": LIGHT.accent, "fillOpacity": 0.2},
    }
    if not picks.points or not takes_places or picks.way == AREA:
        return [Sheet(grids, styles)]
    places = gpd.GeoDataFrame(geometry=editing.shapes_under(desk, picks.points, blocks=picks.way == BLOCK)).assign(style="place")
    return [Sheet(grids, styles), Sheet(places, styles)]


def _spots(desk: Desk, picks: Picks, tool: Tool) -> list[Sheet]:
    """Where the planner allowed or forbade a crossing, and the spot that is picked for the next."""
    dot: Style = {"radius": 7, "fill": True, "fillOpacity": 1, "color": LIGHT.halo, "weight": 2, "opacity": 1}
    styles: dict[str, Style] = {
        "allowed": {**dot, "fillColor": _ALLOWED},
        "forbidden": {**dot, "fillColor": LIGHT.label},
        "spot": {**dot, "fillColor": LIGHT.accent},
    }
    words = {"allowed": _("May be walked over"), "forbidden": _("May not be walked over")}
    made = crossings_of(desk.sketch)
    sheets = [Sheet(made.assign(style=made["kind"], tip=[[["", words[kind]]] for kind in made["kind"]]), styles)] if len(made) else []
    if tool.point and picks.points:
        sheets.append(Sheet(gpd.GeoDataFrame({"style": ["spot"]}, geometry=gpd.points_from_xy(*zip(*picks.points, strict=True)), crs="EPSG:4326"), styles))
    return sheets


def _places(faults: Sequence[Fault], names: Mapping[str, str]) -> list[Sheet]:
    """A dot where a rule is broken."""
    found = [fault for fault in faults if fault.place is not None]
    if not found:
        return []
    frame = gpd.GeoDataFrame(
        {"style": "fault", "tip": [[["", with_names(spoken(fault.message), names)]] for fault in found]},
        geometry=[fault.place for fault in found],
        crs="EPSG:4326",
    )
    dot: Style = {"radius": 6, "fill": True, "fillColor": LIGHT.far, "fillOpacity": 1, "color": LIGHT.halo, "weight": 2, "opacity": 1}
    return [Sheet(frame, {"fault": dot})]


def _labels(scene: _Scene) -> gpd.GeoDataFrame | None:
    """Name and households inside each grid; locked and faulty ones look so."""
    if scene.shapes.empty:
        return None
    codes = [str(code) for code in scene.shapes.index]
    frame = gpd.GeoDataFrame(geometry=scene.shapes)
    frame["label"] = [f"{scene.names[code]} · {number(float(households))}" for code, households in zip(codes, scene.figures[HOUSEHOLDS], strict=True)]
    frame["look"] = [" ".join(["locked"] * (code in scene.locked) + ["wrong"] * (code in scene.wrong)) for code in codes]
    return edit_map.labels_of(frame)


def _sentences(scene: _Scene, code: str) -> list[str]:
    return [with_names(spoken(fault.message), scene.names) for fault in scene.wrong.get(code, [])]


def _tip(name: str, households: float, deviation_share: float, faults: Sequence[str]) -> list[list[str]]:
    rows = [["", name], [_("Households"), number(households)], [_("Away from target"), signed(deviation_share)]]
    return [*rows, *(["!", fault] for fault in faults[:3])]


def _fill(colour: str, opacity: float = 0.32) -> Style:
    return {"fill": True, "fillColor": colour, "fillOpacity": opacity, "stroke": False}
