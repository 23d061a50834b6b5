"""The map of a printed sheet as SVG: streets, buildings, one grid or all of them, north, scale and legend. Nothing is fetched."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from contracts.codes import grid_called
from contracts.columns import GRID_CODE, HIGHWAY, KIND, NAME, NAME_EN, text_of
from contracts.messages import Message
from services.grid_sheets import PlanSheets
from services.ports import Bounds
from views.maps.palette import LIGHT

M_PER_DEGREE = 111_320.0  # of latitude; a sheet shows some hundred metres, so a flat picture is true enough
WIDTHS_M = {"major": 14.0, "minor": 7.0, "path": 2.0}
BIG, PATHS = (
    frozenset({"motorway", "trunk", "primary", "secondary"}),
    frozenset({"footway", "path", "steps", "cycleway", "track", "corridor"}),
)
BAR_M = (20, 50, 100, 200, 500, 1000, 2000)
LEGEND_ROW, LEGEND_ROWS = 20.0, 2
LETTERS = 12.0  # size of the names of streets
EDGE = 6.0  # a name keeps away from the edge of the paper by this
OWN_BUILDING, OWN_GROUND = "#8d99a6", "#fff4d6"
DASHES = {"wall": "", "rail": "6 4", "river": "", "expressway": "10 3"}


@dataclass(frozen=True)
class Paper:
    """How a box in degrees lies on paper: ``width`` x ``height`` units of the picture."""

    box: Bounds
    width: float
    height: float

    @property
    def metres_per_unit(self) -> float:
        """Metres on the ground per unit of the picture, the same both ways."""
        west, south, east, north = self.box
        across, up = (east - west) * M_PER_DEGREE * self._squeeze, (north - south) * M_PER_DEGREE
        return max(across / self.width, up / self.height, 1e-6)

    @property
    def _squeeze(self) -> float:
        return math.cos(math.radians(0.5 * (self.box[1] + self.box[3])))

    @property
    def shown(self) -> Bounds:
        """The box of the whole paper, in degrees."""
        lon, lat = 0.5 * (self.box[0] + self.box[2]), 0.5 * (self.box[1] + self.box[3])
        across = 0.5 * self.width * self.metres_per_unit / (M_PER_DEGREE * self._squeeze)
        up = 0.5 * self.height * self.metres_per_unit / M_PER_DEGREE
        return lon - across, lat - up, lon + across, lat + up

    def on(self, xy: np.ndarray) -> np.ndarray:
        """Degrees as places on the paper, y downwards."""
        west, _, _, north = self.shown
        scale = M_PER_DEGREE / self.metres_per_unit
        return np.column_stack([(xy[:, 0] - west) * self._squeeze * scale, (north - xy[:, 1]) * scale])

    def placed(self, frame: gpd.GeoDataFrame) -> gpd.GeoSeries:
        """Shapes on the paper, clipped to it, empty ones left out; same index."""
        cut = shapely.intersection(shapely.make_valid(frame.geometry.to_numpy()), shapely.box(*self.shown)) if len(frame) else np.empty(0, dtype=object)
        shapes = gpd.GeoSeries(shapely.transform(cut, self.on), index=frame.index)
        return shapes[~shapes.is_empty]


def sheet_svg(plan: PlanSheets, paper: Paper, *, language: str, grid: str = "") -> str:
    """The map of one grid of a plan, or of all its grids where none is named; text in ``language``."""
    parts = [*_ground(plan, paper, grid), *_outlines(plan, paper, grid), *_names(plan, paper, language, grid), *_margins(paper, language)]
    body, signs = "\n".join(parts), "\n".join(_legend(paper, language, grid))
    return (
        f'<svg class="map" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {paper.width:g} {paper.height + LEGEND_ROWS * LEGEND_ROW + 4:g}" role="img">'
        f'<rect width="{paper.width:g}" height="{paper.height:g}" fill="{LIGHT.ground}"/>\n{body}\n'
        f'<rect x="0.5" y="0.5" width="{paper.width - 1:g}" height="{paper.height - 1:g}" fill="none" stroke="{LIGHT.area_line}"/>\n{signs}</svg>'
    )


def _ground(plan: PlanSheets, paper: Paper, grid: str) -> Iterable[str]:
    is_water = plan.grounds[KIND] == "water" if len(plan.grounds) else pd.Series([], dtype=bool)
    if grid:
        yield from _areas(paper.placed(plan.grids.loc[[grid]]), OWN_GROUND)
    if len(plan.grounds):
        yield from _areas(paper.placed(plan.grounds[~is_water]), LIGHT.green)
        yield from _areas(paper.placed(plan.grounds[is_water]), LIGHT.water)
    yield from _streets(plan.streets, paper)
    mine = plan.buildings[GRID_CODE] == grid if grid else plan.buildings[GRID_CODE].notna()
    yield from _areas(paper.placed(plan.buildings[~mine]), LIGHT.building, LIGHT.building_line)
    yield from _areas(paper.placed(plan.buildings[mine]), OWN_BUILDING, "#5d6873")
    for kind, rows in plan.barriers.groupby(KIND) if len(plan.barriers) else ():
        colour = LIGHT.water_line if kind == "river" else LIGHT.rail if kind == "rail" else LIGHT.wall
        yield from _lines(paper.placed(rows), colour, 2.0, DASHES.get(str(kind), ""))


def _streets(streets: gpd.GeoDataFrame, paper: Paper) -> Iterable[str]:
    if not len(streets):
        return
    tier = np.where(streets[HIGHWAY].isin(BIG), "major", np.where(streets[HIGHWAY].isin(PATHS), "path", "minor"))
    shapes = {name: paper.placed(streets[tier == name]) for name in WIDTHS_M}
    width = {name: max(metres / paper.metres_per_unit, 1.0) for name, metres in WIDTHS_M.items()}
    yield from _lines(shapes["path"], LIGHT.path, width["path"], "3 2")
    for extra, colours in ((2.0, LIGHT.street_casing), (0.0, LIGHT.street)):
        for name in ("minor", "major"):
            yield from _lines(shapes[name], colours, width[name] + extra)


def _outlines(plan: PlanSheets, paper: Paper, grid: str) -> Iterable[str]:
    borders = gpd.GeoDataFrame(geometry=plan.grids.boundary, crs=plan.grids.crs)
    yield from _lines(paper.placed(borders), LIGHT.accent, 2.2 if not grid else 1.2, "" if not grid else "5 4")
    yield from _lines(paper.placed(gpd.GeoDataFrame(geometry=plan.community.boundary, crs=plan.community.crs)), LIGHT.area_line, 2.5, "12 4 2 4")
    if grid:
        yield from _lines(paper.placed(borders.loc[[grid]]), "#ffffff", 6.0)
        yield from _lines(paper.placed(borders.loc[[grid]]), LIGHT.accent, 3.6)


def _names(plan: PlanSheets, paper: Paper, language: str, grid: str) -> Iterable[str]:
    """Names of streets along them, and of grids in their middle where all are shown."""
    first, second = (NAME_EN, NAME) if language == "en" else (NAME, NAME_EN)
    named = plan.streets.assign(shown=[text_of(row.get(first)) or text_of(row.get(second)) for _, row in plan.streets.iterrows()])
    placed = paper.placed(named[named["shown"] != ""])
    for name, shapes in placed.groupby(named["shown"].reindex(placed.index), sort=True):
        spot = _place_for(str(name), _longest(shapes), paper)
        if spot is not None:
            yield _text_at(spot, str(name))
    if not grid:
        for code, shape in paper.placed(plan.grids).items():
            spot = shape.representative_point()
            yield _text(spot.x, spot.y, grid_label(str(code), text_of(plan.grids.loc[code].get(NAME)), language), size=17, bold=True)


def grid_label(code: str, name: str, language: str) -> str:
    """A grid's name, or its number inside its community."""
    return name or grid_called(code).in_language(language)


