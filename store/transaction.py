"""One transaction as the repositories see it: read, write, and a note that places changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, CursorResult, Executable, Row, Select, select, update

from store.engine import begin_writing
from store.faults import refusals_as_errors
from store.models.people import store_state


class Transaction:
    """Statements on one connection. The first write takes SQLite's write lock; reads before it see what is committed."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._is_writing = False
        self._is_changed = False

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.connection.dialect.name == "sqlite"

    def read(self, statement: Select[Any], parameters: Mapping[str, Any] | None = None) -> Sequence[Row[Any]]:
        """All rows of a query; a query made once with named parameters costs least."""
        with refusals_as_errors():
            return self.connection.execute(statement, parameters).all()

    def write(self, statement: Executable, parameters: Sequence[Mapping[str, Any]] | Mapping[str, Any] | None = None) -> CursorResult[Any]:
        """Run a changing statement, one or many times."""
        self.start_writing()
        with refusals_as_errors():
            return self.connection.execute(statement, parameters, execution_options={"preserve_rowcount": True})

    def start_writing(self) -> None:
        """Become the writer, waiting for the one before."""
        if not self._is_writing:
            with refusals_as_errors():
                begin_writing(self.connection)
            self._is_writing = True

    def note_change(self) -> None:
        """Something that pages and results depend on has changed."""
        self._is_changed = True

    def commit(self) -> None:
        """Make it last, with a new data version where something changed."""
        if self._is_changed:
            self.write(update(store_state).values(data_version=store_state.c.data_version + 1))
        with refusals_as_errors():
            self.connection.commit()
        self._is_writing = self._is_changed = False

    def data_version(self) -> int:
        """The committed version, plus one when this transaction has changed something."""
        stored = self.read(select(store_state.c.data_version))[0][0]
        return int(stored) + int(self._is_changed)
