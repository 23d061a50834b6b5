"""Figures of atoms and of the borders between them, from which those of any plan follow by adding up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from contracts.columns import HOUSEHOLDS, RESIDENTS
from grids.atoms import Atoms
from grids.borders import Neighbours, Segments
from grids.faces import Faces
from grids.measures import HECTARE_M2
from grids.rules import THROUGH_BLOCK, GridRule
from grids.units import Place, Units

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class AtomFigures:
    """One value per atom: ``sums`` (households, residents, the rule's weight), buildings, area, length of outer border.

    Metres of closed line inside it, its centroid in metres, its middle in metres (of its buildings where it has some), and
    a spot on it in the community's system. One value per neighbouring pair: metres of common border on any line, on closed lines, what the
    border on lines costs, and the way between the middles.
    """

    sums: Mapping[str, Floats]
    buildings: Ints
    area_m2: Floats
    outer_m: Floats
    closed_inside_m: Floats
    centre_xy: Floats
    middle_xy: Floats
    spot_xy: Floats
    on_line_m: Floats
    closed_m: Floats
    line_cost: Floats
    way_m: Floats


@dataclass(frozen=True)
class Pieces:
    """What the figures are made from; see ``Ground``."""

    place: Place
    rule: GridRule
    units: Units
    faces: Faces
    segments: Segments
    kinds: npt.NDArray[np.str_]
    atoms: Atoms
    near: Neighbours
    buildings: gpd.GeoDataFrame
    atom_of_building: pd.Series


def make_figures(made: Pieces) -> AtomFigures:
    """Add up faces, segments and buildings by atom."""
    count, atom = len(made.atoms.weights), made.atoms.of_face
    area = np.bincount(atom, weights=shapely.area(made.faces.shapes), minlength=count).astype(float)
    stands = made.atom_of_building.to_numpy()
    middle, spot = _middles(made, area)
    on_line, closed, line_cost = _pair_lengths(made)
    return AtomFigures(
        _sums(made, area),
        np.bincount(stands[stands >= 0], minlength=count).astype(np.int64),
        area,
        _outer_m(made),
        _closed_inside_m(made),
        _centres(made, area),
        middle,
        spot,
        on_line,
        closed,
        line_cost,
        np.hypot(*(middle[made.near.pairs[:, 0]] - middle[made.near.pairs[:, 1]]).T),
    )


def _sums(made: Pieces, area: Floats) -> dict[str, Floats]:
    """Households, residents and weight of each atom, as far as the buildings have the columns."""
    stands = made.atom_of_building.to_numpy()
    placed = stands >= 0
    sums = {}
    for column in dict.fromkeys([HOUSEHOLDS, RESIDENTS, made.rule.weight]):
        if column in made.buildings.columns:
            values = pd.to_numeric(made.buildings[column], errors="coerce").fillna(0).to_numpy(dtype=float)
            sums[column] = np.bincount(stands[placed], weights=values[placed], minlength=len(area)).astype(float)
    sums[made.rule.weight] = sums[made.rule.weight] + area * (made.rule.weight_per_hectare / HECTARE_M2)
    return sums


def _outer_m(made: Pieces) -> Floats:
    """Length of each atom's outline that is the community's own border."""
    count, atom, length = len(made.atoms.weights), made.atoms.of_face, made.segments.length_m
    around = np.bincount(atom, weights=shapely.length(made.faces.shapes), minlength=count)
    for side in (made.segments.left, made.segments.right):
        around = around - np.bincount(atom[side], weights=length, minlength=count)
    return np.maximum(around, 0.0)


def _closed_inside_m(made: Pieces) -> Floats:
    left, right = (made.atoms.of_face[side] for side in (made.segments.left, made.segments.right))
    inside = (left == right) & np.isin(made.kinds, sorted(made.rule.closed))
    return np.bincount(left[inside], weights=made.segments.length_m[inside], minlength=len(made.atoms.weights)).astype(float)


def _pair_lengths(made: Pieces) -> tuple[Floats, Floats, Floats]:
    """Of each neighbouring pair's common border: metres on lines, on closed ones, and the cost of those on lines."""
    left, right = (made.atoms.of_face[side] for side in (made.segments.left, made.segments.right))
    differ = left != right
    size = len(made.atoms.weights)
    key = (np.minimum(left, right) * size + np.maximum(left, right))[differ]
    row = np.searchsorted(made.near.pairs[:, 0] * size + made.near.pairs[:, 1], key)  # the pairs are sorted
    kinds, length = made.kinds[differ], made.segments.length_m[differ]
    on_line = np.where(kinds != THROUGH_BLOCK, length, 0.0)
    closed = np.where(np.isin(kinds, sorted(made.rule.closed)), length, 0.0)
    cost = on_line * np.array([made.rule.boundary_cost[kind] for kind in kinds], dtype=float)
    count = len(made.near.pairs)
    on_line_m, closed_m, line_cost = (np.bincount(row, weights=values, minlength=count).astype(float) for values in (on_line, closed, cost))
    return on_line_m, closed_m, line_cost


def _centres(made: Pieces, area: Floats) -> Floats:
    """Centroid of the whole ground of each atom."""
    own, xy = shapely.area(made.faces.shapes), shapely.get_coordinates(shapely.centroid(made.faces.shapes))
    return np.column_stack([np.bincount(made.atoms.of_face, weights=own * xy[:, axis], minlength=len(area)) / area for axis in (0, 1)])


def _middles(made: Pieces, area: Floats) -> tuple[Floats, Floats]:
    """Middle of each atom in metres, and a spot on its largest face in the community's system."""
    count = len(area)
    order = np.lexsort((-np.arange(len(made.faces.shapes)), shapely.area(made.faces.shapes), made.atoms.of_face))
    last = np.searchsorted(made.atoms.of_face[order], np.arange(count), side="right") - 1
    spots = shapely.point_on_surface(made.faces.shapes[order[last]])
    middle = shapely.get_coordinates(spots)
    if len(made.units.shapes):
        size = shapely.area(made.units.shapes)
        xy = shapely.get_coordinates(shapely.centroid(made.units.shapes))
        built = np.bincount(made.atoms.of_unit, weights=size, minlength=count)
        own = np.column_stack([np.bincount(made.atoms.of_unit, weights=size * xy[:, axis], minlength=count) for axis in (0, 1)])
        middle = np.where(built[:, None] > 0, own / np.maximum(built, 1e-12)[:, None], middle)
    back = gpd.GeoSeries(spots, crs=made.place.metric_crs).to_crs(made.place.crs)
    return middle, shapely.get_coordinates(back.to_numpy())
