"""Rows of grid plans written in bulk: plans, their grids and the grid of each building."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd
from sqlalchemy import delete, insert, select

from contracts.columns import CODE, COMMUNITY_CODE, PLAN_ID
from contracts.errors import ConflictError
from contracts.records import PlanDraft
from store.bulk import BOX, boxes, insert_rows
from store.extra import merge_extra
from store.filters import is_among, rtree_of
from store.frames import columns_of
from store.geometry import geometries_of
from store.models.plans import grid, grid_building, grid_plan
from store.repositories.values import json_in
from store.transaction import Transaction

Homes = Sequence[tuple[int, pd.Series]]


def insert_plans(tx: Transaction, drafts: Sequence[PlanDraft], base: Mapping[str, int]) -> list[int]:
    """Rows of drafts, drawn upon the plans ``base`` names by community; their ids."""
    rows = [
        {
            COMMUNITY_CODE: draft.community_code,
            "status": "draft",
            "based_on": base.get(draft.community_code),
            "rule": json_in(tx, draft.rule),
            "report": json_in(tx, draft.report),
            "author": draft.author,
            "reason": draft.reason,
            "created_at": draft.at,
        }
        for draft in drafts
    ]
    return [int(number) for number in tx.write(insert(grid_plan).returning(grid_plan.c.id, sort_by_parameter_order=True), rows).scalars()]


def insert_grids(tx: Transaction, frames: Sequence[tuple[int, str, gpd.GeoDataFrame]]) -> None:
    """Grids of plans, given as (plan id, community, grids indexed by code); frames may differ in their columns."""
    if not frames:
        return
    values: dict[str, list[Any]] = {}
    count = 0
    for plan_id, community, grids in frames:
        own = _grid_values(plan_id, community, grids)
        for name in {*values, *own}:
            values.setdefault(name, [None] * count).extend(own.get(name, [None] * len(grids)))
        count += len(grids)
    insert_rows(tx, grid, values)
    if tx.is_sqlite:
        _index(tx, values)


def insert_homes(tx: Transaction, homes: Homes) -> None:
    """Grid code by building key, of plans."""
    plans = [plan_id for plan_id, series in homes for _ in range(len(series))]
    keys = [str(key) for _, series in homes for key in series.index]
    codes = [str(code) for _, series in homes for code in series]
    insert_rows(tx, grid_building, {PLAN_ID: plans, "building_key": keys, "grid_code": codes})


def delete_grids(tx: Transaction, plan_id: int) -> None:
    """Take all grids from a draft; its buildings go with them."""
    tx.write(delete(grid).where(grid.c.plan_id == plan_id))


def require_fresh_codes(tx: Transaction, codes: Mapping[str, Collection[str]], base: Mapping[str, int]) -> None:
    """Pass where no community takes a code that one of its published plans used for a grid that is gone.

    Raises
    ------
    ConflictError
    """
    spent = published_codes(tx, list(codes))
    kept = codes_of_plans(tx, list(base.values()))
    for community, wanted in codes.items():
        live = kept.get(base.get(community, -1), frozenset())
        reused = sorted((spent.get(community, frozenset()) - live) & {str(code) for code in wanted})
        if reused:
            raise ConflictError("Grid code {code} belonged to a grid that is gone. Codes are never used again: take a new one.", code=reused[0])


def published_codes(tx: Transaction, communities: Collection[str]) -> dict[str, frozenset[str]]:
    """Grid codes of every plan that was ever published, by community."""
    chosen = select(grid.c.community_code, grid.c.code).join(grid_plan, grid_plan.c.id == grid.c.plan_id).distinct()
    return _sets(tx.read(chosen.where(grid_plan.c.status != "draft", is_among(grid.c.community_code, communities, is_sqlite=tx.is_sqlite))))


def codes_of_plans(tx: Transaction, plan_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """Grid codes by plan."""
    return _sets(tx.read(select(grid.c.plan_id, grid.c.code).where(is_among(grid.c.plan_id, plan_ids, is_sqlite=tx.is_sqlite))))


def _sets(rows: Sequence[Any]) -> dict[Any, frozenset[str]]:
    found: dict[Any, set[str]] = {}
    for key, code in rows:
        found.setdefault(key, set()).add(code)
    return {key: frozenset(codes) for key, codes in found.items()}


def _grid_values(plan_id: int, community: str, grids: gpd.GeoDataFrame) -> dict[str, list[Any]]:
    values: dict[str, list[Any]] = {**columns_of(grids.drop(columns=[COMMUNITY_CODE, PLAN_ID], errors="ignore"), grid)}
    if "extra" in values:
        values["extra"] = [merge_extra(None, text) for text in values["extra"]]
    if "kind" in values and None in values["kind"]:
        values["kind"] = [kind or "comprehensive" for kind in values["kind"]]
    return values | {
        PLAN_ID: [plan_id] * len(grids),
        COMMUNITY_CODE: [community] * len(grids),
        CODE: [str(code) for code in grids.index],
        "geom": geometries_of(grids, grid),
    }


def _index(tx: Transaction, values: Mapping[str, list[Any]]) -> None:
    plans = sorted(set(values[PLAN_ID]))
    rows = tx.read(select(grid.c.plan_id, grid.c.code, grid.c.id).where(is_among(grid.c.plan_id, plans, is_sqlite=True)))
    numbers = {(row.plan_id, row.code): row.id for row in rows}
    ids = [numbers[pair] for pair in zip(values[PLAN_ID], values[CODE], strict=True)]
    insert_rows(tx, rtree_of(grid), {"id": ids, **{name: boxes(values["geom"])[name] for name in BOX}})
