"""Streets, barriers, water and greens of the whole city as frames."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from contracts.columns import HIGHWAY, KEY, KIND, LENGTH_M, NAME, NAME_EN, U, V
from data.city_lattice import Slot, place_geometries
from data.city_names import place_names
from data.city_tile import Tile

NAME_WORDS = {
    "trunk": ("环路", " Ring Road"),
    "primary": ("大道", " Avenue"),
    "secondary": ("路", " Road"),
    "tertiary": ("街", " Street"),
    "residential": ("巷", " Lane"),
}
BESIDE = {"link_west": (-1, 0), "link_east": (1, 0), "link_south": (0, -1), "link_north": (0, 1)}


def _kept(slots: list[Slot], number: int, highway: np.ndarray) -> np.ndarray:
    """Links to a neighbour that is not there are left out."""
    filled = {(slot.column, slot.row) for slot in slots}
    slot = slots[number]
    missing = [name for name, (dx, dy) in BESIDE.items() if (slot.column + dx, slot.row + dy) not in filled]
    return ~np.isin(highway.astype(str), missing)


def street_frame(rng: np.random.Generator, tiles: list[Tile], slots: list[Slot], offsets: np.ndarray) -> gpd.GeoDataFrame:
    """Street edges; ``u`` and ``v`` number the junctions, equal where edges meet."""
    keep = [_kept(slots, number, tile.edges.highway) for number, tile in enumerate(tiles)]
    metres, degrees = place_geometries([tile.edges.lines[own] for tile, own in zip(tiles, keep, strict=True)], offsets)
    highway = np.concatenate([tile.edges.highway[own] for tile, own in zip(tiles, keep, strict=True)]).astype(str)
    highway[np.char.startswith(highway, "link_")] = "tertiary"
    ends = shapely.get_coordinates(np.concatenate([shapely.get_point(degrees, 0), shapely.get_point(degrees, -1)]))
    node = np.unique(np.ascontiguousarray(ends).view(np.complex128).ravel(), return_inverse=True)[1].astype(np.int64)
    zh, en = _street_names(rng, tiles, keep)
    frame = {U: node[: len(degrees)], V: node[len(degrees) :], NAME: zh, NAME_EN: en, HIGHWAY: highway, LENGTH_M: np.round(shapely.length(metres), 3)}
    for flag in ("bridge", "tunnel"):
        frame[flag] = np.concatenate([getattr(tile.edges, flag)[own] for tile, own in zip(tiles, keep, strict=True)])
    return gpd.GeoDataFrame(frame, geometry=degrees, crs="EPSG:4326", index=pd.Index([f"s{n:07d}" for n in range(len(degrees))], name=KEY))


def _street_names(rng: np.random.Generator, tiles: list[Tile], keep: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Every group of edges has a name; paths have none."""
    zh, en = [], []
    for tile, own in zip(tiles, keep, strict=True):
        group, highway = tile.edges.group[own], tile.edges.highway[own]
        words_zh, words_en = place_names(rng, int(max(tile.edges.group.max(), 0)) + 1)
        tail = [NAME_WORDS.get(kind, ("", "")) for kind in highway]
        zh += [words_zh[g] + t[0] if g >= 0 and t[0] else "" for g, t in zip(group, tail, strict=True)]
        en += [words_en[g] + t[1] if g >= 0 and t[0] else "" for g, t in zip(group, tail, strict=True)]
    return np.array(zh, dtype=object), np.array(en, dtype=object)


def barrier_frame(tiles: list[Tile], offsets: np.ndarray) -> gpd.GeoDataFrame:
    """River, railway and expressway centrelines, and walls."""
    kinds, parts = [], []
    for tile in tiles:
        lines = {"river": tile.ground.river, "rail": tile.ground.rail, "expressway": tile.ground.expressway}
        own = [(kind, line) for kind, line in lines.items() if line is not None] + [("wall", wall) for wall in tile.walls]
        kinds += [kind for kind, _ in own]
        parts.append(np.array([line for _, line in own], dtype=object))
    words = {"river": ("云汀河", "Yunting River"), "rail": ("云汀铁路", "Yunting Railway"), "expressway": ("东环快速路", "East Expressway"), "wall": ("", "")}
    frame = {KIND: kinds, NAME: [words[k][0] for k in kinds], NAME_EN: [words[k][1] for k in kinds]}
    return _frame(frame, parts, offsets, "l")


def water_frame(tiles: list[Tile], offsets: np.ndarray) -> gpd.GeoDataFrame:
    """The river as an area."""
    parts = [np.array([tile.ground.water] if tile.ground.water is not None else [], dtype=object) for tile in tiles]
    count = sum(len(part) for part in parts)
    return _frame({NAME: ["云汀河"] * count, NAME_EN: ["Yunting River"] * count}, parts, offsets, "a")


def green_frame(tiles: list[Tile], offsets: np.ndarray) -> gpd.GeoDataFrame:
    """Parks and other greens."""
    parts = [np.array([shape for _, shape in tile.greens], dtype=object) for tile in tiles]
    return _frame({KIND: [kind for tile in tiles for kind, _ in tile.greens]}, parts, offsets, "p")


def _frame(columns: dict[str, list[str]], parts: list[np.ndarray], offsets: np.ndarray, letter: str) -> gpd.GeoDataFrame:
    shapes = place_geometries(parts, offsets)[1]
    index = pd.Index([f"{letter}{n:06d}" for n in range(len(shapes))], name=KEY)
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4326", index=index)
