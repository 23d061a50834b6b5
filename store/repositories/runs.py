"""Runs over many communities: each finished community is noted with its draft, so that a broken run goes on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import delete, insert, select, update

from contracts.columns import COMMUNITY_CODE, PLAN_ID
from store.bulk import insert_rows
from store.extra import write_json
from store.filters import is_among
from store.models.plans import division_run, division_run_part, grid_plan, plan_sketch
from store.repositories.values import json_in, json_out
from store.transaction import Transaction


class DivisionRunTable:
    """Running, stopped and finished divisions. Drafts of a run live and go with its parts."""

    def __init__(self, tx: Transaction) -> None:
        self.tx = tx

    def find(self, run_key: str) -> int | None:
        """The newest unfinished run of this key, or None."""
        chosen = select(division_run.c.id).where(division_run.c.run_key == run_key, division_run.c.status != "finished").order_by(division_run.c.id.desc())
        rows = self.tx.read(chosen.limit(1))
        return int(rows[0].id) if rows else None

    def begin(self, run_key: str, *, facts: Mapping[str, Any], communities: int, author: str, at: datetime) -> int:
        """The unfinished run of this key, running again, or a new one; its id."""
        self.tx.start_writing()
        known = self.find(run_key)
        if known is not None:
            self._set_status(known, "running")
            return known
        row = {
            "run_key": run_key,
            "status": "running",
            "facts": json_in(self.tx, facts),
            "communities": communities,
            "author": author,
            "started_at": at,
        }
        return int(self.tx.write(insert(division_run).returning(division_run.c.id), row).scalar_one())

    def parts(self, run_id: int) -> pd.DataFrame:
        """community_code, plan_id (missing = no plan could be made), outcome; sorted by community."""
        chosen = select(division_run_part).where(division_run_part.c.run_id == run_id).order_by(division_run_part.c.community_code)
        rows = [(row.community_code, row.plan_id, json_out(self.tx, row.outcome)) for row in self.tx.read(chosen)]
        frame = pd.DataFrame(rows, columns=[COMMUNITY_CODE, PLAN_ID, "outcome"])
        return frame.astype({COMMUNITY_CODE: "str", PLAN_ID: "Int64"})

    def done(self, run_id: int, communities: Collection[str]) -> set[str]:
        """Those of the communities that are done, with the right to write held."""
        self.tx.start_writing()
        mine = (division_run_part.c.run_id == run_id, is_among(division_run_part.c.community_code, communities, is_sqlite=self.tx.is_sqlite))
        return {row.community_code for row in self.tx.read(select(division_run_part.c.community_code).where(*mine))}

    def keep_parts(self, run_id: int, parts: Sequence[tuple[str, int | None, Mapping[str, Any]]]) -> None:
        """Note communities as done: code, draft and what came of it."""
        codes, plans, outcomes = zip(*parts, strict=True) if parts else ((), (), ())
        texts = [write_json(outcome) for outcome in outcomes]
        insert_rows(self.tx, division_run_part, {"run_id": [run_id] * len(codes), COMMUNITY_CODE: codes, PLAN_ID: plans, "outcome": texts})

    def drop_parts(self, run_id: int, communities: Collection[str]) -> None:
        """Forget communities of a run; their drafts are withdrawn, those somebody has edited excepted."""
        mine = (division_run_part.c.run_id == run_id, is_among(division_run_part.c.community_code, communities, is_sqlite=self.tx.is_sqlite))
        plans = [row.plan_id for row in self.tx.read(select(division_run_part.c.plan_id).where(*mine, division_run_part.c.plan_id.is_not(None)))]
        self.tx.write(delete(division_run_part).where(*mine))
        unedited = grid_plan.c.id.not_in(select(plan_sketch.c.plan_id))
        gone = (is_among(grid_plan.c.id, plans, is_sqlite=self.tx.is_sqlite), grid_plan.c.status == "draft", unedited)
        if self.tx.write(delete(grid_plan).where(*gone)).rowcount:
            self.tx.note_change()

    def drop(self, run_id: int) -> None:
        """Forget an unfinished run and withdraw its drafts, those somebody has edited excepted."""
        self.drop_parts(run_id, self.parts(run_id)[COMMUNITY_CODE].tolist())
        self.tx.write(delete(division_run).where(division_run.c.id == run_id, division_run.c.status != "finished"))

    def others(self, run_id: int) -> list[int]:
        """Unfinished runs besides this one."""
        chosen = select(division_run.c.id).where(division_run.c.status != "finished", division_run.c.id != run_id)
        return [int(row.id) for row in self.tx.read(chosen.order_by(division_run.c.id))]

    def stop(self, run_id: int) -> None:
        """Note that somebody stopped it; what is done is kept."""
        self._set_status(run_id, "stopped")

    def finish(self, run_id: int, *, facts: Mapping[str, Any], at: datetime) -> None:
        """Note that all is done."""
        self.tx.write(update(division_run).where(division_run.c.id == run_id).values(status="finished", finished_at=at, facts=json_in(self.tx, facts)))

    def list_runs(self) -> pd.DataFrame:
        """One row per run, newest first: run_id, status, facts, communities, done, author, started_at, finished_at."""
        rows = self.tx.read(select(division_run).order_by(division_run.c.id.desc()))
        names = [column.name for column in division_run.c]
        frame = pd.DataFrame([tuple(row) for row in rows], columns=names).rename(columns={"id": "run_id"})
        frame["facts"] = pd.Series([json_out(self.tx, value) for value in frame["facts"]], index=frame.index, dtype=object)
        counts = pd.Series([row.run_id for row in self.tx.read(select(division_run_part.c.run_id))], dtype="int64").value_counts()
        return frame.assign(done=frame["run_id"].map(counts).fillna(0).astype(int))

    def _set_status(self, run_id: int, status: str) -> None:
        self.tx.write(update(division_run).where(division_run.c.id == run_id).values(status=status))
