"""Columns a table has no place for, kept as one JSON object per row so that an import loses nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from contracts.errors import InputError


def write_json(value: Any) -> str:
    """Canonical text: sorted keys, no spaces; moments and infinite numbers are tagged."""
    return json.dumps(_plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def read_json(text: str) -> Any:
    """What ``write_json`` wrote."""
    return json.loads(text, object_hook=_untag)


def rows_to_extra(columns: dict[str, pd.Series]) -> list[str | None]:
    """One JSON object per row; a missing value is an explicit null, which erases what is stored."""
    names = sorted(columns)
    values = [[_plain(value) for value in columns[name].tolist()] for name in names]
    encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode
    return [encode(dict(zip(names, row, strict=True))) for row in zip(*values, strict=True)]


def extra_to_columns(texts: Sequence[str | None]) -> dict[str, list[Any]]:
    """Columns by name (sorted), ``None`` where a row has no such value."""
    if not any(texts):
        return {}
    rows = read_json(f"[{','.join(text or '{}' for text in texts)}]")
    names = sorted(set().union(*rows))
    return {name: [row.get(name) for row in rows] for name in names}


def merge_extra(stored: str | None, given: str | None) -> str | None:
    """Given values over stored ones, nulls dropped; ``None`` when nothing is left. SQLite calls this from SQL."""
    if given is None or given == stored:
        return stored
    merged = json.loads(stored) if stored else {}
    merged.update(json.loads(given))
    kept = {name: value for name, value in merged.items() if value is not None}
    return json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":")) if kept else None


def _plain(value: Any) -> Any:
    """The JSON form of one value; anything JSON has no word for is an error, not a guess."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return _plain_float(value)
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset | np.ndarray):
        return [_plain(each) for each in (sorted(value) if isinstance(value, set | frozenset) else value)]
    return _plain_rare(value)


def _plain_float(value: float) -> Any:
    if value != value:
        return None
    return {"$number": str(value)} if value in (float("inf"), float("-inf")) else float(value)


def _plain_rare(value: Any) -> Any:
    if isinstance(value, np.generic):
        return _plain(value.item())
    if pd.isna(value):
        return None
    if isinstance(value, datetime):
        return {"$time": value.isoformat()}
    if isinstance(value, date):
        return {"$date": value.isoformat()}
    raise InputError("The store cannot keep a value of type {kind}. Use text, numbers, lists or dates.", kind=type(value).__name__)


def _untag(value: dict[str, Any]) -> Any:
    if len(value) != 1:
        return value
    match next(iter(value.items())):
        case ("$number", str(text)):
            return float(text)
        case ("$time", str(text)):
            return datetime.fromisoformat(text)
        case ("$date", str(text)):
            return date.fromisoformat(text)
    return value
