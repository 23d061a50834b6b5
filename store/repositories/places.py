"""One table of places: bulk reads sorted by key, upserts that count, deletes."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from typing import Any

import geopandas as gpd
import shapely
from sqlalchemy import Column, ColumnElement, Table, delete, exists, func, insert, or_, select, update

from contracts.columns import COMMUNITY, COMMUNITY_CODE
from contracts.errors import InputError, MissingColumnError
from contracts.records import UpsertCount
from store.bulk import BOX, ROW, staged
from store.filters import Bounds, is_among, may_touch, rtree_of
from store.frames import columns_of, frame_of, key_name, selectable
from store.geometry import geometries_of
from store.models.places import area
from store.repositories.people import CitySettingTable
from store.transaction import Transaction

_BORDER_DEG = 1e-6  # a decimetre


class PlaceTable:
    """Places of one kind, indexed by key. ``counts_as_data`` says whether a change makes results stale."""

    def __init__(self, tx: Transaction, table: Table, *, counts_as_data: bool = True) -> None:
        self.tx = tx
        self.table = table
        self.key = key_name(table)
        self.counts_as_data = counts_as_data

    def read(self, *, keys: Collection[str] | None = None, communities: Collection[str] | None = None, bbox: Bounds | None = None) -> gpd.GeoDataFrame:
        """Places in EPSG:4326 sorted by key, with every column of the kind and those kept beside.

        Parameters
        ----------
        keys
            Only these keys; unknown ones are left out.
        communities
            Only places of these communities: by their column, or by position where the kind has none.
        bbox
            Only places that touch west, south, east, north in degrees.
        """
        conditions = [] if keys is None else [is_among(self.table.c[self.key], keys, is_sqlite=self.tx.is_sqlite)]
        window = None if bbox is None else shapely.box(*bbox)
        if communities is not None:
            column = self._community_column()
            if column is not None:
                conditions.append(is_among(column, communities, is_sqlite=self.tx.is_sqlite))
            else:
                ground = self._ground_of(communities)
                window = ground if window is None else shapely.intersection(ground, window)
        return self.select(*conditions, window=window)

    def select(self, *conditions: ColumnElement[bool], window: shapely.Geometry | None = None) -> gpd.GeoDataFrame:
        """Places that meet all conditions and touch the window."""
        if window is not None:
            if shapely.is_empty(window):
                return self._frame([])
            conditions = (*conditions, may_touch(self.table, window.bounds, is_sqlite=self.tx.is_sqlite))
        chosen = select(*selectable(self.table, is_sqlite=self.tx.is_sqlite)).where(*conditions).order_by(self.table.c[self.key])
        frame = self._frame(self.tx.read(chosen))
        if window is None:
            return frame
        shapely.prepare(window)
        return frame[shapely.intersects(window, frame.geometry.to_numpy())]

    def upsert(self, frame: gpd.GeoDataFrame) -> UpsertCount:
        """Add or replace rows by the frame's index; columns left out keep their stored values, equal rows are untouched.

        Raises
        ------
        InputError
            For a missing or doubled key, or a value its column cannot hold (see also ``geometries_of``).
        MissingColumnError
            When new rows lack a column their kind cannot do without.
        """
        if frame.empty:
            return UpsertCount(0, 0)
        values: dict[str, list[Any]] = {self.key: self._keys(frame), **columns_of(frame, self.table), "geom": geometries_of(frame, self.table)}
        with staged(self.tx, self.table, values) as stage:
            self._require_columns(stage, values)
            moved = self._moved(stage) if self.tx.is_sqlite else []
            updated = self._update(stage, values)
            added = self._add(stage, values)
            if moved:
                self._index(stage, moved)
        if added or updated:
            self._note_change()
        return UpsertCount(added, updated, len(frame) - added - updated)

    def delete(self, keys: Collection[str]) -> int:
        """Remove rows by key; how many there were."""
        removed = self.tx.write(delete(self.table).where(is_among(self.table.c[self.key], keys, is_sqlite=self.tx.is_sqlite))).rowcount
        if removed:
            self._note_change()
        return int(removed)

    def count(self) -> int:
        """Number of rows."""
        return int(self.tx.read(select(func.count()).select_from(self.table))[0][0])

    def state(self) -> str:
        """A word that is never the same for two different contents, not even in copies of one store; ``""`` before the first change."""
        return str(CitySettingTable(self.tx).get(self._state_name, ""))

    @property
    def _state_name(self) -> str:
        return f"state_of_{self.table.name}"

    def _note_change(self) -> None:
        if self.counts_as_data:
            self.tx.note_change()
        CitySettingTable(self.tx).put(self._state_name, secrets.token_hex(16))

    def _frame(self, rows: Any) -> gpd.GeoDataFrame:
        return frame_of(rows, self.table).set_index(self.key)

    def _community_column(self) -> Column[Any] | None:
        if self.table is area:
            return area.c.code
        return self.table.c.get(COMMUNITY_CODE, self.table.c.get(COMMUNITY))

    def _ground_of(self, communities: Collection[str]) -> Any:
        """The ground of communities and their borders: a gate on a border, kept in rounded degrees, lies a hair to either side."""
        return PlaceTable(self.tx, area).read(keys=communities).geometry.union_all().buffer(_BORDER_DEG, quad_segs=1)

    def _keys(self, frame: gpd.GeoDataFrame) -> list[str]:
        keys = frame.index
        if keys.hasnans or (keys == "").any():
            raise InputError("A row for table {table} has no key.", table=self.table.name)
        if keys.has_duplicates:
            raise InputError("Key {key} occurs more than once for table {table}.", key=keys[keys.duplicated()][0], table=self.table.name)
        return [str(key) for key in keys]

    def _require_columns(self, stage: Table, values: dict[str, Any]) -> None:
        needed = [column.name for column in self.table.c if not column.nullable and column.server_default is None and column.name not in ("id", "geom")]
        for name in needed:
            if name not in values and self._has_new(stage):
                raise MissingColumnError("New rows for table {table} need a column {column}.", table=self.table.name, column=name)
            if name in values and None in values[name]:
                raise InputError(
                    "Row {row} for table {table} has no {column}.", row=values[self.key][values[name].index(None)], table=self.table.name, column=name
                )

    def _has_new(self, stage: Table) -> bool:
        known = exists().where(self.table.c[self.key] == stage.c[self.key])
        return bool(self.tx.read(select(stage.c[ROW]).where(~known).limit(1)))

    def _moved(self, stage: Table) -> list[int]:
        """Row numbers of new or moved geometries: those the R*Tree must learn."""
        same = exists().where(self.table.c[self.key] == stage.c[self.key], self.table.c.geom.is_not_distinct_from(stage.c.geom))
        return [row[0] for row in self.tx.read(select(stage.c[ROW]).where(~same))]

    def _update(self, stage: Table, values: dict[str, Any]) -> int:
        new = {name: self._new_value(stage, name) for name in values if name != self.key}
        differs = or_(*[self.table.c[name].is_distinct_from(value) for name, value in new.items()])
        return int(self.tx.write(update(self.table).values(new).where(self.table.c[self.key] == stage.c[self.key], differs)).rowcount)

    def _add(self, stage: Table, values: dict[str, list[Any]]) -> int:
        known = exists().where(self.table.c[self.key] == stage.c[self.key])
        rows = select(*[self._first_value(stage, name, values) for name in values]).where(~known).order_by(stage.c[ROW])
        return int(self.tx.write(insert(self.table).from_select(list(values), rows)).rowcount)

    def _first_value(self, stage: Table, name: str, values: dict[str, list[Any]]) -> Any:
        has_nulls = name == "extra" and any('":null' in text for text in values[name])
        return func.merge_extra(None, stage.c.extra) if has_nulls else stage.c[name]

    def _new_value(self, stage: Table, name: str) -> Any:
        return func.merge_extra(self.table.c.extra, stage.c.extra) if name == "extra" else stage.c[name]

    def _index(self, stage: Table, moved: list[int]) -> None:
        tree = rtree_of(self.table)
        rows = (
            select(self.table.c.id, *[stage.c[name] for name in BOX])
            .join(stage, self.table.c[self.key] == stage.c[self.key])
            .where(is_among(stage.c[ROW], moved, is_sqlite=True), stage.c.minx.is_not(None))
        )
        self.tx.write(
            delete(tree).where(
                tree.c.id.in_(
                    select(self.table.c.id).join(stage, self.table.c[self.key] == stage.c[self.key]).where(is_among(stage.c[ROW], moved, is_sqlite=True))
                )
            )
        )
        self.tx.write(insert(tree).from_select(["id", *BOX], rows))
