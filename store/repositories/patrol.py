"""What was passed when, and how many households were visited. Numbers of streets and days; whose they are is in the audit trail only."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

import pandas as pd
import shapely
from sqlalchemy import ColumnElement, Table, case, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from contracts.columns import COMMUNITY_CODE, COVERED_SHARE, GRID_CODE, LENGTH_M
from contracts.records import TrackFacts
from store.filters import is_among
from store.models.patrol import patrol_pass, patrol_track, visit_count
from store.transaction import Transaction

_PASSES = [GRID_CODE, COMMUNITY_CODE, "subject", "piece", "day", "share"]
_TRACKS = ["id", GRID_CODE, COMMUNITY_CODE, "day", LENGTH_M, COVERED_SHARE, "imported_at", "track"]
_VISITS = [GRID_CODE, COMMUNITY_CODE, "day", "households_visited", "author", "at"]


class PatrolTable:
    """Passes, imported tracks and counts of visits."""

    def __init__(self, tx: Transaction) -> None:
        self.tx = tx

    def keep_track(self, facts: TrackFacts, passes: pd.DataFrame) -> None:
        """Note a track and what it passed (``subject``, ``piece``, ``share``); of several tracks of a day the larger share stays.

        Raises
        ------
        ConflictError
            The same track was noted for this grid and day before.
        """
        row: dict[str, Any] = {
            GRID_CODE: facts.grid_code,
            COMMUNITY_CODE: facts.community_code,
            "day": facts.day,
            "digest": facts.digest,
            LENGTH_M: facts.length_m,
            COVERED_SHARE: facts.covered_share,
            "imported_at": facts.at,
            "track": None if facts.track is None else shapely.to_wkb(facts.track, output_dimension=2, byte_order=1),
        }
        self.tx.write(insert(patrol_track), row)
        common = {GRID_CODE: facts.grid_code, COMMUNITY_CODE: facts.community_code, "day": facts.day}
        rows = [
            common | {"subject": subject, "piece": piece, "share": float(share)}
            for subject, piece, share in passes[["subject", "piece", "share"]].itertuples(index=False)
        ]
        if rows:
            added = self._insert(patrol_pass)
            larger = case((added.excluded.share > patrol_pass.c.share, added.excluded.share), else_=patrol_pass.c.share)
            self.tx.write(added.on_conflict_do_update(index_elements=[GRID_CODE, "subject", "piece", "day"], set_={"share": larger}), rows)
        self.tx.note_change()

    def passes(
        self, *, grid_codes: Collection[str] | None = None, communities: Collection[str] | None = None, since: date | None = None, until: date | None = None
    ) -> pd.DataFrame:
        """Facts sorted by grid, subject, piece and day; both days belong to the time asked for."""
        rows = self._read(patrol_pass, _PASSES, grid_codes, communities, since, until)
        return pd.DataFrame(rows, columns=_PASSES).astype(dict.fromkeys(_PASSES[:4], "str") | {"share": "float64"})

    def tracks(self, *, grid_codes: Collection[str] | None = None, since: date | None = None, until: date | None = None) -> pd.DataFrame:
        """Imported tracks, oldest first; ``track`` is a geometry in EPSG:4326, or None where it was not kept."""
        rows = self._read(patrol_track, _TRACKS, grid_codes, None, since, until)
        frame = pd.DataFrame(rows, columns=_TRACKS)
        return frame.assign(track=pd.Series([None if value is None else shapely.from_wkb(value) for value in frame["track"]], index=frame.index, dtype=object))

    def put_visits(self, grid_code: str, community_code: str, day: date, households_visited: int, *, author: str, at: datetime) -> None:
        """Set or replace the number of households visited in a grid on a day."""
        new = {"households_visited": households_visited, "author": author, "at": at}
        added = self._insert(visit_count).values({GRID_CODE: grid_code, COMMUNITY_CODE: community_code, "day": day, **new})
        self.tx.write(added.on_conflict_do_update(index_elements=[GRID_CODE, "day"], set_=new))
        self.tx.note_change()

    def visits(
        self, *, grid_codes: Collection[str] | None = None, communities: Collection[str] | None = None, since: date | None = None, until: date | None = None
    ) -> pd.DataFrame:
        """Counts sorted by grid and day."""
        return pd.DataFrame(self._read(visit_count, _VISITS, grid_codes, communities, since, until), columns=_VISITS)

    def _insert(self, table: Table) -> Any:
        return (sqlite if self.tx.is_sqlite else postgresql).insert(table)

    def _read(
        self,
        table: Table,
        names: list[str],
        grid_codes: Collection[str] | None,
        communities: Collection[str] | None,
        since: date | None,
        until: date | None,
    ) -> list[tuple[Any, ...]]:
        conditions: list[ColumnElement[bool]] = []
        for name, keys in ((GRID_CODE, grid_codes), (COMMUNITY_CODE, communities)):
            if keys is not None:
                conditions.append(is_among(table.c[name], keys, is_sqlite=self.tx.is_sqlite))
        if since is not None:
            conditions.append(table.c.day >= since)
        if until is not None:
            conditions.append(table.c.day <= until)
        order = [
            table.c[GRID_CODE],
            *([table.c.subject, table.c.piece] if table is patrol_pass else []),
            table.c.day,
            *([table.c.id] if "id" in table.c else []),
        ]
        return [tuple(row) for row in self.tx.read(select(*[table.c[name] for name in names]).where(*conditions).order_by(*order))]
