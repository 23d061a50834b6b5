"""One walk told to people: from a building to the nearest service of a kind, or why there is none in time and what would help."""

from __future__ import annotations

import math
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from contracts.columns import COMMUNITY_CODE, EDGE_S, FACILITY_KEY, HIGHWAY, KIND, SECONDS
from contracts.errors import NotFoundError
from contracts.messages import Message
from contracts.reference import reference_table
from gis.profiles import walker_profile
from servicecircle.answers import COVERED, MAP_EDGE, UNVERIFIED, four_answers
from servicecircle.blocking import Blocking, first_reason, nearest_by_air, why_off_street
from servicecircle.explain import Walk, row_of, trace_walk
from servicecircle.legs import STREET, WAIT
from servicecircle.obstacles import Ground
from services.access import Principal, authorize
from services.networks import city_network
from services.ports import UnitOfWork
from services.walk_ends import map_exits, read_walk_ends
from services.walk_facts import SERVED, building_facts
from services.walk_words import WalkLeg, category_message, facility_message, fix_message, reason_message, told_legs, unknown_message

DOOR, FACILITY, BY_AIR, CROSSING = "door", "facility", "by_air", "crossing"  # kinds of points
PATH, BARRIER, LINK = "path", "barrier", "link"  # kinds of lines
_WGS84 = "EPSG:4326"


@dataclass(frozen=True, eq=False)
class WalkStory:
    """The walk from one building to the nearest service of one kind.

    ``legs`` add up to ``seconds`` (``inf``: no walk at all). ``answer`` is one of the four of ``servicecircle.answers``, as the
    figures count it; ``reason`` and ``fix`` are empty where it is ``covered``. A walk may be short and its answer unknown.
    ``lines`` (path, barrier, link) and ``points`` (door, facility, by_air, crossing) carry ``kind`` and are in EPSG:4326.
    """

    building_key: str
    category: str
    profile: str
    seconds: float
    answer: str
    facility_key: str
    facility: Message
    legs: tuple[WalkLeg, ...]
    reason: Message | None
    fix: Message | None
    lines: gpd.GeoDataFrame
    points: gpd.GeoDataFrame

    @property
    def is_covered(self) -> bool:
        """Whether the people of the building count as covered."""
        return self.answer == COVERED


def walk_story(
    uow: UnitOfWork,
    principal: Principal,
    building_key: str,
    category: str,
    *,
    profile: str = "adult",
    limit_s: float = 900.0,
) -> WalkStory:
    """The walk from a building to its nearest service of a category, leg by leg, and why it is not in time.

    The whole network of the city is searched, so that the seconds are those of the stored computation.

    Raises
    ------
    NotAllowedError
    NotFoundError
        There is no such building, or no streets.
    """
    with uow:
        buildings = uow.buildings.read(keys=[building_key])
        if not len(buildings):
            raise NotFoundError("There is no building with the key {key}.", key=building_key)
        authorize(principal, "view_map", str(buildings[COMMUNITY_CODE].iloc[0]))
        told = _Teller(uow, buildings, category, profile, limit_s)
        return told.story(building_key)


@dataclass(frozen=True, eq=False)
class _Found:
    """A reason with what its sentence needs."""

    blocking: Blocking
    walk: Walk | None
    obstacle: pd.Series | None


