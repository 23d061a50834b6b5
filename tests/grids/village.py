"""A small community drawn by hand: 16 houses of 50 households on plots of 100 x 50 m, a major street down the middle."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
from shapely.geometry import LineString, Point, box

from grids.edits import Edit, apply_edit
from grids.ground import prepare_ground
from grids.rules import GridRule
from grids.sketch import sketch_of_plan, tidy

CRS = "EPSG:32650"
X, Y = 500_000, 4_000_000
CODE = "110105001001"


def at(*points):
    """Coordinates on the map from those on the drawing."""
    return [[X + x, Y + y] for x, y in points]


def community():
    return gpd.GeoSeries([box(X, Y, X + 400, Y + 200)], index=[CODE], crs=CRS)


def houses():
    """h<column><row>, columns from the west, rows from the south."""
    keys = [f"h{column}{row}" for column in range(4) for row in range(4)]
    shapes = [box(X + 40 + 100 * c, Y + 15 + 50 * r, X + 60 + 100 * c, Y + 35 + 50 * r) for c in range(4) for r in range(4)]
    return gpd.GeoDataFrame({"households": 50, "residents": 120}, index=keys, geometry=shapes, crs=CRS)


def lines(*more):
    """The major street at x = 200 and other lines ``(kind, point, ...)``."""
    drawn = [("major", (200, -5), (200, 205)), *more]
    return gpd.GeoDataFrame({"kind": [kind for kind, *_ in drawn]}, geometry=[LineString(at(*points)) for _, *points in drawn], crs=CRS)


def ground(*more, gates=(), rule=None, **options):
    crossings = gpd.GeoSeries([Point(*at(gate)[0]) for gate in gates], crs=CRS) if gates else None
    return prepare_ground(community(), houses(), lines(*more), rule=rule or GridRule(), crossings=crossings, **options)


def halves(made=None):
    """West and east of the street: grids 001 and 002 of 400 households each."""
    made = made or ground()
    return tidy(sketch_of_plan(made, (made.figures.middle_xy[:, 0] > X + 200).astype(np.int64), ["", ""]))


def code(number):
    return f"{CODE}{number:03d}"


def do(sketch, kind, /, **values):
    return apply_edit(sketch, Edit(kind, values))


def members(sketch, number):
    """Houses of a grid."""
    own = sketch.grid_of_building
    return sorted(own.index[own == code(number)])


def drawn(*shapes, codes=None):
    """Grids as somebody drew them."""
    index = codes or [code(number + 1) for number in range(len(shapes))]
    return gpd.GeoDataFrame(geometry=list(shapes), index=index, crs=CRS)


def part(west, south, east, north):
    return box(X + west, Y + south, X + east, Y + north)
