"""Why a door is not served in time: the first reason that stands in the way, and the one crossing that would do away with it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

import geopandas as gpd
import numpy as np
import shapely
from scipy.sparse import csr_array

from gis.attachment import ATTACHMENT, Attached
from gis.network import WalkNetwork
from servicecircle.explain import Walk, row_of
from servicecircle.obstacles import Ground, Obstacle, explain_settings, obstacles_on
from servicecircle.reach import walk_matrix

NO_FACILITY, DOOR_BLOCKED, DOOR_FAR, FACILITY_OFF, TOO_FAR, CUT_OFF, DETOUR = (
    "no_facility",
    "door_blocked",
    "door_far_from_street",
    "facility_off_street",
    "too_far",
    "cut_off",
    "detour",
)
REASONS = (NO_FACILITY, DOOR_BLOCKED, DOOR_FAR, FACILITY_OFF, TOO_FAR, CUT_OFF, DETOUR)
STREET = "street"  # kind of obstacle besides those of barriers and roads

Shape = TypeVar("Shape", bound=shapely.Geometry)


@dataclass(frozen=True, eq=False)
class Fix:
    """A short link that would bring the door within the limit: a gate in a wall, a crossing of a road, a bridge."""

    kind: str  # of the barrier it crosses
    line: shapely.LineString
    metres: float
    seconds: float  # of the whole walk over it


@dataclass(frozen=True, eq=False)
class Blocking:
    """The first reason, a word of ``REASONS``, with its facts.

    ``facility`` is the one nearest as the crow flies, ``straight_m`` the way to it through the air. ``obstacle`` is what the
    straight line meets first that the walk has to go round, or the one of them a ``fix`` would open (missing: blocks of houses
    without a way through), or what stood between the door and its street. ``street_m`` is the way from the door to the nearest street where that is the matter.
    All geometry is in the system of the streets.
    """

    reason: str
    facility: object = None
    straight_m: float = math.nan
    street_m: float = math.nan
    obstacle: Obstacle | None = None
    fix: Fix | None = None


def first_reason(network: WalkNetwork, served: Attached, homes: Attached, door_key: object, *, limit_s: float, walk: Walk | None, ground: Ground) -> Blocking:
    """Why a snapped door has no walk within the limit to any of the facilities.

    Parameters
    ----------
    network
        Where and how fast one walks.
    served
        The facilities of one category.
    homes, door_key
        The doors, and which of them; for a door on no street see ``why_off_street``.
    limit_s
        What counts as in time.
    walk
        The walk to the facility nearest as the crow flies (``nearest_by_air``), ``None`` where there is none.
    ground
        Barriers, gates and large roads around.

    Raises
    ------
    NotFoundError
        There is no such door.
    """
    door = row_of(homes, door_key)
    nearest = nearest_by_air(served, homes, door_key)
    if nearest is None:
        return Blocking(NO_FACILITY)
    facility, straight_m = nearest
    row = row_of(served, facility)
    if straight_m / network.fastest_m_s > limit_s:
        return Blocking(TOO_FAR, facility, straight_m)
    if served.edge[row] < 0:
        return Blocking(FACILITY_OFF, facility, straight_m)
    line = shapely.shortest_line(homes.shapes[door], served.shapes[row])
    path = None if walk is None else _turned(network, walk.path, back=True)
    met = list(obstacles_on(line, path, ground, network.crs))
    fixes = _Fixes(network, served, homes, door, row, ground, limit_s)
    found = fixes.best(line, [obstacle for obstacle in met if not obstacle.is_road])
    obstacle = found[1] if found else next(iter(met), None)
    return Blocking(
        CUT_OFF if walk is None else DETOUR,
        facility,
        straight_m,
        obstacle=None if obstacle is None else _obstacle_out(network, obstacle),
        fix=found[0] if found else None,
    )


def nearest_by_air(served: Attached, homes: Attached, door_key: object) -> tuple[object, float] | None:
    """Key of the facility nearest through the air and the metres to it; ``None`` where there is none. Ties: the key that sorts first."""
    away_m = shapely.distance(served.shapes, homes.shapes[row_of(homes, door_key)])
    if not np.isfinite(away_m).any():
        return None
    ties = served.index[away_m == np.nanmin(away_m)]
    key = min(ties, key=str)
    return key, float(np.nanmin(away_m))


def why_off_street(network: WalkNetwork, place: gpd.GeoDataFrame, ground: Ground) -> Blocking:
    """Why a place (one row) was joined to no street: none near enough, or what stands before the nearest one."""
    shape = place.geometry.to_crs(network.crs).iloc[0]
    open_edges = np.flatnonzero(network.can_attach)
    if shape is None or shape.is_empty or not len(open_edges):
        return Blocking(DOOR_FAR, street_m=math.inf)
    shape = shape.boundary if shape.geom_type.endswith("Polygon") else shape
    away_m = shapely.distance(shape, network.pieces.geometry[open_edges])
    edge = int(open_edges[np.argmin(away_m)])
    street_m = float(away_m.min())
    if street_m > ATTACHMENT.radius_m:
        return Blocking(DOOR_FAR, street_m=street_m)
    connector = shapely.shortest_line(shape, network.pieces.geometry[edge])
    found = next(obstacles_on(connector, None, ground, network.crs), None) or _street_between(network, connector, edge)
    return Blocking(DOOR_BLOCKED, street_m=street_m, obstacle=None if found is None else _obstacle_out(network, found))


def _street_between(network: WalkNetwork, connector: shapely.LineString, edge: int) -> Obstacle | None:
    lines = network.pieces.geometry
    crossed = np.flatnonzero(shapely.intersects(lines, connector))
    crossed = crossed[crossed != edge]
    if not len(crossed):
        return None
    at = shapely.intersection(connector, lines[crossed[0]]).centroid
    return Obstacle(STREET, network.streets.index[network.pieces.row[crossed[0]]], at, at, lines[crossed[0]], math.inf, is_road=True)


@dataclass(frozen=True, eq=False)
class _Fixes:
    """Tries a link over each barrier on the straight line; the walk over it is put together from exact walks to its two ends."""

    network: WalkNetwork
    served: Attached
    homes: Attached
    door: int
    facility: int
    ground: Ground
    limit_s: float

    def best(self, line: shapely.LineString, barriers: Iterable[Obstacle]) -> tuple[Fix, Obstacle] | None:
        """The link with the quickest walk and what it crosses, if that walk is within the limit."""
        fixes = [(fix, obstacle) for obstacle in barriers if (fix := self._over(line, obstacle)) is not None]
        return min(fixes, key=lambda pair: (pair[0].seconds, pair[0].metres), default=None)

    def _over(self, line: shapely.LineString, obstacle: Obstacle) -> Fix | None:
        bank_m = explain_settings().bank_m
        near = line.interpolate(max(line.project(obstacle.at) - bank_m, 0.0))
        far = line.interpolate(min(line.project(obstacle.beyond) + bank_m, line.length))
        banks = gpd.GeoSeries([near, far], crs=self.network.crs)
        ends = self.network.attach(banks, barriers=self.ground.barriers, gates=self.ground.gates)
        if not ends.is_snapped.all():
            return None
        step_m = near.distance(far)
        seconds = self._to(ends) + step_m / self.network.speed_m_s + self._on(ends)
        if not seconds <= self.limit_s:
            return None
        feet = [shapely.line_interpolate_point(self.network.pieces.geometry[ends.edge[row]], ends.share[row], normalized=True) for row in (0, 1)]
        link = _turned(self.network, shapely.LineString([feet[0], near, far, feet[1]]))
        return Fix(obstacle.kind, link, float(ends.access_m.sum() + step_m), seconds)

    def _to(self, ends: Attached) -> float:
        """Seconds from the door to the near bank."""
        return _entry(walk_matrix(self.network, self.homes, ends, limit_s=self.limit_s, threads=1), self.door, 0)

    def _on(self, ends: Attached) -> float:
        """Seconds from the far bank to the facility."""
        return _entry(walk_matrix(self.network, ends, self.served, limit_s=self.limit_s, threads=1), 1, self.facility)


def _entry(seconds: csr_array, row: int, column: int) -> float:
    """A stored entry, zeros too; ``inf`` where there is none."""
    stored = slice(seconds.indptr[row], seconds.indptr[row + 1])
    found = seconds.data[stored][seconds.indices[stored] == column]
    return float(found[0]) if len(found) else math.inf


def _turned(network: WalkNetwork, shape: Shape, *, back: bool = False) -> Shape:
    """A shape from the network's metric system into that of the streets, or back."""
    systems = (network.streets.crs, network.crs) if back else (network.crs, network.streets.crs)
    return gpd.GeoSeries([shape], crs=systems[0]).to_crs(systems[1]).iloc[0]


def _obstacle_out(network: WalkNetwork, found: Obstacle) -> Obstacle:
    return replace(found, at=_turned(network, found.at), beyond=_turned(network, found.beyond), shape=_turned(network, found.shape))
