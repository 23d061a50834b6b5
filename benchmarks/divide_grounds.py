"""The graph of one community that every method divides, and the figures of any division of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from benchmarks.communities import Community
from grids.atoms import Atoms, make_atoms
from grids.borders import Neighbours, Segments, crossing_points, kinds_of, neighbours_of, shared_segments
from grids.faces import make_faces, read_lines
from grids.rules import THROUGH_BLOCK, GridRule
from grids.units import make_units, read_community

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Field:
    """Pieces of ground with households, the edges between neighbours that can be walked over, and what a border costs."""

    weights: Floats
    edges: Ints
    cost: Floats
    near: Neighbours
    middles: Floats
    area_m2: Floats
    outer_m: Floats
    atoms: Atoms
    segments: Segments
    on_line: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Figures:
    """What is counted of one division: grids, those in the band, those in several pieces, and the shape of the borders."""

    grids: int
    in_band: int
    broken: int
    wrong_number: bool
    compactness: Floats
    inner_m: float
    street_m: float
    cut_cost: float


def field_of(made: Community, rule: GridRule) -> Field:
    """What ``divide_community`` would choose from."""
    place = read_community(made.shape, made.buildings, rule)
    units = make_units(made.buildings, place, rule)
    lines = read_lines(made.lines, place, rule)
    faces = make_faces(place, units, lines, rule)
    segments = shared_segments(faces.shapes)
    kinds = kinds_of(segments, lines, rule)
    atoms = make_atoms(faces, segments, units)
    given = np.empty((0, 2)) if made.crossings is None else shapely.get_coordinates(made.crossings.to_crs(place.metric_crs).to_numpy())
    near = neighbours_of(segments, kinds, atoms.of_face, rule, crossing_points(lines, rule, given))
    count = len(atoms.weights)
    walkable = near.is_open if _pieces(count, near.pairs[near.is_open]).max(initial=0) == 0 else np.ones(len(near.pairs), dtype=bool)
    area = shapely.area(faces.shapes)
    inner = np.bincount(np.r_[segments.left, segments.right], weights=np.tile(segments.length_m, 2), minlength=len(area))
    middle = shapely.get_coordinates(shapely.centroid(faces.shapes))
    size = np.bincount(atoms.of_face, weights=area, minlength=count)
    return Field(
        weights=atoms.weights,
        edges=near.pairs[walkable],
        cost=near.cost[walkable],
        near=near,
        middles=np.column_stack([np.bincount(atoms.of_face, weights=area * axis, minlength=count) / size for axis in middle.T]),
        area_m2=size,
        outer_m=np.bincount(atoms.of_face, weights=shapely.length(faces.shapes) - inner, minlength=count),
        atoms=atoms,
        segments=segments,
        on_line=kinds != THROUGH_BLOCK,
    )


def is_feasible(field: Field, rule: GridRule) -> bool:
    """Whether some number of grids fits the households, no piece of ground is above the band and all can be walked."""
    total, (low, high) = float(field.weights.sum()), rule.band
    return bool(field.weights.max() <= high and np.ceil(total / high) <= np.floor(total / low) and len(field.edges) and _is_whole(field))


def _is_whole(field: Field) -> bool:
    return _pieces(len(field.weights), field.near.pairs[field.near.is_open]).max(initial=0) == 0


def figures_of(field: Field, labels: Ints, parts: int, rule: GridRule) -> Figures:
    """Count a division given as a label per piece of ground."""
    labels = np.unique(labels, return_inverse=True)[1]
    count = int(labels.max()) + 1
    loads = np.bincount(labels, weights=field.weights, minlength=count)
    inside = labels[field.edges[:, 0]] == labels[field.edges[:, 1]]
    piece = _pieces(len(labels), field.edges[inside])
    pieces_of = np.bincount(labels[np.unique(piece, return_index=True)[1]], minlength=count)
    ground = labels[field.atoms.of_face]
    left, right, length = ground[field.segments.left], ground[field.segments.right], field.segments.length_m
    border = left != right
    around = np.bincount(labels, weights=field.outer_m, minlength=count)
    around += np.bincount(np.r_[left[border], right[border]], weights=np.tile(length[border], 2), minlength=count)
    return Figures(
        grids=count,
        in_band=int(((loads >= rule.band[0]) & (loads <= rule.band[1])).sum()),
        broken=int((pieces_of > 1).sum()),
        wrong_number=count != parts,
        compactness=4.0 * np.pi * np.bincount(labels, weights=field.area_m2, minlength=count) / around**2,
        inner_m=float(length[border].sum()),
        street_m=float(length[border & field.on_line].sum()),
        cut_cost=float(field.cost[~inside].sum()),
    )


def _pieces(count: int, pairs: Ints) -> Ints:
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    return connected_components(graph, directed=False)[1].astype(np.int64)
