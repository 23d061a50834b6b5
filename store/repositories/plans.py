"""Grid plans: saved as drafts, redrawn, published, retired; published ones never change."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from sqlalchemy import ColumnElement, Select, delete, insert, or_, select, update

from contracts.columns import CODE, COMMUNITY_CODE, GRID_CODE, PLAN_ID
from contracts.errors import ConflictError, NotFoundError
from contracts.records import GridSpot, KeptSketch, PlanDraft
from store.filters import Bounds, is_among, may_touch
from store.frames import frame_of, selectable
from store.models.plans import assignment, grid, grid_building, grid_plan, plan_sketch
from store.repositories import plan_rows
from store.repositories.plan_fitness import require_fit
from store.repositories.points import grid_at
from store.repositories.values import json_in, json_out
from store.transaction import Transaction

REFUSED = "refused"  # in a draft's report: why it did not come into force
GONE = "system: the grid is gone"
NO_DAY = {"due_from": None, "published_by": None}  # of a draft that waits for no day


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
        return self.save_drafts([PlanDraft(community_code, grids, grid_of_building, rule, report, author, reason, at)])[0]

    def save_drafts(self, drafts: Sequence[PlanDraft]) -> list[int]:
        """Keep drafts of different communities, each drawn upon its plan in force; their plan ids in the same order.

        Raises
        ------
        ConflictError
            When a grid takes a code that an earlier plan used for a grid that is gone.
        """
        if not drafts:
            return []
        self.tx.start_writing()
        communities = [draft.community_code for draft in drafts]
        base = self.active_plans(communities=communities)
        plan_rows.require_fresh_codes(self.tx, {draft.community_code: draft.grids.index for draft in drafts}, base)
        plan_ids = plan_rows.insert_plans(self.tx, drafts, base)
        plan_rows.insert_grids(self.tx, [(plan_id, draft.community_code, draft.grids) for plan_id, draft in zip(plan_ids, drafts, strict=True)])
        plan_rows.insert_homes(self.tx, [(plan_id, draft.grid_of_building) for plan_id, draft in zip(plan_ids, drafts, strict=True)])
        self.tx.note_change()
        return plan_ids

    def redraw(
        self, plan_id: int, grids: gpd.GeoDataFrame, grid_of_building: pd.Series, *, report: Mapping[str, Any], rule: Mapping[str, Any] | None = None
    ) -> None:
        """Replace the grids of a draft, and its rule where one is given. A day it was to come into force on is given up.

        Raises
        ------
        NotFoundError, ConflictError
            There is no such plan; it is published; a grid takes the code of one that is gone.
        """
        self.tx.start_writing()
        draft = self._require_draft(plan_id)
        base = {} if draft.based_on is None else {draft.community_code: draft.based_on}
        plan_rows.require_fresh_codes(self.tx, {draft.community_code: grids.index}, base)
        plan_rows.delete_grids(self.tx, plan_id)
        plan_rows.insert_grids(self.tx, [(plan_id, draft.community_code, grids)])
        plan_rows.insert_homes(self.tx, [(plan_id, grid_of_building)])
        values = {"report": json_in(self.tx, report), **NO_DAY} | ({} if rule is None else {"rule": json_in(self.tx, rule)})
        self.tx.write(update(grid_plan).where(grid_plan.c.id == plan_id).values(values))
        self.tx.note_change()

    def withdraw(self, plan_ids: Collection[int]) -> None:
        """Give up drafts with their grids and sketches.

        Raises
        ------
        NotFoundError, ConflictError
            There is no such plan, or it is published.
        """
        self.tx.start_writing()
        for plan_id in sorted({int(plan_id) for plan_id in plan_ids}):
            self._require_draft(plan_id)
            self.tx.write(delete(grid_plan).where(grid_plan.c.id == plan_id))
        self.tx.note_change()

    def publish(self, plan_ids: Collection[int], *, valid_from: date, at: datetime, author: str = "", reason: str = "") -> None:
        """Make drafts active, retire what was active in their communities, end assignments to grids that are gone.

        Parameters
        ----------
        author, reason
            Who publishes and why; the reason a draft was made with stands where none is given.

        Raises
        ------
        NotFoundError
            When an id names no draft.
        ConflictError
            When a plan leaves ground or a building out or was drawn from other data than today's, a community got another
            plan since the draft was made, two drafts are of one community, a plan has no grids or no reason, or would
            come into force before the one it follows.
        """
        self.tx.start_writing()
        wanted = sorted({int(plan_id) for plan_id in plan_ids})
        drafts = self.tx.read(select(grid_plan.c.id, grid_plan.c.community_code).where(self._among(grid_plan.c.id, wanted), grid_plan.c.status == "draft"))
        missing = set(wanted) - {row.id for row in drafts}
        if missing:
            raise NotFoundError("There is no draft of a grid plan with number {plan}.", plan=min(missing))
        require_fit(self.tx, wanted)
        communities = [row.community_code for row in drafts]
        in_force = (self._among(grid_plan.c.community_code, communities), grid_plan.c.status == "active")
        self.tx.write(update(grid_plan).where(*in_force).values(status="retired", valid_to=valid_from))
        values: dict[str, Any] = {
            "status": "active",
            "valid_from": valid_from,
            "published_at": at,
            "published_by": author or grid_plan.c.author,
            "due_from": None,
        }
        values |= {"reason": reason} if reason else {}
        self.tx.write(update(grid_plan).where(self._among(grid_plan.c.id, wanted)).values(values))
        self._end_assignments_of_gone_grids(communities, at)
        self.tx.note_change()

    def schedule(self, plan_ids: Collection[int], *, due_from: date | None, author: str, reason: str) -> None:
        """Note the day on which drafts shall come into force, who said so and why; None = no day any more.

        Raises
        ------
        NotFoundError, ConflictError
            There is no such plan, or it is published.
        """
        self.tx.start_writing()
        values: dict[str, Any] = {"due_from": due_from, "published_by": None if due_from is None else author} | ({"reason": reason} if reason else {})
        for plan_id in sorted({int(plan_id) for plan_id in plan_ids}):
            self._require_draft(plan_id)
            self.tx.write(update(grid_plan).where(grid_plan.c.id == plan_id).values(values))
        self.tx.note_change()

    def refuse(self, plan_id: int, *, why: Mapping[str, Any]) -> None:
        """Note why a draft did not come into force; it waits for no day any more. Redrawing it takes the note away.

        Raises
        ------
        NotFoundError, ConflictError
            There is no such plan, or it is published.
        """
        self.tx.start_writing()
        report = json_out(self.tx, self._require_draft(plan_id).report)
        values = {"report": json_in(self.tx, {**report, REFUSED: why}), **NO_DAY}
        self.tx.write(update(grid_plan).where(grid_plan.c.id == plan_id).values(values))
        self.tx.note_change()

    def due(self, day: date) -> list[tuple[int, date, str]]:
        """Drafts that shall be in force on a day: plan id, the day they were due from, who said so; the earliest first."""
        due = (grid_plan.c.status == "draft", grid_plan.c.due_from <= day)
        chosen = select(grid_plan.c.id, grid_plan.c.due_from, grid_plan.c.published_by).where(*due).order_by(grid_plan.c.due_from, grid_plan.c.id)
        return [(row.id, row.due_from, row.published_by or "") for row in self.tx.read(chosen)]

    def list_plans(self, *, communities: Collection[str] | None = None, status: str | None = None, plan_ids: Collection[int] | None = None) -> pd.DataFrame:
        """One row per plan, sorted by community and age: plan_id, community_code, status, author, reason, dates, rule and report."""
        conditions = [] if communities is None else [self._among(grid_plan.c.community_code, communities)]
        if status is not None:
            conditions.append(grid_plan.c.status == status)
        if plan_ids is not None:
            conditions.append(self._among(grid_plan.c.id, [int(plan_id) for plan_id in plan_ids]))
        names = [column.name for column in grid_plan.c]
        rows = self.tx.read(select(grid_plan).where(*conditions).order_by(grid_plan.c.community_code, grid_plan.c.id))
        frame = pd.DataFrame([tuple(row) for row in rows], columns=names)
        for name in ("rule", "report"):
            frame[name] = pd.Series([json_out(self.tx, value) for value in frame[name]], index=frame.index, dtype=object)
        return frame.astype({"based_on": "Int64"}).rename(columns={"id": PLAN_ID})

    def active_plans(self, *, communities: Collection[str]) -> dict[str, int]:
        """Id of the active plan by community, where there is one."""
        in_force = (self._among(grid_plan.c.community_code, communities), grid_plan.c.status == "active")
        return {row.community_code: row.id for row in self.tx.read(select(grid_plan.c.community_code, grid_plan.c.id).where(*in_force))}

    def bases_of_drafts(self, plan_ids: Collection[int]) -> dict[int, int | None]:
        """The plan each draft was drawn upon (None = the first of its community); plans that are no drafts are left out."""
        drafts = (self._among(grid_plan.c.id, plan_ids), grid_plan.c.status == "draft")
        return {row.id: row.based_on for row in self.tx.read(select(grid_plan.c.id, grid_plan.c.based_on).where(*drafts))}

    def plans_on(self, day: date, *, communities: Collection[str] | None = None) -> pd.Series:
        """Id of the plan in force on a day, by community code; a plan holds from its first day to the day before its successor's."""
        conditions = [*_in_force_on(day)] if communities is None else [*_in_force_on(day), self._among(grid_plan.c.community_code, communities)]
        chosen = select(grid_plan.c.community_code, grid_plan.c.id).where(*conditions).order_by(grid_plan.c.community_code, grid_plan.c.id)
        rows = dict(tuple(row) for row in self.tx.read(chosen))
        return pd.Series(list(rows.values()), index=pd.Index(list(rows), dtype="str", name=COMMUNITY_CODE), dtype="int64", name=PLAN_ID)

    def grids(
        self,
        *,
        communities: Collection[str] | None = None,
        plan_ids: Collection[int] | None = None,
        bbox: Bounds | None = None,
        on: date | None = None,
    ) -> gpd.GeoDataFrame:
        """Grids of the active plans, of the plans named, or of those in force ``on`` a day; indexed by code and sorted by it."""
        conditions = self._in_plans(grid.c.plan_id, plan_ids, on)
        if communities is not None:
            conditions.append(self._among(grid.c.community_code, communities))
        if bbox is not None:
            conditions.append(may_touch(grid, bbox, is_sqlite=self.tx.is_sqlite))
        chosen = select(*selectable(grid, is_sqlite=self.tx.is_sqlite)).where(*conditions).order_by(grid.c.code, grid.c.plan_id)
        frame = frame_of(self.tx.read(chosen), grid).set_index(CODE)
        return frame if bbox is None else frame[shapely.intersects(shapely.box(*bbox), frame.geometry.to_numpy())]

    def grid_at(self, lon: float, lat: float) -> GridSpot | None:
        """The grid in force at a point in degrees; on a border the one with the lowest code."""
        return grid_at(self.tx, lon, lat)

    def grid_of_building(self, *, communities: Collection[str] | None = None, plan_ids: Collection[int] | None = None, on: date | None = None) -> pd.Series:
        """Grid code by building key, of the same plans as ``grids``, sorted by key."""
        conditions = self._in_plans(grid_building.c.plan_id, plan_ids, on)
        if communities is not None:
            plans = select(grid_plan.c.id).where(self._among(grid_plan.c.community_code, communities))
            conditions.append(grid_building.c.plan_id.in_(plans))
        chosen = select(grid_building.c.building_key, grid_building.c.grid_code).where(*conditions)
        rows = self.tx.read(chosen.order_by(grid_building.c.building_key, grid_building.c.plan_id))
        keys, codes = zip(*rows, strict=True) if rows else ((), ())
        return pd.Series(pd.array(list(codes), dtype="str"), index=pd.Index(pd.array(list(keys), dtype="str"), name="building_key"), name=GRID_CODE)

    def used_codes(self, community_code: str) -> set[str]:
        """Every grid code a published plan of the community ever used. Codes of drafts are free until they are published."""
        return set(plan_rows.published_codes(self.tx, [community_code]).get(community_code, ()))

    def used_codes_by_community(self, communities: Collection[str]) -> dict[str, frozenset[str]]:
        """``used_codes`` of many communities; those without any are left out."""
        return plan_rows.published_codes(self.tx, communities)

    def sketch(self, plan_id: int) -> KeptSketch | None:
        """The state of the editing of a plan, or None where it was never edited."""
        return self.sketches([plan_id]).get(int(plan_id))

    def sketches(self, plan_ids: Collection[int]) -> dict[int, KeptSketch]:
        """The state of the editing of many plans, by plan id; those never edited are left out."""
        rows = self.tx.read(select(plan_sketch).where(self._among(plan_sketch.c.plan_id, [int(plan_id) for plan_id in plan_ids])))
        return {row.plan_id: KeptSketch(row.state, row.version, row.updated_at, row.author) for row in rows}

    def keep_sketch(self, plan_id: int, state: str, *, expected_version: int, author: str, at: datetime) -> int:
        """Keep the state of a draft where its version is the one expected (0 = none yet); the new version.

        A day the draft was to come into force on is given up: what was settled is not what it is now.

        Raises
        ------
        NotFoundError
            There is no such plan.
        ConflictError
            It is published, or somebody else saved it meanwhile.
        """
        self.tx.start_writing()
        draft = self._require_draft(plan_id)
        kept = self.sketch(plan_id)
        found = 0 if kept is None else kept.version
        if found != expected_version:
            raise _saved_meanwhile(found, expected_version)
        values = {"state": state, "version": found + 1, "updated_at": at, "author": author}
        if kept is None:
            self.tx.write(insert(plan_sketch), {"plan_id": int(plan_id), **values})
        elif not self.tx.write(update(plan_sketch).where(plan_sketch.c.plan_id == int(plan_id), plan_sketch.c.version == found).values(values)).rowcount:
            raise _saved_meanwhile(found + 1, expected_version)
        if draft.due_from is not None:
            self.tx.write(update(grid_plan).where(grid_plan.c.id == int(plan_id)).values(NO_DAY))
        return found + 1

    def _require_draft(self, plan_id: int) -> Any:
        """The row of a draft, held against others until the transaction ends."""
        rows = self.tx.read(select(grid_plan).where(grid_plan.c.id == int(plan_id)).with_for_update())
        if not rows:
            raise NotFoundError("There is no draft of a grid plan with number {plan}.", plan=plan_id)
        if rows[0].status != "draft":
            raise ConflictError("Grid plan {plan} is published and cannot be changed. Make a new draft.", plan=plan_id)
        return rows[0]

    def _end_assignments_of_gone_grids(self, communities: Sequence[str], at: datetime) -> None:
        live = select(grid.c.code).where(grid.c.plan_id.in_(_active_plans()), self._among(grid.c.community_code, communities))
        gone = (assignment.c.ended_at.is_(None), self._among(assignment.c.community_code, communities), assignment.c.grid_code.not_in(live))
        self.tx.write(update(assignment).where(*gone).values(ended_at=at, ended_by=GONE))

    def _in_plans(self, column: Any, plan_ids: Collection[int] | None, on: date | None) -> list[ColumnElement[bool]]:
        if plan_ids is not None:
            return [self._among(column, [int(plan_id) for plan_id in plan_ids])]
        return [column.in_(_active_plans() if on is None else select(grid_plan.c.id).where(*_in_force_on(on)))]

    def _among(self, column: Any, keys: Collection[Any]) -> ColumnElement[bool]:
        return is_among(column, keys, is_sqlite=self.tx.is_sqlite)


def _active_plans() -> Select[Any]:
    return select(grid_plan.c.id).where(grid_plan.c.status == "active")


def _in_force_on(day: date) -> tuple[ColumnElement[bool], ...]:
    return grid_plan.c.valid_from <= day, or_(grid_plan.c.valid_to.is_(None), grid_plan.c.valid_to > day)


def _saved_meanwhile(found: int, expected: int) -> ConflictError:
    return ConflictError("Somebody else saved this draft meanwhile (version {found}, yours is {expected}). Load it again.", found=found, expected=expected)
