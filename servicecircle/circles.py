"""Service circles as drawings: nested polygons around the streets in reach. The numbers are decided at doors, not here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from shapely.ops import substring

from contracts.columns import CATEGORY, MINUTES
from gis.attachment import barrier_obstacles
from gis.checks import Spatial
from gis.network import WalkNetwork
from servicecircle.flat import Stops
from servicecircle.stops import Places, attached_to, in_threads, processors, rank_by_key, require_limit, rows_by_category, stops_of
from servicecircle.stretches import covered_shares

Shapes = npt.NDArray[np.object_]

STREET_SIDE_M = 25.0  # how far a drawn circle reaches to each side of a street: about one building deep
QUARTER_SEGMENTS = 3  # corners of a round end: a strip is at most 3 % too narrow there
NESTING_M = 0.02  # a larger circle reaches this much past the smaller one, so that rounding cannot turn them round
SHARE_OF_WHOLE = 1.0 - 1e-9


def walk_circles(
    network: WalkNetwork,
    facilities: Places,
    *,
    minutes: Sequence[float] = (5, 10, 15),
    by: str | None = CATEGORY,
    barriers: Spatial | None = None,
    side_m: float = STREET_SIDE_M,
) -> gpd.GeoDataFrame:
    """Areas from which some facility is reached within so many minutes, for maps.

    Drawn from the exact stretches of street in reach, each widened by ``side_m``. Holes stay holes. Every circle contains the
    smaller ones of its category.

    Parameters
    ----------
    network, facilities, by
        As in ``nearest_walk``.
    minutes
        Walking times to draw.
    barriers
        Lines or areas the drawing must not spill over: what lies beyond them, seen from the street, is cut off.
    side_m
        Width of the drawing to each side of a street.

    Returns
    -------
        One row per category and time (times ascending): ``category``, ``minutes``, ``geometry`` (valid polygon or multipolygon,
        empty where nothing is in reach) in the CRS of the streets.

    Raises
    ------
    CrsError, GeometryError, InputError, MissingColumnError
        As in ``nearest_walk``.
    """
    times = sorted({float(time) for time in minutes})
    for time in times:
        require_limit(time * 60.0)
    served = attached_to(network, facilities)
    rank = rank_by_key(served.index)
    groups = rows_by_category(served, by)
    strip = _Strips(network, shapely.STRtree(barrier_obstacles(network, barriers, None)), side_m)
    drawn: dict[object, list[shapely.Geometry]] = {}

    def draw(category: object) -> None:
        drawn[category] = _nested(strip, stops_of(served, groups[category], rank), times)

    in_threads(draw, groups, min(processors(), max(len(groups), 1)))
    shapes = gpd.GeoSeries([shape for category in groups for shape in drawn[category]], crs=network.crs).to_crs(network.streets.crs)
    return gpd.GeoDataFrame(
        {CATEGORY: [category for category in groups for _ in times], MINUTES: [time for _ in groups for time in times]},
        geometry=[polygons_of(shape) for shape in shapes],
        crs=network.streets.crs,
    )


class _Strips:
    """Streets widened to strips and cut at obstacles: whole streets once for all circles, parts of streets as they come."""

    def __init__(self, network: WalkNetwork, obstacles: shapely.STRtree, side_m: float) -> None:
        self.network, self._obstacles, self._side_m = network, obstacles, side_m
        self._whole = self._of_lines(network.pieces.geometry)

    def along(self, edge: npt.NDArray[np.int64], start: npt.NDArray[np.float64], end: npt.NDArray[np.float64]) -> Shapes:
        """Strips along stretches of edges, given as shares of their length."""
        strips = self._whole[edge].copy()
        part = np.flatnonzero((start > 0.0) | (end < SHARE_OF_WHOLE))
        strips[part] = self._of_lines(_stretch_lines(self.network, edge[part], start[part], end[part]))
        return strips

    def _of_lines(self, lines: Shapes) -> Shapes:
        return _cut_off(lines, shapely.buffer(lines, self._side_m, quad_segs=QUARTER_SEGMENTS), self._obstacles)


def _nested(strips: _Strips, sources: Stops, times: Iterable[float]) -> list[shapely.Geometry]:
    """One shape per time, each from the one before and the stretches that are new."""
    shapes: list[shapely.Geometry] = []
    known = np.zeros(strips.network.edge_count, dtype=bool)
    for time in times:
        edge, start, end = covered_shares(strips.network, sources, limit_s=time * 60.0)
        fresh = ~known[edge]
        new = strips.along(edge[fresh], start[fresh], end[fresh])
        known[edge[(start <= 0.0) & (end >= SHARE_OF_WHOLE)]] = True
        smaller = [shapely.buffer(shapes[-1], NESTING_M)] if shapes else []
        shapes.append(polygons_of(shapely.union_all(np.array([*smaller, *new], dtype=object))))
    return shapes


def _stretch_lines(network: WalkNetwork, edge: npt.NDArray[np.int64], start: npt.NDArray[np.float64], end: npt.NDArray[np.float64]) -> Shapes:
    lines = network.pieces.geometry[edge]
    for row in np.flatnonzero((start > 0.0) | (end < SHARE_OF_WHOLE)):
        lines[row] = substring(lines[row], start[row], end[row], normalized=True)
    return lines


def _cut_off(lines: Shapes, sides: Shapes, obstacles: shapely.STRtree) -> Shapes:
    """Sides without what lies behind an obstacle: of each cut side, only the parts its street runs through."""
    row, obstacle = obstacles.query(sides, predicate="intersects")
    for number in np.unique(row):
        barrier = shapely.union_all(obstacles.geometries[obstacle[row == number]])
        parts = shapely.get_parts(shapely.difference(sides[number], shapely.buffer(barrier, 0.1)))
        sides[number] = shapely.union_all(parts[shapely.intersects(parts, lines[number])])
    return sides


def polygons_of(shape: shapely.Geometry) -> shapely.Geometry:
    """The shape as a valid polygon or multipolygon, lines and points left out; empty stays empty."""
    valid = shape if shape.is_valid else shapely.make_valid(shape)
    if valid.geom_type in ("Polygon", "MultiPolygon"):
        return valid
    parts = [part for part in shapely.get_parts(valid) if part.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.union_all(parts) if parts else shapely.Polygon()
