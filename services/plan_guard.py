"""May this plan be published? Grids that leave gaps, overlap, fall apart or cut buildings may not; a band the data force may."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from contracts.columns import COMMUNITY_CODE, GRID_CODE, HOUSEHOLDS, KIND, NAME, PLAN_ID, RESIDENTS, text_of
from contracts.errors import ConflictError
from contracts.messages import Message
from grids.check import Fault, find_faults
from grids.faults import EXCUSABLE, ORPHAN
from grids.rules import DEDICATED, rule_value
from services.community_data import dedicated_in_force
from services.ports import UnitOfWork

_AT_ONCE = 100  # plans read and checked together


@dataclass(frozen=True)
class Refusal:
    """A plan that cannot be published, and every fault that stands in the way."""

    plan_id: int
    community: str  # name, or code where there is none
    faults: tuple[Message, ...]


@dataclass(frozen=True)
class _Plan:
    """A draft and the community it is of, as the data are today."""

    plan_id: int
    weight: str  # what its rule balances
    area: gpd.GeoDataFrame
    grids: gpd.GeoDataFrame
    homes: pd.Series
    buildings: gpd.GeoDataFrame
    dedicated: gpd.GeoDataFrame  # dedicated grids in force that this plan keeps


def is_hard(fault: Fault) -> bool:
    """Whether a plan with this fault may not be published. A building outside the community is no fault of the plan."""
    if fault.kind == ORPHAN:
        return fault.amount > rule_value("gap_tolerance")
    return fault.kind not in EXCUSABLE


def require_publishable(uow: UnitOfWork, plan_ids: Collection[int]) -> None:
    """Pass where every plan may be published as the data are today; inside the open transaction.

    Raises
    ------
    ConflictError
        With the first faults of the first plan and how many there are in all; or with the first community where the
        households (or residents) of a grid are not those of its buildings any more.
    """
    checked = [_checked(plan) for plan in _read_plans(uow, plan_ids)]
    refusals = sorted((refusal for refusal, _ in checked if refusal is not None), key=lambda refusal: refusal.plan_id)
    if refusals:
        first = refusals[0]
        facts = {"community": first.community, "count": sum(len(refusal.faults) for refusal in refusals), "faults": listed(first.faults)}
        raise ConflictError("The plan of {community} cannot be published yet; {count:fault|faults} in all. {faults}", **facts)
    for plan_id, name in sorted(outdated for _, outdated in checked if outdated is not None):
        raise ConflictError("The data of {community} changed since draft {plan} was made. Open it and save it again.", community=name, plan=plan_id)


def hard_faults(faults: Collection[Fault], community: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, homes: pd.Series) -> list[Message]:
    """Why a plan may not be published: its hard faults, and buildings of the community that are noted in no grid.

    Parameters
    ----------
    faults
        What ``find_faults`` found.
    homes
        Grid code by building key.
    """
    hard = [fault for fault in faults if is_hard(fault)]
    lost = {fault.building for fault in hard if fault.kind == ORPHAN}
    inside = buildings.geometry.representative_point().within(community.geometry.iloc[0])
    homeless = [key for key in buildings.index[inside] if key not in homes.index and key not in lost]
    messages = [fault.message for fault in hard]
    if homeless:
        facts = {"count": len(homeless), "building": homeless[0]}
        messages.append(
            Message("{count:building is|buildings are} noted in no grid of the plan, {building} among them. Open the draft and save it again.", facts)
        )
    return messages


def are_fresh(grids: gpd.GeoDataFrame, grid_of_building: pd.Series, buildings: gpd.GeoDataFrame, weight: str) -> bool:
    """Whether the households noted of grids (index = code) are those of their buildings (index = key), and the residents too
    where the plan balances them or the work they make.

    Points of work are not compared as such: cases come in all day long and make no plan out of date.
    """
    home, noted = grid_of_building.reindex(buildings.index), {HOUSEHOLDS: grids[HOUSEHOLDS].astype(float).fillna(0.0)}
    if weight != HOUSEHOLDS:
        noted[RESIDENTS] = grids[RESIDENTS].astype(float).dropna()  # a plan may have been kept without them
    return all(_sums_to(buildings[column].astype(float).groupby(home).sum(), kept) for column, kept in noted.items())


def _sums_to(today: pd.Series, kept: pd.Series) -> bool:
    return bool(np.allclose(today.reindex(kept.index).fillna(0.0), kept, rtol=0.0, atol=0.01))


def weight_of(rule: Mapping[str, Any]) -> str:
    """What a rule kept with a plan balances."""
    return str(rule.get("weight", HOUSEHOLDS))


def listed(faults: Collection[Message], *, most: int = 5) -> Message:
    """The first few sentences as one."""
    chosen = list(faults)[:most]
    return Message(" ".join(f"{{fault{number}}}" for number in range(len(chosen))), {f"fault{number}": fault for number, fault in enumerate(chosen)})


def _read_plans(uow: UnitOfWork, plan_ids: Collection[int]) -> Iterator[_Plan]:
    """The plans with all they are checked against, many read at once; of one community at most one at a time."""
    plans = uow.plans.list_plans(plan_ids=plan_ids).sort_values(PLAN_ID)
    for _, turn in plans.groupby(plans.groupby(COMMUNITY_CODE).cumcount()):
        for start in range(0, len(turn), _AT_ONCE):
            yield from _read_batch(uow, turn.iloc[start : start + _AT_ONCE])


def _read_batch(uow: UnitOfWork, plans: pd.DataFrame) -> Iterator[_Plan]:
    """Plans of different communities, given as rows of ``list_plans``."""
    plan_ids, codes = [int(plan_id) for plan_id in plans[PLAN_ID]], [str(code) for code in plans[COMMUNITY_CODE]]
    grids, homes = uow.plans.grids(plan_ids=plan_ids), uow.plans.grid_of_building(plan_ids=plan_ids)
    plan_of_home = homes.map(grids[PLAN_ID])  # a code is of one community, so of one plan here
    areas, buildings = uow.areas.read(keys=codes), uow.buildings.read(communities=codes)
    dedicated = dedicated_in_force(uow, codes)
    for plan_id, code, rule in zip(plan_ids, codes, plans["rule"], strict=True):
        own = buildings[buildings[COMMUNITY_CODE] == code]
        drawn = grids[grids[PLAN_ID] == plan_id]
        kept = _kept_dedicated(dedicated[dedicated[COMMUNITY_CODE] == code], drawn)
        yield _Plan(plan_id, weight_of(rule), areas.loc[[code]], drawn, homes[plan_of_home == plan_id], own, kept)


def _kept_dedicated(dedicated: gpd.GeoDataFrame, grids: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The dedicated grids that a plan still has as such, or has put into other dedicated grids; the rest it gave up."""
    kind = grids[KIND].reindex(dedicated.index)
    ground = grids.geometry[grids[KIND] == DEDICATED].union_all()
    return dedicated[(kind == DEDICATED) | (kind.isna() & dedicated.representative_point().within(ground))]


def _checked(plan: _Plan) -> tuple[Refusal | None, tuple[int, str] | None]:
    """Why a plan cannot be published, and its number and community where it is out of date."""
    name = text_of(plan.area[NAME].iloc[0]) or str(plan.area.index[0])
    if not len(plan.grids):
        return Refusal(plan.plan_id, name, (Message("The plan has no grids. Divide the community first."),)), None
    noted = plan.buildings.assign(**{GRID_CODE: plan.homes.reindex(plan.buildings.index)})
    faults = hard_faults(find_faults(plan.grids, plan.area, noted, dedicated=plan.dedicated), plan.area, plan.buildings, plan.homes)
    is_fresh = are_fresh(plan.grids, plan.homes, plan.buildings, plan.weight)
    return Refusal(plan.plan_id, name, tuple(faults)) if faults else None, None if is_fresh else (plan.plan_id, name)
