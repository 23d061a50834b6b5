"""Reach as a planner asks for it: which services were computed, how, and both paces in one row against a target."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from contracts.columns import AREA_CODE, CATEGORY, CODE, COMMUNITY_CODE, COVERED_SHARE, NAME, NAME_EN, PEOPLE, RADIUS_SHARE, UNKNOWN_PEOPLE, UNREACHABLE_PEOPLE
from contracts.reference import reference_table
from services.access import Principal, authorize, is_within, may
from services.coverage import coverage_table
from services.ports import UnitOfWork

_POINTS = 100.0
_PAIRED = [AREA_CODE, NAME, NAME_EN, CATEGORY, PEOPLE, "adult_share", "older_share", RADIUS_SHARE, "unknown_share", "unreachable_share", "gap_to_target"]


def reach_method(uow: UnitOfWork, principal: Principal) -> Mapping[str, Any]:
    """How the latest computation was made: its figures, data version and date; empty before the first.

    Raises
    ------
    NotAllowedError
    """
    authorize(principal, "view_map")
    with uow:
        latest = uow.circles.latest()
    return latest[1] if latest else {}


def covered_categories(uow: UnitOfWork, principal: Principal) -> list[str]:
    """Codes of the facility categories of the latest computation, in the order of the reference table; empty before the first.

    Raises
    ------
    NotAllowedError
    """
    computed = set(reach_method(uow, principal).get("categories", ()))
    known = [code for code in reference_table("facility_categories")[CODE] if code in computed]
    return [*known, *sorted(computed - set(known))]


def communities_behind(uow: UnitOfWork, principal: Principal, *, area_code: str = "") -> list[str]:
    """Communities whose plan came into force after the latest computation: their grids have no figures yet. None before the first.

    Raises
    ------
    NotAllowedError
    """
    authorize(principal, "view_map", area_code or None)
    with uow:
        latest = uow.circles.latest()
        if latest is None:
            return []
        plans = uow.plans.list_plans(status="active")
    later = plans.loc[pd.to_datetime(plans["published_at"], utc=True) > pd.Timestamp(latest[1]["made_at"]), COMMUNITY_CODE]
    return sorted(str(code) for code in later if is_within(str(code), area_code) and may(principal, "view_map", str(code)))


def paired_coverage(
    uow: UnitOfWork, principal: Principal, *, level: str, area_code: str = "", limit_s: float = 900.0, target: float, categories: Collection[str] = ()
) -> pd.DataFrame:
    """One row per area and service, worst at older pace first.

    Columns area_code, name, name_en, category, people, adult_share, older_share, radius_share, unknown_share and
    unreachable_share (of the people, adult pace), and ``gap_to_target``: the older share's distance to ``target`` in percentage
    points, below zero where it is missed. ``categories`` empty = all.

    Raises
    ------
    NotAllowedError
    """
    authorize(principal, "view_map", area_code or None)
    adult = coverage_table(uow, principal, level=level, area_code=area_code, profile="adult", limit_s=limit_s)
    if not len(adult):
        return pd.DataFrame(columns=_PAIRED)
    older = coverage_table(uow, principal, level=level, area_code=area_code, profile="older", limit_s=limit_s)
    keys = [AREA_CODE, CATEGORY]
    table = adult.rename(columns={COVERED_SHARE: "adult_share"}).merge(
        older[[*keys, COVERED_SHARE]].rename(columns={COVERED_SHARE: "older_share"}), on=keys, how="left"
    )
    if categories:
        table = table[table[CATEGORY].isin(categories)]
    everybody = table[PEOPLE].where(table[PEOPLE] > 0)
    table = table.assign(
        unknown_share=table[UNKNOWN_PEOPLE].astype(float) / everybody,
        unreachable_share=table[UNREACHABLE_PEOPLE].astype(float) / everybody,
        gap_to_target=(table["older_share"] - target) * _POINTS,
    )
    return table.sort_values(["gap_to_target", AREA_CODE, CATEGORY], na_position="last").reset_index(drop=True)
