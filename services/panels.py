"""What stands beside the map when a grid is clicked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from contracts.columns import (
    BUILDING_KEY,
    CATEGORY,
    COMMUNITY_CODE,
    COVERED_SHARE,
    FULL_TIME,
    HOUSEHOLDS,
    LIMIT_S,
    NAME,
    NAME_EN,
    PARENT_CODE,
    PLAN_ID,
    PROFILE,
    RADIUS_SHARE,
    RESIDENTS,
    ROLE,
    SECONDS,
    WALK_S,
    WORKER_KEY,
    text_of,
)
from contracts.errors import NotFoundError
from contracts.messages import Message
from services.access import Principal, authorize, may
from services.coverage import category_names
from services.ports import UnitOfWork


@dataclass(frozen=True)
class GridPanel:
    """One grid: its people, its workers, and what can be walked to from it."""

    code: str
    name: str
    names: Mapping[str, tuple[str, str]]  # "community", "street" -> (zh, en)
    households: float
    residents: float
    buildings: int
    estimated: bool  # whether any building's households are an estimate
    workers: pd.DataFrame  # name, role, full_time, walk_s; empty where the principal may not see them
    coverage: pd.DataFrame  # category, category_zh, category_en, adult_share, older_share, adult_minutes, older_minutes, radius_share
    method: Mapping[str, Any]
    reasons: tuple[Message, ...]  # rules the plan could not keep here


def grid_panel(uow: UnitOfWork, principal: Principal, grid_code: str, *, limit_s: float = 900.0) -> GridPanel:
    """Everything about one active grid.

    Raises
    ------
    NotAllowedError, NotFoundError
    """
    authorize(principal, "view_map", grid_code)
    with uow:
        grids = uow.plans.grids(communities=[grid_code[:12]])
        if grid_code not in grids.index:
            raise NotFoundError("There is no grid in force with the code {code}.", code=grid_code)
        grid = grids.loc[grid_code]
        homes = uow.plans.grid_of_building(communities=[grid[COMMUNITY_CODE]])
        mine = uow.buildings.read(keys=homes.index[homes == grid_code].tolist())
        latest = uow.circles.latest()
        plans = uow.plans.list_plans(communities=[grid[COMMUNITY_CODE]], status="active").set_index(PLAN_ID)
        return GridPanel(
            code=grid_code,
            name=text_of(grid.get(NAME)),
            names=_names_above(uow, str(grid[COMMUNITY_CODE])),
            households=float(grid[HOUSEHOLDS]),
            residents=float(mine[RESIDENTS].sum()) if RESIDENTS in mine else 0.0,
            buildings=len(mine),
            estimated=bool(mine["estimated"].fillna(False).any()) if "estimated" in mine else False,
            workers=_workers(uow, principal, grid_code),
            coverage=_coverage(uow, latest[0], grid_code, mine, limit_s) if latest else pd.DataFrame(),
            method=latest[1] if latest else {},
            reasons=_reasons(plans["report"].get(grid[PLAN_ID]), grid_code),
        )


def _reasons(report: Any, grid_code: str) -> tuple[Message, ...]:
    """What the division found about this grid, or about its community as a whole."""
    findings = report.get("findings", ()) if isinstance(report, Mapping) else ()
    mine = [finding for finding in findings if not finding["grids"] or grid_code in finding["grids"]]
    return tuple(Message(finding["template"], finding["details"]) for finding in mine)


def _names_above(uow: UnitOfWork, community: str) -> Mapping[str, tuple[str, str]]:
    names: dict[str, tuple[str, str]] = {}
    code: str | None = community
    while code:
        area = uow.areas.read(keys=[code])
        if not len(area):
            break
        row = area.iloc[0]
        names[str(row["level"])] = (text_of(row[NAME]), text_of(row[NAME_EN]) or text_of(row[NAME]))
        code = None if pd.isna(row[PARENT_CODE]) else str(row[PARENT_CODE])
    return names


def _workers(uow: UnitOfWork, principal: Principal, grid_code: str) -> pd.DataFrame:
    if not may(principal, "view_workers", grid_code):
        return pd.DataFrame(columns=[NAME, ROLE, FULL_TIME, WALK_S])
    pairs = uow.assignments.read(grid_codes=[grid_code])
    people = uow.workers.read(keys=pairs[WORKER_KEY].tolist())
    joined = pairs.merge(people[[NAME, FULL_TIME]], left_on=WORKER_KEY, right_index=True, how="left")
    joined[NAME] = joined[NAME].map(text_of)
    return joined.sort_values([ROLE, WORKER_KEY])[[NAME, ROLE, FULL_TIME, WALK_S]].reset_index(drop=True)


def _coverage(uow: UnitOfWork, run_id: int, grid_code: str, buildings: pd.DataFrame, limit_s: float) -> pd.DataFrame:
    shares = uow.circles.coverage(run_id, area_codes=[grid_code])
    shares = shares[shares[LIMIT_S] == limit_s]
    table = shares.pivot(index=CATEGORY, columns=PROFILE, values=COVERED_SHARE).add_suffix("_share")
    table[RADIUS_SHARE] = shares[shares[PROFILE] == "adult"].set_index(CATEGORY)[RADIUS_SHARE]
    walks = uow.circles.door_walks(run_id, buildings=buildings.index.tolist())
    for profile in sorted(set(walks[PROFILE])):
        table[f"{profile}_minutes"] = _median_minutes(walks[walks[PROFILE] == profile], buildings[HOUSEHOLDS])
    return table.join(category_names()).reset_index()


def _median_minutes(walks: pd.DataFrame, households: pd.Series) -> pd.Series:
    """Minutes the middle household walks, per category; inf where it cannot get there within what was searched."""

    def middle(group: pd.DataFrame) -> float:
        ordered = group.sort_values(SECONDS)
        weight = ordered[BUILDING_KEY].map(households).fillna(0.0).to_numpy(dtype=float)
        if not weight.sum():
            return float("nan")
        return float(ordered[SECONDS].to_numpy()[np.searchsorted(weight.cumsum(), weight.sum() / 2.0)]) / 60.0

    return walks.groupby(CATEGORY, observed=True)[[BUILDING_KEY, SECONDS]].apply(middle)
