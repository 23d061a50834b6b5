"""Service circles as drawings: nested polygons around the streets in reach. The numbers are decided at doors, not here."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from contracts.columns import CATEGORY, MINUTES
from gis.attachment import barrier_obstacles
from gis.checks import Spatial
from gis.network import WalkNetwork
from servicecircle.door_marks import NESTING_M, DoorMarks, Telling
from servicecircle.flat import Stops
from servicecircle.reach import nearest_walk
from servicecircle.stops import Places, attached_to, in_threads, processors, rank_by_key, require_limit, rows_by_category, stops_of
from servicecircle.stretches import covered_shares
from servicecircle.strips import Strips

STREET_SIDE_M = 25.0  # how far a drawn circle reaches to each side of a street: about one building deep
MINUTES_DRAWN = (5, 10, 15)
STRAIGHT_M = 200.0  # a longer side of a circle would bend by millimetres between two coordinate systems


def walk_circles(
    network: WalkNetwork,
    facilities: Places,
    *,
    minutes: Sequence[float] = MINUTES_DRAWN,
    by: str | None = CATEGORY,
    barriers: Spatial | None = None,
    side_m: float = STREET_SIDE_M,
    doors: Places | None = None,
) -> gpd.GeoDataFrame:
    """Areas from which some facility is reached within so many minutes, for maps.

    Drawn from the exact stretches of street in reach, each widened by ``side_m``. Holes stay holes. Every circle contains the
    smaller ones of its category. With ``doors`` given, every door in reach lies inside and every other one outside.

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
    doors
        Points or polygons, or what ``network.attach`` gave for them. Houses (polygons) in reach are drawn in whole, those out
        of reach are cut out. Only where doors of both sorts are within two centimetres of each other, both are inside.

    Returns
    -------
        One row per category and time (times ascending): ``category``, ``minutes``, ``geometry`` (valid polygon or multipolygon,
        empty where nothing is in reach) in the CRS of the streets.

    Raises
    ------
    CrsError, GeometryError, InputError, MissingColumnError
        As in ``nearest_walk``.
    """
    homes = None if doors is None else attached_to(network, doors)
    return CircleDrawer(network, barriers=barriers, side_m=side_m, doors=homes).circles(facilities, minutes=minutes, by=by)


class CircleDrawer:
    """Draws circles on one network; keeps what all of them share, so that the next one is quicker.

    Parameters
    ----------
    network, barriers, side_m
        As in ``walk_circles``.
    doors
        Attached doors, or ``None``.
    footprints
        Houses indexed by building key, for doors with a column ``building_key``. A house is in reach where one of its doors is.
    """

    def __init__(
        self,
        network: WalkNetwork,
        *,
        barriers: Spatial | None = None,
        side_m: float = STREET_SIDE_M,
        doors: Places | None = None,
        footprints: gpd.GeoSeries | None = None,
    ) -> None:
        self.network = network
        self._strips = Strips(network, barrier_obstacles(network, barriers, None), side_m)
        self._doors = None if doors is None else attached_to(network, doors)
        self._marks = None if self._doors is None else DoorMarks.of(self._doors, footprints)

    def circles(
        self, facilities: Places, *, minutes: Sequence[float] = MINUTES_DRAWN, by: str | None = CATEGORY, seconds: pd.DataFrame | None = None
    ) -> gpd.GeoDataFrame:
        """As ``walk_circles``. ``seconds`` (doors x categories) are walking times already known; else they are searched."""
        times = sorted({float(time) for time in minutes})
        for time in times:
            require_limit(time * 60.0)
        times_s = np.array(times) * 60.0
        served = attached_to(self.network, facilities)
        rank = rank_by_key(served.index)
        groups = rows_by_category(served, by)
        drawn: dict[object, list[shapely.Geometry]] = {}
        if seconds is None and self._doors is not None:
            seconds = nearest_walk(self.network, served, self._doors, limit_s=times_s.max(initial=0.0), by=by)

        def draw(category: object) -> None:
            telling = None if self._marks is None or seconds is None else self._marks.told(seconds[category].to_numpy(), times_s)
            drawn[category] = self._nested(stops_of(served, groups[category], rank), times_s, telling)

        in_threads(draw, groups, min(processors(), max(len(groups), 1)))
        return self._frame(drawn, list(groups), times)

    def _nested(self, sources: Stops, times_s: npt.NDArray[np.float64], telling: Telling | None) -> list[shapely.Geometry]:
        """One shape per time: a rim around the one before and the strips of this time; then what is said of doors."""
        shapes, smaller = [], shapely.Polygon()
        step = 1.0 / max(len(times_s) - 1, 1)
        for number, limit_s in enumerate(times_s):
            strips = self._strips.along(*covered_shares(self.network, sources, limit_s=limit_s))
            smaller = shapely.union_all(np.array([shapely.buffer(smaller, step * NESTING_M, join_style="mitre"), *strips], dtype=object))
            shape = smaller if telling is None else telling.marked(smaller, number, past_m=number * step * NESTING_M, rim_share=number * step)
            shapes.append(polygons_of(shape))
        return shapes

    def _frame(self, drawn: dict[object, list[shapely.Geometry]], categories: list[object], times: list[float]) -> gpd.GeoDataFrame:
        crs = self.network.streets.crs
        shapes = gpd.GeoSeries([shape for category in categories for shape in drawn[category]], crs=self.network.crs)
        shapes = shapes.segmentize(STRAIGHT_M).to_crs(crs) if len(shapes) else shapes.to_crs(crs)
        return gpd.GeoDataFrame(
            {CATEGORY: [category for category in categories for _ in times], MINUTES: [time for _ in categories for time in times]},
            geometry=[polygons_of(shape) for shape in shapes],
            crs=crs,
        )


def polygons_of(shape: shapely.Geometry) -> shapely.Geometry:
    """The shape as a valid polygon or multipolygon, lines and points left out; empty stays empty."""
    valid = shape if shape.is_valid else shapely.make_valid(shape)
    if valid.geom_type in ("Polygon", "MultiPolygon"):
        return valid
    parts = [part for part in shapely.get_parts(valid) if part.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.union_all(parts) if parts else shapely.Polygon()
