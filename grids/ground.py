"""Everything about a community that does not depend on a plan: its faces, atoms, who borders on whom.

A plan on a ground is one grid number per atom. Preparing a ground costs most of a division; editing on it costs little.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS

from contracts.columns import NAME
from contracts.errors import InputError
from gis.checks import require_crs
from grids.atoms import Atoms, make_atoms
from grids.borders import Neighbours, Segments, connected_pieces, crossing_points, kinds_of, lies_along, neighbours_of, shared_segments
from grids.faces import Faces, Lines, clipped_lines, make_faces, read_lines
from grids.figures import AtomFigures, Pieces, make_figures
from grids.outline import add_vertices
from grids.rules import THROUGH_BLOCK, GridRule
from grids.units import Objects, Place, Units, make_units, read_community

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_Areas = tuple[Ints, tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True)
class Ground:
    """A community made ready. Atoms are the pieces grids are put together from; a building stands on exactly one.

    ``near`` are the neighbouring pairs of atoms; ``is_open`` says whether one can walk from one to the other.
    ``kinds`` is the kind of line along each piece of ``segments``, ``gates`` the places (metres) where closed lines are
    crossed. ``dedicated_of_atom`` is the number of the dedicated area an atom belongs to (-1 = none), named in
    ``dedicated_names`` and, by the key of its row (the code of the grid in force), in ``dedicated_codes``. ``drawn`` are borders the faces follow besides the lines, in the community's system.
    ``buildings`` is the caller's frame.
    """

    place: Place
    rule: GridRule
    units: Units
    lines: Lines
    faces: Faces
    segments: Segments
    kinds: npt.NDArray[np.str_]
    atoms: Atoms
    near: Neighbours
    gates: Floats
    buildings: gpd.GeoDataFrame
    dedicated_of_atom: Ints
    dedicated_names: tuple[str, ...]
    dedicated_codes: tuple[str, ...]
    drawn: gpd.GeoSeries | None

    @cached_property
    def drawn_metric(self) -> Objects:
        """The drawn borders as lines in metres."""
        return np.empty(0, dtype=object) if self.drawn is None else clipped_lines(self.drawn, self.place)[0]

    @cached_property
    def fingerprint(self) -> str:
        """Short text, equal for equal faces, buildings, weights and crossings."""
        parts = [b"".join(shapely.to_wkb(self.faces.shapes))]
        parts += [array.tobytes() for array in (self.atoms.of_face, self.atoms.of_unit, self.atoms.weights, self.near.is_open, self.units.of_building)]
        parts.append("\n".join(map(str, self.units.keys)).encode())
        return hashlib.blake2b(b"|".join(parts), digest_size=12).hexdigest()

    @cached_property
    def atom_of_building(self) -> pd.Series:
        """Atom of each building on the caller's index, -1 where it stands on none."""
        atoms = np.full(len(self.units.keys), -1, dtype=np.int64)
        placed = self.units.of_building >= 0
        atoms[placed] = self.atoms.of_unit[self.units.of_building[placed]]
        return pd.Series(atoms, index=self.units.keys, name="atom").reindex(self.buildings.index)

    @cached_property
    def figures(self) -> AtomFigures:
        """Figures of atoms and their borders, added up once."""
        made = Pieces(self.place, self.rule, self.units, self.faces, self.segments, self.kinds, self.atoms, self.near, self.buildings, self.atom_of_building)
        return make_figures(made)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """The faces, to be asked by place (metres)."""
        return shapely.STRtree(self.faces.shapes)

    def label_of_building(self, label_of_atom: Ints) -> pd.Series:
        """Grid number of each building on the caller's index, missing where it has none."""
        atoms = self.atom_of_building
        labels = np.append(label_of_atom, -1)[atoms.to_numpy()] if len(atoms) else np.empty(0, dtype=np.int64)
        return pd.Series(labels, index=atoms.index, dtype="Int64").where(labels >= 0)


