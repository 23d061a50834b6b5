"""Two hundred made-up communities that look like real ones: blocks between streets, rows of houses, now and then a river."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from shapely import affinity
from shapely.geometry import LineString, Point, Polygon, box

from benchmarks.communities import CRS, EAST, NORTH, Community

Floats = npt.NDArray[np.float64]
Spot = tuple[int, int]
HOUSES_APART_M, ROWS_APART_M = 34.0, 32.0
MEAN_HOUSEHOLDS = 31.0


@dataclass(frozen=True)
class Mesh:
    """Corners of blocks, shape (columns, rows, 2), and the kind of each street through them, west to east and south to north."""

    corners: Floats
    upright: list[str]
    level: list[str]


def make_town(seed: int, *, blocks: tuple[int, int] = (3, 5)) -> Community:
    """One community of ``blocks`` (least and most) blocks each way; equal seeds give equal ones.

    With three to five it has about 70 buildings and 2 145 households in the middle of many.
    """
    rng = np.random.default_rng([seed, 70, 2145])
    mesh = _mesh(rng, *blocks)
    ground = {spot: _block(mesh, spot) for spot in np.ndindex(mesh.corners.shape[0] - 1, mesh.corners.shape[1] - 1)}
    if rng.random() < 0.3:  # a corner belongs to the neighbours
        del ground[(0, 0)]
    lines = _streets(rng, mesh)
    walls, gates = _estates(rng, ground)
    shapes, households = _houses(rng, ground)
    shape = shapely.union_all(list(ground.values()))
    key = [f"b{number:03d}" for number in range(len(shapes))]
    everything = [*lines, *walls]
    return Community(
        gpd.GeoDataFrame({"code": [f"110105002{1 + seed % 998:03d}"]}, geometry=[_placed(shape)], crs=CRS),
        gpd.GeoDataFrame({"households": households}, index=key, geometry=[_placed(house) for house in shapes], crs=CRS),
        gpd.GeoDataFrame({"kind": [kind for kind, _ in everything]}, geometry=[_placed(line) for _, line in everything], crs=CRS),
        gpd.GeoSeries([_placed(gate) for gate in gates], crs=CRS) if gates else None,
    )


def _placed(shape: shapely.Geometry) -> shapely.Geometry:
    return affinity.translate(shape, EAST, NORTH)


def _mesh(rng: np.random.Generator, least: int, most: int) -> Mesh:
    columns, rows = (int(number) for number in rng.integers(least, most + 1, 2))
    x = np.cumsum(np.r_[0.0, rng.uniform(80, 140, columns)])
    y = np.cumsum(np.r_[0.0, rng.uniform(75, 135, rows)])
    corners = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1) + rng.normal(0.0, 5.0, (columns + 1, rows + 1, 2))
    upright = ["major" if rng.random() < 0.2 else "minor" for _ in range(columns + 1)]
    level = ["major" if rng.random() < 0.2 else "minor" for _ in range(rows + 1)]
    if rng.random() < 0.15:
        upright[columns // 2] = "river"
    elif rng.random() < 0.1:
        level[rows // 2] = "rail"
    return Mesh(corners, upright, level)


def _block(mesh: Mesh, spot: Spot) -> Polygon:
    i, j = spot
    return Polygon(mesh.corners[[i, i + 1, i + 1, i], [j, j, j + 1, j + 1]])


def _streets(rng: np.random.Generator, mesh: Mesh) -> list[tuple[str, LineString]]:
    """Every street through the mesh, a stretch of a minor one left out now and then: blocks of two or a dead end."""
    lines: list[tuple[str, LineString]] = []
    ways = [*zip(mesh.upright, mesh.corners, strict=True), *zip(mesh.level, mesh.corners.transpose(1, 0, 2), strict=True)]
    for kind, way in ways:
        drawn = rng.random(len(way) - 1) > (0.12 if kind == "minor" else 0.0)
        for is_drawn, stretch in itertools.groupby(range(len(drawn)), key=lambda number, drawn=drawn: bool(drawn[number])):
            numbers = list(stretch)
            if is_drawn:
                lines.append((kind, LineString(way[numbers[0] : numbers[-1] + 2])))
    return lines


def _estates(rng: np.random.Generator, blocks: dict[Spot, Polygon]) -> tuple[list[tuple[str, LineString]], list[Point]]:
    """Walls with a gate or two around a few blocks, three metres inside their streets."""
    walls: list[tuple[str, LineString]] = []
    gates: list[Point] = []
    chance = 0.25 if rng.random() < 0.3 else 0.0
    for block in blocks.values():
        if rng.random() < chance:
            ring = block.buffer(-3.0, join_style="mitre").exterior
            walls.append(("wall", LineString(ring)))
            gates += [ring.interpolate(float(share), normalized=True) for share in rng.uniform(0, 1, 2)]
    return walls, gates


def _houses(rng: np.random.Generator, blocks: dict[Spot, Polygon]) -> tuple[list[Polygon], Floats]:
    """Rows of houses seven metres off the streets; a block is a park, low, ordinary or of towers."""
    shapes: list[Polygon] = []
    households: list[float] = []
    for block in blocks.values():
        height = rng.choice([0.0, 0.6, 1.0, 1.5], p=[0.05, 0.25, 0.45, 0.25])
        yard = block.buffer(-7.0)
        west, south, east, north = yard.bounds
        for x in np.arange(west + 4, east - 18, HOUSES_APART_M):
            for y in np.arange(south + 3, north - 10, ROWS_APART_M):
                house = affinity.rotate(box(x, y, x + rng.uniform(20, 32), y + rng.uniform(10, 13)), rng.uniform(-4, 4))
                if height > 0 and rng.random() > 0.06 and yard.contains(house):
                    shapes.append(house)
                    households.append(float(np.clip(rng.gamma(4.0, height * MEAN_HOUSEHOLDS / 4.0), 2, 200)))
    return shapes, np.rint(households).astype(int)
