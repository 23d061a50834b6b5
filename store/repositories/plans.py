"""Grid plans: saved as drafts, published, retired; published ones never change."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from sqlalchemy import ColumnElement, Select, insert, select, update

from contracts.columns import CODE, COMMUNITY_CODE, GRID_CODE, PLAN_ID
from contracts.errors import ConflictError, NotFoundError
from store.bulk import BOX, boxes, insert_rows
from store.extra import merge_extra
from store.filters import Bounds, is_among, may_touch, rtree_of
from store.frames import columns_of, frame_of, selectable
from store.geometry import geometries_of
from store.models.plans import assignment, grid, grid_building, grid_plan
from store.repositories.values import json_in, json_out
from store.transaction import Transaction

GONE = "system: the grid is gone"


class PlanTable:
    """Drafts, the active plan and the retired plans of every community."""

    def __init__(self, tx: Transaction) -> None:
        self.tx = tx

    def save_draft(
        self,
        community_code: str,
        grids: gpd.GeoDataFrame,
        grid_of_building: pd.Series,
        *,
        rule: Mapping[str, Any],
        report: Mapping[str, Any],
        author: str,
        reason: str,
        at: datetime,
    ) -> int:
        """Keep a new draft of a community, drawn upon its plan in force; its plan id.

        Raises
        ------
        ConflictError
            When a grid takes a code that an earlier plan used for a grid that is gone.
        """
        self.tx.start_writing()
        active = self.tx.read(select(grid_plan.c.id).where(grid_plan.c.community_code == community_code, grid_plan.c.status == "active"))
        base = active[0][0] if active else None
        self._require_fresh_codes(community_code, grids.index, base)
        row = {
            "community_code": community_code,
            "status": "draft",
            "based_on": base,
            "rule": json_in(self.tx, rule),
            "report": json_in(self.tx, report),
            "author": author,
            "reason": reason,
            "created_at": at,
        }
        plan_id = int(self.tx.write(insert(grid_plan).returning(grid_plan.c.id), row).scalar_one())
        self._insert_grids(plan_id, community_code, grids)
        keys, codes = [str(key) for key in grid_of_building.index], [str(code) for code in grid_of_building]
        insert_rows(self.tx, grid_building, {"plan_id": [plan_id] * len(keys), "building_key": keys, "grid_code": codes})
        self.tx.note_change()
        return plan_id

    def publish(self, plan_ids: Collection[int], *, valid_from: date, at: datetime) -> None:
        """Make drafts active, retire what was active in their communities, end assignments to grids that are gone.

        Raises
        ------
        NotFoundError
            When an id names no draft.
        ConflictError
            When a community got another plan since the draft was made, or two drafts are of one community.
        """
        self.tx.start_writing()
        wanted = sorted({int(plan_id) for plan_id in plan_ids})
        drafts = self.tx.read(select(grid_plan.c.id, grid_plan.c.community_code).where(self._among(grid_plan.c.id, wanted), grid_plan.c.status == "draft"))
        missing = set(wanted) - {row.id for row in drafts}
        if missing:
            raise NotFoundError("There is no draft of a grid plan with number {plan}.", plan=min(missing))
        communities = [row.community_code for row in drafts]
        in_force = (self._among(grid_plan.c.community_code, communities), grid_plan.c.status == "active")
        self.tx.write(update(grid_plan).where(*in_force).values(status="retired", valid_to=valid_from))
        self.tx.write(update(grid_plan).where(self._among(grid_plan.c.id, wanted)).values(status="active", valid_from=valid_from, published_at=at))
        self._end_assignments_of_gone_grids(communities, at)
        self.tx.note_change()

    def list_plans(self, *, communities: Collection[str] | None = None, status: str | None = None) -> pd.DataFrame:
        """One row per plan, sorted by community and age: plan_id, community_code, status, author, reason, dates, rule and report."""
        conditions = [] if communities is None else [self._among(grid_plan.c.community_code, communities)]
        if status is not None:
            conditions.append(grid_plan.c.status == status)
        names = [column.name for column in grid_plan.c]
        rows = self.tx.read(select(grid_plan).where(*conditions).order_by(grid_plan.c.community_code, grid_plan.c.id))
        frame = pd.DataFrame([tuple(row) for row in rows], columns=names)
        for name in ("rule", "report"):
            frame[name] = pd.Series([json_out(self.tx, value) for value in frame[name]], index=frame.index, dtype=object)
        return frame.astype({"based_on": "Int64"}).rename(columns={"id": PLAN_ID})

    def grids(self, *, communities: Collection[str] | None = None, plan_ids: Collection[int] | None = None, bbox: Bounds | None = None) -> gpd.GeoDataFrame:
        """Grids of the active plans unless plans are named, indexed by code and sorted by it."""
        conditions = self._in_plans(grid.c.plan_id, plan_ids)
        if communities is not None:
            conditions.append(self._among(grid.c.community_code, communities))
        if bbox is not None:
            conditions.append(may_touch(grid, bbox, is_sqlite=self.tx.is_sqlite))
        chosen = select(*selectable(grid, is_sqlite=self.tx.is_sqlite)).where(*conditions).order_by(grid.c.code, grid.c.plan_id)
        frame = frame_of(self.tx.read(chosen), grid).set_index(CODE)
        return frame if bbox is None else frame[shapely.intersects(shapely.box(*bbox), frame.geometry.to_numpy())]

    def grid_of_building(self, *, communities: Collection[str] | None = None, plan_ids: Collection[int] | None = None) -> pd.Series:
        """Grid code by building key, of the active plans unless plans are named, sorted by key."""
        conditions = self._in_plans(grid_building.c.plan_id, plan_ids)
        if communities is not None:
            plans = select(grid_plan.c.id).where(self._among(grid_plan.c.community_code, communities))
            conditions.append(grid_building.c.plan_id.in_(plans))
        chosen = select(grid_building.c.building_key, grid_building.c.grid_code).where(*conditions)
        rows = self.tx.read(chosen.order_by(grid_building.c.building_key, grid_building.c.plan_id))
        keys, codes = zip(*rows, strict=True) if rows else ((), ())
        return pd.Series(pd.array(list(codes), dtype="str"), index=pd.Index(pd.array(list(keys), dtype="str"), name="building_key"), name=GRID_CODE)

    def used_codes(self, community_code: str) -> set[str]:
        """Every grid code any plan of the community ever used, drafts included."""
        return {row[0] for row in self.tx.read(select(grid.c.code).where(grid.c.community_code == community_code).distinct())}

    def _insert_grids(self, plan_id: int, community_code: str, grids: gpd.GeoDataFrame) -> None:
        codes = [str(code) for code in grids.index]
        shapes = geometries_of(grids, grid)
        values = columns_of(grids, grid)
        if "extra" in values:
            values["extra"] = [merge_extra(None, text) for text in values["extra"]]
        values |= {"plan_id": [plan_id] * len(codes), COMMUNITY_CODE: [community_code] * len(codes), CODE: codes, "geom": shapes}
        insert_rows(self.tx, grid, values)
        if self.tx.is_sqlite:
            numbers = dict(tuple(row) for row in self.tx.read(select(grid.c.code, grid.c.id).where(grid.c.plan_id == plan_id)))
            sides = boxes(shapes)
            insert_rows(self.tx, rtree_of(grid), {"id": [numbers[code] for code in codes], **{name: sides[name] for name in BOX}})

    def _require_fresh_codes(self, community_code: str, codes: Collection[str], base: int | None) -> None:
        published = select(grid.c.code).join(grid_plan, grid_plan.c.id == grid.c.plan_id)
        spent = {row[0] for row in self.tx.read(published.where(grid_plan.c.community_code == community_code, grid_plan.c.status != "draft"))}
        kept = {row[0] for row in self.tx.read(select(grid.c.code).where(grid.c.plan_id == base))}
        reused = sorted((spent - kept) & set(codes))
        if reused:
            raise ConflictError("Grid code {code} belonged to a grid that is gone. Codes are never used again: take a new one.", code=reused[0])

    def _end_assignments_of_gone_grids(self, communities: Sequence[str], at: datetime) -> None:
        live = select(grid.c.code).where(grid.c.plan_id.in_(_active_plans()), self._among(grid.c.community_code, communities))
        gone = (assignment.c.ended_at.is_(None), self._among(assignment.c.community_code, communities), assignment.c.grid_code.not_in(live))
        self.tx.write(update(assignment).where(*gone).values(ended_at=at, ended_by=GONE))

    def _in_plans(self, column: Any, plan_ids: Collection[int] | None) -> list[ColumnElement[bool]]:
        return [column.in_(_active_plans()) if plan_ids is None else self._among(column, [int(plan_id) for plan_id in plan_ids])]

    def _among(self, column: Any, keys: Collection[Any]) -> ColumnElement[bool]:
        return is_among(column, keys, is_sqlite=self.tx.is_sqlite)


def _active_plans() -> Select[Any]:
    return select(grid_plan.c.id).where(grid_plan.c.status == "active")
