"""One tile of the demo city, complete: ground, streets, communities, estates, campuses and parks. No names, no people yet."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely.geometry import LineString, Point, Polygon

from data.city_areas import draw_communities, group_blocks
from data.city_blocks import FABRICS, BlockPlan, draw_estate, usable_yard
from data.city_ground import RIVER_STRIP_M, Ground, lay_ground, outline_sides
from data.city_network import Edges, cut_edges
from data.city_streets import StreetPlan, lay_streets

TYPES = ("old_estate", "commodity_estate", "affordable_estate", "village_return_estate")
CAMPUSES = ("primary", "market", "health_centre", "offices", "junior", "mall", "sports", "primary", "care_home", "market")
BLOCKS_PER_TILE, PARKS = 58, 4
CAMPUS_HOUSES = 4
PORTS = (5, 12, 22, 27)  # outline vertices per side where a street links two tiles


@dataclass
class Tile:
    """A drawn tile in metres; numbers refer to communities of the tile."""

    ground: Ground
    communities: list[Polygon]
    side: np.ndarray  # sub-district of each community: 0 south, 1 north
    kind: np.ndarray  # community type of each community
    edges: Edges
    houses: list[Polygon] = field(default_factory=list)
    doors: list[np.ndarray] = field(default_factory=list)
    levels: list[int] = field(default_factory=list)
    use: list[str] = field(default_factory=list)  # residential, or the campus
    house_community: list[int] = field(default_factory=list)
    walls: list[LineString] = field(default_factory=list)
    gates: list[tuple[Point, int, bool]] = field(default_factory=list)  # point, community, residents only
    fronts: list[tuple[float, float, int]] = field(default_factory=list)  # x, y, community: beside a street, outside walls
    yards: list[tuple[float, float, int]] = field(default_factory=list)  # x, y, community: beside a path inside an estate
    campuses: list[tuple[str, float, float, int]] = field(default_factory=list)
    greens: list[tuple[str, Polygon]] = field(default_factory=list)  # park, campus or bank
    parks: list[tuple[float, float, int, float]] = field(default_factory=list)  # x, y, community, m2
    stops: list[tuple[str, float, float, int]] = field(default_factory=list)  # stops or rail


def _types(ground: Ground, communities: list[Polygon]) -> np.ndarray:
    """Old estates near the centre, village-return estates at the rim, the others between."""
    away = [np.hypot(*((shapely.get_coordinates(c.centroid)[0] - ground.centre) / ground.centre)) for c in communities]
    rank = np.argsort(np.argsort(away, kind="stable"), kind="stable")
    share = (rank + 0.5) / len(rank)
    kind = np.select([share < 0.25, share < 0.45, share < 0.62, share < 0.75], [0, 1, 2, 1], 3)
    return np.array(TYPES, dtype=object)[kind]


def _uses(rng: np.random.Generator, labels: np.ndarray, blocks: list[Polygon], kind: np.ndarray) -> np.ndarray:
    """What each block is for: a fabric, a campus, or a park. No community loses more than a third of its blocks."""
    uses = kind[labels].copy()
    old = np.flatnonzero(uses == "old_estate")
    uses[old[::3]] = "old_quarter"
    room = {label: max(0, int((labels == label).sum()) // 3) for label in range(labels.max() + 1)}
    share = len(blocks) / BLOCKS_PER_TILE
    wanted = [*CAMPUSES[: max(2, round(len(CAMPUSES) * share))], *["park"] * max(1, round(PARKS * share))]
    order = [int(i) for i in rng.permutation(len(blocks))]
    for what in wanted:
        fit = [i for i in order if room[labels[i]] > 0 and uses[i] in FABRICS][: 3 if what == "park" else 6]
        if not fit:
            break
        block = min(fit, key=lambda i: blocks[i].area)
        uses[block] = what
        room[labels[block]] -= 1
    return uses


def _fronts(rng: np.random.Generator, block: Polygon, keep_off: shapely.Geometry, count: int) -> np.ndarray:
    """Places between wall and street around a block."""
    yard = usable_yard(block, keep_off)
    if yard is None:
        return np.empty((0, 2))
    rim = yard.buffer(3.0, quad_segs=3).exterior
    return shapely.get_coordinates(shapely.line_interpolate_point(rim, (np.arange(count) + rng.uniform(0.1, 0.9, count)) / count, normalized=True))


def _add_park(rng: np.random.Generator, tile: Tile, plan: StreetPlan, block: Polygon, community: int, keep_off: shapely.Geometry) -> None:
    """A green with two bent paths across."""
    yard = usable_yard(block, keep_off)
    if yard is None:
        return
    tile.greens.append(("park", shapely.transform(yard, lambda xy: np.round(xy, 2))))
    rim = block.exterior
    offset = rng.uniform(0, 0.25)
    ends = shapely.get_coordinates(shapely.line_interpolate_point(rim, np.array([offset, offset + 0.25, offset + 0.5, offset + 0.75]) % 1.0, normalized=True))
    middle = shapely.get_coordinates(block.centroid)[0]
    if not block.buffer(-20).contains(Point(middle)):
        return
    for end in ends:
        bend = (end + middle) / 2 + rng.uniform(-6, 6, 2)
        path = LineString(np.round([end, bend, middle], 2))
        if path.within(block.buffer(0.05)):
            plan.add(path, "footway", named=False)
            tile.parks.append((*(end * 0.9 + middle * 0.1), community, yard.area))


def _add_buildings(tile: Tile, plan: StreetPlan, drawn: BlockPlan, community: int, use: str) -> None:
    tile.houses += list(drawn.houses)
    tile.doors += list(drawn.doors)
    tile.levels += [int(level) for level in drawn.levels]
    tile.use += [use] * len(drawn.houses)
    tile.house_community += [community] * len(drawn.houses)
    for line, highway in drawn.paths:
        plan.add(line, highway, named=False)
    if drawn.wall is not None:
        tile.walls.append(drawn.wall)
    tile.gates += [(gate, community, use == "residential" and number > 0) for number, gate in enumerate(drawn.gates)]


def _thin_out(rng: np.random.Generator, drawn: BlockPlan) -> None:
    """Leave a few of the houses of a campus; the rest is yard."""
    keep = np.sort(rng.permutation(len(drawn.houses))[:CAMPUS_HOUSES])
    drawn.houses, drawn.doors, drawn.levels = drawn.houses[keep], drawn.doors[keep], drawn.levels[keep]


def _add_banks(tile: Tile, plan: StreetPlan) -> None:
    """Green between the river and the streets along it, a park to be entered by the steps."""
    ground = tile.ground
    if ground.river is None or ground.water is None:
        return
    away = shapely.union_all([line.buffer(14.0) for line in (ground.rail, ground.expressway) if line is not None])
    banks = ground.river.buffer(RIVER_STRIP_M - 8.0, cap_style="flat").difference(ground.water.buffer(1.0)).difference(away)
    banks = banks.intersection(ground.outline)
    for part in shapely.get_parts(banks):
        if part.area > 500:
            tile.greens.append(("bank", shapely.transform(part, lambda xy: np.round(xy, 2))))
    shapes = np.array(tile.communities)
    steps = [line for line, highway in zip(plan.lines, plan.highway, strict=True) if highway == "steps"]
    for x, y in shapely.get_coordinates([line.interpolate(0.5, normalized=True) for line in steps[::2]]):
        own = np.flatnonzero(shapely.intersects_xy(shapes, x, y))
        if len(own):
            tile.parks.append((x, y, int(own[0]), banks.area))


def _fill_block(rng: np.random.Generator, tile: Tile, plan: StreetPlan, block: Polygon, use: str, community: int, keep_off: shapely.Geometry) -> None:
    """Estate, campus or park on one block; a block nothing fits on becomes green."""
    fabric = FABRICS.get(use, FABRICS["campus"])
    drawn = None if use == "park" else draw_estate(rng, block, keep_off, fabric, gates=int(rng.integers(2, 5)) if use in FABRICS else 2)
    if drawn is None:
        _add_park(rng, tile, plan, block, community, keep_off)
        return
    if use not in FABRICS:
        _thin_out(rng, drawn)
        tile.greens.append(("campus", drawn.yard))
    _add_buildings(tile, plan, drawn, community, "residential" if use in FABRICS else use)
    tile.fronts += [(x, y, community) for x, y in _fronts(rng, block, keep_off, 8)]
    rows = [line for line, _ in drawn.paths if len(line.coords) == 3]
    spots = [line.interpolate(rng.uniform(0.15, 0.85), normalized=True) for line in rows]
    if use in FABRICS:
        tile.yards += [(spot.x, spot.y, community) for spot in spots]
    else:
        tile.campuses.append((use, spots[0].x, spots[0].y, community))


def _add_stops(tile: Tile, plan: StreetPlan) -> None:
    """Bus stops along the larger streets, and a station beside the railway where the ring comes near it."""
    spots = []
    for line, highway in zip(plan.lines, plan.highway, strict=True):
        if highway in ("trunk", "primary", "secondary") and line.length > 260:
            places = line.parallel_offset(7.0, "left") if line.length < 2000 else line.buffer(-7.0, single_sided=True).exterior
            count = max(1, round(line.length / 520))
            spots += [("stops", *point.coords[0]) for point in shapely.line_interpolate_point(places, (np.arange(count) + 0.4) / count, normalized=True)]
    if tile.ground.rail is not None:
        beside = tile.ground.rail.parallel_offset(32.0, "left").interpolate(0.3, normalized=True)
        spots.append(("rail", beside.x, beside.y))
    shapes = np.array(tile.communities)
    for kind, x, y in spots:
        own = np.flatnonzero(shapely.intersects_xy(shapes, x, y))
        if len(own):
            tile.stops.append((kind, x, y, int(own[0])))


def _links(ground: Ground, plan: StreetPlan) -> None:
    """Short streets from the streets along the outline to the outline, where the neighbour's begin."""
    rim = shapely.union_all([piece.exterior for piece in ground.land])
    for name, side in outline_sides(ground.scale).items():
        for port in PORTS:
            spot = Point(side[port])
            line = shapely.shortest_line(spot, rim)
            if line.length < 120 and not any(line.crosses(other) for other in (ground.river, ground.rail) if other is not None):
                plan.add(LineString(np.round(line.coords, 2)), f"link_{name}", named=False)


