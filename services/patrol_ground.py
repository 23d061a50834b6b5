"""What every act on patrol asks first: the grid in force, its streets, and the city's rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

import geopandas as gpd

from contracts.columns import COMMUNITY_CODE, HIGHWAY
from contracts.errors import InputError, NotFoundError, SettingError
from gis.network import WalkNetwork
from gis.profiles import walker_profile
from grids.patrol_rules import PatrolRule
from grids.patrol_streets import patrol_streets
from services.duty_facts import city_zone
from services.networks import city_network
from services.ports import Bounds, UnitOfWork

RULE_SETTING = "patrol_rule"  # figures of patrol_rules.csv this city has set otherwise, by the names of PatrolRule
KEEP_SETTING = "keep_tracks"  # whether the way taken is kept beside the facts; not unless the city says so
WALKER = "adult"
_AROUND_DEG = 0.002  # streets on the border of a grid lie outside its bounds


@dataclass(frozen=True, eq=False)
class PatrolGround:
    """One grid with the stretches of street to be patrolled."""

    grid: gpd.GeoDataFrame  # one row
    network: WalkNetwork
    pieces: gpd.GeoDataFrame
    rule: PatrolRule

    @property
    def code(self) -> str:
        return str(self.grid.index[0])

    @property
    def community(self) -> str:
        return str(self.grid[COMMUNITY_CODE].iloc[0])


def patrol_ground(uow: UnitOfWork, grid_code: str, *, network: WalkNetwork | None = None) -> PatrolGround:
    """The streets of a grid in force, inside the open transaction.

    Raises
    ------
    NotFoundError
        There is no such grid in force, or no street.
    """
    return ground_of(uow, grid_in_force(uow, grid_code), network or city_network(uow, walker_profile(WALKER)), patrol_rule(uow))


def ground_of(uow: UnitOfWork, grid: gpd.GeoDataFrame, network: WalkNetwork, rule: PatrolRule) -> PatrolGround:
    """The streets of one grid on a network that has been read."""
    bounds = _around(grid)
    streets = uow.streets.read(bbox=bounds)
    highway = streets.get(HIGHWAY)
    neighbours = None if rule.border_both else uow.plans.grids(bbox=bounds)
    return PatrolGround(grid, network, patrol_streets(network, grid, highway=highway, neighbours=neighbours, rule=rule), rule)


def grid_in_force(uow: UnitOfWork, grid_code: str) -> gpd.GeoDataFrame:
    """One row: the grid of this code in the plan in force.

    Raises
    ------
    NotFoundError
    """
    grids = uow.plans.grids(communities=[grid_code[:12]])
    if grid_code not in grids.index:
        raise NotFoundError("There is no grid {code} in force.", code=grid_code)
    return grids.loc[[grid_code]]


def patrol_rule(uow: UnitOfWork) -> PatrolRule:
    """The rule of the city: ``patrol_rules.csv`` with what its setting says otherwise.

    Raises
    ------
    SettingError
        The setting names a figure that is not there, or gives no number.
    """
    changes = uow.city.get(RULE_SETTING, {})
    known = {field.name for field in fields(PatrolRule)}
    if not isinstance(changes, Mapping) or not set(changes) <= known:
        raise SettingError("The setting patrol_rule of this city names a figure that is not one of {known}.", known=", ".join(sorted(known)))
    try:
        return PatrolRule(**{name: _figure(name, value) for name, value in changes.items()})
    except (TypeError, ValueError, AttributeError) as error:
        raise SettingError("The setting patrol_rule of this city holds a value that cannot be used.") from error


def _figure(name: str, value: Any) -> Any:
    if name == "unpatrolled":
        return frozenset(map(str, value))
    if name == "interval_days":
        return {**PatrolRule().interval_days, **{str(word): float(days) for word, days in value.items()}}
    return bool(value) if name == "border_both" else float(value)


def city_today(uow: UnitOfWork, at: datetime) -> date:
    """The day it is in the city.

    Raises
    ------
    SettingError
    """
    return at.astimezone(city_zone(uow)).date()


def require_past_day(uow: UnitOfWork, day: date, at: datetime) -> None:
    """Pass where the day is today or before.

    Raises
    ------
    InputError
    """
    if day > city_today(uow, at):
        raise InputError("{day} has not come yet. Give the day the patrol was walked.", day=day.isoformat())


def _around(grid: gpd.GeoDataFrame) -> Bounds:
    west, south, east, north = (float(value) for value in grid.total_bounds)
    return (west - _AROUND_DEG, south - _AROUND_DEG, east + _AROUND_DEG, north + _AROUND_DEG)