def prepare_ground(
    community: object,
    buildings: gpd.GeoDataFrame,
    lines: gpd.GeoDataFrame | None,
    *,
    rule: GridRule | None = None,
    crossings: gpd.GeoDataFrame | gpd.GeoSeries | None = None,
    drawn: gpd.GeoDataFrame | gpd.GeoSeries | None = None,
    dedicated: gpd.GeoDataFrame | None = None,
) -> Ground:
    """Make a community ready; arguments as for ``divide_community``.

    ``drawn`` are borders (lines, or polygons by their outline) the faces must follow without being lines of the map;
    ``dedicated`` are polygons with a ``name`` that become grids of their own.

    Raises
    ------
    InputError, CrsError, GeometryError, MissingColumnError
        Input that cannot be understood.
    """
    rule = GridRule() if rule is None else rule
    if not isinstance(buildings, gpd.GeoDataFrame):
        raise InputError("The buildings must be a GeoDataFrame, not {kind}.", kind=type(buildings).__name__)
    place = read_community(community, buildings, rule)
    borders = _drawn_borders(place, drawn, dedicated)
    if borders is not None:
        place = _with_border_vertices(place, borders)
    units = make_units(buildings, place, rule)
    own_lines = read_lines(lines, place, rule)

    extra = () if borders is None else _ordered(clipped_lines(borders, place)[0])
    faces = make_faces(place, units, own_lines, rule, extra)
    segments = shared_segments(faces.shapes)
    kinds = kinds_of(segments, own_lines, rule)
    atoms = make_atoms(faces, segments, units, rule, None if borders is None else lies_along(segments, np.array(extra, dtype=object)))
    gates = crossing_points(own_lines, rule, _crossing_xy(crossings, place))
    near = neighbours_of(segments, kinds, atoms.of_face, rule, gates)
    area_of_atom, names, codes = _dedicated_areas(place, faces, atoms, near, dedicated)
    return Ground(place, rule, units, own_lines, faces, segments, kinds, atoms, near, gates, buildings, area_of_atom, names, codes, borders)


def with_dedicated(ground: Ground, dedicated: gpd.GeoDataFrame) -> Ground:
    """The same ground, knowing the dedicated areas (polygons with a ``name``) that each atom lies mostly in.

    The faces stay as they are: an area whose outline runs through them is known only as far as whole pieces of ground go.

    Raises
    ------
    CrsError
        Areas without a system.
    """
    if not len(dedicated) and not ground.dedicated_names:
        return ground
    require_crs(dedicated, "dedicated areas")
    area_of_atom, names, codes = _dedicated_areas(ground.place, ground.faces, ground.atoms, ground.near, dedicated)
    return replace(ground, dedicated_of_atom=area_of_atom, dedicated_names=names, dedicated_codes=codes)


def drawn_of_state(crs: object, state: Mapping[str, Any]) -> gpd.GeoSeries | None:
    """The borders a sketch's (or history's) state was made on, to prepare the same ground again; None where there were none."""
    text = state.get("drawn")
    return None if not text else gpd.GeoSeries(shapely.get_parts(shapely.from_wkt(text)), crs=crs)


def _drawn_borders(place: Place, drawn: gpd.GeoDataFrame | gpd.GeoSeries | None, dedicated: gpd.GeoDataFrame | None) -> gpd.GeoSeries | None:
    """Outlines of everything drawn, in the community's system."""
    shapes: list[Objects] = []
    for given, what in ((drawn, "drawn borders"), (dedicated, "dedicated areas")):
        if given is None or not len(given):
            continue
        require_crs(given, what)
        own = given.geometry.to_crs(place.crs).to_numpy()
        own = own[~(shapely.is_missing(own) | shapely.is_empty(own))]
        own = np.where(shapely.get_dimensions(own) == 2, shapely.boundary(own), own)
        parts = shapely.get_parts(shapely.get_parts(shapely.force_2d(own)))
        shapes.append(parts[shapely.get_dimensions(parts) == 1])
    return gpd.GeoSeries(np.concatenate(shapes), crs=place.crs) if shapes and sum(map(len, shapes)) else None


def _with_border_vertices(place: Place, borders: gpd.GeoSeries) -> Place:
    """The community with the vertices that drawn borders have on its outline: straight in one system is bent in another."""
    given = add_vertices(place.given, shapely.get_coordinates(borders.to_numpy()), place)
    if given is place.given:
        return place
    metric = gpd.GeoSeries([given], crs=place.crs).to_crs(place.metric_crs).iloc[0]
    return replace(place, given=given, metric=metric) if metric.is_valid else place


