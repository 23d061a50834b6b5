"""The graph of one community that every method divides, and the figures of any division of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from benchmarks.communities import Community
from grids.atoms import Atoms
from grids.borders import Neighbours, Segments, connected_pieces
from grids.ground import prepare_ground
from grids.rules import THROUGH_BLOCK, GridRule

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
    ground = prepare_ground(made.shape, made.buildings, made.lines, rule=rule, crossings=made.crossings)
    faces, segments, kinds, atoms, near = ground.faces, ground.segments, ground.kinds, ground.atoms, ground.near
    count = len(atoms.weights)
    walkable = near.is_open if connected_pieces(count, near.pairs[near.is_open]).max(initial=0) == 0 else np.ones(len(near.pairs), dtype=bool)
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
    return connected_pieces(len(field.weights), field.near.pairs[field.near.is_open]).max(initial=0) == 0


def figures_of(field: Field, labels: Ints, parts: int, rule: GridRule) -> Figures:
    """Count a division given as a label per piece of ground."""
    labels = np.unique(labels, return_inverse=True)[1]
    count = int(labels.max()) + 1
    loads = np.bincount(labels, weights=field.weights, minlength=count)
    inside = labels[field.edges[:, 0]] == labels[field.edges[:, 1]]
    piece = connected_pieces(len(labels), field.edges[inside])
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
