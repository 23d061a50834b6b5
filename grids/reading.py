"""Which grid each atom of a ground lies in, for grids that somebody drew."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from gis.checks import require_crs
from grids.faces import GRID_M
from grids.ground import Ground
from grids.rules import rule_value
from grids.units import Objects, clean_polygon

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Reading:
    """Row of the grid that holds most of each atom (-1 = none does), and what of it lies elsewhere.

    ``shapes`` are the grids in metres, ``strayed_m2`` the area of each face that lies in another grid than its atom, drawing
    noise left out, ``drawn_in`` the row of the grid that has most of this area.
    """

    label_of_atom: Ints
    shapes: Objects
    strayed_m2: Floats
    drawn_in: Ints


def read_atoms(ground: Ground, grids: gpd.GeoDataFrame) -> Reading:
    """Lay grids over the ground. An atom belongs to the grid with most of it; the first of equals; to none where most of it is bare.

    Raises
    ------
    CrsError
        Grids without a system.
    """
    require_crs(grids, "grids")
    shapes = np.array([clean_polygon(shape) or shapely.Polygon() for shape in grids.geometry.to_crs(ground.place.metric_crs)], dtype=object)
    faces = ground.faces.shapes
    grid, face = ground.tree.query(shapes, predicate="intersects")
    area = np.zeros((len(faces), len(grids) + 1))
    area[face, grid] = _areas(faces, shapes, face, grid)
    whole = shapely.area(faces)
    torn = np.flatnonzero(area.max(axis=1) < whole)  # not wholly in one grid
    bare = np.zeros(len(faces))
    bare[torn] = whole[torn] - shapely.area(shapely.intersection(faces[torn], shapely.union_all(shapes)))
    area[:, -1] = np.where(bare > _noise(faces), bare, 0.0)
    atoms = np.zeros((len(ground.atoms.weights), len(grids) + 1))
    np.add.at(atoms, ground.atoms.of_face, area)
    label = atoms.argmax(axis=1)
    label = np.where(label == len(grids), -1, label).astype(np.int64)
    strayed, drawn_in = _strays(faces, area, label[ground.atoms.of_face])
    return Reading(label, shapes, strayed, drawn_in)


def _areas(faces: Objects, shapes: Objects, face: Ints, grid: Ints) -> Floats:
    """Common area of faces and grids; a face that lies wholly in a grid is not cut."""
    shapely.prepare(shapes)
    inside = shapely.contains_properly(shapes[grid], faces[face])
    area = shapely.area(faces[face])
    rest = ~inside
    area[rest] = shapely.area(shapely.intersection(faces[face][rest], shapes[grid][rest]))
    return np.asarray(area, dtype=float)


def _noise(faces: Objects) -> Floats:
    """Area that vertices rounded to the grid can make along the outline of a face."""
    return np.maximum(rule_value("gap_tolerance"), GRID_M * shapely.length(faces))


def _strays(faces: Objects, area: Floats, label: Ints) -> tuple[Floats, Ints]:
    elsewhere = area[:, :-1].copy()
    placed = np.flatnonzero(label >= 0)
    elsewhere[placed, label[placed]] = 0.0
    # where grids overlap, what lies in the own grid too has not strayed
    strayed = np.minimum(elsewhere.max(axis=1, initial=0.0), np.where(label >= 0, shapely.area(faces) - area[np.arange(len(faces)), label], np.inf))
    return np.where(strayed > _noise(faces), strayed, 0.0), (elsewhere.argmax(axis=1) if elsewhere.shape[1] else np.zeros(len(faces), dtype=np.int64))
