"""Give back what the 1 cm grid took: vertices of a result return to the caller's coordinates exactly.

A vertex that came from the community or a footprint gets its own coordinates again; a new vertex on the community
border is put on the border in the caller's system, where a straight line is straight; all others are projected back.
The rule looks at one vertex alone, so neighbours still share their edges to the last bit.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Transformer
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from grids.faces import GRID_M
from grids.units import Objects, Place

Floats = npt.NDArray[np.float64]
_NO_SHAPES: Objects = np.empty(0, dtype=object)
_OFF_LINE_M = 2 * GRID_M  # what rounding to the grid does to a vertex and to the ends of its line
_ON_LINE_M = 3 * GRID_M  # a vertex the grid moved is this near to the line it came from


@dataclass(frozen=True)
class DrawnBorders:
    """Borders of grids that were drawn, in the caller's system, and the metric vertices of the shapes to be given back."""

    shapes: Objects
    xy: Floats


def vertex_restorer(place: Place, footprints: Objects, outer_xy: Floats, borders: DrawnBorders | None = None) -> Callable[[Floats], Floats]:
    """A function from metric vertices (n, 2) on the grid to the caller's coordinates (n, 2).

    ``footprints`` are in the caller's system; ``outer_xy`` are the metric vertices on the outer border.
    """
    forth, back = _transformer(place.crs, place.metric_crs), _transformer(place.metric_crs, place.crs)
    same = place.crs == place.metric_crs
    drawn = [shapely.get_coordinates(shapes) for shapes in (footprints, _NO_SHAPES if borders is None else borders.shapes, place.given)]
    of_footprint, of_border, of_community = (_by_key(xy, xy if same else np.column_stack(forth.transform(xy[:, 0], xy[:, 1]))) for xy in drawn)
    if borders is not None:
        of_border |= _heirs(of_border, set(map(tuple, _keys(borders.xy).tolist())), borders.xy)
        of_community = of_border | of_community
    outer = set(map(tuple, _keys(outer_xy).tolist()))
    of_community |= _heirs(of_community, outer, outer_xy)
    border = shapely.boundary(place.given)

    def restore(xy: Floats) -> Floats:
        unique, inverse = np.unique(_keys(xy), axis=0, return_inverse=True)
        metric = unique * GRID_M
        given = metric.copy() if same else np.column_stack(back.transform(metric[:, 0], metric[:, 1]))
        for row, key in enumerate(map(tuple, unique.tolist())):
            if key in of_community:
                given[row] = of_community[key]
            elif key in outer:  # before footprints: one may reach over the border by less than the grid
                given[row] = _onto(border, given[row])
            elif key in of_footprint:
                given[row] = of_footprint[key]
        return np.asarray(given[inverse.ravel()], dtype=float)

    return restore


def _heirs(of_community: dict[tuple[int, ...], Floats], outer: set[tuple[int, ...]], outer_xy: Floats) -> dict[tuple[int, ...], Floats]:
    """Vertices that swallowed a drawn vertex a grid step away (a line ended beside it) stand in for it."""
    lost = sorted(key for key in of_community if key not in outer)
    if not lost or not len(outer_xy):
        return {}
    distance, nearest = cKDTree(outer_xy).query(np.array(lost) * GRID_M)
    places = list(map(tuple, _keys(outer_xy[nearest]).tolist()))
    found = zip(lost, places, distance, strict=True)
    return {place: of_community[key] for key, place, away in found if away <= 2 * GRID_M and place not in of_community}


@lru_cache(maxsize=32)
def _transformer(source: CRS, target: CRS) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


def _by_key(given: Floats, metric: Floats) -> dict[tuple[int, ...], Floats]:
    """The caller's coordinates by place on the grid; of several within one grid step the most western, whatever row they come from."""
    order = np.lexsort((-given[:, 1], -given[:, 0]))
    return dict(zip(map(tuple, _keys(metric[order]).tolist()), given[order], strict=True))


def _keys(xy: Floats) -> npt.NDArray[np.int64]:
    return np.rint(np.asarray(xy, dtype=float).reshape(-1, 2) / GRID_M).astype(np.int64)


def _onto(border: BaseGeometry, xy: Floats) -> Floats:
    return shapely.get_coordinates(shapely.shortest_line(border, shapely.Point(xy)))[0]


