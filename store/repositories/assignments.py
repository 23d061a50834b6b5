"""Who works in which grid, now and before."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, select, update

from contracts.columns import COMMUNITY_CODE, GRID_CODE, ROLE, WALK_S, WORKER_KEY
from contracts.errors import InputError, MissingColumnError
from store.bulk import insert_rows
from store.filters import is_among
from store.frames import columns_of
from store.models.plans import assignment, grid, grid_plan
from store.transaction import Transaction

_NAMES = [GRID_CODE, WORKER_KEY, ROLE, WALK_S, COMMUNITY_CODE, "started_at"]


class AssignmentTable:
    """Live and ended assignments."""

    def __init__(self, tx: Transaction) -> None:
        self.tx = tx

    def replace(self, frame: pd.DataFrame, *, communities: Collection[str], author: str, at: datetime) -> None:
        """Make the live assignments of some communities equal to the frame; equal rows stay, others are ended at ``at``.

        Raises
        ------
        InputError
            When a grid is not in the active plan of one of the communities.
        """
        for name in (GRID_CODE, WORKER_KEY, ROLE):
            if name not in frame.columns:
                raise MissingColumnError("The assignments need a column {column}.", column=name)
        self.tx.start_writing()
        community_of = self._community_of_grid(communities)
        unknown = sorted(set(frame[GRID_CODE]) - set(community_of))
        if unknown:
            raise InputError("Grid {code} is in no active plan of these communities. Publish the plan first.", code=unknown[0])
        live = self._live(communities)
        wanted = {(str(row[0]), str(row[1]), str(row[2])) for row in frame[[GRID_CODE, WORKER_KEY, ROLE]].itertuples(index=False)}
        ended = [number for post, number in live.items() if post not in wanted]
        if ended:
            self.tx.write(update(assignment).where(self._among(assignment.c.id, ended)).values(ended_at=at, ended_by=author))
        begun = frame[[post not in live for post in zip(frame[GRID_CODE], frame[WORKER_KEY], frame[ROLE], strict=True)]]
        self._insert(begun, community_of, author, at)
        if ended or len(begun):
            self.tx.note_change()

    def read(
        self, *, communities: Collection[str] | None = None, grid_codes: Collection[str] | None = None, worker_keys: Collection[str] | None = None
    ) -> pd.DataFrame:
        """Live assignments sorted by grid, role and worker: grid_code, worker_key, role, walk_s, community_code, started_at."""
        conditions: list[ColumnElement[bool]] = [assignment.c.ended_at.is_(None)]
        for name, keys in ((COMMUNITY_CODE, communities), (GRID_CODE, grid_codes), (WORKER_KEY, worker_keys)):
            if keys is not None:
                conditions.append(self._among(assignment.c[name], keys))
        order = (assignment.c.grid_code, assignment.c.role, assignment.c.worker_key)
        rows = self.tx.read(select(*[assignment.c[name] for name in _NAMES]).where(*conditions).order_by(*order))
        frame = pd.DataFrame([tuple(row) for row in rows], columns=_NAMES)
        return frame.astype(dict.fromkeys([GRID_CODE, WORKER_KEY, ROLE, COMMUNITY_CODE], "str") | {WALK_S: "float64", "started_at": "datetime64[us, UTC]"})

    def _insert(self, frame: pd.DataFrame, community_of: dict[str, str], author: str, at: datetime) -> None:
        names = [name for name in (GRID_CODE, WORKER_KEY, ROLE, WALK_S) if name in frame.columns]
        values: dict[str, Any] = columns_of(frame[names], assignment)
        values |= {COMMUNITY_CODE: [community_of[code] for code in values[GRID_CODE]], "author": [author] * len(frame), "started_at": [at] * len(frame)}
        insert_rows(self.tx, assignment, values)

    def _community_of_grid(self, communities: Collection[str]) -> dict[str, str]:
        chosen = select(grid.c.code, grid.c.community_code).join(grid_plan, grid_plan.c.id == grid.c.plan_id)
        rows = self.tx.read(chosen.where(grid_plan.c.status == "active", self._among(grid.c.community_code, communities)))
        return {row.code: row.community_code for row in rows}

    def _live(self, communities: Collection[str]) -> dict[tuple[str, str, str], int]:
        live = (assignment.c.ended_at.is_(None), self._among(assignment.c.community_code, communities))
        return {(row.grid_code, row.worker_key, row.role): row.id for row in self.tx.read(select(assignment).where(*live))}

    def _among(self, column: Any, keys: Collection[Any]) -> ColumnElement[bool]:
        return is_among(column, keys, is_sqlite=self.tx.is_sqlite)
