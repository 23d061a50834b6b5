"""Which atoms a planner means: by building, by a click, by block, by a drawn ring or line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from contracts.errors import InputError
from grids.borders import connected_pieces
from grids.faces import GRID_M
from grids.ground import Ground, area_shares, atoms_at, block_of_atom, metric_shapes
from grids.units import clean_polygon

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
PLACE_WORDS = ("atoms", "buildings", "points", "blocks", "area")


def atoms_of_place(ground: Ground, values: Mapping[str, Any]) -> Ints:
    """Atoms a place names (``atoms``, ``buildings``, ``points``, ``blocks``, ``area``), sorted.

    Raises
    ------
    InputError
        It names nothing, or something that is not there.
    """
    found = [
        _known_atoms(ground, values.get("atoms", ())),
        atoms_of_buildings(ground, values.get("buildings", ())),
        _at_points(ground, values.get("points", ())),
        _blocks(ground, values.get("blocks", ())),
        atoms_in_area(ground, values["area"]) if values.get("area") else np.empty(0, dtype=np.int64),
    ]
    atoms = np.unique(np.concatenate(found))
    if not len(atoms):
        raise InputError("Nothing was chosen. Click a building or a piece of ground, or draw an area around it.")
    return atoms


def _known_atoms(ground: Ground, atoms: Iterable[int]) -> Ints:
    own = np.array(list(atoms), dtype=np.int64)
    if len(own) and not (own.min() >= 0 and own.max() < len(ground.atoms.weights)):
        raise InputError("There is no piece of ground with the number {atom}.", atom=int(own.max()))
    return own


def atoms_of_buildings(ground: Ground, keys: Iterable[object]) -> Ints:
    """Atoms some buildings stand on.

    Raises
    ------
    InputError
        A building is not in the community.
    """
    atoms = []
    for key in keys:
        atom = ground.atom_of_building.get(key, -1)
        if atom < 0:
            raise InputError("Building {building} does not stand in this community. Choose another.", building=key)
        atoms.append(int(atom))
    return np.array(atoms, dtype=np.int64)


def _at_points(ground: Ground, points: Any) -> Ints:
    if not len(points):
        return np.empty(0, dtype=np.int64)
    atoms = atoms_at(ground, points)
    if atoms.min() < 0:
        raise InputError("The place chosen lies outside the community. Choose one inside.")
    return atoms


def _blocks(ground: Ground, points: Any) -> Ints:
    if not len(points):
        return np.empty(0, dtype=np.int64)
    block = block_of_atom(ground)
    return np.flatnonzero(np.isin(block, block[_at_points(ground, points)]))


def atoms_in_area(ground: Ground, ring: Any) -> Ints:
    """Atoms that lie mostly inside a ring of points (the community's system).

    Raises
    ------
    InputError
        The ring has no area.
    """
    xy = np.asarray(ring, dtype=float).reshape(-1, 2)
    drawn = clean_polygon(shapely.polygons(xy)) if len(xy) >= 3 else None
    if drawn is None:
        raise InputError("The area drawn has no inside. Draw at least three corners.")
    return np.flatnonzero(area_shares(ground.faces, ground.atoms, metric_shapes(ground, np.array([drawn], dtype=object)))[:, 0] > 0.5)


def drawn_line(ground: Ground, points: Any) -> BaseGeometry:
    """A drawn line in metres.

    Raises
    ------
    InputError
        Fewer than two places.
    """
    xy = np.asarray(points, dtype=float).reshape(-1, 2)
    xy = xy[np.r_[True, np.any(xy[1:] != xy[:-1], axis=1)]] if len(xy) else xy
    if len(xy) < 2:
        raise InputError("The line drawn has no length. Draw it from border to border.")
    return metric_shapes(ground, np.array([shapely.linestrings(xy)], dtype=object))[0]


def sides_of_line(ground: Ground, atoms: Ints, line: BaseGeometry) -> Ints:
    """Side of a metric line each of some atoms lies on with most of its ground, 0 or 1, shape (atoms,); see ``shares_beside``."""
    return shares_beside(ground, atoms, line)[0]


def shares_beside(ground: Ground, atoms: Ints, line: BaseGeometry) -> tuple[Ints, Floats]:
    """Side of each atom, 0 or 1, and its square metres on both sides, shape (atoms, 2).

    The line is drawn on beyond ends that stop inside. Each side is one piece: what else lies there goes over to the other.

    Raises
    ------
    InputError
        The line parts nothing.
    """
    mine = np.isin(ground.atoms.of_face, atoms)
    faces, of_face = ground.faces.shapes[mine], ground.atoms.of_face[mine]
    whole = shapely.coverage_union_all(faces)
    pieces = _parted(whole, _longer(line, whole))
    if len(pieces) < 2:
        raise InputError("The line drawn does not run through the grid. Draw it from border to border.")
    colour = _two_colours(pieces)
    face, piece = shapely.STRtree(faces).query(pieces, predicate="intersects")[::-1]
    area = shapely.area(shapely.intersection(faces[face], pieces[piece]))
    share = np.bincount(np.searchsorted(atoms, of_face[face]) * 2 + colour[piece], weights=area, minlength=2 * len(atoms)).reshape(-1, 2)
    side = (share[:, 1] > share[:, 0]).astype(np.int64)
    side = _whole_sides(ground, atoms, side)
    if len(np.unique(side)) < 2:
        raise InputError("No piece of ground lies mostly behind the line drawn: buildings are not cut. Draw it further from the border.")
    return side, share.astype(float)


def _longer(line: BaseGeometry, whole: BaseGeometry) -> BaseGeometry:
    """The line, drawn on straight where it ends inside."""
    west, south, east, north = whole.bounds
    reach = 2.0 * float(np.hypot(east - west, north - south))
    xy = shapely.get_coordinates(line)
    start, end = xy[0], xy[-1]
    if shapely.intersects_xy(whole, *start):
        start = start + (start - xy[1]) / np.hypot(*(start - xy[1])) * reach
    if shapely.intersects_xy(whole, *end):
        end = end + (end - xy[-2]) / np.hypot(*(end - xy[-2])) * reach
    return shapely.linestrings(np.vstack([start, xy, end]))


def _parted(whole: BaseGeometry, line: BaseGeometry) -> npt.NDArray[np.object_]:
    """Pieces of a polygon on both sides of a line."""
    noded = shapely.union_all([shapely.boundary(whole), line], grid_size=GRID_M)
    pieces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    middle = shapely.point_on_surface(pieces)
    return pieces[shapely.intersects(whole, middle)]


def _two_colours(pieces: npt.NDArray[np.object_]) -> Ints:
    """Colour of each piece so that neighbours, which only the line parts, differ; those that touch nothing are of the first."""
    left, right = shapely.STRtree(pieces).query(pieces, predicate="touches")
    long = shapely.length(shapely.intersection(pieces[left], pieces[right])) > GRID_M
    beside: dict[int, list[int]] = {}
    for a, b in zip(left[long].tolist(), right[long].tolist(), strict=True):
        beside.setdefault(a, []).append(b)
    colour = np.full(len(pieces), -1, dtype=np.int64)
    for start in range(len(pieces)):
        queue = [start] if colour[start] < 0 else []
        if queue:
            colour[start] = 0
        while queue:
            here = queue.pop()
            for there in sorted(beside.get(here, [])):
                if colour[there] < 0:
                    colour[there] = 1 - colour[here]
                    queue.append(there)
    return colour


def _whole_sides(ground: Ground, atoms: Ints, side: Ints) -> Ints:
    """Both sides in one piece each: their smaller pieces change over."""
    place = np.full(len(ground.atoms.weights), -1, dtype=np.int64)
    place[atoms] = np.arange(len(atoms))
    pairs = place[ground.near.pairs]
    pairs = pairs[pairs.min(axis=1) >= 0]
    area = ground.figures.area_m2[atoms]
    side = side.copy()
    for _ in range(2):  # what changes over joins the other side's main piece, or leaves a piece behind that it cut off
        piece = connected_pieces(len(atoms), pairs[side[pairs[:, 0]] == side[pairs[:, 1]]])
        size = np.bincount(piece, weights=area)
        for value in (0, 1):
            own = np.unique(piece[side == value])
            for number in own[size[own] < size[own].max(initial=0.0)]:
                side[piece == number] = 1 - value
    return side
