"""Faults of single streets, seen before any network is built: no shape, no length, repeated vertices, drawn twice."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely import Point

from contracts.columns import HIGHWAY
from contracts.messages import Message
from gis.doctor_rules import DOUBLE_STREET, DOUBLE_VERTEX, NO_SHAPE, ZERO_LENGTH, DoctorRule, Fix, Mask, Shapes, StreetFault
from gis.street_levels import is_excepted, street_levels

_DECIMALS = 2  # lines equal to the centimetre are one line drawn twice


def is_sound(streets: gpd.GeoDataFrame) -> Mask:
    """Streets with a line of finite coordinates; the others cannot be walked at all."""
    lines = streets.geometry.to_numpy()
    kind = shapely.get_type_id(lines)
    is_line = (kind == shapely.GeometryType.LINESTRING) | (kind == shapely.GeometryType.MULTILINESTRING)
    xy, line = shapely.get_coordinates(lines, return_index=True)
    broken = np.bincount(line[~np.isfinite(xy).all(axis=1)], minlength=len(lines)) > 0
    return is_line & ~shapely.is_empty(lines) & ~broken


def find_shape_faults(streets: gpd.GeoDataFrame, sound: Mask, rule: DoctorRule) -> Iterator[StreetFault]:
    """Faults of streets in a metric system; ``sound`` as of ``is_sound``."""
    west, south, east, north = streets.geometry[sound].total_bounds if sound.any() else (0.0, 0.0, 0.0, 0.0)
    middle = Point((west + east) / 2.0, (south + north) / 2.0)
    for key in streets.index[~sound]:
        yield StreetFault(NO_SHAPE, middle, (key,), Message("This street has no usable line."), Message("Draw it again or delete it."))
    good = streets[sound]
    lines = good.geometry.to_numpy()
    yield from _without_length(good, lines, rule)
    yield from _double_vertices(good, lines, rule)
    yield from _drawn_twice(good, lines)


def _without_length(streets: gpd.GeoDataFrame, lines: Shapes, rule: DoctorRule) -> Iterator[StreetFault]:
    for row in np.flatnonzero(shapely.length(lines) < rule.same_place_m):
        place = Point(shapely.get_coordinates(lines[row])[0])
        text = Message("This piece of street has no length.")
        yield StreetFault(ZERO_LENGTH, place, (streets.index[row],), text, Message("Delete it and make its two ends one node."), Fix(place))


def _double_vertices(streets: gpd.GeoDataFrame, lines: Shapes, rule: DoctorRule) -> Iterator[StreetFault]:
    xy, line = shapely.get_coordinates(lines, return_index=True)
    same = (line[1:] == line[:-1]) & (xy[1:] == xy[:-1]).all(axis=1)
    long_enough = shapely.length(lines) >= rule.same_place_m
    rows, first, count = np.unique(line[1:][same], return_index=True, return_counts=True)
    places = xy[1:][same][first]
    for row, place, repeated in zip(rows[long_enough[rows]], places[long_enough[rows]], count[long_enough[rows]], strict=True):
        text = Message("{count} vertices of this street are drawn twice on the spot.", {"count": int(repeated)})
        yield StreetFault(DOUBLE_VERTEX, Point(place), (streets.index[row],), text, Message("Delete the repeated vertices."), Fix(Point(place)))


def _drawn_twice(streets: gpd.GeoDataFrame, lines: Shapes) -> Iterator[StreetFault]:
    rounded = shapely.normalize(shapely.transform(shapely.remove_repeated_points(lines), lambda xy: np.round(xy, _DECIMALS) + 0.0))
    classes = streets[HIGHWAY].astype("str") if HIGHWAY in streets.columns else ""
    level = np.char.add(street_levels(streets), np.char.add(" ", np.asarray(classes, dtype=str)))
    twins = pd.DataFrame({"shape": shapely.to_wkb(rounded), "level": level, "key": streets.index, "row": np.arange(len(streets))})
    twins = twins[~is_excepted(streets)]
    twins = twins[twins.duplicated(["shape", "level"], keep=False)].sort_values("key", kind="stable")
    doubles = [group for _, group in twins.groupby(["shape", "level"], sort=False)]
    for same in _along_one_way(doubles, lines):
        keys = tuple(key for group in same for key in group["key"])
        drawn = lines[[group["row"].iloc[0] for group in same]]
        text = Message("This street is drawn {count} times at the same place.", {"count": max(map(len, same))})
        remedy = Message("Keep {kept}, delete the others.", {"kept": keys[0] if len(same) == 1 else _way(keys[0])})
        place = shapely.line_interpolate_point(drawn[0], 0.5, normalized=True)
        yield StreetFault(DOUBLE_STREET, place, keys, text, remedy, Fix(drawn[0] if len(same) == 1 else shapely.line_merge(shapely.union_all(drawn))))


def _along_one_way(doubles: list[pd.DataFrame], lines: Shapes) -> list[list[pd.DataFrame]]:
    """Doubles put together where they go on from each other and are pieces of the same ways: two ways drawn along each other are one mistake."""
    if not doubles:
        return []
    ways = [tuple(sorted({_way(key) for key in group["key"]})) for group in doubles]
    first = lines[[group["row"].iloc[0] for group in doubles]]
    ends = np.round([shapely.get_coordinates(shapely.get_point(first, place)) for place in (0, -1)], _DECIMALS) + 0.0
    nodes = pd.DataFrame({"ways": ways * 2, "x": ends[..., 0].ravel(), "y": ends[..., 1].ravel()}).groupby(["ways", "x", "y"], sort=False).ngroup().to_numpy()
    count = int(nodes.max()) + 1
    double = np.tile(np.arange(len(doubles)), 2)
    links = coo_array((np.ones(len(nodes)), (double, nodes)), shape=(len(doubles), count)).tocsr()
    part = connected_components(links @ links.T, directed=False)[1]
    return [[doubles[row] for row in np.flatnonzero(part == each)] for each in pd.unique(part)]


def _way(key: object) -> str:
    """The way a piece belongs to: keys of pieces are ``way:number``."""
    return str(key).rpartition(":")[0] or str(key)
