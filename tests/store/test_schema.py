"""The schema goes up and down on both databases, fits the models, and a newer one is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import inspect, text

from contracts.errors import StoreError
from store import schema
from store.engine import Store, begin_writing, open_engine, open_store
from store.models import metadata


def test_every_table_of_the_models_is_there(store: Store) -> None:
    assert set(metadata.tables) <= set(inspect(store.engine).get_table_names())


def test_models_and_migrations_agree(store: Store) -> None:
    with store.engine.connect() as connection:
        command.check(schema.configuration(connection))


def test_down_leaves_nothing_of_ours_and_up_brings_it_back(store: Store) -> None:
    with store.engine.connect() as connection:
        begin_writing(connection)
        schema.downgrade(connection, "base")
        assert not set(metadata.tables) & set(inspect(connection).get_table_names())
        schema.upgrade(connection)
        assert set(metadata.tables) <= set(inspect(connection).get_table_names())
        connection.commit()


def test_opening_twice_changes_nothing(store: Store, store_url: str) -> None:
    open_store(store_url).close()
    with store.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM alembic_version")) == 1


def test_a_newer_schema_is_refused(store: Store, store_url: str) -> None:
    with store.engine.connect() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.commit()
    with pytest.raises(StoreError, match="newer version"):
        open_store(store_url)


@pytest.mark.parametrize("url", ["", "mysql://host/x", "not a url", "file.sqlite", "oracle:x"])
def test_an_address_of_no_store_is_refused(url: str) -> None:
    with pytest.raises(StoreError, match="no address"):
        open_store(url)


def test_a_server_that_is_not_there_is_a_store_error() -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        open_store("postgresql://nobody@127.0.0.1:1/none")


def test_a_file_that_is_no_database_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "x.sqlite").write_text("this is no database " * 100)
    with pytest.raises(StoreError, match="cannot be opened"):
        open_store(f"sqlite:///{tmp_path / 'x.sqlite'}")


def test_sqlite_runs_with_its_guards_on(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'new' / 'folder' / 'x.sqlite'}")
    with store.engine.connect() as connection:
        found = [connection.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "foreign_keys", "synchronous")]
    assert found == ["wal", 1, 2]


def test_two_processes_may_open_a_new_store_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.sqlite'}"
    first, second = open_engine(url).connect(), open_store(url)
    schema.upgrade(first)
    assert second.is_sqlite
