"""Circles as drawings: of a run, of one service when somebody asks for it, and of one facility.

The figures never wait for drawings. A computation draws the circles of a small city at once; in a large one each service is
drawn when it is first asked for, and kept with the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from contracts.columns import BUILDING_KEY, CATEGORY, COMMUNITY_CODE, FACILITY_KEY, MINUTES, OLDER_RESIDENTS, PEOPLE, PROFILE, RESIDENTS
from contracts.errors import NotFoundError
from contracts.messages import Message
from contracts.progress import Progress, silent
from gis.attachment import Attached
from gis.network import WalkNetwork
from gis.profiles import walker_profile
from servicecircle.circles import MINUTES_DRAWN, CircleDrawer
from servicecircle.keeping import kept_seconds
from servicecircle.reach import nearest_walk
from services.access import Principal, authorize, may
from services.networks import city_network
from services.ports import UnitOfWork
from services.walk_ends import read_walk_ends, require_places

MOST_AT_ONCE = 5_000  # streets times services drawn with a computation; the demo city's 105 000 would take a minute
FIRST_DRAWN = "HLT_CENTER"  # the service the map opens with is drawn in any city
OLDER_PROFILES = frozenset({"older"})
_PAST_S = 1.0  # searched past the limit, so that rounding decides and not the search


def is_drawn_at_once(streets: int, categories: int) -> bool:
    """Whether a computation draws the circles of all its services."""
    return streets * categories <= MOST_AT_ONCE


def drawn_first(served: Attached, streets: int) -> Attached:
    """The facilities whose circles a computation draws: all of a small city, of a larger one those the map opens with."""
    category = served.attributes[CATEGORY]
    return served if is_drawn_at_once(streets, category.nunique()) else served.take(np.flatnonzero((category == FIRST_DRAWN).to_numpy()))


def no_circles() -> gpd.GeoDataFrame:
    """A frame of circles without rows, as the store takes and gives them."""
    columns = {PROFILE: pd.Series(dtype="str"), CATEGORY: pd.Series(dtype="str"), MINUTES: pd.Series(dtype="float64")}
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([], crs="EPSG:4326"), crs="EPSG:4326")


def drawn_circles(drawer: CircleDrawer, served: Attached, doors: Attached, *, minutes: Sequence[float]) -> gpd.GeoDataFrame:
    """Circles of every category of the attached facilities that can be reached at all."""
    seconds = _seconds(drawer.network, served, doors, minutes)
    shapes = drawer.circles(served, minutes=minutes, seconds=seconds)
    return shapes[~shapes.geometry.is_empty]


def _seconds(network: WalkNetwork, served: Attached, doors: Attached, minutes: Sequence[float], by: str | None = CATEGORY) -> pd.DataFrame:
    return kept_seconds(nearest_walk(network, served, doors, limit_s=60.0 * max(minutes, default=0.0) + _PAST_S, by=by))


@dataclass(frozen=True, eq=False)
class DrawingBoard:
    """A city ready to draw on, for one kind of walker: made once per state of the data, used for many circles."""

    profile: str
    drawer: CircleDrawer
    doors: Attached
    served: Attached  # doors of facilities, with facility_key and category
    buildings: gpd.GeoDataFrame


def drawing_board(uow: UnitOfWork, principal: Principal, *, profile: str, progress: Progress = silent) -> DrawingBoard:
    """Read the city and join its doors and facilities to its streets.

    Raises
    ------
    NotAllowedError
    NotFoundError
        There are no streets, buildings or facilities, or no such walker.
    """
    authorize(principal, "view_map")
    walker = walker_profile(profile)
    with uow:
        progress(0, 3, Message("Reading the city"))
        streets, ends = uow.streets.read(), read_walk_ends(uow)
        require_places(streets, ends)
        network = city_network(uow, walker, streets=streets)
    progress(1, 3, Message("Joining doors to streets"))
    doors, served = ends.attach(network)
    progress(2, 3, Message("Drawing the circle"))
    drawer = CircleDrawer(network, barriers=ends.barriers, doors=doors, footprints=ends.homes.geometry)
    return DrawingBoard(profile, drawer, doors, served, ends.homes)


def draw_service(uow: UnitOfWork, board: DrawingBoard, principal: Principal, *, category: str) -> gpd.GeoDataFrame:
    """The circles of one service in the latest run: as kept, or drawn now and kept for the next who asks.

    Raises
    ------
    NotAllowedError
    NotFoundError
        Reach was never computed, or not for this service.
    """
    authorize(principal, "view_map")
    with uow:
        latest = uow.circles.latest()
        if latest is None or category not in latest[1]["categories"]:
            raise NotFoundError("Reach was not computed for the service {category}. Compute the circles first.", category=category)
        kept = uow.circles.circles(latest[0], profile=board.profile, category=category)
        if len(kept):
            return kept
    chosen = board.served.take(np.flatnonzero(board.served.attributes[CATEGORY].to_numpy() == category))
    shapes = drawn_circles(board.drawer, chosen, board.doors, minutes=MINUTES_DRAWN).assign(**{PROFILE: board.profile})
    with uow:
        uow.circles.keep(latest[0], shapes)
        uow.commit()
    return shapes


@dataclass(frozen=True, eq=False)
class FacilityCircle:
    """Who can walk to one facility: ``circles`` with minutes, people and geometry, smallest first."""

    profile: str
    circles: gpd.GeoDataFrame
    is_joined: bool  # whether any of its doors found a street
    counts_older: bool  # whether the people are the older residents only


def facility_circle(board: DrawingBoard, principal: Principal, facility_key: str, *, minutes: Sequence[float] = MINUTES_DRAWN) -> FacilityCircle:
    """The circles of one facility over all its doors, and the people in them whom the principal may see.

    Raises
    ------
    NotAllowedError
    NotFoundError
        There is no such facility.
    """
    authorize(principal, "view_map")
    own = np.flatnonzero(board.served.attributes[FACILITY_KEY].to_numpy() == facility_key)
    if not len(own):
        raise NotFoundError("There is no facility with the key {key}.", key=facility_key)
    served = board.served.take(own)
    seconds = _seconds(board.drawer.network, served, board.doors, minutes, by=None)
    shapes = board.drawer.circles(served, minutes=minutes, by=None, seconds=seconds)
    nearest_s = seconds.iloc[:, 0].groupby(board.doors.attributes[BUILDING_KEY].to_numpy()).min()
    people = people_of(board.buildings, board.profile)
    people = people[[may(principal, "view_map", str(code)) for code in board.buildings[COMMUNITY_CODE]]]
    counted = [float(people[nearest_s.reindex(people.index) <= 60.0 * limit].sum()) for limit in shapes[MINUTES]]
    return FacilityCircle(
        board.profile, shapes.assign(**{PEOPLE: counted}).drop(columns=CATEGORY), bool(served.is_snapped.any()), speaks_of_older(board.buildings, board.profile)
    )


def people_of(buildings: pd.DataFrame, profile: str) -> pd.Series:
    """Whom a share speaks of: residents at adult pace, older residents at older pace where their number is known."""
    return buildings[OLDER_RESIDENTS if speaks_of_older(buildings, profile) else RESIDENTS].fillna(0.0)


def speaks_of_older(buildings: pd.DataFrame, profile: str) -> bool:
    """Whether figures at this pace are about older residents only."""
    return profile in OLDER_PROFILES and OLDER_RESIDENTS in buildings and bool(buildings[OLDER_RESIDENTS].notna().any())
