"""A backup is one SQLite file with everything, taken from either database and restored into either."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Column, Connection, Table, func, select, text, update

from contracts.errors import ConflictError, StoreError, UnreadableFileError
from contracts.messages import Message
from contracts.progress import Progress, silent
from store.bulk import BOX, boxes, insert_rows
from store.engine import Store, open_store
from store.faults import refusals_as_errors
from store.filters import rtree_of
from store.frames import is_json, plain_column
from store.models import metadata
from store.models.people import store_state
from store.transaction import Transaction

CHUNK = 20_000  # rows in memory at once


def backup(store: Store, file: Path, *, progress: Progress = silent) -> None:
    """Write everything as it is committed now into one file, which appears only when it is whole.

    Raises
    ------
    StoreError
        When the folder cannot be written.
    """
    file = Path(file)
    try:
        with TemporaryDirectory(dir=file.parent, prefix=".backup") as folder:
            part = Path(folder) / "part.sqlite"
            (_copy_file if store.is_sqlite else _copy_server)(store, part, progress)
            part.replace(file)
    except OSError as error:
        raise StoreError("The backup {file} cannot be written: {reason}.", file=file.name, reason=error.strerror or str(error)) from error


def restore(file: Path, store: Store, *, replace: bool = False, progress: Progress = silent) -> None:
    """Put a backup into a store, all or nothing; backups of older versions are brought up to date on the way.

    Raises
    ------
    UnreadableFileError
        When the file is no backup.
    ConflictError
        When the store already holds something and ``replace`` was not said.
    """
    file = Path(file)
    _require_backup(file)
    with TemporaryDirectory(prefix="wangge_restore") as folder:
        copy = shutil.copy(file, Path(folder) / "copy.sqlite")
        source = open_store(f"sqlite:///{copy}")
        try:
            with source.engine.connect() as here, store.engine.connect() as there, refusals_as_errors():
                _replace_all(here, Transaction(there), replace=replace, progress=progress)
        finally:
            source.close()


def _copy_file(store: Store, part: Path, progress: Progress) -> None:
    def tell(status: int, remaining: int, total: int) -> None:
        progress(total - remaining, total, Message("Copying the database"))

    with store.engine.connect() as connection, closing(sqlite3.connect(part)) as target:
        driver: Any = connection.connection.driver_connection
        driver.backup(target, pages=4096, progress=tell)
        target.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it


def _copy_server(store: Store, part: Path, progress: Progress) -> None:
    target = open_store(f"sqlite:///{part}")
    try:
        with store.engine.connect().execution_options(isolation_level="REPEATABLE READ") as here, target.engine.connect() as there:
            _replace_all(here, Transaction(there), replace=True, progress=progress)
        with target.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=DELETE")
    finally:
        target.close()


def _require_backup(file: Path) -> None:
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            connection.execute("SELECT data_version FROM store_state").fetchone()
    except sqlite3.Error as error:
        raise UnreadableFileError("{file} is no backup of a store: {reason}.", file=file.name, reason=str(error)) from error


def _replace_all(source: Connection, target: Transaction, *, replace: bool, progress: Progress) -> None:
    tables = [table for table in metadata.sorted_tables if table is not store_state]
    target.start_writing()
    if not replace and any(target.read(select(table.c[0]).limit(1)) for table in tables):
        raise ConflictError("The store is not empty. Say --replace to give up what it holds.")
    version = max(target.data_version(), int(source.execute(select(store_state.c.data_version)).scalar_one()))
    with _guards_lowered(target):
        for table in reversed(tables):
            target.write(table.delete())
        for number, table in enumerate(tables):
            progress(number, len(tables), Message("Copying table {table}", {"table": table.name}))
            _copy_table(source, target, table)
    target.write(update(store_state).values(data_version=version))
    target.note_change()
    target.commit()
    progress(len(tables), len(tables), Message("Everything is copied"))


def _copy_table(source: Connection, target: Transaction, table: Table) -> None:
    is_sqlite = source.dialect.name == "sqlite"
    chosen = select(*[plain_column(column, is_sqlite=is_sqlite) for column in table.c]).order_by(*table.primary_key.columns)
    names = [column.name for column in table.c]
    if target.is_sqlite and table.info.get("spatial"):
        target.write(rtree_of(table).delete())
    for rows in source.execute(chosen, execution_options={"yield_per": CHUNK}).partitions():
        values = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
        for name in names:
            values[name] = _portable(table.c[name], values[name])
        insert_rows(target, table, values)
        if target.is_sqlite and table.info.get("spatial"):
            _index(target, table, values)
    if not target.is_sqlite and table.c[names[0]].identity is not None:
        _continue_numbers(target, table)


def _portable(column: Column[Any], values: list[Any]) -> list[Any]:
    if column.name == "geom":
        return list(shapely.from_wkb(np.array(values, dtype=object)))
    if is_json(column):
        return [None if value is None else json.dumps(json.loads(value), ensure_ascii=False, sort_keys=True, separators=(",", ":")) for value in values]
    return values


def _index(target: Transaction, table: Table, values: dict[str, list[Any]]) -> None:
    sides = boxes(values["geom"])
    present = [side is not None for side in sides[BOX[0]]]
    columns = {"id": values["id"], **sides}
    insert_rows(target, rtree_of(table), {name: [value for value, kept in zip(column, present, strict=True) if kept] for name, column in columns.items()})


def _continue_numbers(target: Transaction, table: Table) -> None:
    last = select(func.max(table.c.id)).scalar_subquery()
    target.read(select(func.setval(func.pg_get_serial_sequence(table.name, "id"), func.coalesce(last, 1), last.is_not(None))))


@contextmanager
def _guards_lowered(target: Transaction) -> Iterator[None]:
    """Triggers judge single acts, not history as a whole; keys and checks stay on. Undone with the transaction."""
    connection = target.connection
    if target.is_sqlite:
        triggers = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
        lower = [f"DROP TRIGGER {name}" for name, _ in triggers]
        lift = [statement for _, statement in triggers]
    else:
        lower = [f"ALTER TABLE {table.name} DISABLE TRIGGER USER" for table in metadata.sorted_tables]
        lift = ["SET CONSTRAINTS ALL IMMEDIATE", *[f"ALTER TABLE {table.name} ENABLE TRIGGER USER" for table in metadata.sorted_tables]]
    for statement in lower:
        connection.exec_driver_sql(statement)
    yield
    for statement in lift:
        connection.exec_driver_sql(statement)
