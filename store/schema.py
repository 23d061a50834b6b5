"""The schema's versions: upgrade to ours, refuse a newer one."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from contracts.errors import StoreError
from contracts.messages import Message
from store.models import metadata
from store.types import WKB, Utc

_EXTENSIONS = {  # of PostgreSQL, with what is said where the server has none of it
    "postgis": Message("The PostgreSQL server has no PostGIS. Install it there (Debian: postgresql-15-postgis-3) and try again."),
    "btree_gist": Message("The PostgreSQL server has no btree_gist. Install its contributed extensions there (Debian: postgresql-contrib) and try again."),
}
_UPGRADE_LOCK = 7265746  # any number of ours: one upgrade at a time on a PostgreSQL server


def configuration(connection: Connection) -> Config:
    """Alembic's configuration on an open connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the schema to a revision inside the open transaction.

    Raises
    ------
    StoreError
        When the database was made by a newer version of the product, or the server lacks PostGIS or btree_gist.
    """
    config = configuration(connection)
    script = ScriptDirectory.from_config(config)
    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in {step.revision for step in script.walk_revisions()}:
        raise StoreError("The database has schema {found}, made by a newer version. Use that version, or restore a backup.", found=current)
    if current == script.get_current_head() and revision == "head":
        return
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _UPGRADE_LOCK})
        _require_extensions(connection)
    command.upgrade(config, revision)


def downgrade(connection: Connection, revision: str) -> None:
    """Take the schema back to a revision (``base`` = empty)."""
    command.downgrade(configuration(connection), revision)


def _require_extensions(connection: Connection) -> None:
    for name, lacking in _EXTENSIONS.items():
        if connection.scalar(text("SELECT count(*) FROM pg_extension WHERE extname = :name"), {"name": name}):
            continue
        if not connection.scalar(text("SELECT count(*) FROM pg_available_extensions WHERE name = :name"), {"name": name}):
            raise StoreError(lacking.template)
        connection.execute(text(f"CREATE EXTENSION {name}"))


def is_ours(item: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:
    """Whether Alembic should compare this: not tables of PostGIS or R*Tree, and no GiST index (SQLite has none)."""
    if kind == "table" and reflected:
        return name in metadata.tables
    return not (kind == "index" and item.dialect_options["postgresql"]["using"] == "gist")


def render_type(kind: str, item: Any, autogen: Any) -> str | Literal[False]:
    """How our types read in a migration."""
    if kind == "type" and isinstance(item, WKB):
        return "shape()"
    if kind == "type" and isinstance(item, Utc):
        return "Utc()"
    return False