def _ordered(lines: Objects) -> list[Any]:
    return sorted(lines, key=lambda line: shapely.to_wkb(shapely.normalize(line)))


def _crossing_xy(crossings: gpd.GeoDataFrame | gpd.GeoSeries | None, place: Place) -> Floats:
    """Crossings as metric points; lines and areas count by every vertex of theirs."""
    if crossings is None or not len(crossings):
        return np.empty((0, 2))
    require_crs(crossings, "crossings")
    return shapely.get_coordinates(crossings.geometry.to_crs(place.metric_crs).to_numpy())


def _dedicated_areas(place: Place, faces: Faces, atoms: Atoms, near: Neighbours, dedicated: gpd.GeoDataFrame | None) -> _Areas:
    """Dedicated area of each atom that lies mostly in one, and names and keys of areas; one in several pieces counts as several."""
    count = len(atoms.weights)
    if dedicated is None or not len(dedicated):
        return np.full(count, -1, dtype=np.int64), (), ()
    shapes = dedicated.geometry.to_crs(place.metric_crs).make_valid().to_numpy()
    named = dedicated[NAME].astype(object).tolist() if NAME in dedicated.columns else [""] * len(dedicated)
    share = area_shares(faces, atoms, shapes)
    own = np.where(share.max(axis=1) > 0.5, share.argmax(axis=1), -1)
    inside = (own[near.pairs[:, 0]] == own[near.pairs[:, 1]]) & (own[near.pairs[:, 0]] >= 0)
    piece = np.where(own >= 0, connected_pieces(count, near.pairs[inside]), -1)
    kept, number = np.unique(piece, return_inverse=True)
    number = number.ravel() - int(kept[0] == -1)
    rows = [int(own[np.flatnonzero(number == n)[0]]) for n in range(int(number.max()) + 1)]
    names = (named[row] for row in rows)
    return number.astype(np.int64), tuple(name if isinstance(name, str) else "" for name in names), tuple(str(dedicated.index[row]) for row in rows)


def area_shares(faces: Faces, atoms: Atoms, shapes: Objects) -> Floats:
    """Share of each atom's area that each shape (metres) covers, shape (atoms, shapes)."""
    face, shape = shapely.STRtree(faces.shapes).query(shapes, predicate="intersects")[::-1]
    area = shapely.area(shapely.intersection(faces.shapes[face], shapes[shape])) if len(face) else np.empty(0)
    flat = np.bincount(atoms.of_face[face] * len(shapes) + shape, weights=area, minlength=len(atoms.weights) * len(shapes))
    whole = np.bincount(atoms.of_face, weights=shapely.area(faces.shapes), minlength=len(atoms.weights))
    return (flat.reshape(len(atoms.weights), len(shapes)) / whole[:, None]).astype(float)


def atoms_at(ground: Ground, points: npt.ArrayLike) -> Ints:
    """Atom under each point, shape (n,), -1 outside the community; ``points`` (n, 2) in the community's system."""
    xy = np.asarray(points, dtype=float).reshape(-1, 2)
    spots = gpd.GeoSeries(shapely.points(xy), crs=ground.place.crs).to_crs(ground.place.metric_crs).to_numpy()
    point, face = ground.tree.query(spots, predicate="intersects")
    atoms = np.full(len(xy), -1, dtype=np.int64)
    order = np.lexsort((-face, point))  # the first face is written last and stays
    atoms[point[order]] = ground.atoms.of_face[face[order]]
    return atoms


def block_of_atom(ground: Ground) -> Ints:
    """Number of the block of each atom, shape (atoms,): ground that no line of the map parts."""
    segments, atom = ground.segments, ground.atoms.of_face
    plain = ground.kinds == THROUGH_BLOCK
    return connected_pieces(len(ground.atoms.weights), np.column_stack([atom[segments.left[plain]], atom[segments.right[plain]]]))


def metric_shapes(ground: Ground, shapes: Objects) -> Objects:
    """Shapes of the community's system in metres."""
    return gpd.GeoSeries(shapes, crs=CRS.from_user_input(ground.place.crs)).to_crs(ground.place.metric_crs).to_numpy()
