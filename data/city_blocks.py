"""What stands on one block: rows of houses, the paths between them, the wall around them and its gates."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely import affinity
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from data.city_streets import SNAP_M


@dataclass(frozen=True)
class Fabric:
    """How a kind of estate is built, in metres; ``levels`` is the range of storeys."""

    depth_m: float
    lengths_m: tuple[float, ...]
    row_gap_m: float
    column_gap_m: float
    levels: tuple[int, int]
    walled: bool = True
    path: str = "footway"
    spine: str = "service"
    staggered: bool = False


FABRICS = {
    "old_estate": Fabric(12.0, (34.0, 42.0, 50.0), 17.0, 9.0, (5, 6)),
    "old_quarter": Fabric(11.0, (19.0, 24.0, 29.0), 8.0, 6.0, (2, 3), walled=False, path="residential", spine="residential"),
    "commodity_estate": Fabric(17.0, (27.0, 31.0, 44.0), 30.0, 14.0, (11, 26), staggered=True),
    "affordable_estate": Fabric(14.0, (38.0, 50.0), 24.0, 11.0, (9, 16)),
    "village_return_estate": Fabric(11.0, (22.0, 30.0, 36.0), 13.0, 8.0, (4, 6), spine="living_street"),
    "campus": Fabric(18.0, (46.0, 64.0), 40.0, 16.0, (3, 5)),
}


@dataclass
class BlockPlan:
    """One block, drawn: houses with their door, paths with a class, walls, gates; all on the tile's coordinates."""

    houses: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=object))
    doors: np.ndarray = field(default_factory=lambda: np.empty((0, 2)))
    levels: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=int))
    paths: list[tuple[LineString, str]] = field(default_factory=list)
    wall: LineString | None = None
    gates: list[Point] = field(default_factory=list)
    yard: Polygon | None = None


def _direction(block: Polygon) -> float:
    """Angle of the rows in degrees: along the block, on the side that lets houses look south."""
    corners = shapely.get_coordinates(shapely.minimum_rotated_rectangle(block))
    side = corners[1] - corners[0]
    angle = float(np.degrees(np.arctan2(side[1], side[0])))
    return (angle + 45.0) % 90.0 - 45.0


def _row_of_houses(rng: np.random.Generator, fabric: Fabric, y: float, spine_x: float, span: tuple[float, float]) -> list[tuple[float, float, float, float]]:
    """Boxes to both sides of the spine, nearest first; the last of a row takes what is left."""
    boxes = []
    for side, end in ((1, span[1]), (-1, span[0])):
        x = spine_x + side * (7.0 + (rng.uniform(0, 14) if fabric.staggered else rng.uniform(0, 4)))
        while (left := side * (end - x)) > 0.7 * fabric.lengths_m[0]:
            length = min(left, fabric.lengths_m[int(rng.integers(len(fabric.lengths_m)))])
            far = x + side * length
            boxes.append((min(x, far), y - fabric.depth_m / 2, max(x, far), y + fabric.depth_m / 2))
            x = far + side * (fabric.column_gap_m + rng.uniform(0, 4))
    return boxes


def _spans(inner: Polygon, rows: np.ndarray, depth_m: float) -> np.ndarray:
    """From where to where a row of houses fits, shape (rows, 2); only where the area is wide at both fronts."""
    west, _, east, _ = inner.bounds
    spans = np.column_stack([np.full(len(rows), west), np.full(len(rows), east)])
    for offset in (-depth_m / 2, 0.0, depth_m / 2):
        lines = shapely.linestrings([[(west - 1, y), (east + 1, y)] for y in rows + offset])
        bounds = shapely.bounds(shapely.intersection(inner, lines))
        spans = np.column_stack([np.fmax(spans[:, 0], bounds[:, 0]), np.fmin(spans[:, 1], bounds[:, 2])])
    return spans + np.array([0.2, -0.2])


