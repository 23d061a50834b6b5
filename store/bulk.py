"""Many rows at once: ``executemany`` on SQLite, COPY on PostgreSQL, straight into a table or into a staging table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any

import numpy as np
import shapely
from psycopg import sql
from sqlalchemy import Column, Date, Float, Integer, MetaData, Table

from store.faults import refusals_as_errors
from store.transaction import Transaction
from store.types import SRID, RawGeometry, Utc

BOX = ("minx", "maxx", "miny", "maxy")
ROW = "row_no"
_numbers = count(1)


def insert_rows(tx: Transaction, table: Table, values: Mapping[str, Sequence[Any]]) -> None:
    """Insert columns of equal length; geometries as shapely objects under ``geom``."""
    tx.start_writing()
    names = list(values)
    columns = [_driver_values(tx, table.c[name], values[name]) for name in names]
    with refusals_as_errors():
        if tx.is_sqlite:
            _execute_many(tx, table, names, zip(*columns, strict=True))
        else:
            _copy(tx, table, names, zip(*columns, strict=True))


@contextmanager
def staged(tx: Transaction, table: Table, values: Mapping[str, Sequence[Any]]) -> Iterator[Table]:
    """A temporary table with the given columns of ``table`` (and the box of ``geom`` on SQLite), dropped at the end."""
    tx.start_writing()
    columns: list[Column[Any]] = [Column(name, RawGeometry() if name == "geom" else table.c[name].type, primary_key=name in ("key", "code")) for name in values]
    content = dict(values)
    if tx.is_sqlite and "geom" in values:
        columns += [Column(name, Float) for name in BOX]
        content |= boxes(values["geom"])
    stage = Table(f"stage_{next(_numbers)}", MetaData(), *columns, Column(ROW, Integer), prefixes=["TEMPORARY"])
    content[ROW] = range(len(next(iter(values.values()))))
    with refusals_as_errors():
        stage.create(tx.connection)
    insert_rows(tx, stage, content)
    if not tx.is_sqlite:
        tx.connection.exec_driver_sql(f"ANALYZE {stage.name}")  # else the planner thinks it is empty
    yield stage
    with refusals_as_errors():
        stage.drop(tx.connection)


def boxes(shapes: Sequence[Any]) -> dict[str, list[float | None]]:
    """Bounds by column of an R*Tree; ``None`` where there is no geometry."""
    west, south, east, north = shapely.bounds(np.asarray(shapes, dtype=object)).T
    return {name: [None if value != value else value for value in side.tolist()] for name, side in zip(BOX, (west, east, south, north), strict=True)}


def _driver_values(tx: Transaction, column: Column[Any], values: Sequence[Any]) -> Sequence[Any]:
    if column.name == "geom":
        shapes = np.asarray(values, dtype=object)
        if tx.is_sqlite:
            return list(shapely.to_wkb(shapes, output_dimension=2, byte_order=1))
        return list(shapely.to_wkb(shapely.set_srid(shapes, SRID), hex=True, output_dimension=2, byte_order=1, include_srid=True))
    if tx.is_sqlite and isinstance(column.type, Utc):
        return [None if value is None else _sqlite_moment(value) for value in values]
    if tx.is_sqlite and isinstance(column.type, Date):
        return [None if value is None else value.isoformat() for value in values]
    return values


def _sqlite_moment(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _execute_many(tx: Transaction, table: Table, names: list[str], rows: Iterable[tuple[Any, ...]]) -> None:
    preparer = tx.connection.dialect.identifier_preparer
    columns = ", ".join(preparer.quote(name) for name in names)
    statement = f"INSERT INTO {preparer.format_table(table)} ({columns}) VALUES ({', '.join('?' * len(names))})"
    content = list(rows)
    if content:  # executemany of nothing would insert one row of defaults
        tx.connection.exec_driver_sql(statement, content)


def _copy(tx: Transaction, table: Table, names: list[str], rows: Iterable[tuple[Any, ...]]) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, names)))
    driver: Any = tx.connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
