"""The smallest pieces a grid is put together from: connected groups of faces, each with the units that stand on it.

A unit's ground may fall apart (a footprint in the way, a block with a bay). Pieces without a building go to the
neighbour with the longest common border; pieces that a building links are tied together with whatever lies between.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from grids.borders import Segments, connected_pieces
from grids.faces import Faces
from grids.measures import HECTARE_M2
from grids.rules import GridRule, rule_value
from grids.units import Units

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_LITTLE = 1e-6  # what a metre of drawn border counts beside one of ground


@dataclass(frozen=True)
class Atoms:
    """``of_face`` and ``of_unit`` give the atom of each face and unit; ``torn`` are units on ground that nothing connects."""

    of_face: Ints
    of_unit: Ints
    weights: Floats
    torn: Ints


def make_atoms(faces: Faces, segments: Segments, units: Units, rule: GridRule, drawn: npt.NDArray[np.bool_] | None = None) -> Atoms:
    """Group faces so that every atom is connected, where the ground allows it, and every unit stands on one atom.

    The ground of an atom adds to its weight where the rule says so. Ground nobody stands on changes hands over ``drawn``
    segments (borders somebody drew) only where no other neighbour is left.
    """
    count = len(units.shapes)
    same = faces.owner[segments.left] == faces.owner[segments.right]
    piece = connected_pieces(len(faces.owner), np.column_stack([segments.left[same], segments.right[same]]))
    built = _built_area(faces, units, piece)
    length_m = segments.length_m if drawn is None else np.where(drawn, _LITTLE * segments.length_m, segments.length_m)
    piece = _give_away(faces, segments, length_m, piece, built, count)
    built = _built_area(faces, units, piece)
    tied, torn = _tie(segments, piece, built)
    atom_of_piece = np.unique(tied, return_inverse=True)[1]
    of_face = atom_of_piece[piece].astype(np.int64)
    of_unit = np.zeros(count, dtype=np.int64)
    for unit, own in enumerate(built):
        of_unit[unit] = atom_of_piece[max(sorted(own), key=lambda number: own[number])]
    atoms = int(of_face.max()) + 1
    weights = np.bincount(of_unit, weights=units.weights, minlength=atoms) if count else np.zeros(atoms)
    if rule.weight_per_hectare:
        weights = weights + np.bincount(of_face, weights=shapely.area(faces.shapes), minlength=atoms) * (rule.weight_per_hectare / HECTARE_M2)
    return Atoms(of_face, of_unit, weights.astype(float), torn)


def _built_area(faces: Faces, units: Units, piece: Ints) -> list[dict[int, float]]:
    """For each unit the building area it has on each piece, drawing noise left out but for the largest."""
    middle = shapely.point_on_surface(faces.shapes)
    built: list[dict[int, float]] = [{} for _ in units.shapes]
    if not built:
        return built
    face, unit = shapely.STRtree(units.shapes).query(middle, predicate="intersects")
    keep = faces.owner[face] == unit
    area = shapely.area(faces.shapes)
    for here, number in zip(face[keep], unit[keep], strict=True):
        own = built[number]
        own[int(piece[here])] = own.get(int(piece[here]), 0.0) + float(area[here])
    noise = rule_value("cut_tolerance")
    for number, own in enumerate(built):
        if not own:  # a footprint thinner than the grid, or wholly under another one: it stands where its middle is
            spot = shapely.point_on_surface(units.shapes[number])
            own[int(piece[int(np.argmin(shapely.distance(faces.shapes, spot)))])] = 0.0
        largest = max(own.values())
        built[number] = {key: value for key, value in own.items() if value > noise or value == largest}
    return built


def _give_away(faces: Faces, segments: Segments, length_m: Floats, piece: Ints, built: list[dict[int, float]], units: int) -> Ints:
    """Hand pieces of a unit or block that nobody stands on, the main piece aside, to the longest neighbour until none is left."""
    area = np.bincount(piece, weights=shapely.area(faces.shapes))
    stands = {number for own in built for number in own}
    owner = np.zeros(len(area), dtype=np.int64)
    owner[piece] = faces.owner
    main: dict[int, int] = {}
    for number in np.lexsort((np.arange(len(area)), -area)):
        if owner[number] >= units:
            main.setdefault(int(owner[number]), int(number))
    kept = stands | set(main.values())
    piece = piece.copy()
    while True:
        left, right = piece[segments.left], piece[segments.right]
        stray = ~np.isin(piece, sorted(kept))
        border = (left != right) & (stray[segments.left] ^ stray[segments.right])
        if not border.any():
            break
        loose = np.where(stray[segments.left], left, right)[border]
        host = np.where(stray[segments.left], right, left)[border]
        pairs, group = np.unique(np.column_stack([loose, host]), axis=0, return_inverse=True)
        shared = np.bincount(group.ravel(), weights=length_m[border])
        # the longest border is written last and stays, the lower number among equals
        choice = {int(pairs[row, 0]): int(pairs[row, 1]) for row in np.lexsort((-pairs[:, 1], shared))}
        for number, new in choice.items():
            piece[piece == number] = new
    return np.unique(piece, return_inverse=True)[1].astype(np.int64)


def _tie(segments: Segments, piece: Ints, built: list[dict[int, float]]) -> tuple[Ints, Ints]:
    """Join pieces one unit stands on along the shortest way between them; units that no way joins are torn."""
    count = int(piece.max()) + 1
    parent = list(range(count))
    split = [unit for unit, own in enumerate(built) if len(own) > 1]
    torn = []
    beside = _beside(segments, piece, count) if split else []
    for unit in split:
        wanted = sorted(built[unit])
        for target in wanted[1:]:
            way = _way(beside, wanted[0], target)
            if not way:
                torn.append(unit)
            for number in way:
                parent[_root(parent, number)] = _root(parent, wanted[0])
    return np.array([_root(parent, number) for number in range(count)], dtype=np.int64), np.unique(np.array(torn, dtype=np.int64))


def _beside(segments: Segments, piece: Ints, count: int) -> list[list[int]]:
    sets: list[set[int]] = [set() for _ in range(count)]
    for a, b in zip(piece[segments.left], piece[segments.right], strict=True):
        if a != b:
            sets[a].add(int(b))
            sets[b].add(int(a))
    return [sorted(near) for near in sets]


def _way(beside: list[list[int]], start: int, target: int) -> list[int]:
    came: dict[int, int] = {start: start}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        if here == target:
            way = [here]
            while way[-1] != start:
                way.append(came[way[-1]])
            return way
        for there in beside[here]:
            if there not in came:
                came[there] = here
                queue.append(there)
    return []


def _root(parent: list[int], number: int) -> int:
    while parent[number] != number:
        parent[number] = parent[parent[number]]
        number = parent[number]
    return number
