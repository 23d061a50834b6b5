"""What lies between two places: the barriers and large roads a straight line meets, in the order it meets them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from contracts.columns import KIND, NAME
from contracts.reference import reference_table
from gis.street_rules import is_blocking

ROADS = ("expressway", "major")  # kinds of street that hold a walker up even where they may be walked along

Shapes = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ExplainSettings:
    """Figures of the explanation (``data/reference/explain_settings.csv``)."""

    same_crossing_m: float
    touching_m: float
    bank_m: float


@cache
def explain_settings() -> ExplainSettings:
    """The product's figures."""
    value = reference_table("explain_settings").set_index("name")["value"].astype(float)
    return ExplainSettings(value["same_crossing_m"], value["touching_m"], value["bank_m"])


@dataclass(frozen=True, eq=False)
class Ground:
    """What may stand in the way, as frames in any system: ``barriers`` and ``roads`` with ``kind`` (and ``name``), ``gates`` as points."""

    barriers: gpd.GeoDataFrame
    gates: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame


@dataclass(frozen=True, eq=False)
class Obstacle:
    """A barrier or road on the straight line.

    ``at`` is where the line meets it, ``shape`` all of it that hangs together, ``next_way_m`` the straight metres from ``at``
    to where the walk gets across, ``inf`` where it never does. Geometry is in the system of the network until a caller turns it.
    """

    kind: str
    key: object
    at: shapely.Point
    beyond: shapely.Point  # where the line leaves it; ``at`` again where it is a line
    shape: shapely.Geometry
    next_way_m: float
    is_road: bool


def obstacles_on(line: shapely.LineString, path: shapely.LineString | None, ground: Ground, crs: object) -> Iterator[Obstacle]:
    """Barriers, then large roads, on a straight line in the order it meets them, without those the walk crosses right there.

    ``line`` and ``path`` (the walk; ``None`` = there is none) are in the metric system ``crs``.
    """
    barriers = ground.barriers[is_blocking(ground.barriers[KIND])] if len(ground.barriers) else ground.barriers
    roads = ground.roads[ground.roads[KIND].isin(ROADS)] if len(ground.roads) else ground.roads
    for frame, is_road in ((barriers, False), (roads, True)):
        if len(frame):
            yield from _met(line, path, frame, frame.geometry.to_crs(crs).to_numpy(), is_road=is_road)


def _met(line: shapely.LineString, path: shapely.LineString | None, frame: gpd.GeoDataFrame, shapes: Shapes, *, is_road: bool) -> Iterator[Obstacle]:
    rows = np.flatnonzero(shapely.intersects(shapes, line))
    if not len(rows):
        return
    spans = [_span(line, shapes[row]) for row in rows]
    whole = _wholes(frame, shapes)
    for (start_m, end_m), _key, row in sorted(zip(spans, frame.index[rows].map(str), rows, strict=True)):
        at, beyond = line.interpolate(start_m), line.interpolate(end_m)
        shape = shapely.union_all(shapes[whole == whole[row]])
        next_way_m = _next_way_m(at, path, shape)
        if next_way_m > explain_settings().same_crossing_m:
            yield Obstacle(str(frame[KIND].iloc[row]), frame.index[row], at, beyond, shape, next_way_m, is_road)


def _span(line: shapely.LineString, shape: shapely.Geometry) -> tuple[float, float]:
    """Metres along the line to where it first meets the shape and to where it leaves it again."""
    parts = shapely.get_parts(shapely.intersection(line, shape))
    xy = [shapely.points(shapely.get_coordinates(part)) for part in parts]
    spans = [shapely.line_locate_point(line, points) for points in xy]
    first = min(spans, key=lambda span: float(span.min()))
    return float(first.min()), float(first.max())


def _next_way_m(at: shapely.Point, path: shapely.LineString | None, shape: shapely.Geometry) -> float:
    if path is None:
        return math.inf
    crossing = shapely.intersection(path, shape)
    return math.inf if crossing.is_empty else float(at.distance(crossing))


def _wholes(frame: gpd.GeoDataFrame, shapes: Shapes) -> Ints:
    """Number of the barrier each row belongs to: rows of one kind that touch, or carry the same name, are one."""
    first, second = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=explain_settings().touching_m)
    kind = frame[KIND].to_numpy(dtype=object)
    together = kind[first] == kind[second]
    links = [np.stack([first[together], second[together]])]
    if NAME in frame:
        named = np.flatnonzero(frame[NAME].fillna("").astype("str") != "")
        code = pd.factorize(pd.MultiIndex.from_arrays([kind[named], frame[NAME].to_numpy(dtype=object)[named]]))[0]
        links.append(np.stack([named, named[np.unique(code, return_index=True)[1]][code]]) if len(named) else np.empty((2, 0), np.int64))
    start, end = np.concatenate(links, axis=1)
    graph = coo_array((np.ones(len(start)), (start, end)), shape=(len(frame), len(frame)))
    return connected_components(graph, directed=False)[1].astype(np.int64)
