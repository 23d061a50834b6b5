"""Divide communities that were read: what a process of a city run does. Nothing here knows the store."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from contracts.columns import KIND
from contracts.errors import InfeasibleDivision, InputError
from grids.check import find_faults
from grids.divide import GridPlan, divide_ground
from grids.ground import prepare_ground
from grids.rules import DEDICATED, GridRule
from services.plain_messages import plain_message
from services.plan_guard import hard_faults

STORED_CRS = "EPSG:4326"


@dataclass(frozen=True)
class DivisionTask:
    """One community with all its division needs."""

    code: str
    community: gpd.GeoDataFrame  # one row
    buildings: gpd.GeoDataFrame
    lines: gpd.GeoDataFrame
    gates: gpd.GeoDataFrame
    previous: pd.Series  # grid code of each building in the plan in force
    taken: frozenset[str]  # codes that were used before
    dedicated: gpd.GeoDataFrame | None = None  # dedicated grids in force, index = code: they stay what they are


@dataclass(frozen=True)
class Divided:
    """What came of a task: a plan to be kept, or the reason why there is none (``grids`` is None)."""

    code: str
    facts: Mapping[str, Any]  # plain values: grids, households, faults, hard, findings, digest; or reason
    grids: gpd.GeoDataFrame | None = None
    grid_of_building: pd.Series | None = None
    report: Mapping[str, Any] | None = None


def divide_batch(tasks: Iterable[DivisionTask], rule: GridRule, seed: int) -> list[Divided]:
    """All tasks, one after the other."""
    return [divide_task(task, rule, seed) for task in tasks]


def divide_task(task: DivisionTask, rule: GridRule, seed: int) -> Divided:
    """One community's plan and what is wrong with it, or why there is none."""
    try:
        own = replace(rule, taken_codes=task.taken)
        ground = prepare_ground(task.community, task.buildings, task.lines, rule=own, crossings=task.gates, dedicated=task.dedicated)
        plan = divide_ground(ground, seed=seed, previous=task.previous, with_names=task.dedicated is not None)
        plan = plan if task.dedicated is None else _with_kept_codes(plan, task.dedicated)
        faults = find_faults(plan.grids, task.community, task.buildings, rule=own, dedicated=task.dedicated, ground=ground)
    except (InfeasibleDivision, InputError) as error:
        return Divided(task.code, {"reason": plain_message(error.message)})
    report = {**plan.report.to_mapping(), "faults": [{"kind": fault.kind, "message": str(fault.message)} for fault in faults]}
    grids, homes = plan.grids.to_crs(STORED_CRS), plan.buildings.dropna()
    facts = {
        "grids": len(grids),
        "households": float(grids[rule.weight].sum()),
        "faults": len(faults),
        "hard": [plain_message(message) for message in hard_faults(faults, task.community, task.buildings, homes)],
        "findings": [plain_message(message) for message in plan.report.messages],
        "digest": _digest(plan, grids, homes, report),
    }
    return Divided(task.code, facts, grids, homes, report)


def _with_kept_codes(plan: GridPlan, dedicated: gpd.GeoDataFrame) -> GridPlan:
    """Dedicated grids under the codes they had: without households a park's code could not be known by its people."""
    new = plan.grids[plan.grids[KIND] == DEDICATED].geometry
    codes: dict[str, str] = {}
    for code, shape in dedicated.geometry.to_crs(plan.grids.crs).items():
        shared = shapely.area(shapely.intersection(new.to_numpy(), shape))
        if code not in plan.grids.index and len(shared) and shared.max() > 0.5 * shape.area:
            codes.setdefault(str(new.index[int(shared.argmax())]), str(code))
    if not codes:
        return plan
    findings = tuple(replace(each, grids=tuple(codes.get(grid, grid) for grid in each.grids)) for each in plan.report.findings)
    return GridPlan(plan.grids.rename(index=codes), plan.buildings.replace(codes), replace(plan.report, findings=findings))


def plain_rule(rule: GridRule) -> dict[str, Any]:
    """The rule as plain values, to be kept with the plan."""
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in asdict(rule).items()}


def digest_of_plans(digests: Mapping[str, str]) -> str:
    """One word for the plans of many communities, the same in whatever order and on however many processes they were made."""
    return sha256("\n".join(f"{code} {digests[code]}" for code in sorted(digests)).encode()).hexdigest()


def _digest(plan: GridPlan, grids: gpd.GeoDataFrame, homes: pd.Series, report: Mapping[str, Any]) -> str:
    """One word for every byte of a plan that is kept."""
    word = sha256(json.dumps(report, sort_keys=True, default=str, ensure_ascii=False).encode())
    word.update(repr([(str(key), str(code)) for key, code in homes.sort_index().items()]).encode())
    figures = grids.drop(columns=grids.geometry.name)
    word.update(repr([(name, figures[name].tolist()) for name in sorted(figures.columns)]).encode())
    word.update(repr([str(code) for code in plan.grids.index]).encode())
    for shape in grids.geometry.to_wkb(byte_order=1):
        word.update(shape)
    return word.hexdigest()
