"""Streets of one tile down to the block: ring, avenues, radials, and blocks split along their long side."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import split

from data.city_ground import Ground

PROMENADE_M = 43.0  # river centreline to the footway along it
NEAR_M = 0.03  # an end this close to a street meets it; ends are rounded to centimetres
SNAP_M = 0.01  # everything is noded on a centimetre grid


@dataclass
class StreetPlan:
    """Lines that will become streets, with their class and the group that shares a name."""

    lines: list[LineString] = field(default_factory=list)
    highway: list[str] = field(default_factory=list)
    group: list[int] = field(default_factory=list)  # -1 = nameless
    groups: int = 0

    def add(self, geometry: BaseGeometry, highway: str, *, named: bool = True) -> None:
        """Take the lines of a geometry in, as one named street or as nameless paths."""
        group = self.groups if named else -1
        self.groups += int(named)
        for line in shapely.get_parts(geometry):
            if line.length > 0.5:
                self.lines.append(line)
                self.highway.append(highway)
                self.group.append(group)


def _ring(rng: np.random.Generator, ground: Ground) -> LineString:
    """A closed curve around the centre, rounder than an ellipse is."""
    angle = np.linspace(0, 2 * np.pi, 73)
    bump = 1 + 0.05 * np.sin(2 * angle + rng.uniform(0, 6)) + 0.04 * np.sin(3 * angle + rng.uniform(0, 6))
    x, y = 0.70 * ground.centre[0] * np.cos(angle) * bump, 0.66 * ground.centre[1] * np.sin(angle) * bump
    xy = ground.centre + np.column_stack([x, y])
    xy[-1] = xy[0]
    return LineString(np.round(xy, 2))


def _wander(rng: np.random.Generator, start: np.ndarray, end: np.ndarray, swing_m: float) -> LineString:
    """A road that goes from one point to another without being straight."""
    share = np.linspace(0, 1, 25)
    along = end - start
    left = np.array([-along[1], along[0]]) / np.hypot(*along)
    swing = swing_m * (rng.uniform(-1, 1) * np.sin(np.pi * share) + rng.uniform(-1, 1) * np.sin(2 * np.pi * share))
    return LineString(np.round(start + share[:, None] * along + swing[:, None] * left, 2))


def _radials(rng: np.random.Generator, ground: Ground, ring: LineString) -> list[LineString]:
    """Roads from the ring outwards; those that would need another bridge are left out."""
    roads = []
    for angle in np.radians([22, 62, 128, 162, 200, 236, 305, 338]) + rng.uniform(-0.09, 0.09, 8):
        direction = np.array([np.cos(angle), np.sin(angle)])
        road = _wander(rng, ground.centre, ground.centre + direction * 2.2 * ground.centre[0], 40 * ground.scale)
        outer = road.difference(Polygon(ring))
        if not outer.intersects(ground.strips.difference(_belt(ground))):
            roads.append(outer)
    return roads


def _belt(ground: Ground) -> BaseGeometry:
    return ground.expressway.buffer(120) if ground.expressway else Polygon()


def _arterials(rng: np.random.Generator, ground: Ground, plan: StreetPlan) -> BaseGeometry:
    """Ring, avenues and radials go into the plan; gives back all of them as one geometry."""
    size = ground.centre * 2
    ring = _ring(rng, ground)
    north_south = _wander(rng, np.array([0.41, -0.1]) * size, np.array([0.38, 1.1]) * size, 60 * ground.scale)
    roads = [(ring, "trunk"), (north_south, "primary")]
    if ground.river is None:
        roads.append((_wander(rng, np.array([-0.1, 0.52]) * size, np.array([1.1, 0.49]) * size, 60 * ground.scale), "primary"))
    roads += [(road, "secondary") for road in _radials(rng, ground, ring)]
    inside = shapely.union_all([*ground.land, ground.strips.intersection(shapely.union_all(ground.land).convex_hull)])
    kept = []
    for road, highway in roads:
        line = road.intersection(inside) if highway != "trunk" else road
        kept.append(line)
        plan.add(line, highway)
    return shapely.union_all(kept)


def _cut_line(rng: np.random.Generator, block: Polygon, attempt: int) -> LineString:
    """A slightly bent line across the long side of a block."""
    corners = shapely.get_coordinates(shapely.minimum_rotated_rectangle(block))[:4]
    sides = np.roll(corners, -1, axis=0) - corners
    longest = int(np.hypot(*sides.T).argmax())
    along = sides[longest] / np.hypot(*sides[longest])
    share = 0.5 + rng.uniform(-0.09, 0.09) * (1 + attempt / 2)
    middle = shapely.get_coordinates(block.centroid)[0] + (share - 0.5) * sides[longest]
    turn = rng.uniform(-0.12, 0.12)
    across = np.array([-along[1] * np.cos(turn) - along[0] * np.sin(turn), along[0] * np.cos(turn) - along[1] * np.sin(turn)])
    reach = np.linspace(-1, 1, 13)[:, None] * 700.0
    bend = np.cos(reach / 90.0 + rng.uniform(0, 6)) * rng.uniform(0, 5)
    return LineString(np.round(middle + reach * across + bend * along, 2))


def _well_shaped(part: Polygon, least_m2: float) -> bool:
    """Large and broad enough to build on."""
    return part.area > least_m2 and shapely.oriented_envelope(part).area < 2.2 * part.area and part.buffer(-30).area > 0


def _split_block(rng: np.random.Generator, block: Polygon, target_m2: float, plan: StreetPlan) -> list[Polygon]:
    """Split a block until its parts are near the target; every cut is a street."""
    if block.area < target_m2 * 1.45:
        return [block]
    for attempt in range(5):
        line = _cut_line(rng, block, attempt)
        parts = list(shapely.get_parts(split(block, line)))
        if len(parts) > 1 and all(_well_shaped(part, 0.38 * target_m2) for part in parts):
            highway = "secondary" if block.area > 200_000 else "tertiary" if block.area > 90_000 else "residential"
            plan.add(line.intersection(block), highway)
            parts.sort(key=lambda part: (round(part.centroid.x, 1), round(part.centroid.y, 1)))
            return [small for part in parts for small in _split_block(rng, part, target_m2, plan)]
    return [block]


def with_ends(lines: np.ndarray) -> np.ndarray:
    """The same lines with the ends of all others that touch them as vertices."""
    ends = np.unique(np.round(shapely.get_coordinates([shapely.get_point(lines, 0), shapely.get_point(lines, -1)]), 2), axis=0)
    points = shapely.points(ends)
    point, line = shapely.STRtree(lines).query(points, predicate="dwithin", distance=NEAR_M)
    result = lines.copy()
    for number in np.unique(line):
        own = np.round(shapely.get_coordinates(lines[number]), 2)
        xy = np.vstack([own, ends[point[line == number]]])
        along = shapely.line_locate_point(lines[number], shapely.points(xy))
        along[len(own) - 1] = lines[number].length
        along[0] = 0.0
        order = np.lexsort([np.arange(len(xy)), np.round(along, 2)])
        xy = xy[order]
        keep = np.r_[True, np.hypot(*np.diff(xy, axis=0).T) > SNAP_M / 2]
        if keep.sum() > 1:
            result[number] = LineString(xy[keep])
    return result


def lay_streets(rng: np.random.Generator, ground: Ground, *, block_m2: float = 42_000.0) -> tuple[StreetPlan, list[Polygon]]:
    """Streets of the tile and the blocks between them. Every side of a block is a street; blocks are smaller near the centre."""
    plan = StreetPlan()
    for piece in ground.land:
        plan.add(piece.exterior, "secondary")
    roads = _arterials(rng, ground, plan)
    faces = []
    for piece in ground.land:
        lines = shapely.union_all([piece.exterior, roads.intersection(piece)], grid_size=SNAP_M)
        faces += [face for face in shapely.get_parts(shapely.polygonize(list(shapely.get_parts(lines)))) if face.area > 400]
    faces.sort(key=lambda face: (round(face.centroid.y, 1), round(face.centroid.x, 1)))
    for face in faces:
        away = np.hypot(*((shapely.get_coordinates(face.centroid)[0] - ground.centre) / ground.centre))
        _split_block(rng, face, block_m2 * (0.62 + 0.62 * min(away, 1.0)), plan)
    lines = shapely.union_all(with_ends(np.array(plan.lines, dtype=object)), grid_size=SNAP_M)
    everything = shapely.get_parts(shapely.polygonize(list(shapely.get_parts(lines))))
    land = shapely.union_all(ground.land)
    blocks = [block for block in everything if land.contains(block.representative_point())]
    blocks.sort(key=lambda block: (round(block.centroid.y, 1), round(block.centroid.x, 1)))
    _lay_promenade(ground, plan)
    return plan, blocks


def _lay_promenade(ground: Ground, plan: StreetPlan) -> None:
    """A footway along either bank, with steps down from the street beside it; it passes neither railway nor expressway."""
    if ground.river is None:
        return
    others = [line.buffer(40.0) for line in (ground.rail, ground.expressway) if line is not None]
    rim = shapely.union_all([piece.exterior for piece in ground.land])
    for side in (PROMENADE_M, -PROMENADE_M):
        walk = ground.river.offset_curve(side).intersection(ground.outline.buffer(-30.0)).difference(shapely.union_all(others))
        for part in shapely.get_parts(walk):
            count = max(2, round(part.length / 230))
            feet = shapely.line_interpolate_point(part, (np.arange(count) + 0.5) / count, normalized=True)
            plan.add(LineString(np.round(_with_points(part, feet), 2)), "footway", named=False)
            for foot in feet:
                plan.add(LineString(np.round(shapely.get_coordinates(shapely.shortest_line(foot, rim)), 2)), "steps", named=False)


def _with_points(line: LineString, points: np.ndarray) -> np.ndarray:
    """Vertices of a line with further points on it, in order."""
    xy = np.vstack([shapely.get_coordinates(line), shapely.get_coordinates(points)])
    return xy[np.argsort(shapely.line_locate_point(line, shapely.points(xy)), kind="stable")]