class _Teller:
    """What one story needs of the city, read once."""

    def __init__(self, uow: UnitOfWork, buildings: gpd.GeoDataFrame, category: str, profile: str, limit_s: float) -> None:
        self.uow, self.category, self.profile, self.limit_s = uow, category, profile, limit_s
        self.network = city_network(uow, walker_profile(profile))
        ends = read_walk_ends(uow, homes=buildings, categories=[category])
        self.facilities, self.doors, self.served_frame = ends.facilities, ends.doors, ends.served
        self.homes, self.served = ends.attach(self.network)
        self.barriers, self.gates = ends.barriers, ends.gates

    def story(self, building_key: str) -> WalkStory:
        """The walk of the building's best door."""
        best = self._facts()
        door, walk = best["door"], self._walk(best)
        answer, why = four_answers(best.to_frame().T, limit_s=self.limit_s).iloc[0]
        name = category_message(self.category) if walk is None else self._name(str(walk.facility))
        is_open = answer == COVERED or why in (MAP_EDGE, UNVERIFIED)
        found = None if is_open else self._blocking(door)
        fix = None if found is None else found.blocking.fix
        unknown = unknown_message(why, facility=name, edge_s=best[EDGE_S]) if answer != COVERED and is_open else None
        return WalkStory(
            building_key=building_key,
            category=self.category,
            profile=self.profile,
            seconds=math.inf if walk is None else walk.seconds,
            answer=answer,
            facility_key="" if walk is None else str(best[FACILITY_KEY]),
            facility=name,
            legs=() if walk is None else told_legs(walk.legs, self._streets_of(walk), name),
            reason=unknown if found is None else self._reason(found),
            fix=None if fix is None else fix_message(fix),
            lines=_lines(walk, found),
            points=self._points(door, walk, found),
        )

    def _facts(self) -> pd.Series:
        """What decides the answer of the building, as the figures know it."""
        exits = map_exits(self.uow, self.network.streets)
        return building_facts(self.network, self.served, self.homes, exits, by=None).iloc[0]

    def _walk(self, best: pd.Series) -> Walk | None:
        if not np.isfinite(best[SECONDS]):
            return None
        return trace_walk(self.network, self.served, self.homes, best["door"], facility_key=best[SERVED])

    def _blocking(self, door: object) -> _Found:
        """Why there is no walk in time, the walk to the facility nearest through the air, and the barrier's or road's own row."""
        if not self.homes.is_snapped[row_of(self.homes, door)]:
            found = why_off_street(self.network, self.doors.loc[[door]], Ground(self.barriers, self.gates, self.barriers.iloc[:0]))
            return _Found(found, None, self._row_of(found))
        near = nearest_by_air(self.served, self.homes, door)
        walk = None if near is None else trace_walk(self.network, self.served, self.homes, door, facility_key=near[0])
        roads = self.barriers.iloc[:0] if near is None else self._roads(door, near[0])
        ground = Ground(self.barriers, self.gates, roads)
        found = first_reason(self.network, self.served, self.homes, door, limit_s=self.limit_s, walk=walk, ground=ground)
        return _Found(found, walk, self._row_of(found))

    def _roads(self, door: object, facility: object) -> gpd.GeoDataFrame:
        """Streets around the straight line with the kind of border they are."""
        both = gpd.GeoSeries([self.doors.geometry[door], self.served_frame.geometry[facility]], crs=_WGS84)
        west, south, east, north = both.total_bounds
        streets = self.uow.streets.read(bbox=(float(west), float(south), float(east), float(north)))
        kinds = reference_table("street_kinds").set_index(HIGHWAY)[KIND]
        return streets.assign(**{KIND: streets[HIGHWAY].map(kinds).fillna("")}) if len(streets) else self.barriers.iloc[:0]

    def _row_of(self, found: Blocking) -> pd.Series | None:
        """The stored row of what stands in the way."""
        if found.obstacle is None:
            return None
        table = self.uow.streets if found.obstacle.is_road else self.uow.barriers
        return table.read(keys=[str(found.obstacle.key)]).iloc[0]

    def _reason(self, found: _Found) -> Message:
        blocking = found.blocking
        name = category_message(self.category) if blocking.facility is None else self._name(str(blocking.facility))
        return reason_message(
            blocking,
            facility=name,
            category=category_message(self.category),
            obstacle=found.obstacle,
            walk_s=math.inf if found.walk is None else found.walk.seconds,
            straight_s=blocking.straight_m / self.network.speed_m_s,
        )

    def _name(self, served_key: str) -> Message:
        return facility_message(self.facilities.loc[self.served_frame.at[served_key, FACILITY_KEY]], self.category)

    def _streets_of(self, walk: Walk) -> gpd.GeoDataFrame:
        """The streets of a walk, and where it waits those it waits at."""
        west, south, east, north = walk.legs.total_bounds
        if (walk.legs[KIND] == WAIT).any():
            return self.uow.streets.read(bbox=(float(west), float(south), float(east), float(north)))
        return self.uow.streets.read(keys=sorted({str(key) for key in walk.legs[STREET].dropna()}))

    def _points(self, door: object, walk: Walk | None, found: _Found | None) -> gpd.GeoDataFrame:
        shapes = {DOOR: shapely.get_point(walk.path, 0) if walk is not None else self.doors.geometry[door].representative_point()}
        if walk is not None:
            shapes[FACILITY] = self.served_frame.geometry[walk.facility].representative_point()
        if found is not None:
            shapes |= self._blocking_points(found.blocking, walk)
        return _drawn(shapes)

    def _blocking_points(self, found: Blocking, walk: Walk | None) -> dict[str, shapely.Geometry]:
        shapes: dict[str, shapely.Geometry] = {}
        if found.facility is not None and (walk is None or walk.facility != found.facility):
            shapes[BY_AIR] = self.served_frame.geometry[found.facility].representative_point()
        if found.obstacle is not None:
            shapes[CROSSING] = found.obstacle.at
        return shapes


def _lines(walk: Walk | None, found: _Found | None) -> gpd.GeoDataFrame:
    shapes: dict[str, shapely.Geometry] = {}
    if found is not None and found.blocking.obstacle is not None:
        shapes[BARRIER] = found.blocking.obstacle.shape
    if walk is not None:
        shapes[PATH] = walk.path
    if found is not None and found.blocking.fix is not None:
        shapes[LINK] = found.blocking.fix.line
    return _drawn(shapes)


def _drawn(shapes: dict[str, shapely.Geometry]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({KIND: list(shapes)}, geometry=list(shapes.values()), index=pd.Index(list(shapes), dtype="str"), crs=_WGS84)
