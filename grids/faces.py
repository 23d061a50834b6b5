"""Cut a community into faces that fit together exactly, each belonging to one unit or to an empty block.

Lines, footprints and Voronoi borders between units are noded together on a 1 cm grid and polygonized; then every face
is given to exactly one owner. A valid coverage follows by construction, whatever the drawing was like.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import QhullError, Voronoi, cKDTree
from shapely.geometry.base import BaseGeometry

from contracts.columns import KIND
from contracts.errors import InputError
from gis.checks import require_columns, require_crs
from grids.rules import THROUGH_BLOCK, GridRule
from grids.units import Objects, Place, Units

GRID_M = 0.01  # vertices lie on whole centimetres
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Lines:
    """Dividing lines inside the community, in metres, in a fixed order."""

    shapes: Objects
    kinds: npt.NDArray[np.str_]


@dataclass(frozen=True)
class Faces:
    """Polygons that tile the community. ``owner`` < number of units: that unit; above: an empty block."""

    shapes: Objects
    owner: Ints


def read_lines(lines: gpd.GeoDataFrame | None, place: Place, rule: GridRule) -> Lines:
    """Lines (or outlines of polygons, as of a river) clipped to the community.

    Raises
    ------
    CrsError, MissingColumnError, InputError
        No system, no ``kind`` column, a kind without a cost in the rule.
    """
    if lines is None or len(lines) == 0:
        return Lines(np.empty(0, dtype=object), np.empty(0, dtype="U1"))
    require_crs(lines, "lines")
    require_columns(lines, KIND, what="lines")
    unknown = sorted({str(kind) for kind in lines[KIND]} - (set(rule.boundary_cost) - {THROUGH_BLOCK}))
    if unknown:
        raise InputError("Lines are of the kinds {known}; not {unknown}.", known=", ".join(rule.boundary_cost), unknown=", ".join(unknown))
    parts, source = clipped_lines(lines, place)
    kinds = lines[KIND].to_numpy(dtype="U")[source]
    order = sorted(range(len(parts)), key=lambda i: (kinds[i], shapely.to_wkb(shapely.normalize(parts[i]))))
    return Lines(parts[order], kinds[order])


def clipped_lines(lines: gpd.GeoDataFrame | gpd.GeoSeries, place: Place) -> tuple[Objects, Ints]:
    """Metric pieces of lines (outlines of polygons) inside the community, and the row of each."""
    shapes = lines.geometry.to_crs(place.metric_crs).to_numpy()
    row = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    shapes = shapes[row]
    shapes = np.where(shapely.get_dimensions(shapes) == 2, shapely.boundary(shapes), shapes)
    parts, source = shapely.get_parts(shapely.intersection(shapes, place.metric), return_index=True)
    parts, inner = shapely.get_parts(parts, return_index=True)
    kept = (shapely.get_dimensions(parts) == 1) & ~shapely.is_empty(parts)
    return parts[kept], row[source[inner]][kept]


def make_faces(place: Place, units: Units, lines: Lines, rule: GridRule, drawn: Sequence[BaseGeometry] = ()) -> Faces:
    """Tile the community: blocks from the lines (and other borders that were drawn), inside each block the ground nearest to each unit."""
    border = shapely.boundary(place.metric)
    skeleton = node_lines([border, *lines.shapes, *drawn])
    blocks = polygons_inside(skeleton, place.metric)
    home = _home_block(units.shapes, blocks)
    samples, owner = _samples(units.shapes, rule.sample_step_m)
    ridges = [_ridges(samples[home[owner] == block], owner[home[owner] == block], blocks[block]) for block in np.unique(home)]
    outlines = list(shapely.boundary(units.shapes))
    shapes = polygons_inside(node_lines([skeleton, *outlines, *[line for line in ridges if line is not None]]), place.metric)
    return Faces(shapes, _owners(shapes, units, blocks, home, samples, owner))


def node_lines(lines: Sequence[BaseGeometry]) -> BaseGeometry:
    """Lines in one drawing that meet only in vertices, all on the 1 cm grid."""
    return shapely.union_all(shapely.force_2d(np.array(lines, dtype=object)), grid_size=GRID_M)


def polygons_inside(noded: BaseGeometry, community: BaseGeometry) -> Objects:
    """The faces of noded lines that lie in the community, ordered by place.

    A face is inside with its middle or a tenth of its area: the grid may move most of a sliver over the border.
    """
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    middle = shapely.point_on_surface(faces)
    shapely.prepare(community)
    inside = shapely.intersects_xy(community, shapely.get_x(middle), shapely.get_y(middle))
    thin = np.flatnonzero(~inside & shapely.intersects(community, faces))
    inside[thin] = shapely.area(shapely.intersection(faces[thin], community)) > 0.1 * shapely.area(faces[thin])
    faces, middle = shapely.normalize(faces[inside]), middle[inside]
    return faces[np.lexsort((shapely.area(faces), shapely.get_y(middle), shapely.get_x(middle)))]


def _home_block(shapes: Objects, blocks: Objects) -> Ints:
    """The block each unit overlaps most; the first of equals."""
    home = np.zeros(len(shapes), dtype=np.int64)
    if not len(shapes) or not len(blocks):
        return home
    unit, block = shapely.STRtree(blocks).query(shapes, predicate="intersects")
    shared = shapely.area(shapely.intersection(shapes[unit], blocks[block]))
    order = np.lexsort((block, -shared, unit))
    unit, block = unit[order], block[order]
    first = np.ones(len(unit), dtype=bool)
    first[1:] = unit[1:] != unit[:-1]
    home[unit[first]] = block[first]
    return home


def _samples(shapes: Objects, step_m: float) -> tuple[Floats, Ints]:
    """Points along the outlines and the unit of each; a point shared by units goes to the first."""
    if not len(shapes):
        return np.empty((0, 2)), np.empty(0, dtype=np.int64)
    xy, owner = shapely.get_coordinates(shapely.segmentize(shapely.boundary(shapes), step_m), return_index=True)
    xy = np.round(xy / GRID_M) * GRID_M
    _, first = np.unique(xy, axis=0, return_index=True)
    first = np.sort(first)
    return xy[first], owner[first].astype(np.int64)


def _ridges(samples: Floats, owner: Ints, block: BaseGeometry) -> BaseGeometry | None:
    """Lines halfway between units of one block; None where the block has a single unit."""
    if len(np.unique(owner)) < 2:
        return None
    west, south, east, north = block.bounds
    middle, reach = np.array([(west + east) / 2, (south + north) / 2]), 10.0 * max(east - west, north - south, 1.0)
    around = reach * np.array([[1, 0], [0, 1], [-1, 0], [0, -1], [1, 1], [-1, 1], [-1, -1], [1, -1]], dtype=float)
    try:
        diagram = Voronoi(np.vstack([samples - middle, around]))
    except QhullError:
        return None  # all samples on one spot: the nearest-unit rule alone decides
    marked = np.concatenate([owner, np.full(len(around), -1)])
    between = marked[diagram.ridge_points]
    ends = np.asarray(diagram.ridge_vertices)
    useful = (between[:, 0] != between[:, 1]) & (between.min(axis=1) >= 0) & (ends.min(axis=1) >= 0)
    if not useful.any():
        return None
    return shapely.intersection(shapely.multilinestrings(shapely.linestrings(diagram.vertices[ends[useful]] + middle)), block)


def _owners(faces: Objects, units: Units, blocks: Objects, home: Ints, samples: Floats, sample_owner: Ints) -> Ints:
    """Owner of each face: the unit standing on it, else the nearest unit of its block, else the empty block itself."""
    count = len(units.shapes)
    middle = shapely.point_on_surface(faces)
    xy = shapely.get_coordinates(middle)
    block_of = np.zeros(len(faces), dtype=np.int64)
    face, block = shapely.STRtree(blocks).query(middle, predicate="intersects")
    block_of[face[::-1]] = block[::-1]
    owner = count + block_of
    for number in np.unique(home) if count else ():
        own = home[sample_owner] == number
        here = np.flatnonzero(block_of == number)
        if own.any() and len(here):
            owner[here] = sample_owner[own][cKDTree(samples[own]).query(xy[here])[1]]
    if count:
        face, unit = shapely.STRtree(units.shapes).query(middle, predicate="intersects")
        order = np.lexsort((-unit, face))
        owner[face[order]] = unit[order]
    return owner
