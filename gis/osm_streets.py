"""Walkable streets cut at their junctions, and the lines that keep people from crossing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from contracts.columns import HIGHWAY, INCLINE, KEY, KIND, LENGTH_M, NAME, NAME_EN, ONEWAY_FOOT, ROAD_AT_END, ROAD_AT_START, SOURCE, U, V
from contracts.reference import reference_table
from gis.crossings import ONE_WAY_WORDS, ONEWAY, crossing_delay_s, road_word_delay_s
from gis.crs import WGS84, geodesic_length_m
from gis.osm_rules import barrier_kind, is_walkable, oneway_foot
from gis.osm_scan import Lines, Tags

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_STREET_TAGS = (HIGHWAY, NAME, "foot", "access", "sidewalk", "surface", "layer", INCLINE, "wheelchair", "area", ONEWAY)
_STREET_FLAGS = ("bridge", "tunnel", "covered")
_BARRIER_TAGS = (NAME, "barrier", "waterway", "railway", HIGHWAY, "layer")
_BARRIER_FLAGS = ("bridge",)


@dataclass(frozen=True)
class _Nodes:
    """Node rows of the chosen ways, without lost nodes and repeated references."""

    way: Ints  # position among the chosen ways
    ref: Ints
    xy: npt.NDArray[np.float64]
    starts: Flags  # whether a run begins here: the first node of a way, or the first after a gap


@dataclass(frozen=True)
class _Pieces:
    """Stretches of way between junctions: rows ``start..end`` of the nodes, both ends included."""

    start: Ints
    end: Ints
    number: Ints  # 0, 1, 2 ... within the way


def cut_streets(lines: Lines, plaza_corners: npt.NDArray[np.float64]) -> tuple[gpd.GeoDataFrame, int]:
    """Walkable streets from junction to junction, and how many pieces without length were closed up.

    A junction is a node that two walkable ways share, that one way passes twice, where a road closed to walkers passes on the
    level (``road_at_start``, ``road_at_end`` name its class), where a way meets the edge of a plaza, or an end. Index key
    ``w<way>:<piece>``; ``u`` and ``v`` are node numbers, ``length_m`` is measured on the ellipsoid. The two ends of a piece
    without length become one node, so nothing is cut off.

    Parameters
    ----------
    lines
        All ways of the file.
    plaza_corners
        Coordinates of the edges of plazas, shape (n, 2).
    """
    chosen = [i for i, tags in enumerate(lines.tags) if is_walkable(tags)]
    nodes = _nodes(lines, chosen)
    roads = closed_roads(lines, frozenset(chosen))
    pieces = _pieces(nodes, np.isin(nodes.ref, roads.index) | _meets(nodes, plaza_corners))
    geometry = _linestrings(nodes, pieces)
    length_m = geodesic_length_m(geometry)
    u, v = _close_up(nodes.ref[pieces.start], nodes.ref[pieces.end], length_m == 0.0)
    way = nodes.way[pieces.start]

    ids = np.array([lines.ids[i] for i in chosen], dtype=np.int64)
    tags = street_tags([lines.tags[i] for i in chosen])
    table = tags.take(way)
    for column, node in ((ROAD_AT_START, pieces.start), (ROAD_AT_END, pieces.end)):
        table[column] = roads.reindex(nodes.ref[node]).fillna("").to_numpy()
    table[U], table[V], table[LENGTH_M], table[SOURCE] = u, v, length_m, "osm"
    table.index = pd.Index([f"w{i}:{n}" for i, n in zip(ids[way], pieces.number, strict=True)], name=KEY, dtype="str")
    streets = gpd.GeoDataFrame(table, geometry=geometry, crs=WGS84)
    return streets[length_m > 0.0].sort_index(), int((length_m == 0.0).sum())


def torn_ends(lines: Lines) -> npt.NDArray[np.float64]:
    """Last known points of walkable ways before a node the file lacks, shape (n, 2): there the map ends and the street does not."""
    first = np.asarray(lines.first, dtype=np.int64)
    way = np.repeat(np.arange(len(lines.ids)), np.diff(first))
    xy = np.column_stack([np.asarray(lines.lon, dtype=float), np.asarray(lines.lat, dtype=float)])
    lost, walkable = np.isnan(xy).any(axis=1), np.array([is_walkable(tags) for tags in lines.tags], dtype=bool)
    same_way = way[1:] == way[:-1]
    ends = np.zeros(len(way), dtype=bool)
    ends[:-1] |= same_way & lost[1:]
    ends[1:] |= same_way & lost[:-1]
    return np.unique(xy[ends & ~lost & walkable[way]], axis=0)


def street_tags(tags: list[Tags]) -> pd.DataFrame:
    """The tags of ways that decide how one walks along them, one row per way: those of every rule of the tables."""
    rules = reference_table("street_rules")["column"]
    table = _tag_table(tags, tuple(dict.fromkeys([*_STREET_TAGS, *rules])), _STREET_FLAGS)
    table[ONEWAY_FOOT] = pd.Series([oneway_foot(each) for each in tags], dtype="str")
    return table


def closed_roads(lines: Lines, walkable: frozenset[int]) -> pd.Series:
    """The class of the largest road that passes each node on the level, at nodes where a road closed to walkers is met.

    Index is the node's number; one carriageway of two is marked ``/oneway``. A road that ends at the node does not pass it.
    """
    roads = [i for i, tags in enumerate(lines.tags) if crossing_delay_s(tags.get(HIGHWAY, "")) > 0.0]
    nodes = _nodes(lines, roads)
    words = np.array([_road_word(lines.tags[i]) for i in roads], dtype=object)
    last = np.append(nodes.starts[1:], True)[: len(nodes.ref)]
    table = pd.DataFrame({"node": nodes.ref, "word": words[nodes.way], "ends": 2 - nodes.starts.astype(int) - last})
    table["delay_s"] = np.array([road_word_delay_s(word) for word in words], dtype=float)[nodes.way]
    met = table["node"][~np.array([i in walkable for i in roads], dtype=bool)[nodes.way]].unique()
    table = table[table["node"].isin(met)].sort_values(["node", "delay_s", "word"], ascending=[True, False, True], kind="stable")
    passing = table[table.groupby("node")["ends"].cumsum() >= 2].drop_duplicates("node")
    return pd.Series(passing["word"].to_numpy(dtype=object), index=passing["node"].to_numpy(dtype=np.int64), dtype="str")


def _road_word(tags: Tags) -> str:
    return tags[HIGHWAY] + ("/oneway" if tags.get(ONEWAY, "") in ONE_WAY_WORDS else "")


def _meets(nodes: _Nodes, corners: npt.NDArray[np.float64]) -> Flags:
    """Nodes where a way comes to the edge of a plaza; ways that run along the edge are not cut at each of its corners."""
    on_edge = np.isin(nodes.xy[:, 0] + 1j * nodes.xy[:, 1], corners[:, 0] + 1j * corners[:, 1])
    comes = np.append(True, ~on_edge[:-1])[: len(on_edge)]
    leaves = np.append(~on_edge[1:], True)[: len(on_edge)]
    return on_edge & (comes | leaves)


def find_barriers(lines: Lines) -> gpd.GeoDataFrame:
    """Rivers, railways, walls and expressways in the open, one row per way under key ``w<way>``, with ``kind``.

    Bridges are kept and marked in ``bridge``: below them one can pass.
    """
    kinds = [barrier_kind(tags) for tags in lines.tags]
    chosen = [i for i, kind in enumerate(kinds) if kind]
    nodes = _nodes(lines, chosen)
    counts = np.bincount(nodes.way, minlength=len(chosen))
    whole = counts >= 2
    kept = [i for i, good in zip(chosen, whole, strict=True) if good]
    rows = whole[nodes.way] if len(nodes.way) else np.zeros(0, dtype=bool)
    numbering = np.cumsum(whole) - 1
    geometry = shapely.linestrings(nodes.xy[rows], indices=numbering[nodes.way[rows]]) if kept else np.empty(0, dtype=object)

    table = _tag_table([lines.tags[i] for i in kept], _BARRIER_TAGS, _BARRIER_FLAGS)
    table[KIND] = [kinds[i] for i in kept]
    table[SOURCE] = "osm"
    table.index = pd.Index([f"w{lines.ids[i]}" for i in kept], name=KEY, dtype="str")
    barriers = gpd.GeoDataFrame(table, geometry=geometry, crs=WGS84)
    return barriers[shapely.length(geometry) > 0.0].sort_index()  # two nodes at one place keep nobody from anything


def _tag_table(tags: list[Tags], names: tuple[str, ...], flags: tuple[str, ...]) -> pd.DataFrame:
    columns: dict[str, Any] = {name: [each.get(name, "") for each in tags] for name in names}
    columns[NAME_EN] = [each.get("name:en", "") for each in tags]
    table = pd.DataFrame(columns, dtype="str")
    for flag in flags:
        table[flag] = np.array([each.get(flag, "no") != "no" for each in tags], dtype=bool)
    return table


def _nodes(lines: Lines, chosen: list[int]) -> _Nodes:
    first = np.asarray(lines.first, dtype=np.int64)
    count = np.diff(first)[chosen] if chosen else np.zeros(0, dtype=np.int64)
    way = np.repeat(np.arange(len(chosen)), count)
    offset = np.arange(len(way)) - np.repeat(np.cumsum(count) - count, count)
    rows = np.repeat(first[chosen], count) + offset if chosen else np.zeros(0, dtype=np.int64)
    xy = np.column_stack([np.asarray(lines.lon, dtype=float)[rows], np.asarray(lines.lat, dtype=float)[rows]])
    ref = np.asarray(lines.refs, dtype=np.int64)[rows]

    known = ~np.isnan(xy).any(axis=1)
    starts = offset == 0
    starts[1:] |= ~known[:-1]
    repeated = np.zeros(len(ref), dtype=bool)
    repeated[1:] = (ref[1:] == ref[:-1]) & ~starts[1:]
    keep = known & ~repeated
    return _Nodes(way[keep], ref[keep], xy[keep], starts[keep])


def _pieces(nodes: _Nodes, must_cut: Flags) -> _Pieces:
    """A run between junctions per row, cut too where it ``must_cut``; runs of one node (the rest of a torn way) give none."""
    if not len(nodes.ref):
        return _Pieces(*(np.zeros(0, dtype=np.int64) for _ in range(3)))
    _, inverse, uses = np.unique(nodes.ref, return_inverse=True, return_counts=True)
    ends = np.append(nodes.starts[1:], True)
    cut = np.flatnonzero((uses[inverse] > 1) | nodes.starts | ends | must_cut)
    start, end = cut[:-1], cut[1:]
    inside = ~nodes.starts[end]
    start, end = start[inside], end[inside]
    way = nodes.way[start]
    leads = np.flatnonzero(np.append(True, way[1:] != way[:-1])) if len(way) else np.zeros(0, dtype=np.int64)
    number = np.arange(len(start)) - np.repeat(leads, np.diff(np.append(leads, len(start))))
    return _Pieces(start, end, number)


def _linestrings(nodes: _Nodes, pieces: _Pieces) -> npt.NDArray[np.object_]:
    size = pieces.end - pieces.start + 1
    piece = np.repeat(np.arange(len(size)), size)
    rows = np.repeat(pieces.start, size) + np.arange(len(piece)) - np.repeat(np.cumsum(size) - size, size)
    if not len(piece):
        return np.empty(0, dtype=object)
    return np.asarray(shapely.linestrings(nodes.xy[rows], indices=piece), dtype=object)


def _close_up(u: Ints, v: Ints, has_no_length: Flags) -> tuple[Ints, Ints]:
    """Node numbers after the ends of pieces without length became one node, the smallest number of each cluster."""
    if not has_no_length.any():
        return u, v
    refs, inverse = np.unique(np.concatenate([u, v]), return_inverse=True)
    first, second = inverse[: len(u)], inverse[len(u) :]
    links = coo_array((np.ones(int(has_no_length.sum())), (first[has_no_length], second[has_no_length])), shape=(len(refs), len(refs)))
    _, cluster = connected_components(links, directed=False)
    smallest = np.full(cluster.max() + 1, np.iinfo(np.int64).max)
    np.minimum.at(smallest, cluster, refs)
    return smallest[cluster[first]], smallest[cluster[second]]
