"""May this plan be published? Grids that leave gaps, overlap, fall apart or cut buildings may not; a band the data force may."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from contracts.columns import COMMUNITY_CODE, GRID_CODE, HOUSEHOLDS, NAME, PLAN_ID, text_of
from contracts.errors import ConflictError
from contracts.messages import Message
from grids.check import Fault, find_faults
from grids.faults import EXCUSABLE, ORPHAN
from grids.rules import rule_value
from services.ports import UnitOfWork

_AT_ONCE = 100  # plans read and checked together


@dataclass(frozen=True)
class Refusal:
    """A plan that cannot be published, and every fault that stands in the way."""

    plan_id: int
    community: str  # name, or code where there is none
    faults: tuple[Message, ...]


def is_hard(fault: Fault) -> bool:
    """Whether a plan with this fault may not be published. A building outside the community is no fault of the plan."""
    if fault.kind == ORPHAN:
        return fault.amount > rule_value("gap_tolerance")
    return fault.kind not in EXCUSABLE


def find_refusals(uow: UnitOfWork, plan_ids: Collection[int]) -> list[Refusal]:
    """Those of the plans that cannot be published as the data are today, by plan id; inside the open transaction."""
    wanted = sorted({int(plan_id) for plan_id in plan_ids})
    return [refusal for start in range(0, len(wanted), _AT_ONCE) for refusal in _refusals(uow, wanted[start : start + _AT_ONCE])]


def _refusals(uow: UnitOfWork, plan_ids: list[int]) -> list[Refusal]:
    grids = uow.plans.grids(plan_ids=plan_ids)
    homes = {plan_id: uow.plans.grid_of_building(plan_ids=[plan_id]) for plan_id in plan_ids}
    plans = uow.plans.list_plans(plan_ids=plan_ids).set_index(PLAN_ID)[COMMUNITY_CODE].sort_index()
    areas = uow.areas.read(keys=plans.tolist())
    buildings = uow.buildings.read(communities=plans.tolist())
    refusals = []
    for plan_id, code in zip(map(int, plans.index), plans, strict=True):
        own = buildings[buildings[COMMUNITY_CODE] == code]
        faults = _hard_faults(grids[grids[PLAN_ID] == plan_id], areas.loc[[code]], own, homes[plan_id])
        if faults:
            refusals.append(Refusal(plan_id, text_of(areas.loc[code, NAME]) or str(code), tuple(faults)))
    return refusals


def require_publishable(uow: UnitOfWork, plan_ids: Collection[int]) -> None:
    """Pass where every plan may be published.

    Raises
    ------
    ConflictError
        With the first faults of the first plan and how many there are.
    """
    refusals = find_refusals(uow, plan_ids)
    if refusals:
        first = refusals[0]
        facts = {"community": first.community, "count": sum(len(refusal.faults) for refusal in refusals), "faults": listed(first.faults)}
        raise ConflictError("The plan of {community} cannot be published yet; {count:fault|faults} in all. {faults}", **facts)


def require_fresh(uow: UnitOfWork, plan_ids: Collection[int]) -> None:
    """Pass where the households of every grid are those of its buildings today.

    Raises
    ------
    ConflictError
        With the first community whose data changed since its draft was drawn.
    """
    plans = uow.plans.list_plans(plan_ids=plan_ids)[[PLAN_ID, COMMUNITY_CODE]]
    for plan_id, code in plans.sort_values(PLAN_ID).itertuples(index=False, name=None):
        buildings = uow.buildings.read(communities=[code])
        if not are_fresh(uow.plans.grids(plan_ids=[plan_id]), uow.plans.grid_of_building(plan_ids=[plan_id]), buildings):
            name = text_of(uow.areas.read(keys=[code]).loc[code, NAME]) or code
            raise ConflictError("The data of {community} changed since draft {plan} was made. Open it and save it again.", community=name, plan=plan_id)


def are_fresh(grids: gpd.GeoDataFrame, grid_of_building: pd.Series, buildings: gpd.GeoDataFrame) -> bool:
    """Whether the households noted of grids (index = code) are those of their buildings (index = key)."""
    today = buildings[HOUSEHOLDS].astype(float).groupby(grid_of_building.reindex(buildings.index)).sum().reindex(grids.index).fillna(0.0)
    return bool(np.allclose(today, grids[HOUSEHOLDS].astype(float).fillna(0.0), rtol=0.0, atol=0.01))


def listed(faults: Collection[Message], *, most: int = 5) -> Message:
    """The first few sentences as one."""
    chosen = list(faults)[:most]
    return Message(" ".join(f"{{fault{number}}}" for number in range(len(chosen))), {f"fault{number}": fault for number, fault in enumerate(chosen)})


def _hard_faults(grids: gpd.GeoDataFrame, community: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, homes: pd.Series) -> list[Message]:
    if not len(grids):
        return [Message("The plan has no grids. Divide the community first.")]
    noted = buildings.assign(**{GRID_CODE: homes.reindex(buildings.index)})
    faults = [fault for fault in find_faults(grids, community, noted) if is_hard(fault)]
    lost = {fault.building for fault in faults if fault.kind == ORPHAN}
    inside = buildings.geometry.representative_point().within(community.geometry.iloc[0])
    homeless = [key for key in buildings.index[inside] if key not in homes.index and key not in lost]
    messages = [fault.message for fault in faults]
    if homeless:
        facts = {"count": len(homeless), "building": homeless[0]}
        messages.append(
            Message("{count:building is|buildings are} noted in no grid of the plan, {building} among them. Open the draft and save it again.", facts)
        )
    return messages
