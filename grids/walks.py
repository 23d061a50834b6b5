"""How the grids of a plan hang together: in pieces on the map, and on foot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from shapely.geometry import Point

from grids.borders import connected_pieces
from grids.ground import Ground

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Hold:
    """Piece of each atom within its grid, by common border (``ground``) and by what can be walked over (``walk``)."""

    ground: Ints
    walk: Ints


def hold_of(ground: Ground, label_of_atom: Ints, is_open: Mask) -> Hold:
    """Connected pieces of grids; atoms in no grid hang together with each other."""
    pairs, count = ground.near.pairs, len(label_of_atom)
    inside = label_of_atom[pairs[:, 0]] == label_of_atom[pairs[:, 1]]
    return Hold(connected_pieces(count, pairs[inside]), connected_pieces(count, pairs[inside & is_open]))


def piece_counts(label_of_atom: Ints, piece: Ints, grids: int) -> Ints:
    """Number of pieces of each grid, shape (grids,)."""
    seen = np.unique(np.column_stack([label_of_atom, piece])[label_of_atom >= 0], axis=0)
    return np.bincount(seen[:, 0], minlength=grids).astype(np.int64)


def living_atoms(ground: Ground) -> Mask:
    """Atoms with somebody to walk: a building with a weight (ground alone may have one too)."""
    return np.asarray((ground.figures.buildings > 0) & (ground.atoms.weights > 0), dtype=bool)


def sides_on_foot(ground: Ground, label_of_atom: Ints, hold: Hold, number: int) -> tuple[int, Point]:
    """In how many places, as walking goes, the people of a grid live, and a spot (the community's system) where the fewest do."""
    own = np.flatnonzero(living_atoms(ground) & (label_of_atom == number))
    piece = hold.walk[own]
    loads = np.bincount(piece, weights=ground.atoms.weights[own])
    smallest = min(np.unique(piece), key=lambda one: (loads[one], one))
    return len(np.unique(piece)), Point(ground.figures.spot_xy[own[piece == smallest][0]])


def grids_apart_on_foot(ground: Ground, label_of_atom: Ints, hold: Hold) -> Ints:
    """Numbers of the grids with people who cannot all reach each other inside, though the ground hangs together."""
    living = living_atoms(ground) & (label_of_atom >= 0)
    walks = np.unique(np.column_stack([label_of_atom, hold.ground, hold.walk])[living], axis=0)
    pieces, number = np.unique(walks[:, :2], axis=0, return_counts=True)
    return np.unique(pieces[number > 1, 0]).astype(np.int64)


def longest_walks(ground: Ground, label_of_atom: Ints, is_open: Mask, grids: int) -> Floats:
    """Way between the farthest two buildings of each grid, from middle to middle of neighbouring ground inside it, in metres.

    Buildings that cannot reach each other inside do not count; a grid with a single place of buildings has 0.
    """
    pairs = ground.near.pairs
    inside = (label_of_atom[pairs[:, 0]] == label_of_atom[pairs[:, 1]]) & is_open
    a, b = pairs[inside].T
    size = len(label_of_atom)
    way = np.maximum(ground.figures.way_m[inside], 1e-6)
    graph = csr_array((way, (a, b)), shape=(size, size))
    built = np.flatnonzero((ground.figures.buildings > 0) & (label_of_atom >= 0))
    longest = np.zeros(grids)
    if len(built) and len(a):
        reach = dijkstra(graph, directed=False, indices=built)[:, built]
        farthest = np.where(np.isfinite(reach), reach, 0.0).max(axis=1)
        np.maximum.at(longest, label_of_atom[built], farthest)
    return longest
