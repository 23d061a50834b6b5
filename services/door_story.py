"""What can be walked to from one building: every service with its answer, at both paces, and the nearest facility."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from contracts.columns import CATEGORY, CODE, COMMUNITY_CODE, FACILITY_KEY, NAME, NAME_EN, PROFILE, SECONDS, text_of
from contracts.errors import NotFoundError
from contracts.messages import Message
from contracts.reference import reference_table
from servicecircle.answers import four_answers
from services.access import Principal, authorize
from services.ports import UnitOfWork
from services.walk_places import building_labels

GROUP = "group"


@dataclass(frozen=True, eq=False)
class DoorStory:
    """One building and what can be walked to from it.

    ``services`` has one row per category of the latest computation, in the order of groups and of the reference table:
    ``category``, ``group``, ``answer`` and ``reason`` at the pace asked for, ``adult_s`` and ``older_s`` (``inf`` = farther than was
    searched, or unreachable), ``facility_key`` and its ``name`` and ``name_en``.
    """

    building_key: str
    label: Message
    community: tuple[str, str]  # zh, en
    services: pd.DataFrame
    profile: str
    limit_s: float
    method: Mapping[str, Any]


def door_story(uow: UnitOfWork, principal: Principal, building_key: str, *, profile: str = "adult", limit_s: float = 900.0) -> DoorStory:
    """The answers for one building out of the latest computation.

    Raises
    ------
    NotAllowedError
    NotFoundError
        There is no such building, reach was never computed, or nobody is known to live there.
    """
    with uow:
        buildings = uow.buildings.read(keys=[building_key])
        if not len(buildings):
            raise NotFoundError("There is no building with the key {key}.", key=building_key)
        community = str(buildings[COMMUNITY_CODE].iloc[0])
        authorize(principal, "view_map", community)
        latest = uow.circles.latest()
        walks = uow.circles.door_walks(latest[0], buildings=[building_key]) if latest else pd.DataFrame()
        if latest is None or not len(walks):
            raise NotFoundError("No walks are known from this building. Compute the circles first; buildings where nobody lives are left out.")
        areas = uow.areas.read(keys=[community])
        names = (text_of(areas[NAME].iloc[0]), text_of(areas[NAME_EN].iloc[0])) if len(areas) else ("", "")
        return DoorStory(
            building_key=building_key,
            label=building_labels(uow, buildings)[building_key],
            community=(names[0] or names[1], names[1] or names[0]),
            services=_services(uow, walks, profile, limit_s),
            profile=profile,
            limit_s=limit_s,
            method=latest[1],
        )


def _services(uow: UnitOfWork, walks: pd.DataFrame, profile: str, limit_s: float) -> pd.DataFrame:
    seconds = walks.pivot(index=CATEGORY, columns=PROFILE, values=SECONDS).reindex(columns=["adult", "older"]).add_suffix("_s")
    asked = walks[walks[PROFILE] == profile].set_index(CATEGORY)
    table = seconds.join(four_answers(asked, limit_s=limit_s)).join(asked[[FACILITY_KEY]])
    facilities = uow.facilities.read(keys=sorted(set(table[FACILITY_KEY].dropna())))
    for column in (NAME, NAME_EN):
        table[column] = table[FACILITY_KEY].map(facilities[column].map(text_of)).fillna("")
    return _ordered(table.reset_index())


def _ordered(table: pd.DataFrame) -> pd.DataFrame:
    """Rows by group, then as in the reference table; categories no table knows come last."""
    categories = reference_table("facility_categories").set_index(CODE)
    groups = reference_table("facility_groups").set_index(CODE)["position"].astype(int)
    table[GROUP] = table[CATEGORY].map(categories["group"]).fillna("")
    order = pd.DataFrame(
        {
            "group": table[GROUP].map(groups).fillna(len(groups) + 1),
            "row": table[CATEGORY].map({code: row for row, code in enumerate(categories.index)}).fillna(len(categories)),
            "code": table[CATEGORY],
        }
    )
    return table.loc[order.sort_values(["group", "row", "code"]).index].reset_index(drop=True)