def draw_tile(rng: np.random.Generator, communities: int, *, river: bool, rail: bool, expressway: bool, scale: float = 1.0) -> Tile:
    """Draw a tile of so many communities; ``scale`` shrinks the land of a city of fewer than a tile's twelve."""
    ground = lay_ground(rng, river=river, rail=rail, expressway=expressway, scale=scale)
    plan, blocks = lay_streets(rng, ground)
    labels, side = group_blocks(ground, blocks, communities)
    shapes = draw_communities(ground, blocks, labels)
    kind = _types(ground, shapes)
    tile = Tile(ground, shapes, side, kind, Edges(*[np.empty(0)] * 5))
    wide = [
        line.buffer(18 if highway in ("trunk", "primary") else 11)
        for line, highway in zip(plan.lines, plan.highway, strict=True)
        if highway in ("trunk", "primary", "secondary")
    ]
    keep_off = shapely.union_all(wide)
    uses = _uses(rng, labels, blocks, kind)
    for block, use, label in zip(blocks, uses, labels, strict=True):
        _fill_block(rng, tile, plan, block, str(use), int(label), keep_off)
    _add_banks(tile, plan)
    _add_stops(tile, plan)
    _links(ground, plan)
    tile.edges = cut_edges(ground, plan)
    return tile
