"""Compute who can walk to what: times at doors, shares of people, and circles to draw."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from contracts.columns import (
    ANSWER,
    AREA_CODE,
    BUILDING_KEY,
    CATEGORY,
    COMMUNITY_CODE,
    COVERED_PEOPLE,
    EDGE_S,
    FACILITY_KEY,
    LEVEL,
    LIMIT_S,
    PARENT_CODE,
    PLAN_ID,
    PROFILE,
    RESOLVED_BY,
    SECONDS,
    UNKNOWN_PEOPLE,
    UNREACHABLE_PEOPLE,
    VERIFIED_S,
)
from contracts.messages import Message
from contracts.progress import Progress, silent
from contracts.records import CircleRun
from contracts.reference import reference_table
from gis.attachment import Attached
from gis.network import WalkNetwork
from gis.profiles import walker_profile
from servicecircle.answers import COVERED, UNKNOWN, UNREACHABLE, four_answers
from servicecircle.circles import CircleDrawer
from servicecircle.coverage import weight_within
from servicecircle.standards import radius_share, straight_line_m
from services.access import Principal, authorize
from services.circle_drawing import drawn_circles, drawn_first, no_circles, people_of
from services.networks import city_network
from services.ports import UnitOfWork
from services.walk_ends import WalkEnds, map_exits, read_walk_ends, require_places
from services.walk_facts import SERVED, building_facts

SEARCHED_S = 1800.0  # how far times are kept, so that a panel can say "23 minutes"; shares are counted at the circle's minutes
PACES = {
    "adult": Message("adult pace"),
    "older": Message("older pace"),
    "child": Message("child's pace"),
    "wheelchair": Message("wheelchair pace"),
    "pram": Message("pace with a pram"),
}


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
    ends: WalkEnds
    exits: gpd.GeoSeries  # where streets leave the map
    areas_of_building: dict[str, pd.Series]  # level -> area code of each building
    plan_of_grid: pd.Series  # plan in force by grid code


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
            network = city_network(uow, walker_profile(name), streets=city.streets)
            doors, served = city.ends.attach(network)
            walk = _walks(network, doors, served, city).assign(**{PROFILE: name})
            unsnapped = (
                len(set(city.ends.doors[BUILDING_KEY]) - set(city.ends.doors.loc[city.ends.doors.index[doors.is_snapped], BUILDING_KEY])),
                len(set(city.ends.facilities.index) - set(city.ends.served.loc[city.ends.served.index[served.is_snapped], FACILITY_KEY])),
            )
            progress(2 + 3 * number, steps, Message("Counting people, {profile}", spoken))
            shares.append(_shares(walk, city, name, minutes).assign(**{PROFILE: name}))
            progress(3 + 3 * number, steps, Message("Drawing circles, {profile}", spoken))
            first = drawn_first(served, len(city.streets))
            if len(first):
                drawer = CircleDrawer(network, barriers=city.ends.barriers, doors=doors, footprints=city.ends.homes.geometry)
                drawn.append(drawn_circles(drawer, first, doors, minutes=tuple(minutes)).assign(**{PROFILE: name}))
            walks.append(walk)
        run = CircleRun(
            profiles=tuple(profiles),
            categories=tuple(sorted(set(city.ends.facilities[CATEGORY]))),
            data_version=uow.data_version(),
            made_at=at,
            author=principal.login,
            method=_method(profiles, minutes, unsnapped),
            door_walks=pd.concat(walks, ignore_index=True),
            coverage=pd.concat(shares, ignore_index=True),
            circles=pd.concat([no_circles(), *drawn], ignore_index=True),
        )
        progress(steps - 1, steps, Message("Saving"))
        run_id = uow.circles.save(run)
        uow.audit.append(
            at=at, login=principal.login, action="compute_circles", subject=str(run_id), details={"profiles": list(profiles), "doors": len(city.ends.doors)}
        )
        uow.commit()
    return CirclesReport(run_id, len(city.ends.doors), len(city.ends.homes), len(run.categories), len(city.streets), *unsnapped, time.monotonic() - started)


def _read(uow: UnitOfWork, categories: Collection[str] | None) -> _City:
    streets, ends = uow.streets.read(), read_walk_ends(uow, categories=categories)
    require_places(streets, ends)
    return _City(streets, ends, map_exits(uow, streets), _areas_of_building(uow, ends.homes), uow.plans.grids()[PLAN_ID])


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


def _walks(network: WalkNetwork, doors: Attached, served: Attached, city: _City) -> pd.DataFrame:
    """What decides the answers of each building over its doors, one row per building and category."""
    facts = building_facts(network, served, doors, city.exits)
    facts[RESOLVED_BY] = facts["door"].map(city.ends.doors[RESOLVED_BY])
    times = facts[[SECONDS, EDGE_S, VERIFIED_S]]
    facts[times.columns] = times.where(times <= SEARCHED_S, np.inf)
    facts.loc[np.isinf(facts[SECONDS]), FACILITY_KEY] = None
    return facts.drop(columns=["door", SERVED])


def _shares(walks: pd.DataFrame, city: _City, profile: str, minutes: dict[int, float]) -> pd.DataFrame:
    """People by their answer on foot, and by radius, for every level of areas, category and limit."""
    people = people_of(city.ends.homes, profile)
    answers = _answers(walks, minutes).reindex(city.ends.homes.index)
    metres = straight_line_m(city.ends.facilities, city.ends.homes)
    tables = []
    for level, area in city.areas_of_building.items():
        counted = {answer: weight_within((answers == answer).to_numpy(), people, area, answers.columns) for answer in (COVERED, UNKNOWN, UNREACHABLE)}
        apart = {UNKNOWN_PEOPLE: counted[UNKNOWN][COVERED_PEOPLE], UNREACHABLE_PEOPLE: counted[UNREACHABLE][COVERED_PEOPLE]}
        drawn = pd.concat([radius_share(metres, people, area, radius_m=radius).assign(**{LIMIT_S: 60.0 * m}) for m, radius in minutes.items()])
        walked = counted[COVERED].assign(**apart)
        table = walked.merge(drawn, on=[AREA_CODE, CATEGORY, LIMIT_S], how="left").assign(**{LEVEL: level})
        plan = table[AREA_CODE].map(city.plan_of_grid) if level == "grid" else None
        tables.append(table.assign(**{PLAN_ID: pd.array([None] * len(table), dtype="Int64") if plan is None else plan.astype("Int64")}))
    return pd.concat(tables, ignore_index=True)


def _answers(walks: pd.DataFrame, minutes: dict[int, float]) -> pd.DataFrame:
    """One of the four answers, buildings x (category, limit)."""
    table, parts = walks[[BUILDING_KEY, CATEGORY]], []
    for limit_s in sorted(60.0 * m for m in minutes):
        answer = four_answers(walks, limit_s=limit_s)[ANSWER]
        parts.append(table.assign(**{LIMIT_S: limit_s}).assign(**{ANSWER: answer}))
    return pd.concat(parts).pivot(index=BUILDING_KEY, columns=[CATEGORY, LIMIT_S], values=ANSWER).sort_index(axis=1)


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
