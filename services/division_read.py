"""Read communities for a division, many at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from contracts.columns import COMMUNITY_CODE, KIND
from grids.rules import DEDICATED, GridRule
from services.division_work import DivisionTask
from services.lines import boundary_lines
from services.ports import Bounds, UnitOfWork
from services.workload import with_weights

BATCH = 16  # communities read, divided and kept at a time: some seconds of work, and of loss when the power fails


def batches_of(areas: gpd.GeoDataFrame) -> Iterator[gpd.GeoDataFrame]:
    """Neighbouring communities together, so that the streets of a batch are read once; a few stay in the order of their codes."""
    if len(areas) <= BATCH:
        yield areas
        return
    where = areas.geometry.representative_point().hilbert_distance(total_bounds=tuple(areas.total_bounds)).to_numpy()
    order = np.lexsort((areas.index.to_numpy(dtype=str), where))
    for start in range(0, len(areas), BATCH):
        yield areas.iloc[np.sort(order[start : start + BATCH])]


def read_tasks(uow: UnitOfWork, areas: gpd.GeoDataFrame, rule: GridRule) -> list[DivisionTask]:
    """All a division of these communities needs, inside the open transaction."""
    codes = [str(code) for code in areas.index]
    buildings = with_weights(uow, areas, uow.buildings.read(communities=codes), rule)
    west, south, east, north = (float(value) for value in areas.total_bounds)
    bounds: Bounds = (west, south, east, north)
    lines = _Around(boundary_lines(uow.streets.read(bbox=bounds), uow.barriers.read(bbox=bounds)))
    entrances = uow.entrances.read(bbox=bounds)
    gates = _Around(entrances[entrances[KIND] == "gate"])
    before = _by_community(uow.plans.grid_of_building(communities=codes), codes)
    taken = uow.plans.used_codes_by_community(codes)
    dedicated = dedicated_in_force(uow, codes)
    return [
        DivisionTask(
            code=code,
            community=areas.loc[[code]],
            buildings=buildings[buildings[COMMUNITY_CODE] == code],
            lines=lines.at(areas.geometry.loc[code].bounds),
            gates=gates.at(areas.geometry.loc[code].bounds),
            previous=before[code],
            taken=taken.get(code, frozenset()),
            dedicated=None if code not in set(dedicated[COMMUNITY_CODE]) else dedicated[dedicated[COMMUNITY_CODE] == code],
        )
        for code in codes
    ]


def dedicated_in_force(uow: UnitOfWork, communities: Collection[str]) -> gpd.GeoDataFrame:
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


def _by_community(grid_of_building: pd.Series, codes: list[str]) -> Mapping[str, pd.Series]:
    """The plans in force, apart by community: a grid's code begins with its community's."""
    longest_first = sorted(codes, key=len, reverse=True)
    community = {grid: next((code for code in longest_first if grid.startswith(code)), "") for grid in grid_of_building.unique()}
    parts = {str(code): part for code, part in grid_of_building.groupby(grid_of_building.map(community), sort=False)}
    return {code: parts.get(code, grid_of_building.iloc[:0]) for code in codes}
