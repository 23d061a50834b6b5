"""The ground of one tile: its outline, river, railway, and the land between them. Metres from the tile's south-west corner."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

WIDTH_M, HEIGHT_M = 2000.0, 1500.0  # a tile of 12 communities: about 3 km2 for 25 000 households
COLUMNS, ROWS = 40, 30  # segments of an outline side; neighbours share exactly these vertices
RIVER_ROW, RAIL_COLUMN = 17, 26  # outline vertices where river and railway pass from tile to tile
RIVER_STRIP_M, RAIL_STRIP_M = 52.0, 26.0  # centreline to the street along it
MARGIN_M = 11.0  # outline to the street inside it; two tiles make a dual carriageway
EXPRESSWAY_INSET_M = 48.0


@dataclass(frozen=True)
class Ground:
    """What lies in a tile before any street: outline vertices, barrier lines, water, and land pieces."""

    outline: Polygon
    river: LineString | None
    rail: LineString | None
    expressway: LineString | None
    water: Polygon | None
    strips: BaseGeometry
    land: tuple[Polygon, ...]
    scale: float

    @property
    def centre(self) -> np.ndarray:
        """Middle of the tile, (x, y)."""
        return np.array([WIDTH_M, HEIGHT_M]) * self.scale / 2


def _side(length: float, segments: int, swings: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Positions along a side and how far it swings out there; zero at both corners."""
    share = np.arange(segments + 1) / segments
    swing = swings[0] * np.sin(2 * np.pi * share) + swings[1] * np.sin(3 * np.pi * share)
    swing[[0, -1]] = 0.0
    return np.round(share * length, 2), np.round(swing, 2)


def outline_sides(scale: float) -> dict[str, np.ndarray]:
    """Vertices of the four sides, each west to east or south to north, on centimetres so that neighbours meet exactly."""
    x, up = _side(WIDTH_M * scale, COLUMNS, (46.0 * scale, 21.0 * scale))
    y, right = _side(HEIGHT_M * scale, ROWS, (38.0 * scale, -17.0 * scale))
    south, west = np.column_stack([x, up]), np.column_stack([right, y])
    north, east = south + np.array([0.0, HEIGHT_M * scale]), west + np.array([WIDTH_M * scale, 0.0])
    return {"south": south, "north": np.round(north, 2), "west": west, "east": np.round(east, 2)}


def _meander(start: np.ndarray, end: np.ndarray, swings: tuple[float, float], steps: int = 60) -> np.ndarray:
    """A smooth curve that leaves both ends straight on, swinging to its left by up to the given metres."""
    share = np.linspace(0.0, 1.0, steps + 1)
    along = end - start
    left = np.array([-along[1], along[0]]) / np.hypot(*along)
    calm = np.sin(np.pi * share) ** 2
    swing = calm * (swings[0] * np.sin(np.pi * share) + swings[1] * np.sin(2 * np.pi * share))
    curve = np.round(start + share[:, None] * along + swing[:, None] * left, 2)
    curve[0], curve[-1] = start, end
    return curve


def _banks(line: np.ndarray, half_m: np.ndarray) -> Polygon:
    """Area between the two banks of a centreline; the ends are square to the general direction, so tiles join."""
    step = np.gradient(line, axis=0)
    step[[0, -1]] = line[-1] - line[0]
    left = np.column_stack([-step[:, 1], step[:, 0]]) / np.hypot(step[:, 0], step[:, 1])[:, None]
    return Polygon(np.round(np.vstack([line + left * half_m[:, None], (line - left * half_m[:, None])[::-1]]), 2))


def _strip(line: LineString, half_m: float) -> BaseGeometry:
    """The strip along a barrier, run on past the outline."""
    xy = shapely.get_coordinates(line)
    ends = [xy[0] - (xy[1] - xy[0]) * 8, xy[-1] + (xy[-1] - xy[-2]) * 8]
    return LineString(np.vstack([ends[0], xy, ends[1]])).buffer(half_m, cap_style="flat")


def _expressway(sides: dict[str, np.ndarray]) -> tuple[LineString, Polygon]:
    """An expressway that keeps to the eastern side of the tile, and the belt from it to the outline that stays open."""
    line, belt = sides["east"] - np.array([EXPRESSWAY_INSET_M, 0.0]), sides["east"] - np.array([EXPRESSWAY_INSET_M + 26.0, 0.0])
    belt[0, 1], belt[-1, 1] = belt[0, 1] - 100.0, belt[-1, 1] + 100.0
    return LineString(line), Polygon(np.vstack([belt, belt[::-1] + np.array([300.0, 0.0])]))


def lay_ground(rng: np.random.Generator, *, river: bool, rail: bool, expressway: bool, scale: float = 1.0) -> Ground:
    """Draw the ground of a tile. River and railway meet those of the neighbours at fixed outline vertices."""
    sides = outline_sides(scale)
    outline = Polygon(np.vstack([sides["south"], sides["east"][1:], sides["north"][-2::-1], sides["west"][-2:0:-1]]))
    swings = rng.uniform(-1.0, 1.0, 4) * [0.05, 0.0, 0.06, 0.05] + np.sign(rng.uniform(-1, 1, 4)) * [0.02, 0.075, 0.0, 0.0]
    strips, lines, water = [], {}, None
    if river:
        curve = _meander(sides["west"][RIVER_ROW], sides["east"][RIVER_ROW], tuple(swings[:2] * HEIGHT_M * scale * 1.6))
        lines["river"] = LineString(curve)
        swell = 26.0 + 7.0 * np.sin(np.linspace(0, np.pi, len(curve))) * np.sin(np.linspace(0, 9, len(curve))) ** 2
        water = _banks(curve, swell)
        strips.append(_strip(lines["river"], RIVER_STRIP_M))
    if rail:
        curve = _meander(sides["south"][RAIL_COLUMN], sides["north"][RAIL_COLUMN], tuple(swings[2:] * WIDTH_M * scale))
        lines["rail"] = LineString(curve)
        strips.append(_strip(lines["rail"], RAIL_STRIP_M))
    if expressway:
        lines["expressway"], belt = _expressway(sides)
        strips.append(belt)
    union = shapely.union_all(strips) if strips else Polygon()
    buildable = outline.buffer(-MARGIN_M - 60.0).buffer(60.0)
    land = [part.simplify(0.3) for part in shapely.get_parts(buildable.difference(union)) if part.area > 8_000]
    land.sort(key=lambda part: (round(part.centroid.y, 1), round(part.centroid.x, 1)))
    return Ground(outline, lines.get("river"), lines.get("rail"), lines.get("expressway"), water, union, tuple(land), scale)
