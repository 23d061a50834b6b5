"""Where things of a sketch lie, in degrees: crossings the planner ruled on, ground that changes hands, outlines of pieces."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from grids.ground import Ground
from grids.sketch import Sketch

WGS84 = "EPSG:4326"


def crossings_of(sketch: Sketch) -> gpd.GeoDataFrame:
    """Where the planner allowed or forbade a crossing: points with ``kind`` (allowed, forbidden), EPSG:4326."""
    ground = sketch.ground
    middle = (ground.segments.start + ground.segments.end) / 2.0
    sides = np.sort(ground.atoms.of_face[np.column_stack([ground.segments.left, ground.segments.right])], axis=1)
    found = [(kind, middle[(sides == sorted(pair)).all(axis=1)]) for kind in ("allowed", "forbidden") for pair in sorted(getattr(sketch, kind))]
    places = [(kind, xy[len(xy) // 2]) for kind, xy in found if len(xy)]
    points = gpd.GeoSeries([shapely.Point(*xy) for _kind, xy in places], crs=ground.place.metric_crs).to_crs(WGS84)
    return gpd.GeoDataFrame({"kind": [kind for kind, _xy in places]}, geometry=points)


def moved_ground(before: Sketch, after: Sketch) -> gpd.GeoSeries:
    """The ground that changes its grid between two sketches of one ground, EPSG:4326; empty where none does."""
    codes = [np.array([*sketch.codes, ""], dtype=object)[sketch.label_of_atom] for sketch in (before, after)]
    moved = np.flatnonzero(codes[0] != codes[1])
    return outlines(after.ground, [moved] if len(moved) else [])


def outlines(ground: Ground, groups: Sequence[npt.NDArray[np.int64]]) -> gpd.GeoSeries:
    """One outline per group of pieces of ground, EPSG:4326."""
    shapes = [shapely.coverage_union_all(ground.faces.shapes[np.isin(ground.atoms.of_face, atoms)]) for atoms in groups]
    return gpd.GeoSeries(shapes, crs=ground.place.metric_crs).to_crs(WGS84)
