"""Made-up communities, tame and hostile, for tests and benchmarks. Everything follows from kind and seed."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
from shapely import affinity
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

CRS = "EPSG:32650"
EAST, NORTH = 450_000.0, 4_400_000.0


@dataclass(frozen=True)
class Community:
    """Arguments of ``divide_community``. ``crossings`` may be None."""

    shape: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    lines: gpd.GeoDataFrame
    crossings: gpd.GeoSeries | None = None


Draft = tuple[BaseGeometry, list[BaseGeometry], list[int], list[tuple[str, BaseGeometry]]]


def make_community(kind: str, seed: int) -> Community:
    """One community of a kind (a key of ``KINDS``), coded 110105001 + seed."""
    rng = np.random.default_rng([seed, zlib.crc32(kind.encode())])
    shape, footprints, households, lines = KINDS[kind](rng)
    key = [f"b{number:03d}" for number in range(len(footprints))]
    code = f"110105001{1 + seed % 998:03d}"
    made = Community(
        gpd.GeoDataFrame({"code": [code]}, geometry=[_move(shape)], crs=CRS),
        gpd.GeoDataFrame({"households": np.array(households, dtype=int)}, index=key, geometry=[_move(f) for f in footprints], crs=CRS),
        gpd.GeoDataFrame({"kind": np.array([k for k, _ in lines], dtype=str)}, geometry=[_move(line) for _, line in lines], crs=CRS),
    )
    if kind == "gate":
        return replace(made, crossings=gpd.GeoSeries([Point(EAST + made.shape.geometry.iloc[0].centroid.x - EAST, NORTH + 200)], crs=CRS))
    if kind == "degrees":
        return Community(*(frame.to_crs(4326) for frame in (made.shape, made.buildings, made.lines)))
    return made


def _move(shape: BaseGeometry | None) -> BaseGeometry | None:
    return None if shape is None else affinity.translate(shape, EAST, NORTH)


def _slabs(rng: np.random.Generator, area: BaseGeometry, mean: float = 31.0, skip: float = 0.1) -> tuple[list[BaseGeometry], list[int]]:
    """Rows of residential slabs inside an area, jittered and turned a little."""
    west, south, east, north = area.bounds
    shapes, households = [], []
    for x in np.arange(west + 8, east - 34, 46):
        for y in np.arange(south + 8, north - 18, 52):
            slab = box(x, y, x + rng.uniform(18, 34), y + rng.uniform(10, 14))
            slab = affinity.rotate(affinity.translate(slab, *rng.uniform(-3, 3, 2)), rng.uniform(-12, 12))
            if rng.random() > skip and area.contains(slab):
                shapes.append(slab)
                households.append(int(np.clip(rng.gamma(4.0, mean / 4.0), 2, 180)))
    return shapes, households


def _streets(rng: np.random.Generator, width: float, height: float) -> list[tuple[str, BaseGeometry]]:
    lines: list[tuple[str, BaseGeometry]] = []
    for share in np.sort(rng.uniform(0.15, 0.85, int(rng.integers(1, 4)))):
        lines.append(("minor", LineString([(-5, share * height), (width / 2, (share + rng.uniform(-0.05, 0.05)) * height), (width + 5, share * height)])))
    for share in np.sort(rng.uniform(0.2, 0.8, int(rng.integers(1, 3)))):
        lines.append(("major" if rng.random() < 0.4 else "minor", LineString([(share * width, -5), ((share + 0.04) * width, height + 5)])))
    return lines


def _size(rng: np.random.Generator) -> tuple[float, float]:
    return float(rng.uniform(300, 560)), float(rng.uniform(300, 560))


def _plain(rng: np.random.Generator) -> Draft:
    width, height = _size(rng)
    area = box(0, 0, width, height)
    return area, *_slabs(rng, area), _streets(rng, width, height)


def _no_lines(rng: np.random.Generator) -> Draft:
    return *_plain(rng)[:3], []


def _one(rng: np.random.Generator) -> Draft:
    return box(0, 0, 90, 70), [box(20, 20, 60, 40)], [int(rng.integers(1, 900))], [("minor", LineString([(0, 50), (90, 30)]))]


def _empty(rng: np.random.Generator) -> Draft:
    area, _, _, lines = _plain(rng)
    return area, [], [], lines


def _few(rng: np.random.Generator) -> Draft:
    area = box(0, 0, 150, 130)
    return area, *_slabs(rng, area, 15), [("minor", LineString([(0, 60), (150, 70)]))]


def _tower(rng: np.random.Generator) -> Draft:
    area, shapes, households, lines = _plain(rng)
    households[int(rng.integers(len(households)))] = int(rng.integers(501, 1600))
    return area, shapes, households, lines


def _unpopulated(rng: np.random.Generator) -> Draft:
    area, shapes, _, lines = _plain(rng)
    return area, shapes, [0] * len(shapes), lines


def _river(rng: np.random.Generator) -> Draft:
    area, shapes, households, _lines = _plain(rng)
    width, height = area.bounds[2:]
    line = LineString([(-5, height * 0.5), (width * 0.3, height * rng.uniform(0.4, 0.6)), (width + 5, height * 0.5)])
    return area, [s for s in shapes if s.distance(line) > 1], [h for s, h in zip(shapes, households, strict=True) if s.distance(line) > 1], [("river", line)]


def _bridge(rng: np.random.Generator) -> Draft:
    area, shapes, households, lines = _river(rng)
    width, height = area.bounds[2:]
    return area, shapes, households, [*lines, ("minor", LineString([(width * 0.45, -5), (width * 0.55, height + 5)]))]


def _water(rng: np.random.Generator) -> Draft:
    area, shapes, households, lines = _plain(rng)
    width, height = area.bounds[2:]
    water = LineString([(-9, height * 0.3), (width * 0.5, height * 0.5), (width + 9, height * 0.4)]).buffer(12)
    dry = [number for number, shape in enumerate(shapes) if not shape.intersects(water)]
    return area, [shapes[i] for i in dry], [households[i] for i in dry], [*lines, ("river", water)]


def _walls(rng: np.random.Generator) -> Draft:
    area, shapes, households, lines = _plain(rng)
    width, height = area.bounds[2:]
    yards = [box(3, 3, width * 0.5, height * 0.45), box(width * 0.5, height * 0.5, width - 3, height - 3)]
    return area, shapes, households, [*lines, *(("wall", yard.exterior) for yard in yards)]


def _rail(rng: np.random.Generator) -> Draft:
    area, shapes, households, lines = _plain(rng)
    width, height = area.bounds[2:]
    return (
        area,
        shapes,
        households,
        [*lines, ("rail", LineString([(-5, -5), (width + 5, height + 5)])), ("expressway", LineString([(width / 2, -5), (width / 2, height + 5)]))],
    )


def _islands(rng: np.random.Generator) -> Draft:
    width, height = _size(rng)
    main, isle = box(0, 0, width, height), Point(width + 160, height / 2).buffer(float(rng.uniform(15, 120)), 12)
    shapes, households = _slabs(rng, main)
    more, others = _slabs(rng, isle)
    return MultiPolygon([main, isle]), shapes + more, households + others, _streets(rng, width + 300, height)


def _ring(rng: np.random.Generator) -> Draft:
    width, height = 520.0, 520.0
    area = box(0, 0, width, height).difference(box(150, 140, 380, 370))
    return area, *_slabs(rng, area), _streets(rng, width, height)


def _bay(rng: np.random.Generator) -> Draft:
    area = box(0, 0, 600, 420).difference(box(100, 100, 500, 430)).difference(box(-1, 200, 60, 202))
    return area, *_slabs(rng, area), []


def _touching_hole(rng: np.random.Generator) -> Draft:
    area = box(0, 0, 480, 400).difference(Polygon([(0, 200), (120, 150), (120, 260)])).difference(Polygon([(240, 100), (300, 160), (240, 220), (180, 160)]))
    return area, *_slabs(rng, area), _streets(rng, 480, 400)


def _shared_walls(rng: np.random.Generator) -> Draft:
    shapes, households = [], []
    for y in range(10, 380, 60):
        edges = 10 + np.cumsum(np.r_[0.0, rng.uniform(8, 22, 22)])
        for west, east in itertools.pairwise(edges):
            shapes.append(box(west, y, east, y + rng.uniform(9, 15)))
            households.append(int(rng.integers(4, 30)))
    return box(0, 0, 520, 400), shapes, households, [("minor", LineString([(0, 200), (520, 205)]))]


def _overlapping(rng: np.random.Generator) -> Draft:
    area, shapes, households, lines = _plain(rng)
    moved = [affinity.translate(shape, *rng.uniform(-25, 25, 2)) for shape in shapes[::4]]
    return area, shapes + moved, households + [5] * len(moved), lines


def _doubled(rng: np.random.Generator) -> Draft:
    area, shapes, households, lines = _plain(rng)
    return area, shapes + shapes[::3], households + households[::3], lines


def _over_border(rng: np.random.Generator) -> Draft:
    area, _, _, lines = _plain(rng)
    width, height = area.bounds[2:]
    wide = box(-60, -60, width + 60, height + 60)
    return area, *_slabs(rng, wide), lines


def _over_lines(rng: np.random.Generator) -> Draft:
    area, shapes, households, _ = _plain(rng)
    width, height = area.bounds[2:]
    lines = [("minor", LineString([(0, y), (width, y + rng.uniform(-40, 40))])) for y in rng.uniform(0, height, 7)]
    return area, shapes, households, [*lines, *(("river", LineString([(x, 0), (x + 50, height)])) for x in rng.uniform(0, width, 2))]


def _courtyards(rng: np.random.Generator) -> Draft:
    shapes: list[BaseGeometry] = []
    for x in range(10, 500, 110):
        for y in range(10, 400, 100):
            shapes.append(box(x, y, x + 80, y + 70).difference(box(x + 12, y + 12, x + 68, y + 58)))
            shapes.append(box(x + 30, y + 25, x + 50, y + 40))
    return box(0, 0, 560, 410), shapes, [int(h) for h in rng.integers(10, 90, len(shapes))], []


def _in_parts(rng: np.random.Generator) -> Draft:
    area, shapes, households, lines = _plain(rng)
    pairs = [MultiPolygon([a, b]) for a, b in zip(shapes[:6:2], shapes[7:13:2], strict=False) if not a.intersects(b)]
    used = len(pairs) * 2 + 8
    return area, pairs + shapes[used:], [40] * len(pairs) + households[used:], lines


def _broken_rings(rng: np.random.Generator) -> Draft:
    area, shapes, households, lines = _plain(rng)
    bow = [Polygon([(x, y), (x + 20, y + 12), (x + 20, y), (x, y + 12)]) for x, y in rng.uniform(20, 250, (4, 2))]
    ring = list(area.exterior.coords)
    spike = Polygon([*ring[:2], (ring[1][0] - 40, ring[1][1] + 60), (ring[1][0] + 10, ring[1][1] + 60), *ring[2:]])
    return spike, [*shapes, *bow, Polygon()], [*households, *[9] * 5], lines


def _specks(rng: np.random.Generator) -> Draft:
    area, shapes, households, lines = _plain(rng)
    tiny = [box(x, y, x + size, y + size) for x, y, size in zip(rng.uniform(5, 250, 6), rng.uniform(5, 250, 6), (0.004, 0.02, 0.1, 0.5, 1, 2), strict=True)]
    return area, shapes + tiny, households + [3] * 6, [*lines, ("wall", LineString([(50, 50), (50.004, 50.003)])), ("minor", LineString([(0, 0), (9, 9)]))]


def _dangles(rng: np.random.Generator) -> Draft:
    area, shapes, households, _ = _plain(rng)
    width, height = area.bounds[2:]
    ends = rng.uniform(0, 1, (25, 4)) * [width, height, width, height]
    kinds = rng.choice(["minor", "major", "wall", "river", "rail", "expressway"], 25)
    return area, shapes, households, [(str(k), LineString([(a, b), (c, d)])) for k, (a, b, c, d) in zip(kinds, ends, strict=True)]


def _rugged(rng: np.random.Generator) -> Draft:
    angle = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    radius = 260 + 30 * np.sin(5 * angle) + rng.uniform(-6, 6, len(angle))
    area = Polygon(np.column_stack([280 + radius * np.cos(angle), 280 + radius * np.sin(angle)]))
    return area, *_slabs(rng, area), _streets(rng, 560, 560)


def _large(rng: np.random.Generator) -> Draft:
    area = box(0, 0, 1100, 900)
    return area, *_slabs(rng, area), _streets(rng, 1100, 900) + _streets(rng, 1100, 900)


def _strip(rng: np.random.Generator) -> Draft:
    area = box(0, 0, 2400, 34)
    shapes = [box(x, 8, x + 30, 20) for x in range(6, 2350, 44)]
    return area, shapes, [int(h) for h in rng.integers(10, 90, len(shapes))], []


def _far_outside(rng: np.random.Generator) -> Draft:
    area, shapes, households, lines = _plain(rng)
    return area, [*shapes, box(5000, 0, 5020, 20)], [*households, 44], [*lines, ("minor", LineString([(4000, 0), (5000, 9)]))]


def _three(rng: np.random.Generator) -> Draft:
    spots = [(12, 20), (70, 45), (120, 15)]
    shapes = [box(x, y, x + 26, y + 14) for x, y in spots]
    return box(0, 0, 160, 80), shapes, [int(h) for h in rng.integers(60, 480, 3)], [("minor", LineString([(55, -5), (60, 85)]))]


def _tower_900(rng: np.random.Generator) -> Draft:
    area, shapes, households, lines = _plain(rng)
    households[int(rng.integers(len(households)))] = 900
    return area, shapes, households, lines


def _spiral(rng: np.random.Generator) -> Draft:
    """A corridor 40 m wide that winds round itself, houses along its middle."""
    angle = np.linspace(0.6 * np.pi, float(rng.uniform(4.2, 6.4)) * np.pi, 400)
    radius = 40 + 9.5 * angle
    middle = LineString(np.column_stack([400 + radius * np.cos(angle), 400 + radius * np.sin(angle)]))
    shapes, households = [], []
    for at in np.arange(25, middle.length - 25, 36):
        spot, ahead = middle.interpolate(at), middle.interpolate(at + 1)
        turn = np.degrees(np.arctan2(ahead.y - spot.y, ahead.x - spot.x))
        shapes.append(affinity.rotate(box(spot.x - 11, spot.y - 6, spot.x + 11, spot.y + 6), turn))
        households.append(int(rng.integers(8, 90)))
    return middle.buffer(20, cap_style="flat"), shapes, households, []


def _slivers(rng: np.random.Generator) -> Draft:
    """Streets drawn twice a hand apart, footprints like planks, a border with a crack and a spike."""
    area, shapes, households, lines = _plain(rng)
    width, height = area.bounds[2:]
    twice = [(kind, affinity.translate(line, *rng.uniform(0.02, 0.4, 2))) for kind, line in lines]
    planks = [affinity.rotate(box(x, y, x + 45, y + 0.15), turn) for x, y, turn in zip(*rng.uniform(60, 240, (2, 5)), rng.uniform(0, 180, 5), strict=True)]
    crack = LineString([(width * 0.4, -1), (width * 0.45, height * 0.5)]).buffer(0.03, cap_style="flat")
    spike = Polygon([(width - 1, height * 0.3), (width + 90, height * 0.35), (width - 1, height * 0.3 + 0.3)])
    return area.difference(crack).union(spike), shapes + planks, households + [4] * len(planks), lines + twice


KINDS: dict[str, Callable[[np.random.Generator], Draft]] = {
    "plain": _plain,
    "degrees": _plain,
    "no_lines": _no_lines,
    "one_building": _one,
    "no_building": _empty,
    "few_households": _few,
    "tower_above_band": _tower,
    "no_household": _unpopulated,
    "river_without_bridge": _river,
    "river_with_bridge": _bridge,
    "gate": _river,
    "water_area": _water,
    "walled_yards": _walls,
    "rail_and_expressway": _rail,
    "islands": _islands,
    "ring": _ring,
    "bay_and_notch": _bay,
    "touching_hole": _touching_hole,
    "shared_walls": _shared_walls,
    "overlapping_footprints": _overlapping,
    "footprints_twice": _doubled,
    "buildings_over_border": _over_border,
    "buildings_over_lines": _over_lines,
    "courtyards": _courtyards,
    "footprints_in_parts": _in_parts,
    "broken_rings": _broken_rings,
    "specks": _specks,
    "dangling_lines": _dangles,
    "rugged_border": _rugged,
    "large": _large,
    "strip": _strip,
    "building_far_outside": _far_outside,
    "three_buildings": _three,
    "tower_900": _tower_900,
    "spiral": _spiral,
    "slivers": _slivers,
}
TAME = ("plain", "degrees", "no_lines", "river_with_bridge", "walled_yards", "rugged_border", "shared_walls", "large")
