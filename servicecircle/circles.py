"""Service circles as drawings: nested polygons around the streets in reach. The numbers are decided at doors, not here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import geopandas as gpd
import numpy as np
import shapely

from contracts.columns import CATEGORY, MINUTES
from gis.attachment import barrier_obstacles
from gis.checks import Spatial
from gis.network import WalkNetwork
from servicecircle.flat import Stops
from servicecircle.stops import Places, attached_to, in_threads, processors, rank_by_key, require_limit, rows_by_category, stops_of
from servicecircle.stretches import covered_shares
from servicecircle.strips import SHARE_OF_WHOLE, Strips

STREET_SIDE_M = 25.0  # how far a drawn circle reaches to each side of a street: about one building deep
NESTING_M = 0.02  # a larger circle reaches this much past the smaller one, so that rounding cannot turn them round


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
    strips = Strips(network, barrier_obstacles(network, barriers, None), side_m)
    drawn: dict[object, list[shapely.Geometry]] = {}

    def draw(category: object) -> None:
        drawn[category] = _nested(strips, network, stops_of(served, groups[category], rank), times)

    in_threads(draw, groups, min(processors(), max(len(groups), 1)))
    shapes = gpd.GeoSeries([shape for category in groups for shape in drawn[category]], crs=network.crs).to_crs(network.streets.crs)
    return gpd.GeoDataFrame(
        {CATEGORY: [category for category in groups for _ in times], MINUTES: [time for _ in groups for time in times]},
        geometry=[polygons_of(shape) for shape in shapes],
        crs=network.streets.crs,
    )


def _nested(strips: Strips, network: WalkNetwork, sources: Stops, times: Iterable[float]) -> list[shapely.Geometry]:
    """One shape per time, each from the one before and the stretches that are new."""
    shapes: list[shapely.Geometry] = []
    drawn = np.zeros(network.edge_count, dtype=bool)
    for time in times:
        edge, start, end = covered_shares(network, sources, limit_s=time * 60.0)
        is_whole = (start <= 0.0) & (end >= SHARE_OF_WHOLE)
        whole = np.zeros(network.edge_count, dtype=bool)
        whole[edge[is_whole]] = True
        smaller = [shapely.buffer(shapes[-1], NESTING_M, join_style="mitre")] if shapes else []
        new = [*strips.joined(whole, drawn), *strips.parts(edge[~is_whole], start[~is_whole], end[~is_whole])]
        shapes.append(polygons_of(shapely.union_all(np.array([*smaller, *new], dtype=object))))
        drawn = whole
    return shapes


def polygons_of(shape: shapely.Geometry) -> shapely.Geometry:
    """The shape as a valid polygon or multipolygon, lines and points left out; empty stays empty."""
    valid = shape if shape.is_valid else shapely.make_valid(shape)
    if valid.geom_type in ("Polygon", "MultiPolygon"):
        return valid
    parts = [part for part in shapely.get_parts(valid) if part.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.union_all(parts) if parts else shapely.Polygon()
