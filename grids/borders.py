"""Who borders on whom: shared edges of faces, found exactly because all faces use the same vertices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from grids.faces import GRID_M, Lines
from grids.rules import THROUGH_BLOCK, GridRule
from grids.units import Objects

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Segments:
    """Straight pieces of border with a face on both sides, and the pieces of the outer border (``outer_xy``)."""

    left: Ints
    right: Ints
    start: Floats
    end: Floats
    outer_xy: Floats

    @property
    def length_m(self) -> Floats:
        """Length of each piece."""
        return np.hypot(*(self.end - self.start).T)


def shared_segments(faces: Objects) -> Segments:
    """Pair the ring segments of faces that tile a plane; segments with one face only are the outer border."""
    rings, face_of_ring = shapely.get_rings(faces, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    inside = ring[1:] == ring[:-1]
    start, end, face = xy[:-1][inside], xy[1:][inside], face_of_ring[ring[:-1][inside]]
    a, b = np.rint(start / GRID_M).astype(np.int64), np.rint(end / GRID_M).astype(np.int64)
    swap = (a[:, 0] > b[:, 0]) | ((a[:, 0] == b[:, 0]) & (a[:, 1] > b[:, 1]))
    a[swap], b[swap] = b[swap].copy(), a[swap].copy()
    order = np.lexsort((face, b[:, 1], b[:, 0], a[:, 1], a[:, 0]))
    key = np.column_stack([a, b])[order]
    face, start, end = face[order], start[order], end[order]
    paired = np.zeros(len(key), dtype=bool)
    paired[:-1] = np.all(key[1:] == key[:-1], axis=1)
    lone = ~paired
    lone[1:] &= ~paired[:-1]
    first = np.flatnonzero(paired)
    outer = np.unique(np.vstack([start[lone], end[lone]]), axis=0)
    return Segments(face[first], face[first + 1], start[first], end[first], outer)


def kinds_of(segments: Segments, lines: Lines, rule: GridRule) -> npt.NDArray[np.str_]:
    """Kind of line each segment runs along: the strongest barrier where several lie there, ``none`` where none does."""
    kinds = np.full(len(segments.left), THROUGH_BLOCK, dtype="U16")
    if not len(lines.shapes) or not len(kinds):
        return kinds
    middle = shapely.points((segments.start + segments.end) / 2.0)
    segment, line = shapely.STRtree(lines.shapes).query(middle, predicate="dwithin", distance=3 * GRID_M)
    strength = {
        kind: place for place, kind in enumerate(sorted(rule.boundary_cost, key=lambda kind: (kind not in rule.closed, rule.boundary_cost[kind], kind)))
    }
    rank = np.array([strength[kind] for kind in lines.kinds], dtype=np.int64)[line]
    order = np.lexsort((-rank, segment))
    kinds[segment[order]] = lines.kinds[line[order]]
    return kinds


def lies_along(segments: Segments, shapes: Objects) -> npt.NDArray[np.bool_]:
    """Whether each segment runs along one of these lines (metres)."""
    along = np.zeros(len(segments.left), dtype=bool)
    if len(shapes) and len(along):
        middle = shapely.points((segments.start + segments.end) / 2.0)
        along[shapely.STRtree(shapes).query(middle, predicate="dwithin", distance=3 * GRID_M)[0]] = True
    return along


def crossing_points(lines: Lines, rule: GridRule, crossings: Floats) -> Floats:
    """Where closed lines may be walked over: the given crossings and, if the rule says so, streets drawn across them."""
    closed = np.isin(lines.kinds, sorted(rule.closed))
    if not rule.streets_cross or not closed.any() or closed.all():
        return crossings
    barrier, street = lines.shapes[closed], lines.shapes[~closed]
    left, right = shapely.STRtree(barrier).query(street, predicate="crosses")
    met = shapely.get_coordinates(shapely.intersection(street[left], barrier[right])) if len(left) else np.empty((0, 2))
    return np.vstack([crossings, met])


@dataclass(frozen=True)
class Neighbours:
    """Pairs of neighbouring cells: cost of a border between them, its length, and whether one can walk over it."""

    pairs: Ints
    cost: Floats
    length_m: Floats
    is_open: npt.NDArray[np.bool_]


def neighbours_of(segments: Segments, kinds: npt.NDArray[np.str_], cell: Ints, rule: GridRule, crossings: Floats) -> Neighbours:
    """Sum the segments between every two cells. Open = a stretch that is no barrier, or a crossing near the common border."""
    a, b = np.minimum(cell[segments.left], cell[segments.right]), np.maximum(cell[segments.left], cell[segments.right])
    differ = a != b
    pairs, group = np.unique(np.column_stack([a, b])[differ], axis=0, return_inverse=True)
    group = group.ravel()
    length = segments.length_m[differ]
    price = np.array([rule.boundary_cost[kind] for kind in kinds[differ]], dtype=float)
    is_barrier = np.isin(kinds[differ], sorted(rule.closed))
    has_gate = is_barrier & _near(segments, differ, crossings, rule.gate_reach_m)
    count = len(pairs)
    free_m = np.bincount(group, weights=np.where(is_barrier, 0.0, length), minlength=count)
    all_free = np.bincount(group, weights=is_barrier.astype(float), minlength=count) == 0
    gates = np.bincount(group, weights=has_gate.astype(float), minlength=count)
    return Neighbours(
        pairs.reshape(-1, 2).astype(np.int64),
        np.bincount(group, weights=length * price, minlength=count).astype(float),
        np.bincount(group, weights=length, minlength=count).astype(float),
        all_free | (free_m >= rule.least_gap_m) | (gates > 0),
    )


def _near(segments: Segments, differ: npt.NDArray[np.bool_], crossings: Floats, reach_m: float) -> npt.NDArray[np.bool_]:
    near = np.zeros(int(differ.sum()), dtype=bool)
    if len(crossings) and len(near):
        pieces = shapely.linestrings(np.stack([segments.start[differ], segments.end[differ]], axis=1))
        near[shapely.STRtree(pieces).query(shapely.points(crossings), predicate="dwithin", distance=reach_m)[1]] = True
    return near


def neighbours_among(near: Neighbours, atoms: Ints) -> Neighbours:
    """The neighbours among some cells, numbered by their place in ``atoms``."""
    place = np.full(int(max(near.pairs.max(initial=-1), atoms.max(initial=-1))) + 1, -1, dtype=np.int64)
    place[atoms] = np.arange(len(atoms))
    pairs = place[near.pairs]
    keep = pairs.min(axis=1, initial=0) >= 0
    return Neighbours(pairs[keep], near.cost[keep], near.length_m[keep], near.is_open[keep])


def connected_pieces(count: int, pairs: Ints) -> Ints:
    """Number of the connected piece of each of ``count`` cells, shape (count,), when these pairs hang together."""
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    return connected_components(graph, directed=False)[1].astype(np.int64)
