"""Which stretches of street belong to a grid's patrol, and how often each is to be passed."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from contracts.columns import EDGE, FROM_M, HIGHWAY, LENGTH_M, TO_M
from contracts.errors import InputError
from gis.checks import require_crs
from gis.facing import merged
from gis.network import WalkNetwork
from grids.patrol_rules import PatrolRule

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

PIECE = "piece"  # key of a stretch: the street's own, with its number where the grid has several of it
STREET_KEY = "street_key"
INTERVAL_DAYS = "interval_days"
IS_BORDER = "is_border"
_EVEN_M = 1e-6


def patrol_streets(
    network: WalkNetwork,
    grid: gpd.GeoDataFrame,
    *,
    highway: pd.Series | None = None,
    neighbours: gpd.GeoDataFrame | None = None,
    rule: PatrolRule | None = None,
) -> gpd.GeoDataFrame:
    """The stretches of street one grid has to patrol.

    Streets are cut where they leave the grid's ground, which reaches ``border_m`` beyond the polygon so that streets drawn on
    the border belong to it. Ends shorter than ``shortest_m`` that a cut leaves are dropped and such gaps are closed. Streets
    that this walker cannot use, and those below ground, are left out.

    Parameters
    ----------
    network
        Where one walks.
    grid
        One row, index = code.
    highway
        Class of each street on the index of the network's streets; without it all count as ``*``.
    neighbours
        Other grids: where border streets belong to the lower code only, those of lower codes take theirs away.
    rule
        The city's rule (default: ``patrol_rules.csv``).

    Returns
    -------
        Index = ``piece``, sorted by street and place; ``street_key``, ``edge`` (number in the network), ``from_m`` and ``to_m``
        along that edge, ``length_m``, ``highway``, ``interval_days``, ``is_border`` (mostly outside the polygon or within
        ``border_m`` of its border), geometry in the grid's CRS.

    Raises
    ------
    CrsError, InputError
        The grid has no system, or is not one row.
    """
    require_crs(grid, "grids")
    if len(grid) != 1:
        raise InputError("A round is made for one grid; {count} were given.", count=len(grid))
    rule = rule or PatrolRule()
    shape = grid.geometry.to_crs(network.crs).iloc[0]
    ground = _ground(shape, str(grid.index[0]), neighbours, network, rule)
    edges = _patrolled_edges(network, highway, ground, rule)
    edge, start, end = _inside(network, edges, ground, rule)
    return _as_frame(network, (edge, start, end), highway, shape, grid.crs, rule)


def _ground(shape: shapely.Geometry, code: str, neighbours: gpd.GeoDataFrame | None, network: WalkNetwork, rule: PatrolRule) -> shapely.Geometry:
    """The polygon and a strip around it, without what belongs to neighbours of lower codes where a border street has one owner."""
    ground = shapely.buffer(shape, rule.border_m)
    if rule.border_both or neighbours is None:
        return ground
    lower = neighbours[neighbours.index.astype(str) < code].to_crs(network.crs).geometry
    taken = shapely.union_all(shapely.buffer(lower[lower.intersects(ground)].to_numpy(), rule.border_m))
    return shapely.union(shapely.difference(ground, taken), shapely.buffer(shape, -rule.border_m))


def _patrolled_edges(network: WalkNetwork, highway: pd.Series | None, ground: shapely.Geometry, rule: PatrolRule) -> Ints:
    """Numbers of the edges to be looked at: near enough, walkable, on the ground, of a class that is patrolled."""
    lines = network.pieces.geometry
    west, south, east, north = shapely.bounds(lines).T
    left, low, right, high = shapely.bounds(ground)
    near = (west <= right) & (east >= left) & (south <= high) & (north >= low) & network.is_walkable & (network.pieces.length_m > _EVEN_M)
    for mask in (network.underground, network.waiting):
        if mask is not None:
            near &= ~mask
    edges = np.flatnonzero(near)
    days = np.array([rule.days_of(word) for word in _classes(network, highway, edges)])
    return edges[np.isfinite(days)] if len(edges) else edges


def _classes(network: WalkNetwork, highway: pd.Series | None, edges: Ints) -> list[str]:
    if highway is None:
        return [""] * len(edges)
    words = highway.reindex(network.streets.index).fillna("").astype(str).to_numpy(dtype=object)
    return [str(word) for word in words[network.pieces.row[edges]]]


def _inside(network: WalkNetwork, edges: Ints, ground: shapely.Geometry, rule: PatrolRule) -> tuple[Ints, Floats, Floats]:
    """Stretches of the edges on the ground: edge, from and to in its own metres."""
    lines, length_m = network.pieces.geometry, network.pieces.length_m
    drawn_m = shapely.length(lines[edges])
    edges, drawn_m = edges[drawn_m > _EVEN_M], drawn_m[drawn_m > _EVEN_M]
    whole = shapely.covers(ground, lines[edges]) if len(edges) else np.empty(0, dtype=bool)
    cut, start, end = _clipped(lines[edges[~whole]], ground)
    cut, start, end = _closed(cut, start, end, rule.shortest_m)
    of_cut = np.flatnonzero(~whole)[cut]
    near_end = end >= drawn_m[of_cut] - rule.shortest_m
    # what is left of an edge beyond a stretch is passed with it where it is short
    end = np.where(near_end, drawn_m[of_cut], end)
    start = np.where(start <= rule.shortest_m, 0.0, start)
    long = (end - start >= rule.shortest_m) & ((np.minimum(end, drawn_m[of_cut]) - start) > _EVEN_M)
    rows = np.r_[np.flatnonzero(whole), of_cut[long]]
    start, end = np.r_[np.zeros(whole.sum()), start[long]], np.r_[drawn_m[whole], end[long]]
    scale = length_m[edges[rows]] / drawn_m[rows]
    edge, start, end = edges[rows], start * scale, np.where(end >= drawn_m[rows], length_m[edges[rows]], end * scale)
    order = np.lexsort((start, edge))
    return edge[order].astype(np.int64), start[order], end[order]


def _clipped(lines: npt.NDArray[np.object_], ground: shapely.Geometry) -> tuple[Ints, Floats, Floats]:
    """Where lines run inside a polygon: position of the line, from and to along it. Straight piece by piece, so loops do no harm."""
    xy, line = shapely.get_coordinates(lines, return_index=True)
    inner = line[1:] == line[:-1]
    begin, finish, of = xy[:-1][inner], xy[1:][inner], line[1:][inner]
    piece_m = np.linalg.norm(finish - begin, axis=1)
    solid = piece_m > 0
    begin, finish, of, piece_m = begin[solid], finish[solid], of[solid], piece_m[solid]
    before_m = np.cumsum(piece_m) - piece_m
    first = np.r_[True, of[1:] != of[:-1]][: len(of)]
    before_m -= np.maximum.accumulate(np.where(first, before_m, 0.0)) if len(of) else 0.0
    parts, piece = shapely.get_parts(shapely.intersection(shapely.linestrings(np.stack([begin, finish], axis=1)), ground), return_index=True)
    is_line = shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING
    parts, piece = parts[is_line & ~shapely.is_empty(parts)], piece[is_line & ~shapely.is_empty(parts)]
    ends = np.stack([shapely.get_coordinates(shapely.get_point(parts, place)).reshape(-1, 2) for place in (0, -1)], axis=1)
    along = np.linalg.norm(ends - begin[piece][:, None, :], axis=2) + before_m[piece][:, None]
    return of[piece].astype(np.int64), along.min(axis=1), along.max(axis=1)


def _closed(group: Ints, start: Floats, end: Floats, gap_m: float) -> tuple[Ints, Floats, Floats]:
    """Stretches put together where less than ``gap_m`` lies between them."""
    group, start, end = merged(group, start, end + gap_m)
    return group, start, end - gap_m


def _as_frame(
    network: WalkNetwork, stretches: tuple[Ints, Floats, Floats], highway: pd.Series | None, shape: shapely.Geometry, crs: object, rule: PatrolRule
) -> gpd.GeoDataFrame:
    edge, start, end = stretches
    lines = stretches_drawn(network, edge, start, end)
    classes = _classes(network, highway, edge)
    street = network.streets.index.to_numpy(dtype=object)[network.pieces.row[edge]] if len(edge) else np.empty(0, dtype=object)
    deep = shapely.length(shapely.intersection(lines, shapely.buffer(shape, -rule.border_m)))
    frame = gpd.GeoDataFrame(
        {
            STREET_KEY: pd.Series([str(key) for key in street], dtype="str"),
            EDGE: edge,
            FROM_M: start,
            TO_M: end,
            LENGTH_M: end - start,
            HIGHWAY: pd.Series(classes, dtype="str"),
            INTERVAL_DAYS: np.array([rule.days_of(word) for word in classes], dtype=float),
            IS_BORDER: deep < shapely.length(lines) / 2.0,
        },
        geometry=lines,
        crs=network.crs,
    )
    at_m = network.pieces.start_m[edge] + start if len(edge) else start
    frame = frame.iloc[np.lexsort((at_m, frame[STREET_KEY].to_numpy(dtype=str)))]
    number = frame.groupby(STREET_KEY).cumcount()
    frame.index = pd.Index([key if count == 0 else f"{key}/{count + 1}" for key, count in zip(frame[STREET_KEY], number, strict=True)], dtype="str", name=PIECE)
    return frame.to_crs(crs)


def stretches_drawn(network: WalkNetwork, edge: Ints, start: Floats, end: Floats) -> npt.NDArray[np.object_]:
    """Stretches of edges as lines, in the network's system, drawn the way of their edge."""
    lines, length_m = network.pieces.geometry, network.pieces.length_m
    drawn = np.empty(len(edge), dtype=object)
    for row, (number, low, high) in enumerate(zip(edge, start, end, strict=True)):
        whole = low <= 0.0 and high >= length_m[number]
        drawn[row] = lines[number] if whole else _cut(lines[number], low / length_m[number], high / length_m[number])
    return drawn


def _cut(line: shapely.LineString, low: float, high: float) -> shapely.LineString:
    """The line between two shares of its length. Vertices are counted along it, so a line that meets itself is cut right."""
    xy = shapely.get_coordinates(line)
    at = np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(xy, axis=0), axis=1))]
    at /= at[-1]
    ends = np.stack([np.interp([low, high], at, xy[:, axis]) for axis in (0, 1)], axis=1)
    return shapely.LineString(np.vstack([ends[0], xy[(at > low) & (at < high)], ends[1]]))
