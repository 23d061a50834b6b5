"""Compute who can walk to what: times at doors, shares of people, and circles to draw."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import geopandas as gpd
import pandas as pd

from contracts.columns import (
    AREA_CODE,
    BUILDING_KEY,
    CATEGORY,
    COMMUNITY_CODE,
    FACILITY_KEY,
    KIND,
    LEVEL,
    LIMIT_S,
    OLDER_RESIDENTS,
    PARENT_CODE,
    PROFILE,
    RESIDENTS,
    SECONDS,
)
from contracts.errors import NotFoundError
from contracts.messages import Message
from contracts.progress import Progress, silent
from contracts.records import CircleRun
from contracts.reference import reference_table
from gis.attachment import Attached
from gis.network import WalkNetwork, build_network
from gis.profiles import walker_profile
from servicecircle.circles import walk_circles
from servicecircle.coverage import coverage_by_area
from servicecircle.reach import nearest_facilities
from servicecircle.standards import radius_share, straight_line_m
from services.access import Principal, authorize
from services.ports import UnitOfWork

SEARCHED_S = 1800.0  # how far times are kept, so that a panel can say "23 minutes"; shares are counted at the circle's minutes
_DIGITS = 6  # places kept in degrees come back some nanometres off: without rounding, a door on the limit is in or out by chance
PACES = {"adult": Message("adult pace"), "older": Message("older pace"), "child": Message("child's pace"), "wheelchair": Message("wheelchair pace")}
OLDER_PROFILES = frozenset({"older"})


@dataclass(frozen=True)
class CirclesReport:
    """What was computed, and what could not take part."""

    run_id: int
    doors: int
    buildings: int
    categories: int
    streets: int
    unsnapped_doors: int
    unsnapped_facilities: int
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return {name: round(value, 2) if isinstance(value, float) else value for name, value in self.__dict__.items()}

    def sentences(self) -> list[Message]:
        """For people: what was computed, then what could not take part."""
        lines = [Message("{doors} doors, {categories} categories, {streets} streets walked in {seconds:.1f} s.", self.__dict__)]
        if self.unsnapped_doors or self.unsnapped_facilities:
            lines.append(Message("{unsnapped_doors} buildings and {unsnapped_facilities} facilities found no street; run check to see which.", self.__dict__))
        return lines


@dataclass(frozen=True)
class _City:
    """What reach needs of the store, read once."""

    streets: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    doors: gpd.GeoDataFrame  # index door key, building_key
    barriers: gpd.GeoDataFrame
    gates: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    areas_of_building: dict[str, pd.Series]  # level -> area code of each building


def compute_circles(
    uow: UnitOfWork,
    principal: Principal,
    *,
    profiles: Collection[str] = ("adult", "older"),
    categories: Collection[str] | None = None,
    at: datetime,
    progress: Progress = silent,
) -> CirclesReport:
    """Compute and keep a run: walking seconds of every door, shares per area, circles of 5, 10 and 15 minutes.

    Raises
    ------
    NotAllowedError, NotFoundError, CancelledError
    """
    started = time.monotonic()
    authorize(principal, "compute_circles")
    with uow:
        steps = 2 + 3 * len(profiles)
        progress(0, steps, Message("Reading the city"))
        city = _read(uow, categories)
        minutes = _circle_minutes()
        walks, shares, drawn = [], [], []
        unsnapped = (0, 0)
        for number, name in enumerate(profiles):
            spoken = {"profile": PACES[walker_profile(name).name]}
            progress(1 + 3 * number, steps, Message("Walking from every door, {profile}", spoken))
            network = build_network(city.streets, profile=walker_profile(name))
            doors, served = _attach(network, city)
            walk = _walks(network, doors, served, city).assign(**{PROFILE: name})
            unsnapped = (
                len(set(city.doors[BUILDING_KEY]) - set(city.doors.loc[city.doors.index[doors.is_snapped], BUILDING_KEY])),
                int((~served.is_snapped).sum()),
            )
            progress(2 + 3 * number, steps, Message("Counting people, {profile}", spoken))
            shares.append(_shares(walk, city, name, minutes).assign(**{PROFILE: name}))
            progress(3 + 3 * number, steps, Message("Drawing circles, {profile}", spoken))
            shapes = walk_circles(network, served, minutes=tuple(minutes), barriers=city.barriers)
            drawn.append(shapes[~shapes.geometry.is_empty].assign(**{PROFILE: name}))  # a category nobody can reach has no circle
            walks.append(walk)
        run = CircleRun(
            profiles=tuple(profiles),
            categories=tuple(sorted(set(city.facilities[CATEGORY]))),
            data_version=uow.data_version(),
            made_at=at,
            author=principal.login,
            method=_method(profiles, minutes, unsnapped),
            door_walks=pd.concat(walks, ignore_index=True),
            coverage=pd.concat(shares, ignore_index=True),
            circles=pd.concat(drawn, ignore_index=True),
        )
        progress(steps - 1, steps, Message("Saving"))
        run_id = uow.circles.save(run)
        uow.audit.append(
            at=at, login=principal.login, action="compute_circles", subject=str(run_id), details={"profiles": list(profiles), "doors": len(city.doors)}
        )
        uow.commit()
    return CirclesReport(run_id, len(city.doors), len(city.buildings), len(run.categories), len(city.streets), *unsnapped, time.monotonic() - started)


def _read(uow: UnitOfWork, categories: Collection[str] | None) -> _City:
    buildings, facilities, streets = uow.buildings.read(), uow.facilities.read(), uow.streets.read()
    if categories is not None:
        facilities = facilities[facilities[CATEGORY].isin(set(categories))]
    for frame, missing in ((streets, Message("streets")), (buildings, Message("buildings")), (facilities, Message("facilities"))):
        if not len(frame):
            raise NotFoundError("There are no {what} to compute with. Import them first.", what=missing)
    people = buildings[buildings[RESIDENTS].fillna(0.0) > 0]
    entrances = uow.entrances.read()
    return _City(
        streets, people, _doors(people, entrances), uow.barriers.read(), entrances[entrances[KIND] == "gate"], facilities, _areas_of_building(uow, people)
    )


def _doors(buildings: gpd.GeoDataFrame, entrances: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Every surveyed door, and the building itself where none is known: its nearest wall is its door."""
    own = entrances[(entrances[KIND] == "door") & entrances[BUILDING_KEY].isin(buildings.index)][[BUILDING_KEY, "geometry"]]
    rest = buildings.loc[~buildings.index.isin(own[BUILDING_KEY]), ["geometry"]].assign(**{BUILDING_KEY: lambda frame: frame.index})
    own = own.set_axis("door:" + own.index.astype(str))
    rest = rest.set_axis("building:" + rest.index.astype(str))
    return gpd.GeoDataFrame(pd.concat([own, rest[[BUILDING_KEY, "geometry"]]]), geometry="geometry", crs=buildings.crs)


