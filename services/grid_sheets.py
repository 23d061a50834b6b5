"""What stands on the printed sheet of each grid of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import geopandas as gpd
import pandas as pd

from contracts.codes import grid_called
from contracts.columns import FULL_TIME, GRID_CODE, HOUSEHOLDS, KIND, NAME, NAME_EN, PARENT_CODE, RESIDENTS, ROLE, WORKER_KEY, text_of
from contracts.errors import NotFoundError
from grids.measures import AREA_M2
from services.access import Principal, authorize, may
from services.plan_history import require_plan
from services.ports import Bounds, UnitOfWork
from services.sheet_borders import BorderSide, border_lines, border_sides

AROUND_SHARE = 0.15  # how much of its surroundings a sheet shows, of the longer side of the grid


@dataclass(frozen=True)
class GridSheet:
    """One grid: figures, people, border, and the box its map shows (degrees)."""

    code: str
    name: str
    kind: str
    households: float
    residents: float
    buildings: int
    area_m2: float
    borders: tuple[BorderSide, ...]
    workers: pd.DataFrame | None  # name, role, full_time; None where the reader may not see them
    box: Bounds


@dataclass(frozen=True)
class PlanSheets:
    """All sheets of a plan and the places their maps are drawn from (EPSG:4326)."""

    plan_id: int
    status: str
    valid_from: date | None
    valid_to: date | None
    author: str
    names: Mapping[str, tuple[str, str]]  # "community", "street" -> (zh, en)
    sheets: tuple[GridSheet, ...]
    grids: gpd.GeoDataFrame
    community: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame  # with grid_code
    streets: gpd.GeoDataFrame
    barriers: gpd.GeoDataFrame
    grounds: gpd.GeoDataFrame


def plan_sheets(uow: UnitOfWork, principal: Principal, plan_id: int, *, at: datetime) -> PlanSheets:
    """Facts and places for one sheet per grid of a plan or draft, in the order of their codes.

    Raises
    ------
    NotAllowedError, NotFoundError
    """
    authorize(principal, "export_data")
    with uow:
        code = require_plan(uow, principal, plan_id, action="export_data")
        grids = uow.plans.grids(plan_ids=[plan_id])
        if not len(grids):
            raise NotFoundError("Plan {plan} has no grids to print yet.", plan=plan_id)
        plan = uow.plans.list_plans(plan_ids=[plan_id]).iloc[0]
        community = uow.areas.read(keys=[code])
        homes = uow.plans.grid_of_building(plan_ids=[plan_id])
        box = _wider(tuple(community.total_bounds))
        streets, barriers, grounds = (table.read(bbox=box) for table in (uow.streets, uow.barriers, uow.grounds))
        buildings = uow.buildings.read(bbox=box)
        workers = _workers(uow, grids) if plan["status"] == "active" and may(principal, "view_workers", code) else None
        names = _names(uow, code)
        uow.audit.append(at=at, login=principal.login, action="print_plan", subject=str(plan_id), details={"sheets": len(grids)})
        uow.commit()
    buildings = buildings.assign(**{GRID_CODE: homes.reindex(buildings.index)})
    lines = border_lines(streets, barriers)
    sheets = [_sheet(str(grid), grids, buildings, lines, workers) for grid in grids.index]
    return PlanSheets(
        plan_id=plan_id,
        status=str(plan["status"]),
        valid_from=None if pd.isna(plan["valid_from"]) else plan["valid_from"],
        valid_to=None if pd.isna(plan["valid_to"]) else plan["valid_to"],
        author=str(plan["author"]),
        names=names,
        sheets=tuple(sheets),
        grids=grids,
        community=community,
        buildings=buildings,
        streets=streets,
        barriers=barriers,
        grounds=grounds,
    )


def _sheet(code: str, grids: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, lines: gpd.GeoDataFrame, workers: pd.DataFrame | None) -> GridSheet:
    grid = grids.loc[code]
    others = grids.geometry.drop(code).boundary
    others.index = pd.Index([text_of(grids.loc[other, NAME]) or grid_called(str(other)) for other in others.index], dtype=object)
    mine = buildings[buildings[GRID_CODE] == code]
    return GridSheet(
        code=code,
        name=text_of(grid.get(NAME)),
        kind=text_of(grid.get(KIND)),
        households=float(mine[HOUSEHOLDS].sum()),
        residents=float(mine[RESIDENTS].sum()) if RESIDENTS in mine else 0.0,
        buildings=len(mine),
        area_m2=float(grid[AREA_M2]) if AREA_M2 in grids else float("nan"),
        borders=tuple(border_sides(grid.geometry, lines, others)),
        workers=None if workers is None else workers[workers[GRID_CODE] == code].drop(columns=GRID_CODE).reset_index(drop=True),
        box=_wider(grid.geometry.bounds),
    )


def _wider(bounds: tuple[float, ...]) -> Bounds:
    west, south, east, north = bounds
    margin = AROUND_SHARE * max(east - west, north - south)
    return west - margin, south - margin, east + margin, north + margin


def _workers(uow: UnitOfWork, grids: gpd.GeoDataFrame) -> pd.DataFrame:
    pairs = uow.assignments.read(grid_codes=list(grids.index))
    people = uow.workers.read(keys=pairs[WORKER_KEY].tolist())
    joined = pairs.join(pd.DataFrame(people[[NAME, FULL_TIME]]), on=WORKER_KEY)
    joined[NAME] = joined[NAME].map(text_of)
    return joined.sort_values([GRID_CODE, ROLE, WORKER_KEY])[[GRID_CODE, NAME, ROLE, FULL_TIME]]


def _names(uow: UnitOfWork, community: str) -> dict[str, tuple[str, str]]:
    area = uow.areas.read(keys=[community])
    parents = [str(code) for code in area[PARENT_CODE].dropna()]
    found = {"community": area, "street": uow.areas.read(keys=parents)}
    return {
        level: (text_of(frame[NAME].iloc[0]), text_of(frame[NAME_EN].iloc[0]) or text_of(frame[NAME].iloc[0])) for level, frame in found.items() if len(frame)
    }
