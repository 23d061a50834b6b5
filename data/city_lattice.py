"""From one tile to a city: which tile lies where, and how tile metres become degrees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from data.city_ground import HEIGHT_M, WIDTH_M
from data.city_tile import Tile, draw_tile

PER_TILE = 12
DISTRICT_SIDE = 5  # tiles per side of a district in a city of many tiles
LEAST_FOR_BARRIERS = 6  # communities; on less land river and railway would leave no room
VARIANTS = 8  # drawings of each kind of tile in a large city
# Open sea on purpose: the city is invented and must not be taken for a real place.
METRIC = "+proj=tmerc +lat_0=38.6 +lon_0=119 +k=1 +x_0=0 +y_0=0 +ellps=GRS80 +units=m +no_defs"


@dataclass(frozen=True)
class Slot:
    """Place of a tile in the city: column, row, and what crosses it."""

    column: int
    row: int
    communities: int
    river: bool
    rail: bool
    expressway: bool
    variant: int


def lay_lattice(communities: int) -> list[Slot]:
    """Slots of a city of so many communities, row by row; the communities are spread evenly over the tiles."""
    tiles = max(1, round(communities / PER_TILE))
    columns = max(1, round(np.sqrt(tiles * HEIGHT_M / WIDTH_M)))
    rows = -(-tiles // columns)
    slots = []
    for number in range(tiles):
        column, row = number % columns, number // columns
        count = communities * (number + 1) // tiles - communities * number // tiles
        roomy = count >= LEAST_FOR_BARRIERS
        river, rail = roomy and row % 4 == min(1, rows - 1), roomy and column % 5 == min(2, columns - 1)
        variant = number if tiles <= 3 * VARIANTS else (number * 5 + row * 3) % VARIANTS
        slots.append(Slot(column, row, count, river, rail, roomy and column % 6 == min(4, columns - 1), variant))
    return slots


def draw_tiles(seed: int, slots: list[Slot]) -> list[Tile]:
    """A drawing for each slot; slots alike share one."""
    scale = min(1.0, np.sqrt(slots[0].communities / PER_TILE)) if len(slots) == 1 else 1.0
    drawn: dict[tuple[int, ...], Tile] = {}
    tiles = []
    for slot in slots:
        key = (slot.communities, int(slot.river), int(slot.rail), int(slot.expressway), slot.variant)
        if key not in drawn:
            rng = np.random.default_rng([seed, *key])
            drawn[key] = draw_tile(rng, slot.communities, river=slot.river, rail=slot.rail, expressway=slot.expressway, scale=scale)
        tiles.append(drawn[key])
    return tiles


def _to_city(xy: np.ndarray) -> np.ndarray:
    """City metres: the lattice bent a little and turned, so that it does not look like one."""
    x, y = xy[:, 0], xy[:, 1]
    bent_x = x + 130.0 * np.sin(y / 1500.0 + 0.4) + 60.0 * np.sin(x / 1900.0)
    bent_y = y + 150.0 * np.sin(x / 1900.0 + 1.1) + 50.0 * np.sin(y / 1400.0 + 2.0)
    turn = np.radians(-9.0)
    return np.column_stack([bent_x * np.cos(turn) - bent_y * np.sin(turn), bent_x * np.sin(turn) + bent_y * np.cos(turn)])


def place_geometries(parts: Sequence[Sequence[BaseGeometry] | np.ndarray], offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Geometries of all tiles in city metres and in degrees; equal tile vertices stay equal, also across tiles.

    Parameters
    ----------
    parts
        One array of geometries per tile, on the tile's metres.
    offsets
        South-west corner of each tile on the lattice, shape (tiles, 2).
    """
    shapes = np.concatenate([np.asarray(part, dtype=object) for part in parts]) if parts else np.empty(0, dtype=object)
    if not len(shapes):
        return shapes, shapes
    tile = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    metres = np.round(_to_city(np.round(xy + offsets[tile[owner]], 2)), 3)
    degrees = np.round(np.column_stack(_projection()(metres[:, 0], metres[:, 1])), 8)
    return _with_coordinates(shapes, metres), _with_coordinates(shapes, degrees)


def _projection() -> Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    return pyproj.Transformer.from_crs(METRIC, "EPSG:4326", always_xy=True).transform


def _with_coordinates(shapes: np.ndarray, xy: np.ndarray) -> np.ndarray:
    return shapely.transform(shapes, lambda _: xy)
