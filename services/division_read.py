"""Read communities for a division, many at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from contracts.columns import COMMUNITY_CODE
from grids.rules import GridRule
from services.community_data import dedicated_in_force, read_communities
from services.division_work import DivisionTask
from services.ports import UnitOfWork

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
    before = _by_community(uow.plans.grid_of_building(communities=codes), codes)
    taken = uow.plans.used_codes_by_community(codes)
    dedicated = dedicated_in_force(uow, codes)
    return [
        DivisionTask(
            code=code,
            community=found.area,
            buildings=found.buildings,
            lines=found.lines,
            gates=found.gates,
            previous=before[code],
            taken=taken.get(code, frozenset()),
            dedicated=None if code not in set(dedicated[COMMUNITY_CODE]) else dedicated[dedicated[COMMUNITY_CODE] == code],
        )
        for code, found in zip(codes, read_communities(uow, areas, rule), strict=True)
    ]


def _by_community(grid_of_building: pd.Series, codes: list[str]) -> Mapping[str, pd.Series]:
    """The plans in force, apart by community: a grid's code begins with its community's."""
    longest_first = sorted(codes, key=len, reverse=True)
    community = {grid: next((code for code in longest_first if grid.startswith(code)), "") for grid in grid_of_building.unique()}
    parts = {str(code): part for code, part in grid_of_building.groupby(grid_of_building.map(community), sort=False)}
    return {code: parts.get(code, grid_of_building.iloc[:0]) for code in codes}