def _piece_through(line: BaseGeometry, x: float, y: float) -> LineString | None:
    """The part of a cut line that passes the given point."""
    for part in shapely.get_parts(line):
        if part.geom_type == "LineString" and part.distance(Point(x, y)) < 0.01 and part.length > 4:
            return part
    return None


def _across(area: Polygon, x: float | None, y: float | None, through: tuple[float, float]) -> LineString | None:
    """The straight line at x (or y) inside an area, the part through a point."""
    west, south, east, north = area.bounds
    line = LineString([(x, south - 9), (x, north + 9)]) if x is not None else LineString([(west - 9, y), (east + 9, y)])
    return _piece_through(area.intersection(line), *through)


def _way_out(block: Polygon, yard: Polygon, inner: Polygon, x: float | None, y: float | None, through: tuple[float, float]) -> list[tuple[Point, LineString]]:
    """Where the line at x (or y) leaves the yard at each end: the gate, and the path from inside over the gate to the street."""
    pieces = [_across(area, x, y, through) for area in (block, yard, inner)]
    if any(piece is None for piece in pieces):
        return []
    outer, wall, path = (shapely.get_coordinates(piece)[[0, -1]] for piece in pieces if piece is not None)
    return [(Point(wall[end]), LineString([path[end], wall[end], outer[end]])) for end in (0, 1)]


