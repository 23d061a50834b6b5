"""Tables of who can walk to what: by area, category and pace."""

from __future__ import annotations

import pandas as pd

from contracts.columns import (
    AREA_CODE,
    CATEGORY,
    CODE,
    COVERED_PEOPLE,
    COVERED_SHARE,
    LIMIT_S,
    NAME,
    NAME_EN,
    PEOPLE,
    PROFILE,
    RADIUS_SHARE,
    UNKNOWN_PEOPLE,
    UNREACHABLE_PEOPLE,
)
from contracts.reference import reference_table
from services.access import Principal, authorize, is_within, may
from services.ports import UnitOfWork

COLUMNS = [
    AREA_CODE,
    NAME,
    NAME_EN,
    CATEGORY,
    "category_zh",
    "category_en",
    PEOPLE,
    COVERED_PEOPLE,
    COVERED_SHARE,
    UNKNOWN_PEOPLE,
    UNREACHABLE_PEOPLE,
    RADIUS_SHARE,
]


def coverage_table(
    uow: UnitOfWork, principal: Principal, *, level: str = "community", area_code: str = "", profile: str, limit_s: float = 900.0
) -> pd.DataFrame:
    """Share of people within the limit per area and category, with the names of both and the radius beside it.

    Columns area_code, name, name_en, category, category_zh, category_en, people, covered_people, covered_share, unknown_people and
    unreachable_people (missing in runs that did not count them), radius_share; empty before the first computation. Where no area of the level ``city`` is known, its rows are those of
    all communities added up, without a code.

    Raises
    ------
    NotAllowedError
    """
    authorize(principal, "view_map", area_code or None)
    with uow:
        latest = uow.circles.latest()
        if latest is None:
            return pd.DataFrame(columns=COLUMNS)
        table = uow.circles.coverage(latest[0], level=level)
        if level == "city" and table.empty:
            table = _added_up(uow.circles.coverage(latest[0], level="community"))
        names = uow.plans.grids() if level == "grid" else uow.areas.at_level(level)
    table = table[(table[PROFILE] == profile) & (table[LIMIT_S] == limit_s)]
    keep = [is_within(str(code), area_code) and may(principal, "view_map", str(code)) for code in table[AREA_CODE]]
    named = names.reindex(columns=[NAME, NAME_EN])
    table = table[keep].merge(named, left_on=AREA_CODE, right_index=True, how="left").merge(category_names(), left_on=CATEGORY, right_index=True, how="left")
    return table.reindex(columns=COLUMNS).reset_index(drop=True)


def _added_up(table: pd.DataFrame) -> pd.DataFrame:
    """One row per category, pace and limit for everybody in the areas of a table."""
    within_radius = (table[RADIUS_SHARE] * table[PEOPLE]).fillna(0.0)
    counts = [name for name in (PEOPLE, COVERED_PEOPLE, UNKNOWN_PEOPLE, UNREACHABLE_PEOPLE, "within_radius") if name in table or name == "within_radius"]
    whole = table.assign(within_radius=within_radius).groupby([PROFILE, CATEGORY, LIMIT_S], as_index=False)[counts].sum()
    everybody = whole[PEOPLE].where(whole[PEOPLE] > 0)
    whole[COVERED_SHARE] = whole[COVERED_PEOPLE] / everybody
    whole[RADIUS_SHARE] = whole["within_radius"] / everybody
    whole[AREA_CODE] = ""
    return whole


def category_names() -> pd.DataFrame:
    """Names of facility categories, index = code, columns category_zh and category_en."""
    table = reference_table("facility_categories").set_index(CODE)
    return table[["zh", "en"]].rename(columns={"zh": "category_zh", "en": "category_en"})