def _margins(paper: Paper, language: str) -> Iterable[str]:
    """North and scale, on a white ground each."""
    x = paper.width - 34
    yield f'<g transform="translate({x:g},14)"><circle cx="12" cy="18" r="19" fill="#fff" opacity=".88"/><path d="M12 2 L19 28 L12 22 L5 28 Z" fill="{LIGHT.label}"/></g>'
    yield _text(x + 12, 61, "N" if language == "en" else "北", size=13, bold=True)
    metres = max((bar for bar in BAR_M if bar / paper.metres_per_unit <= 0.25 * paper.width), default=BAR_M[0])
    length, y = metres / paper.metres_per_unit, paper.height - 18
    yield f'<rect x="8" y="{y - 18:g}" width="{length + 20:g}" height="32" fill="#fff" opacity=".88"/>'
    yield f'<path d="M18 {y - 4:g} V{y + 2:g} H{18 + length:g} V{y - 4:g}" fill="none" stroke="{LIGHT.label}" stroke-width="1.6"/>'
    yield _text(18 + length / 2, y - 5, f"{metres} m", size=12)


def _legend(paper: Paper, language: str, grid: str) -> list[str]:
    """The signs in rows below the map, where they hide nothing."""
    rows: list[tuple[str, Message]] = [
        (f'<path d="M0 6 H22" stroke="{LIGHT.accent}" stroke-width="3.4"/>', Message("This grid") if grid else Message("Grids")),
        (f'<path d="M0 6 H22" stroke="{LIGHT.area_line}" stroke-width="2.4" stroke-dasharray="12 4 2 4"/>', Message("Border of the community")),
        (f'<rect y="1" width="22" height="10" fill="{OWN_BUILDING}"/>', Message("Buildings of this grid") if grid else Message("Buildings of the community")),
        (f'<rect y="1" width="22" height="10" fill="{LIGHT.building}" stroke="{LIGHT.building_line}"/>', Message("Other buildings")),
        (f'<path d="M0 6 H22" stroke="{LIGHT.wall}" stroke-width="2"/>', Message("Wall or railway")),
    ]
    drawn, x, y = [], 2.0, paper.height + 8.0
    for sign, message in rows:
        word = message.in_language(language)
        if x + 30 + _width(word, 12) > paper.width:
            x, y = 2.0, y + LEGEND_ROW
        drawn.append(f'<g transform="translate({x:g},{y:g})">{sign}<text x="28" y="10" font-size="12" fill="{LIGHT.label}">{html.escape(word)}</text></g>')
        x += 52 + _width(word, 12)
    return drawn


