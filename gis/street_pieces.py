"""From street lines to edges between nodes: by given ``u`` and ``v``, or split where lines share a vertex."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from contracts.columns import LENGTH_M, U, V
from contracts.errors import GeometryError, InputError
from gis.checks import require_finite, require_nonnegative

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Lines = npt.NDArray[np.object_]


_SAME_PLACE_DIGITS = 1  # of metres: ends of streets this near to each other are drawn at one node


@dataclass(frozen=True)
class StreetPieces:
    """Edges of a walking graph. Each is a stretch of one street row, in its drawn direction."""

    xy: Floats  # (nodes, 2) metres
    edges: Ints  # (m, 2) node at the start and at the end of the stretch
    length_m: Floats  # (m,)
    row: Ints  # (m,) position of the street it belongs to
    start_m: Floats  # (m,) where on that street it begins
    geometry: Lines  # (m,)


def split_streets(streets: gpd.GeoDataFrame) -> StreetPieces:
    """Edges of streets in a metric system, one per row where ``u`` and ``v`` are given, else noded at shared vertices.

    Lines that merely cross without a common vertex are not joined: one of them may be a bridge.

    Raises
    ------
    GeometryError
        A street is no single line.
    InputError
        A length or a node label is missing, or a length is negative or infinite.
    """
    lines = _single_lines(streets)
    measured_m = shapely.length(lines)
    length_m = measured_m
    if LENGTH_M in streets.columns:
        require_nonnegative(LENGTH_M, streets[LENGTH_M])
        require_finite(LENGTH_M, streets[LENGTH_M])
        length_m = streets[LENGTH_M].to_numpy(dtype=float)
    if U in streets.columns and V in streets.columns:
        return _by_labels(streets, lines, length_m)
    return _by_vertices(lines, length_m, measured_m)


def _single_lines(streets: gpd.GeoDataFrame) -> Lines:
    lines = shapely.force_2d(streets.geometry.to_numpy())
    multi = shapely.get_type_id(lines) == shapely.GeometryType.MULTILINESTRING
    single_part = multi & (shapely.get_num_geometries(lines) == 1)
    lines[single_part] = shapely.get_geometry(lines[single_part], 0)
    multi &= ~single_part
    lines[multi] = shapely.line_merge(lines[multi])
    wrong = (shapely.get_type_id(lines) != shapely.GeometryType.LINESTRING) | shapely.is_empty(lines)
    if wrong.any():
        raise GeometryError(
            "Streets must be single lines: {count} are not, the first is {key}. Split it into its parts or leave it out.",
            count=int(wrong.sum()),
            key=streets.index[int(np.argmax(wrong))],
        )
    return lines


def _by_labels(streets: gpd.GeoDataFrame, lines: Lines, length_m: Floats) -> StreetPieces:
    labels = pd.concat([streets[U], streets[V]], ignore_index=True)
    if labels.isna().any():
        first = int(np.argmax(labels.isna().to_numpy())) % len(streets)
        raise InputError("Street {key} has no node in column u or v. Fill both, or leave both columns out.", key=streets.index[first])
    code, names = pd.factorize(labels)
    given = code.reshape(2, -1).T.astype(np.int64)
    ends = np.stack([_end_points(lines, 0), _end_points(lines, -1)], axis=1)
    edges = np.where(_is_turned(given, ends)[:, None], given[:, ::-1], given)
    xy = _node_points(edges, ends, len(names))
    return StreetPieces(xy, edges, length_m, np.arange(len(lines)), np.zeros(len(lines)), lines)


def _end_points(lines: Lines, position: int) -> Floats:
    return shapely.get_coordinates(shapely.get_point(lines, position))


def _is_turned(given: Ints, ends: Floats) -> npt.NDArray[np.bool_]:
    """Whether a line is drawn from v to u: the way round in which more streets agree on where the nodes are; else as given."""
    place = pd.factorize(np.round(ends.reshape(-1, 2), _SAME_PLACE_DIGITS) @ np.array([1.0, 1.0j]))[0].reshape(-1, 2)
    spots = int(place.max(initial=0)) + 1
    claims = [given[:, end] * spots + place[:, spot] for end, spot in ((0, 0), (1, 1), (0, 1), (1, 0))]
    claim, votes = np.unique(np.concatenate(claims), return_counts=True)
    start_u, end_v, end_u, start_v = (votes[np.searchsorted(claim, each)] for each in claims)
    return end_u + start_v > start_u + end_v


def _node_points(edges: Ints, ends: Floats, count: int) -> Floats:
    """Place of each node: the end point most of its streets share; of several, the most south-western."""
    ballots = pd.DataFrame({"node": edges.ravel(), "x": ends[..., 0].ravel(), "y": ends[..., 1].ravel()})
    votes = ballots.value_counts().rename("votes").reset_index()
    best = votes.sort_values(["node", "votes", "x", "y"], ascending=[True, False, True, True]).drop_duplicates("node")
    return best[["x", "y"]].to_numpy().reshape(count, 2)


def _by_vertices(lines: Lines, length_m: Floats, measured_m: Floats) -> StreetPieces:
    xy, line = _distinct_vertices(lines)
    if not len(xy):
        return StreetPieces(np.empty((0, 2)), np.empty((0, 2), np.int64), np.empty(0), np.empty(0, np.int64), np.empty(0), np.empty(0, object))
    vertex = np.unique(xy[:, 0] + 1j * xy[:, 1], return_inverse=True)[1]
    is_line_end = np.r_[True, line[1:] != line[:-1]] | np.r_[line[1:] != line[:-1], True]
    is_node = is_line_end | (np.bincount(vertex)[vertex] > 1)
    stops = np.flatnonzero(is_node)
    start, end = stops[:-1], stops[1:]
    same_line = line[start] == line[end]
    start, end = start[same_line], end[same_line]
    geometry = _stretches(xy, start, end)
    row = line[start]
    piece_m = shapely.length(geometry)
    scale = np.divide(length_m, measured_m, out=np.zeros(len(lines)), where=measured_m > 0)[row]
    piece_m = piece_m * scale
    # a street of one piece keeps its given length to the last bit, and one without extent keeps it at all
    alone = np.bincount(row, minlength=len(lines))[row] == 1
    piece_m = np.where(alone, length_m[row], piece_m)
    nodes, position = np.unique(np.concatenate([vertex[start], vertex[end]]), return_inverse=True)
    places = np.empty((len(nodes), 2))
    places[position] = np.concatenate([xy[start], xy[end]])
    return StreetPieces(places, position.reshape(2, -1).T.astype(np.int64), piece_m, row, _running_start(row, piece_m), geometry)


def _distinct_vertices(lines: Lines) -> tuple[Floats, Ints]:
    """Vertices and their line, repeated ones dropped; a line without extent keeps two."""
    xy, line = shapely.get_coordinates(lines, return_index=True)
    xy = xy + 0.0  # -0.0 and 0.0 are one place
    new_line = np.r_[True, line[1:] != line[:-1]][: len(line)]
    moved = np.r_[True, (xy[1:] != xy[:-1]).any(axis=1)][: len(line)]
    keep = new_line | moved
    alone = np.bincount(line[keep], minlength=len(lines)) == 1
    is_last = np.r_[line[1:] != line[:-1], True][: len(line)]
    keep |= is_last & alone[line] if len(line) else keep
    return xy[keep], line[keep].astype(np.int64)


def _stretches(xy: Floats, start: Ints, end: Ints) -> Lines:
    size = end - start + 1
    piece = np.repeat(np.arange(len(start)), size)
    within = np.arange(len(piece)) - np.repeat(np.cumsum(size) - size, size)
    return shapely.linestrings(xy[start[piece] + within], indices=piece)


def _running_start(row: Ints, piece_m: Floats) -> Floats:
    before = np.cumsum(piece_m) - piece_m
    first_of_row = np.r_[True, row[1:] != row[:-1]]
    return before - np.maximum.accumulate(np.where(first_of_row, before, 0.0))
