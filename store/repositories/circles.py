"""Runs of reach. Walks of doors lie in one compressed Arrow table per community: twelve million rows are seven thousand blobs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from io import BytesIO
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import feather
from sqlalchemy import ColumnElement, Table, insert, or_, select

from contracts.columns import AREA_CODE, BUILDING_KEY, CATEGORY, EDGE_S, FACILITY_KEY, LEVEL, LIMIT_S, MINUTES, PROFILE, RESOLVED_BY, SECONDS, VERIFIED_S, WHY
from contracts.errors import MissingColumnError
from contracts.records import CircleRun
from store.bulk import insert_rows
from store.extra import merge_extra
from store.filters import is_among
from store.frames import columns_of, frame_of, selectable
from store.geometry import geometries_of
from store.models.places import building
from store.models.plans import grid_plan
from store.models.results import circle, circle_run, coverage, door_walk
from store.repositories.values import json_in, json_out
from store.transaction import Transaction

_WALK = [BUILDING_KEY, PROFILE, CATEGORY, SECONDS, FACILITY_KEY]
_FACTS = {EDGE_S: np.inf, VERIFIED_S: np.inf, WHY: "", RESOLVED_BY: ""}  # what older runs do not hold, and what then counts
GRID_LEVEL = "grid"
_NUMBERS = (SECONDS, EDGE_S, VERIFIED_S)
_SCHEMA = pa.schema([(name, pa.float64() if name in _NUMBERS else pa.string()) for name in (*_WALK, *_FACTS)])


class CircleTable:
    """Runs with their door walks, coverage and drawn circles."""

    def __init__(self, tx: Transaction) -> None:
        self.tx = tx

    def save(self, run: CircleRun) -> int:
        """Keep a run; its id."""
        row = {
            "profiles": json_in(self.tx, run.profiles),
            "categories": json_in(self.tx, run.categories),
            "data_version": run.data_version,
            "made_at": run.made_at,
            "author": run.author,
            "method": json_in(self.tx, run.method),
        }
        run_id = int(self.tx.write(insert(circle_run).returning(circle_run.c.id), row).scalar_one())
        self._insert_walks(run_id, run.door_walks)
        self._insert(run_id, run.coverage, coverage, (AREA_CODE, LEVEL, PROFILE, CATEGORY, LIMIT_S))
        self._insert(run_id, run.circles, circle, (PROFILE, CATEGORY, MINUTES))
        self.tx.note_change()
        return run_id

    def latest(self) -> tuple[int, Mapping[str, Any]] | None:
        """Id and method of the newest run, with made_at, author, data_version, profiles and categories; None before the first."""
        rows = self.tx.read(select(circle_run).order_by(circle_run.c.id.desc()).limit(1))
        if not rows:
            return None
        row = rows[0]
        facts = {"made_at": row.made_at, "author": row.author, "data_version": row.data_version}
        lists = {"profiles": tuple(json_out(self.tx, row.profiles)), "categories": tuple(json_out(self.tx, row.categories))}
        return row.id, {**json_out(self.tx, row.method), **facts, **lists}

    def door_walks(self, run_id: int, *, communities: Collection[str] | None = None, buildings: Collection[str] | None = None) -> pd.DataFrame:
        """building_key, profile, category, seconds (inf = out of reach), facility_key, edge_s, verified_s, why, resolved_by; sorted by these."""
        conditions = [door_walk.c.run_id == run_id]
        if communities is not None:
            conditions.append(self._among(door_walk.c.community_code, communities))
        if buildings is not None:
            conditions.append(self._among(door_walk.c.community_code, sorted(set(self._community_of(buildings).values()))))
        rows = self.tx.read(select(door_walk.c.walks).where(*conditions).order_by(door_walk.c.community_code))
        tables = [feather.read_table(BytesIO(row.walks)) for row in rows]
        frame = _completed(pa.concat_tables([_SCHEMA.empty_table(), *tables], promote_options="default").to_pandas())
        if buildings is not None:
            frame = frame[frame[BUILDING_KEY].isin(list(buildings))]
        texts = [BUILDING_KEY, PROFILE, CATEGORY, FACILITY_KEY, WHY, RESOLVED_BY]
        return frame.astype(dict.fromkeys(texts, "str")).sort_values(_WALK[:3], kind="stable", ignore_index=True)

    def coverage(self, run_id: int, *, level: str | None = None, area_codes: Collection[str] | None = None, of_any_plan: bool = False) -> pd.DataFrame:
        """Coverage rows sorted by level, area, profile, category and limit; shares are NaN where nobody lives.

        A row of a grid holds the ``plan_id`` whose grid was counted. Unless asked for ``of_any_plan``, grids of plans that
        are in force no more are left out: a code lives on when its border moves, its figure does not.
        """
        conditions = [coverage.c.run_id == run_id]
        if not of_any_plan:
            conditions.append(or_(coverage.c.level != GRID_LEVEL, coverage.c.plan_id.in_(select(grid_plan.c.id).where(grid_plan.c.status == "active"))))
        if level is not None:
            conditions.append(coverage.c.level == level)
        if area_codes is not None:
            conditions.append(self._among(coverage.c.area_code, area_codes))
        order = [coverage.c[name] for name in (LEVEL, AREA_CODE, PROFILE, CATEGORY, LIMIT_S)]
        rows = self.tx.read(select(*selectable(coverage, is_sqlite=self.tx.is_sqlite)).where(*conditions).order_by(*order))
        return frame_of(rows, coverage).drop(columns="run_id")

    def circles(self, run_id: int, *, profile: str | None = None, category: str | None = None) -> gpd.GeoDataFrame:
        """Drawn circles by profile, category and minutes, in the order they were saved."""
        conditions = [circle.c.run_id == run_id]
        conditions += [] if profile is None else [circle.c.profile == profile]
        conditions += [] if category is None else [circle.c.category == category]
        rows = self.tx.read(select(*selectable(circle, is_sqlite=self.tx.is_sqlite)).where(*conditions).order_by(circle.c.id))
        return frame_of(rows, circle).drop(columns="run_id")

    def keep(self, run_id: int, circles: gpd.GeoDataFrame) -> None:
        """Add circles drawn after the run, of services that have none yet; nothing anybody computes with changes."""
        self.tx.start_writing()
        rows = self.tx.read(select(circle.c.profile, circle.c.category).where(circle.c.run_id == run_id).distinct())
        kept = {(row.profile, row.category) for row in rows}
        is_new = [pair not in kept for pair in zip(circles[PROFILE], circles[CATEGORY], strict=True)]
        self._insert(run_id, circles[is_new], circle, (PROFILE, CATEGORY, MINUTES))

    def _insert(self, run_id: int, frame: pd.DataFrame, table: Table, needed: tuple[str, ...]) -> None:
        _require_columns(frame, needed, table.name)
        values: dict[str, Any] = columns_of(frame, table) | {"run_id": [run_id] * len(frame)}
        if "extra" in values:
            values["extra"] = [merge_extra(None, text) for text in values["extra"]]
        if "geom" in table.c and isinstance(frame, gpd.GeoDataFrame) and len(frame):
            values["geom"] = geometries_of(frame, table)
        if len(frame):
            insert_rows(self.tx, table, values)

    def _insert_walks(self, run_id: int, walks: pd.DataFrame) -> None:
        _require_columns(walks, _WALK, door_walk.name)
        community = walks[BUILDING_KEY].map(self._community_of(walks[BUILDING_KEY].unique())).astype("str").fillna("")
        ordered = walks[[name for name in (*_WALK, *_FACTS) if name in walks]].sort_values(_WALK[:3], kind="stable")
        codes, blobs = [], []
        for code, part in ordered.groupby(community.loc[ordered.index].to_numpy(), sort=True):
            codes.append(str(code))
            blobs.append(_packed(part))
        insert_rows(self.tx, door_walk, {"run_id": [run_id] * len(codes), "community_code": codes, "walks": blobs})

    def _community_of(self, buildings: Collection[str]) -> dict[str, str]:
        chosen = select(building.c.key, building.c.community_code).where(self._among(building.c.key, [str(key) for key in buildings]))
        return {row.key: row.community_code or "" for row in self.tx.read(chosen)}

    def _among(self, column: Any, keys: Collection[Any]) -> ColumnElement[bool]:
        return is_among(column, keys, is_sqlite=self.tx.is_sqlite)


def _require_columns(frame: pd.DataFrame, needed: Collection[str], table: str) -> None:
    for name in needed:
        if name not in frame.columns:
            raise MissingColumnError("Results for table {table} need a column {column}.", table=table, column=name)


def _completed(walks: pd.DataFrame) -> pd.DataFrame:
    """Walks of a run made before a fact was kept: the walk itself stands for the verified one, everything else is unknown."""
    walks[VERIFIED_S] = walks[VERIFIED_S].fillna(walks[SECONDS])
    return walks.fillna({name: value for name, value in _FACTS.items() if name != VERIFIED_S})


def _packed(part: pd.DataFrame) -> bytes:
    columns = {name: _packed_column(part[name], name) for name in part.columns}
    buffer = BytesIO()
    feather.write_feather(pa.table(columns), buffer, compression="zstd")
    return buffer.getvalue()


def _packed_column(values: pd.Series, name: str) -> pa.Array:
    if name in _NUMBERS:
        return pa.array(values.to_numpy(dtype=np.float64))
    return pa.array([None if missing else str(value) for value, missing in zip(values, values.isna(), strict=True)], pa.string())
