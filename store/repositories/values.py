"""JSON values of single rows: text for SQLite, the driver's JSON for PostgreSQL."""

from __future__ import annotations

import json
from typing import Any

from store.extra import read_json, write_json
from store.transaction import Transaction


def json_in(tx: Transaction, value: Any) -> Any:
    """What to bind for a JSON column."""
    text = write_json(value)
    return text if tx.is_sqlite else json.loads(text)


def json_out(tx: Transaction, value: Any) -> Any:
    """What a JSON column gave, tags resolved."""
    return read_json(value if tx.is_sqlite else json.dumps(value))