def _areas(shapes: gpd.GeoSeries, fill: str, line: str = "") -> Iterable[str]:
    path = "".join(_ring(ring) for shape in shapes for part in _parts(shape, 2) for ring in (part.exterior, *part.interiors))
    if path:
        yield f'<path d="{path}" fill="{fill}" fill-rule="evenodd"' + (f' stroke="{line}" stroke-width="0.7"/>' if line else "/>")


def _lines(shapes: gpd.GeoSeries, colour: str, width: float, dash: str = "") -> Iterable[str]:
    flat = [shape.boundary if shape.geom_type.endswith("Polygon") else shape for shape in shapes]
    path = "".join(_run(part) for shape in flat for part in _parts(shape, 1))
    if path:
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        yield f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width:.3g}" stroke-linejoin="round" stroke-linecap="round"{dashed}/>'


def _parts(shape: BaseGeometry, dimension: int) -> list[BaseGeometry]:
    return [part for part in shapely.get_parts(shapely.get_parts([shape])) if shapely.get_dimensions(part) == dimension and not part.is_empty]


def _run(line: BaseGeometry) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in shapely.get_coordinates(line))


def _ring(ring: BaseGeometry) -> str:
    return _run(ring) + "Z"


def _longest(shapes: Sequence[BaseGeometry] | gpd.GeoSeries) -> BaseGeometry | None:
    merged = shapely.line_merge(shapely.union_all(list(shapes)))
    lines = _parts(merged, 1)
    return max(lines, key=lambda line: (line.length, line.wkb)) if lines else None


def _place_for(name: str, line: BaseGeometry | None, paper: Paper) -> tuple[float, float, float] | None:
    """Where a name fits along a line: x, y, angle; nothing where it is longer than the line or would leave the paper everywhere."""
    half = 0.5 * _width(name, LETTERS) + 2.0
    if line is None or line.length < 2.0 * half:
        return None
    for share in (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8):
        x, y, angle = _on_line(line, share)
        across, up = half * abs(math.cos(math.radians(angle))) + EDGE, half * abs(math.sin(math.radians(angle))) + LETTERS
        if across <= x <= paper.width - across and up <= y <= paper.height - up:
            return x, y, angle
    return None


def _on_line(line: BaseGeometry, share: float) -> tuple[float, float, float]:
    """A place on a line and the direction there, turned so that text stands upright."""
    at = line.interpolate(share, normalized=True)
    ahead = line.interpolate(share * line.length + 6.0)
    angle = math.degrees(math.atan2(ahead.y - at.y, ahead.x - at.x))
    return at.x, at.y, angle - 180 if angle > 90 else angle + 180 if angle < -90 else angle


def _text_at(spot: tuple[float, float, float], name: str) -> str:
    x, y, angle = spot
    return f'<g transform="translate({x:.1f},{y:.1f}) rotate({angle:.1f})">{_text(0, 4, name, size=12)}</g>'


def _text(x: float, y: float, words: str, *, size: int, bold: bool = False) -> str:
    weight = ' font-weight="700"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="middle" fill="{LIGHT.label}" stroke="#fff" stroke-width="3" '
        f'paint-order="stroke"{weight}>{html.escape(words)}</text>'
    )


def _width(words: str, size: float) -> float:
    """About how wide a text is: Chinese letters are square."""
    return sum(size if ord(letter) > 0x2E80 else 0.56 * size for letter in words)