def _house_arrays(rng: np.random.Generator, fabric: Fabric, inner: Polygon, spine_x: float, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Houses that fit, and the middle of the long side that looks to the path above."""
    spans = _spans(inner, rows, fabric.depth_m)
    boxes = np.array([box for y, span in zip(rows, spans, strict=True) for box in _row_of_houses(rng, fabric, float(y), spine_x, tuple(span))]).reshape(-1, 4)
    shapes = shapely.box(*boxes.T)
    shapely.prepare(inner)
    fits = shapely.contains_properly(inner, shapes)
    boxes = boxes[fits]
    return shapes[fits], np.column_stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]])


def _paths(fabric: Fabric, inner: Polygon, spine_x: float, rows: np.ndarray, houses: np.ndarray) -> list[tuple[LineString, str]]:
    """One path above each row that has houses, and one spine across all of them."""
    paths, reached = [], []
    for y in rows + (fabric.depth_m + fabric.row_gap_m) / 2:
        line = _across(inner, None, float(y), (spine_x, float(y)))
        near = shapely.intersects(houses, shapely.box(-1e5, y - fabric.depth_m - fabric.row_gap_m, 1e5, y)) if len(houses) else np.array([False])
        if line is not None and near.any():
            paths.append((LineString([line.coords[0], (spine_x, y), line.coords[-1]]), fabric.path))
            reached.append(float(y))
    if len(reached) > 1:
        paths.append((LineString([(spine_x, y) for y in reached]), fabric.spine))
    return paths


def _on_grid(geometry: BaseGeometry, angle: float, origin: tuple[float, float]) -> BaseGeometry:
    """Turn back to the tile's direction, on centimetres."""
    turned = affinity.rotate(geometry, angle, origin=origin)
    return shapely.transform(turned, lambda xy: np.round(xy, 2))


def _wall_with_gates(yard: Polygon, gates: list[Point]) -> LineString:
    """The rim of the yard with every gate as one of its vertices."""
    ring = shapely.get_coordinates(yard.exterior)[:-1]
    line = yard.exterior
    spots = [(line.project(gate), gate.x, gate.y) for gate in gates] + [(line.project(Point(*xy)), *xy) for xy in ring]
    rim = np.array([spot[1:] for spot in sorted(spots)])
    rim = rim[np.r_[True, np.hypot(*np.diff(rim, axis=0).T) > SNAP_M / 2]]
    return LineString(np.vstack([rim, rim[:1]]))


def _choose_gates(rng: np.random.Generator, exits: list[tuple[Point, LineString]], most: int) -> list[tuple[Point, LineString]]:
    """A few of the possible exits, not two close together."""
    chosen: list[tuple[Point, LineString]] = []
    for number in rng.permutation(len(exits)):
        gate, line = exits[number]
        if len(chosen) < most and all(gate.distance(other) > 25 for other, _ in chosen):
            chosen.append((gate, line))
    return chosen


def usable_yard(block: Polygon, keep_off: BaseGeometry) -> Polygon | None:
    """The part of a block that can be walled in: clear of the streets around it."""
    yard = block.buffer(-9.0, join_style="mitre").difference(keep_off).buffer(-6.0).buffer(6.0, quad_segs=3)
    parts = [part for part in shapely.get_parts(yard) if part.area > 2_500]
    return max(parts, key=lambda part: part.area).simplify(0.4) if parts else None


def draw_estate(rng: np.random.Generator, block: Polygon, keep_off: BaseGeometry, fabric: Fabric, *, gates: int = 3) -> BlockPlan | None:
    """Fill a block with houses; None where it is too narrow for a row of them or no gate reaches a street."""
    yard = usable_yard(block, keep_off)
    if yard is None:
        return None
    angle, origin = _direction(block), (block.centroid.x, block.centroid.y)
    block_, yard_ = (affinity.rotate(shape, -angle, origin=origin) for shape in (block, yard))
    inner = yard_.buffer(-5.0)
    if inner.geom_type != "Polygon" or inner.is_empty:
        return None
    west, south, east, north = inner.bounds
    pitch = fabric.depth_m + fabric.row_gap_m
    spine_x = (west + east) / 2 + rng.uniform(-0.14, 0.14) * (east - west)
    rows = np.arange(south + fabric.depth_m / 2 + rng.uniform(1, 8), north, pitch)
    houses, doors = _house_arrays(rng, fabric, inner, spine_x, rows)
    paths = _paths(fabric, inner, spine_x, rows, houses)
    if len(houses) < 2 or not paths:
        return None
    exits = _exits(block_, yard_, inner, spine_x, paths, everywhere=not fabric.walled)
    chosen = exits if not fabric.walled else _choose_gates(rng, exits, gates)
    if not chosen:
        return None
    points = [_on_grid(gate, angle, origin) for gate, _ in chosen]
    legs = [(LineString(line.coords[i : i + 2]), fabric.spine) for _, line in chosen for i in (0, 1)]
    ways = [(_on_grid(line, angle, origin), kind) for line, kind in [*paths, *legs]]
    yard = _on_grid(yard_, angle, origin)
    return BlockPlan(
        houses=np.array([_on_grid(house, angle, origin) for house in houses], dtype=object),
        doors=shapely.get_coordinates([affinity.rotate(Point(*door), angle, origin=origin) for door in doors]),
        levels=rng.integers(fabric.levels[0], fabric.levels[1] + 1, len(houses)),
        paths=ways,
        wall=_wall_with_gates(yard, points) if fabric.walled else None,
        gates=points if fabric.walled else [],
        yard=yard,
    )


def _exits(
    block: Polygon, yard: Polygon, inner: Polygon, spine_x: float, paths: list[tuple[LineString, str]], *, everywhere: bool
) -> list[tuple[Point, LineString]]:
    """Ways out: both ends of the spine, and both ends of the middle path (or of every path)."""
    rows = [line for line, _ in paths if line.coords[0][1] == line.coords[-1][1]]
    heights = [line.coords[0][1] for line in rows]
    middle = heights if everywhere else heights[len(heights) // 2 : len(heights) // 2 + 1]
    exits = []
    for number, (gate, line) in enumerate(_way_out(block, yard, inner, spine_x, None, (spine_x, heights[len(heights) // 2]))):
        inside = (spine_x, heights[0] if number == 0 else heights[-1])
        if Point(inside).within(inner.buffer(0.01)):
            exits.append((gate, LineString([inside, *line.coords[1:]])))
    for y in middle:
        exits += _way_out(block, yard, inner, None, y, (spine_x, y))
    return exits
