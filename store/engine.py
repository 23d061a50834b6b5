"""Open a store: the engine, its pragmas and pool, and the schema brought up to date."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError
from sqlalchemy.pool import StaticPool

from contracts.errors import StoreError
from store import schema
from store.extra import merge_extra

WAIT_S = 30  # how long a writer waits for the one before it


class Store:
    """An open database with our schema; share one per process, take a unit of work per act."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.engine.dialect.name == "sqlite"

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def open_store(url: str) -> Store:
    """Open (and where needed create or upgrade) the store at a SQLAlchemy URL.

    ``sqlite:///folder/file.sqlite``, ``sqlite://`` (in memory, for tests) or ``postgresql://user@host/database``.

    Raises
    ------
    StoreError
        When the URL is none of these, the database cannot be reached, or its schema is newer than this version.
    """
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            begin_writing(connection)
            schema.upgrade(connection)
            connection.commit()
    except DatabaseError as error:
        engine.dispose()
        raise StoreError("The database cannot be opened: {reason}. Check the address and that it is running.", reason=str(error.orig).strip()) from error
    except StoreError:
        engine.dispose()
        raise
    return Store(engine)


def open_engine(url: str) -> Engine:
    """An engine of ours, without touching the schema."""
    address = _address(url)
    if address.get_backend_name() == "postgresql":
        return create_engine(address.set(drivername="postgresql+psycopg"), pool_size=5, max_overflow=10, pool_pre_ping=True)
    if address.database in (None, "", ":memory:"):
        engine = create_engine(address, poolclass=StaticPool, connect_args={"check_same_thread": False})
    else:
        _make_folder(Path(str(address.database)).parent)
        engine = create_engine(address, pool_size=5, max_overflow=10, connect_args={"timeout": WAIT_S})
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError("The database cannot be opened: {reason}. Check the address and that it is running.", reason=error.strerror or str(error)) from error


def begin_writing(connection: Connection) -> None:
    """Take SQLite's write lock now, waiting for the writer before us; PostgreSQL locks rows by itself.

    Until then a SQLite connection reads what is committed, statement by statement, as PostgreSQL does by default.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _address(url: str) -> URL:
    try:
        address = make_url(url)
        backend = address.get_backend_name()
    except (ArgumentError, NoSuchModuleError):
        backend = ""
    if backend not in ("sqlite", "postgresql"):
        raise StoreError("This is no address of a store. Write sqlite:///FILE or postgresql://USER@HOST/DATABASE.")
    return address


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # we say BEGIN IMMEDIATE ourselves
    connection.create_function("merge_extra", 2, merge_extra, deterministic=True)
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL", "temp_store=MEMORY", "cache_size=-65536"):
        connection.execute(f"PRAGMA {pragma}").close()
