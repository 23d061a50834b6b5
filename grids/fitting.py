"""Let grids end exactly where their community ends, in the caller's system.

On the 1 cm grid the tip of a spike can shrink to a line, a notch can close, and walls millimetres apart can change
sides. Where that happened, all borders are noded again on a grid ten thousand times finer: what lies outside goes, and
every sliver that no grid holds is given to the neighbour with the longest common border.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from grids.beyond import parts_beyond
from grids.borders import connected_pieces, shared_segments
from grids.faces import GRID_M, node_lines, polygons_inside
from grids.outline import drop_vertices
from grids.units import Objects, Place, clean_polygon

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_STEP_M = 1e-6  # of the finer grid: far above the noise of coordinates, far below anything drawn
_LEAST_M2 = GRID_M**2  # what may be missing or too much in all before anything is done about it
_NOBODY = -1


def fit_to_border(shapes: Objects, place: Place) -> Objects:
    """Grids that tile the community (or, of an unfinished plan, a part of it) without a sliver lost or over the border.

    ``shapes`` are polygons in the community's system that tile it but for a centimetre; the same objects come back where
    nothing is amiss or nothing better was found. Vertices that were there stay as they are, to the last bit.
    """
    if not len(shapes) or _fits(shapes, place):
        return shapes
    step = _STEP_M / _metres_per_unit(place)
    fine = [_scaled(shape, GRID_M / step) for shape in shapes]
    whole = _scaled(place.given, GRID_M / step)
    borders = shapely.boundary(np.array([whole, *fine], dtype=object))
    faces = polygons_inside(node_lines(borders), whole)
    owner = _with_slivers(faces, _owners(faces, fine), _STEP_M / GRID_M)
    fitted = np.array([shapely.coverage_union_all(faces[owner == number]) for number in range(len(shapes))], dtype=object)
    known = np.vstack([shapely.get_coordinates(shapes), shapely.get_coordinates(place.given)])
    return _best([*_unscaled(drop_vertices(fitted, borders), known, step), *_unscaled(fitted, known, step), shapes], place)


def _best(choices: list[Objects], place: Place) -> Objects:
    """The sound choice that misses least of the community and reaches least over it, the first of equals; the last where none is sound."""
    misfit = [_misfit_m2(shapes, place) for shapes in choices]
    least = max(min(misfit), _LEAST_M2)
    return next((shapes for shapes, area in zip(choices, misfit, strict=True) if area <= least), choices[-1])


def _metres_per_unit(place: Place) -> float:
    return float((place.metric.area / place.given.area) ** 0.5)


def _fits(shapes: Objects, place: Place) -> bool:
    return _misfit_m2(shapes, place) <= _LEAST_M2


def _misfit_m2(shapes: Objects, place: Place) -> float:
    """Square metres that are missing in slivers or lie over the border; endless where the shapes are no coverage."""
    if not (shapely.is_valid(shapes).all() and shapely.coverage_is_valid(shapes)):
        return float("inf")
    covered, metres = shapely.coverage_union_all(shapes), _metres_per_unit(place)
    gaps, over = parts_beyond(place.given, covered)[0], parts_beyond(covered, place.given)[0]
    return float((shapely.area(gaps[_are_slivers(gaps, metres)]).sum() + shapely.area(over).sum()) * metres**2)


def _are_slivers(shapes: Objects, metres: float) -> npt.NDArray[np.bool_]:
    """Whether shapes are narrower than two steps of the 1 cm grid, which is what rounding to it can do; ``metres`` per unit."""
    return np.asarray(shapely.area(shapes) * metres <= GRID_M * shapely.length(shapes))


def _scaled(shape: shapely.Geometry, factor: float) -> shapely.Geometry:
    return shapely.transform(shape, lambda xy: xy * factor)


def _owners(faces: Objects, shapes: list[shapely.Geometry]) -> Ints:
    """The shape each face lies in, the first of several; ``_NOBODY`` where it lies in none."""
    owner = np.full(len(faces), _NOBODY, dtype=np.int64)
    solid = np.array([clean_polygon(shape) or shapely.Polygon() for shape in shapes], dtype=object)
    face, shape = shapely.STRtree(solid).query(shapely.point_on_surface(faces), predicate="intersects")
    order = np.lexsort((-shape, face))
    owner[face[order]] = shape[order]
    return owner


def _with_slivers(faces: Objects, owner: Ints, metres: float) -> Ints:
    """Slivers in no grid, and those that lost touch with theirs, given to the neighbour with the longest common border."""
    segments, owner = shared_segments(faces), owner.copy()
    same = owner[segments.left] == owner[segments.right]
    piece = connected_pieces(len(faces), np.column_stack([segments.left[same], segments.right[same]]))
    area, edge = np.bincount(piece, weights=shapely.area(faces)), np.bincount(piece, weights=shapely.length(faces))
    inner_m = segments.length_m[same]
    edge = edge - 2.0 * np.bincount(piece[segments.left[same]], weights=inner_m, minlength=len(edge))
    main = {int(owner[face]): int(piece[face]) for face in np.argsort(area[piece], kind="stable")}  # the largest is written last
    held = [number for grid, number in main.items() if grid != _NOBODY]
    loose = (area * metres <= GRID_M * edge)[piece] & ~np.isin(piece, held)
    owner[loose] = _NOBODY
    while loose.any():
        border = (loose[segments.left] != loose[segments.right]) & (np.maximum(owner[segments.left], owner[segments.right]) != _NOBODY)
        if not border.any():
            break
        taker = np.maximum(owner[segments.left], owner[segments.right])[border]
        given = np.where(loose[segments.left], piece[segments.left], piece[segments.right])[border]
        pairs, group = np.unique(np.column_stack([given, taker]), axis=0, return_inverse=True)
        shared = np.bincount(group.ravel(), weights=segments.length_m[border])
        for row in np.lexsort((-pairs[:, 1], shared)):  # the longest is written last, the first grid among equals
            owner[piece == pairs[row, 0]] = pairs[row, 1]
        loose &= owner == _NOBODY
    return owner


def _unscaled(shapes: Objects, known: Floats, step: float) -> tuple[Objects, Objects]:
    """Shapes of the finer grid in the caller's units: with the very coordinates of the vertices that are ``known``, and as they are."""
    own = {tuple(key): xy for key, xy in zip(_keys(known * (GRID_M / step)).tolist(), known, strict=True)}

    def restore(xy: Floats) -> Floats:
        keys = _keys(xy)
        return np.array([own.get(tuple(key), place) for key, place in zip(keys.tolist(), keys * step, strict=True)], dtype=float).reshape(-1, 2)

    return shapely.normalize(shapely.transform(shapes, restore)), shapely.normalize(shapely.transform(shapes, lambda xy: _keys(xy) * step))


def _keys(xy: Floats) -> Ints:
    return np.rint(xy / GRID_M).astype(np.int64)
