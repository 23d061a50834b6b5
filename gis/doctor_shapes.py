"""Faults of single streets, seen before any network is built: no shape, no length, repeated vertices, drawn twice."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
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
    for _, group in twins.groupby(["shape", "level"], sort=False):
        kept, line = group["key"].iloc[0], lines[group["row"].iloc[0]]
        text = Message("This street is drawn {count} times at the same place.", {"count": len(group)})
        remedy = Message("Keep {kept}, delete the others.", {"kept": kept})
        yield StreetFault(DOUBLE_STREET, shapely.line_interpolate_point(line, 0.5, normalized=True), tuple(group["key"]), text, remedy, Fix(line))