def drop_vertices(shapes: Objects, borders: Objects) -> Objects:
    """Shapes that tile a plane, without vertices that only the making of faces put on drawn ``borders`` (all in metres).

    A vertex goes where just two pieces of border meet, both on a drawn line that has no vertex there; as this depends on
    the place alone, neighbours lose the same ones.
    """
    near = _vertex_graph(shapes)
    wanted = {place: np.empty(0) for place in map(tuple, _keys(shapely.get_coordinates(borders)).tolist())}
    wanted |= _heirs(wanted, set(near), np.array(sorted(near)) * GRID_M)
    loose = [key for key, others in near.items() if len(others) == 2 and key not in wanted]
    if not loose:
        return shapes
    tree = shapely.STRtree(borders)
    middles = np.array([[(key[axis] + other[axis]) / 2.0 for axis in (0, 1)] for key in loose for other in sorted(near[key])]) * GRID_M
    places = np.concatenate([np.array(loose, dtype=float) * GRID_M, middles])
    on_line = np.zeros(len(places), dtype=bool)
    on_line[tree.query(shapely.points(places), predicate="dwithin", distance=_ON_LINE_M)[0]] = True
    goes = on_line[: len(loose)] & on_line[len(loose) :].reshape(-1, 2).all(axis=1)
    gone = {key for key, is_gone in zip(loose, goes, strict=True) if is_gone}
    gone = _straight_only(near, gone)
    return np.array([_without(shape, gone) for shape in shapes], dtype=object) if gone else shapes


def _straight_only(near: dict[tuple[int, ...], set[tuple[int, ...]]], gone: set[tuple[int, ...]]) -> set[tuple[int, ...]]:
    """Of vertices in a row those that lie on the straight line between the ends that stay; where drawn lines meet, a row may bend."""
    straight: set[tuple[int, ...]] = set()
    seen: set[tuple[int, ...]] = set()
    for start in sorted(gone):
        if start in seen:
            continue
        row, ends, queue = {start}, set(), [start]
        while queue:
            for other in near[queue.pop()]:
                if other not in gone:
                    ends.add(other)
                elif other not in row:
                    row.add(other)
                    queue.append(other)
        seen |= row
        if len(ends) == 2:
            line = shapely.linestrings(np.array(sorted(ends), dtype=float))
            if shapely.distance(shapely.points(np.array(sorted(row), dtype=float)), line).max() * GRID_M <= _OFF_LINE_M:
                straight |= row
    return straight


def _vertex_graph(shapes: Objects) -> dict[tuple[int, ...], set[tuple[int, ...]]]:
    """The vertices each vertex is joined to, in all rings."""
    near: dict[tuple[int, ...], set[tuple[int, ...]]] = {}
    for ring in shapely.get_rings(shapely.get_parts(shapes)):
        keys = list(map(tuple, _keys(shapely.get_coordinates(ring)).tolist()))
        for one, two in itertools.pairwise(keys):
            near.setdefault(one, set()).add(two)
            near.setdefault(two, set()).add(one)
    return near


def _without(shape: BaseGeometry, gone: set[tuple[int, ...]]) -> BaseGeometry:
    """A polygon (or several) without some vertices; a ring that would vanish stays as it is."""
    if shape.geom_type != "Polygon":
        return shapely.multipolygons([_without(part, gone) for part in shapely.get_parts(shape)])
    rings = []
    for ring in shapely.get_rings(shape):
        xy = shapely.get_coordinates(ring)[:-1]
        kept = xy[[key not in gone for key in map(tuple, _keys(xy).tolist())]]
        rings.append(shapely.linearrings(kept if len(kept) >= 3 else xy))
    return shapely.normalize(shapely.polygons(rings[0], holes=rings[1:] or None))


def add_vertices(shape: BaseGeometry, xy: Floats, place: Place) -> BaseGeometry:
    """A polygon with those of the points that lie on its outline as vertices of it; the same object where none does.

    A point lies on the outline when it is a millimetre from it at most (the grid blurs more).
    """
    outline = shapely.boundary(shape)
    scale = (place.metric.area / shape.area) ** 0.5  # metres per unit of the caller's system, near enough
    near = np.unique(xy[shapely.distance(shapely.points(xy), outline) * scale <= 0.1 * GRID_M], axis=0)
    known = set(map(tuple, shapely.get_coordinates(shape).tolist()))
    near = near[[spot not in known for spot in map(tuple, near.tolist())]] if len(near) else near
    if not len(near):
        return shape
    parts = [_polygon_with_points(part, near, scale) for part in shapely.get_parts(shape)]
    wider = parts[0] if len(parts) == 1 else shapely.multipolygons(parts)
    return wider if wider.is_valid else shape


def _polygon_with_points(part: BaseGeometry, xy: Floats, scale: float) -> BaseGeometry:
    rings = [_with_points(ring, xy, scale) for ring in shapely.get_rings(part)]
    return shapely.polygons(rings[0], holes=rings[1:] or None)


def _with_points(ring: BaseGeometry, xy: Floats, scale: float) -> BaseGeometry:
    own = shapely.get_coordinates(ring)
    points = shapely.points(xy)
    mine = shapely.distance(points, ring) * scale <= 0.1 * GRID_M
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(own, axis=0).T))])
    where = np.concatenate([along, shapely.line_locate_point(ring, points[mine])])
    return shapely.linearrings(np.concatenate([own, xy[mine]])[np.argsort(where, kind="stable")])
