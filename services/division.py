"""Divide communities into grids and publish the plans."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import geopandas as gpd
import pandas as pd

from contracts.columns import COMMUNITY_CODE, HOUSEHOLDS, KIND, PLAN_ID
from contracts.errors import InfeasibleDivision, InputError, NotFoundError
from contracts.messages import Message
from contracts.progress import Progress, silent
from grids.check import Fault, find_faults
from grids.divide import GridPlan, GridRule, divide_community
from services.access import Principal, authorize, may
from services.lines import boundary_lines
from services.ports import UnitOfWork

RULE_SETTING = "grid_rule"  # the city's own band and target, over the defaults of data/reference/grid_rules.csv


@dataclass(frozen=True)
class DivisionReport:
    """What came of a division, one row per community in ``plans``."""

    plans: pd.DataFrame  # community_code, plan_id, grids, households, faults
    infeasible: tuple[tuple[str, Message], ...]  # community code and what stood in the way
    warnings: tuple[tuple[str, Message], ...]  # divided, but a rule could not be kept
    seconds: float

    @property
    def grids(self) -> int:
        """Number of grids made."""
        return int(self.plans["grids"].sum())

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return {
            "communities": len(self.plans),
            "grids": self.grids,
            "faults": int(self.plans["faults"].sum()),
            "infeasible": {code: str(reason) for code, reason in self.infeasible},
            "seconds": round(self.seconds, 2),
        }

    def sentences(self) -> list[Message]:
        """For people: what was done, then what stood in the way."""
        facts = {"communities": len(self.plans), "grids": self.grids, "seconds": self.seconds}
        notes = [Message("{code}: {reason}", {"code": code, "reason": reason}) for code, reason in (*self.infeasible, *self.warnings)]
        return [Message("{communities} communities divided into {grids} grids in {seconds:.1f} s.", facts), *notes]


@dataclass(frozen=True)
class _Divided:
    """A plan not yet saved."""

    code: str
    plan: GridPlan
    faults: list[Fault]


def divide_communities(
    uow: UnitOfWork,
    principal: Principal,
    *,
    communities: Collection[str] | None = None,
    rule: GridRule | None = None,
    seed: int = 0,
    publish: bool = True,
    at: datetime,
    progress: Progress = silent,
) -> DivisionReport:
    """Divide communities (all the principal may divide, unless named) and save one plan each, published or as drafts.

    All plans are saved in one transaction: an interruption or a cancel leaves the plans in force as they were.

    Raises
    ------
    NotAllowedError, NotFoundError, CancelledError
    """
    started = time.monotonic()
    with uow:
        areas = _chosen(uow, principal, communities)
        rule = rule or city_rule(uow)
        divided: list[_Divided] = []
        infeasible: list[tuple[str, Message]] = []
        for done, (code, area) in enumerate(areas.iterrows()):
            progress(done, len(areas), Message("Dividing {name}", {"name": area["name"]}))
            try:
                divided.append(_divide_one(uow, str(code), areas.loc[[code]], rule, seed))
            except (InfeasibleDivision, InputError) as error:
                infeasible.append((str(code), error.message))
        rows = [_save(uow, plan, rule, author=principal.login, at=at) for plan in divided]  # all at the end: a store with one writer is free until then
        plans = pd.DataFrame(rows, columns=[COMMUNITY_CODE, PLAN_ID, "grids", HOUSEHOLDS, "faults"])
        if publish and len(plans):
            uow.plans.publish([int(plan) for plan in plans[PLAN_ID]], valid_from=at.date(), at=at)
        uow.audit.append(
            at=at,
            login=principal.login,
            action="divide",
            subject=",".join(areas.index[:20]),
            details={"plans": len(plans), "grids": int(plans["grids"].sum()), "seed": seed, "publish": publish},
        )
        progress(len(areas), len(areas), Message("Divided"))  # the last word before the commit: a cancel here still undoes everything
        uow.commit()
    warnings = tuple((plan.code, reason) for plan in divided for reason in plan.plan.report.messages)
    return DivisionReport(plans, tuple(infeasible), warnings, time.monotonic() - started)


def city_rule(uow: UnitOfWork) -> GridRule:
    """The division rule of this city: its own settings over the reference defaults."""
    own = uow.city.get(RULE_SETTING, {})
    return GridRule(**{**own, **({"band": tuple(own["band"])} if "band" in own else {})})


def _chosen(uow: UnitOfWork, principal: Principal, communities: Collection[str] | None) -> gpd.GeoDataFrame:
    authorize(principal, "divide")
    areas = uow.areas.at_level("community")
    if not len(areas):
        raise NotFoundError("There are no communities yet. Import a street map or an area file first.")
    if communities is None:
        return areas[[may(principal, "divide", str(code)) for code in areas.index]]
    for code in sorted(set(communities)):
        authorize(principal, "divide", code)
        if code not in areas.index:
            raise NotFoundError("There is no community with the code {code}.", code=code)
    return areas.loc[sorted(set(communities))]


def _divide_one(uow: UnitOfWork, code: str, community: gpd.GeoDataFrame, rule: GridRule, seed: int) -> _Divided:
    """One community's plan and what is wrong with it; nothing is saved."""
    west, south, east, north = (float(value) for value in community.total_bounds)
    bounds = (west, south, east, north)
    buildings = uow.buildings.read(communities=[code])
    lines = boundary_lines(uow.streets.read(bbox=bounds), uow.barriers.read(bbox=bounds))
    entrances = uow.entrances.read(bbox=bounds)
    before, taken = uow.plans.grid_of_building(communities=[code]), frozenset(uow.plans.used_codes(code))
    gates = entrances[entrances[KIND] == "gate"]
    plan = divide_community(community, buildings, lines, rule=replace(rule, taken_codes=taken), seed=seed, crossings=gates, previous=before)
    faults = find_faults(plan.grids, community, buildings, rule=rule)
    return _Divided(code, plan, faults)


def _save(uow: UnitOfWork, divided: _Divided, rule: GridRule, *, author: str, at: datetime) -> tuple[str, int, int, float, int]:
    """Keep a plan as a draft; its row of the report."""
    plan, faults = divided.plan, divided.faults
    report = {**plan.report.to_mapping(), "faults": [{"kind": fault.kind, "message": str(fault.message)} for fault in faults]}
    plan_id = uow.plans.save_draft(
        divided.code, plan.grids.to_crs("EPSG:4326"), plan.buildings.dropna(), rule=_plain(rule), report=report, author=author, reason="division", at=at
    )
    return divided.code, plan_id, len(plan.grids), float(plan.grids[rule.weight].sum()), len(faults)


def _plain(rule: GridRule) -> dict[str, Any]:
    """The rule as plain values, to be kept with the plan."""
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in asdict(rule).items()}
