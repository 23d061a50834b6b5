"""Tables of who can walk to what: by area, category and pace."""

from __future__ import annotations

import pandas as pd

from contracts.columns import AREA_CODE, CATEGORY, CODE, LEVEL, LIMIT_S, NAME, NAME_EN, PROFILE
from contracts.reference import reference_table
from services.access import Principal, areas_for, authorize, is_within
from services.ports import UnitOfWork


def coverage_table(
    uow: UnitOfWork, principal: Principal, *, level: str = "community", area_code: str = "", profile: str, limit_s: float = 900.0
) -> pd.DataFrame:
    """Share of people within the limit per area and category, with the names of both and the radius beside it.

    Columns area_code, name, name_en, category, category_zh, category_en, people, covered_people, covered_share,
    radius_share; empty before the first computation.

    Raises
    ------
    NotAllowedError
    """
    authorize(principal, "view_map", area_code or None)
    with uow:
        latest = uow.circles.latest()
        if latest is None:
            return pd.DataFrame()
        table = uow.circles.coverage(latest[0], level=level)
        names = uow.plans.grids() if level == "grid" else uow.areas.at_level(level)
    mine = areas_for(principal, "view_map")
    table = table[(table[PROFILE] == profile) & (table[LIMIT_S] == limit_s)]
    keep = [
        (not area_code or is_within(str(code), area_code)) and (mine is None or any(is_within(str(code), area) for area in mine)) for code in table[AREA_CODE]
    ]
    named = names[[column for column in (NAME, NAME_EN) if column in names]]
    table = table[keep].merge(named, left_on=AREA_CODE, right_index=True, how="left").merge(category_names(), left_on=CATEGORY, right_index=True, how="left")
    return table.drop(columns=[LEVEL, PROFILE, LIMIT_S]).reset_index(drop=True)


def category_names() -> pd.DataFrame:
    """Names of facility categories, index = code, columns category_zh and category_en."""
    table = reference_table("facility_categories").set_index(CODE)
    return table[["zh", "en"]].rename(columns={"zh": "category_zh", "en": "category_en"})