def _areas_of_building(uow: UnitOfWork, buildings: gpd.GeoDataFrame) -> dict[str, pd.Series]:
    """Grid, community and every area above, of each building."""
    areas = uow.areas.read()
    parent, level = areas[PARENT_CODE], areas[LEVEL]
    result = {"grid": uow.plans.grid_of_building().reindex(buildings.index)}
    code = buildings[COMMUNITY_CODE]
    while code.notna().any():
        for name, group in code.dropna().groupby(code.dropna().map(level)):
            result[str(name)] = pd.concat([result[str(name)], group]) if str(name) in result else group
        code = code.map(parent).where(lambda values: values.notna() & (values != ""))
    return {name: codes.reindex(buildings.index) for name, codes in result.items()}


def _attach(network: WalkNetwork, city: _City) -> tuple[Attached, Attached]:
    doors, served = (network.attach(places, barriers=city.barriers, gates=city.gates) for places in (city.doors, city.facilities))
    return doors, served


def _walks(network: WalkNetwork, doors: Attached, served: Attached, city: _City) -> pd.DataFrame:
    """Least seconds of each building over its doors, one row per building and category."""
    seconds, keys = nearest_facilities(network, served, doors, limit_s=SEARCHED_S)
    table = pd.DataFrame(
        {
            SECONDS: seconds.rename_axis(index="door", columns=CATEGORY).stack(),
            FACILITY_KEY: keys.rename_axis(index="door", columns=CATEGORY).stack(),
        }
    ).reset_index()
    table[SECONDS] = table[SECONDS].round(_DIGITS)
    table[BUILDING_KEY] = table["door"].map(city.doors[BUILDING_KEY])
    nearest = table.sort_values([BUILDING_KEY, CATEGORY, SECONDS, FACILITY_KEY]).drop_duplicates([BUILDING_KEY, CATEGORY])
    return nearest[[BUILDING_KEY, CATEGORY, SECONDS, FACILITY_KEY]].reset_index(drop=True)


def _shares(walks: pd.DataFrame, city: _City, profile: str, minutes: dict[int, float]) -> pd.DataFrame:
    """Shares on foot and by radius, for every level of areas, category and limit."""
    people = people_of(city.buildings, profile)
    seconds = walks.pivot(index=BUILDING_KEY, columns=CATEGORY, values=SECONDS).reindex(city.buildings.index)
    metres = straight_line_m(city.facilities, city.buildings)
    tables = []
    for level, area in city.areas_of_building.items():
        walked = coverage_by_area(seconds, people, area, limits_s=[60.0 * m for m in minutes])
        drawn = pd.concat([radius_share(metres, people, area, radius_m=radius).assign(**{LIMIT_S: 60.0 * m}) for m, radius in minutes.items()])
        tables.append(walked.merge(drawn, on=[AREA_CODE, CATEGORY, LIMIT_S], how="left").assign(**{LEVEL: level}))
    return pd.concat(tables, ignore_index=True)


def people_of(buildings: pd.DataFrame, profile: str) -> pd.Series:
    """Whom a share speaks of: residents at adult pace, older residents at older pace where their number is known."""
    if profile in OLDER_PROFILES and OLDER_RESIDENTS in buildings and buildings[OLDER_RESIDENTS].notna().any():
        return buildings[OLDER_RESIDENTS].fillna(0.0)
    return buildings[RESIDENTS].fillna(0.0)


def _circle_minutes() -> dict[int, float]:
    """Minutes of the circles and the radius the paper standard puts in their place, metres."""
    table = reference_table("life_circle_levels")
    levels = table[table["code"].isin(["LC05", "LC10", "LC15"])].sort_values("code")
    return dict(zip(levels["minutes"].astype(int).tolist(), levels["radius_m_max"].astype(float).tolist(), strict=True))


def _method(profiles: Collection[str], minutes: dict[int, float], unsnapped: tuple[int, int]) -> dict[str, Any]:
    walkers = [walker_profile(name) for name in profiles]
    return {
        "walkers": {walker.name: {"speed_m_s": walker.speed_m_s, "source": walker.source, "certainty": walker.certainty} for walker in walkers},
        "radius_m_by_minutes": minutes,
        "searched_s": SEARCHED_S,
        "unsnapped_doors": unsnapped[0],
        "unsnapped_facilities": unsnapped[1],
    }
