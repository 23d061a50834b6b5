"""What Alembic runs: the connection comes from ``store.schema``, never from a file."""

from __future__ import annotations

from alembic import context

from store.models import metadata
from store.schema import is_ours, render_type

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_object=is_ours,
    render_item=render_type,
    compare_type=False,
    transaction_per_migration=False,
)
context.run_migrations()
