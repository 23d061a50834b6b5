"""What the store holds about communities that are divided or edited, read many at a time or one: the one reader of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from contracts.columns import COMMUNITY_CODE, HOUSEHOLDS, KIND, RESIDENTS
from contracts.errors import NotFoundError
from grids.rules import DEDICATED, GridRule
from services.lines import boundary_lines
from services.ports import Bounds, UnitOfWork
from services.walk_ends import GATE
from services.workload import with_weights

TABLES = ("areas", "buildings", "streets", "barriers", "entrances")


@dataclass(frozen=True)
class CommunityData:
    """One community: its outline as a frame of one row, buildings with the column the rule balances, lines to follow, gates."""

    area: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    lines: gpd.GeoDataFrame
    gates: gpd.GeoDataFrame


def read_communities(uow: UnitOfWork, areas: gpd.GeoDataFrame, rule: GridRule) -> list[CommunityData]:
    """Communities (index = code) in the order they are given; tables are read once for all. Inside an entered transaction."""
    codes = [str(code) for code in areas.index]
    buildings = with_weights(uow, areas, uow.buildings.read(communities=codes), rule)
    west, south, east, north = (float(value) for value in areas.total_bounds)
    bounds: Bounds = (west, south, east, north)
    lines = _Around(boundary_lines(uow.streets.read(bbox=bounds), uow.barriers.read(bbox=bounds)))
    entrances = uow.entrances.read(bbox=bounds)
    gates = _Around(entrances[entrances[KIND] == GATE])
    boxes = [areas.geometry.loc[code].bounds for code in codes]
    return [
        CommunityData(areas.loc[[code]], buildings[buildings[COMMUNITY_CODE] == code], lines.at(box), gates.at(box))
        for code, box in zip(codes, boxes, strict=True)
    ]


def community_data(uow: UnitOfWork, community: str, rule: GridRule) -> CommunityData:
    """One community. Inside an entered transaction.

    Raises
    ------
    NotFoundError
        There is no such community.
    """
    area = uow.areas.read(keys=[community])
    if not len(area):
        raise NotFoundError("There is no community with the code {code}.", code=community)
    return read_communities(uow, area, rule)[0]


def data_states(uow: UnitOfWork, rule: GridRule) -> tuple[str, ...]:
    """The state word of every table these data are read from. Shops and cases count where they make the weight."""
    states = run_states(uow, rule)
    return states if rule.weight in (HOUSEHOLDS, RESIDENTS) else (*states, uow.cases.state())


def run_states(uow: UnitOfWork, rule: GridRule) -> tuple[str, ...]:
    """The same without the cases: they come in all day long, and a long division is not broken off for that."""
    states = tuple(getattr(uow, table).state() for table in TABLES)
    return states if rule.weight in (HOUSEHOLDS, RESIDENTS) else (*states, uow.facilities.state())


def dedicated_in_force(uow: UnitOfWork, communities: Sequence[str]) -> gpd.GeoDataFrame:
    """The dedicated grids of the plans in force, indexed by code: areas that new plans leave as they are."""
    grids = uow.plans.grids(communities=communities)
    return grids[grids[KIND] == DEDICATED]


class _Around:
    """Places found again by a box."""

    def __init__(self, places: gpd.GeoDataFrame) -> None:
        self._places = places
        self._tree = shapely.STRtree(places.geometry.to_numpy())

    def at(self, bounds: tuple[float, float, float, float]) -> gpd.GeoDataFrame:
        """Places that touch the box, in their order."""
        return self._places.iloc[np.sort(self._tree.query(shapely.box(*bounds), predicate="intersects"))]
