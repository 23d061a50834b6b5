"""Between frames and rows: typed columns out of a frame, a typed frame out of rows. The table's columns say the types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import BigInteger, Boolean, Column, Date, Float, Integer, LargeBinary, Table, Text, cast, func, type_coerce
from sqlalchemy.dialects.postgresql import JSONB, dialect

from contracts.columns import CODE, KEY
from contracts.errors import InputError
from store.extra import extra_to_columns, read_json, rows_to_extra, write_json
from store.types import SRID, Utc

CRS = f"EPSG:{SRID}"
HIDDEN = ("id", "geom", "extra")
_POSTGRESQL = dialect()


def key_name(table: Table) -> str:
    """``code`` for areas and grids, ``key`` for all else."""
    return CODE if CODE in table.c else KEY


def is_json(column: Column[Any]) -> bool:
    """Whether a column holds JSON (text on SQLite, ``jsonb`` on PostgreSQL)."""
    return isinstance(column.type.dialect_impl(_POSTGRESQL), JSONB)


def text_values(values: pd.Series, column: Column[Any]) -> list[Any]:
    """Text, ``None`` where missing or empty; numbers become text. An empty reference would name a row that is not there."""
    found = [None if missing or value == "" else str(value) for value, missing in zip(values.tolist(), values.isna(), strict=True)]
    if any("\x00" in value for value in found if value):
        raise InputError("Column {column} holds a character no database keeps (NUL). Remove it.", column=column.name)
    return found


def number_values(values: pd.Series, column: Column[Any]) -> list[Any]:
    """Numbers, ``None`` where missing."""
    try:
        found = pd.to_numeric(values).astype("float64").to_numpy(na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise InputError("Column {column} should hold numbers only: {reason}", column=column.name, reason=str(error)) from error
    return [None if value != value else value for value in found.tolist()]


def whole_values(values: pd.Series, column: Column[Any]) -> list[Any]:
    """Whole numbers, ``None`` where missing; node numbers above 2**53 stay exact."""
    if pd.api.types.is_integer_dtype(values.dtype):
        return [None if value is pd.NA else value for value in values.tolist()]
    found = number_values(values, column)
    if any(value is not None and value % 1 != 0 for value in found):
        raise InputError("Column {column} should hold whole numbers only.", column=column.name)
    return [None if value is None else int(value) for value in found]


def truth_values(values: pd.Series, column: Column[Any]) -> list[Any]:
    """True or false; missing means false."""
    found = [False if missing else value for value, missing in zip(values.tolist(), values.isna(), strict=True)]
    if any(value not in (0, 1) for value in found):
        raise InputError("Column {column} should hold true or false only.", column=column.name)
    return [bool(value) for value in found]


def json_values(values: pd.Series, column: Column[Any]) -> list[Any]:
    """Canonical JSON text, ``None`` where missing."""
    return [None if text == "null" else text for text in (write_json(value) for value in values.tolist())]


def moment_values(values: pd.Series, column: Column[Any]) -> list[Any]:
    """Moments with a time zone, ``None`` where missing."""
    return [None if pd.isna(value) else _moment(value, column) for value in values.tolist()]


def _moment(value: Any, column: Column[Any]) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise InputError("Column {column} should hold moments with a time zone, not {value}.", column=column.name, value=value)
    return value.to_pydatetime() if isinstance(value, pd.Timestamp) else value


def day_values(values: pd.Series, column: Column[Any]) -> list[Any]:
    """Days, ``None`` where missing; a moment without a time zone is its day, text is read as 2026-03-04."""
    return [None if pd.isna(value) else _day(value, column) for value in values.tolist()]


def _day(value: Any, column: Column[Any]) -> date:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        found = None
    if not isinstance(found, date) or (isinstance(found, datetime) and found.tzinfo is not None):
        raise InputError("Column {column} should hold days as 2026-03-04, not {value}.", column=column.name, value=value)
    return date(found.year, found.month, found.day)


def writer_of(column: Column[Any]) -> Callable[[pd.Series, Column[Any]], list[Any]]:
    """How the values of a column are made ready."""
    if isinstance(column.type, Utc):
        return moment_values
    if isinstance(column.type, Date):
        return day_values
    if isinstance(column.type, Boolean):
        return truth_values
    if isinstance(column.type, Float):
        return number_values
    if isinstance(column.type, Integer):
        return whole_values
    return json_values if is_json(column) else text_values


def columns_of(frame: pd.DataFrame, table: Table) -> dict[str, list[Any]]:
    """Values by column of the table; columns the table has no place for go to ``extra``."""
    name_of_geometry = frame.geometry.name if isinstance(frame, gpd.GeoDataFrame) else None
    names = [str(name) for name in frame.columns if name not in (name_of_geometry, key_name(table))]
    own = [name for name in names if name in table.c and name not in HIDDEN]
    rest = {name: frame[name] for name in names if name not in own}
    found = {name: writer_of(table.c[name])(frame[name], table.c[name]) for name in own}
    if rest and "extra" in table.c:
        found["extra"] = rows_to_extra(rest)
    return found


def selectable(table: Table, *, is_sqlite: bool) -> list[Any]:
    """The columns to read, geometry as plain WKB and JSON as plain text, so that rows arrive without per-row work."""
    return [plain_column(column, is_sqlite=is_sqlite) for column in table.c if column.name != "id"]


def plain_column(column: Column[Any], *, is_sqlite: bool) -> Any:
    """A column as the driver gives it: geometry as WKB, JSON as text."""
    if column.name == "geom":
        raw = type_coerce(column, LargeBinary) if is_sqlite else func.ST_AsBinary(column, type_=LargeBinary)
        return raw.label("geom")
    if is_json(column):
        return cast(column, Text).label(column.name)
    return column


def frame_of(rows: Sequence[Any], table: Table) -> pd.DataFrame:
    """Rows of ``selectable`` as a frame with the table's types; a GeoDataFrame in EPSG:4326 where there is a geometry."""
    names = [column.name for column in table.c if column.name != "id"]
    values = dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(names, ())
    data = {name: _read(values[name], table.c[name]) for name in names if name not in HIDDEN}
    data.update({name: pd.Series(column) for name, column in extra_to_columns(values.get("extra", ())).items() if name not in data})
    frame = pd.DataFrame(data)
    if "geom" not in values:
        return frame
    geometry = shapely.from_wkb(np.array(values["geom"], dtype=object))
    return gpd.GeoDataFrame(frame, geometry=gpd.array.from_shapely(geometry), crs=CRS)


def _read(values: tuple[Any, ...], column: Column[Any]) -> Any:
    kind = column.type
    if isinstance(kind, Utc):
        return pd.to_datetime(pd.Series(values, dtype=object), utc=True).astype("datetime64[us, UTC]")
    if isinstance(kind, Date):
        return pd.to_datetime(pd.Series(values, dtype=object)).astype("datetime64[s]")
    if isinstance(kind, Boolean):
        return np.array(values, dtype=bool)
    if isinstance(kind, BigInteger) and None in values:
        return pd.array(list(values), dtype="Int64")
    if isinstance(kind, Float) or (isinstance(kind, Integer) and None in values):
        return np.array(values, dtype="float64")
    if isinstance(kind, Integer):
        return np.array(values, dtype="int64")
    if is_json(column):
        return pd.Series([None if text is None else read_json(text) for text in values], dtype=object)
    return pd.array(list(values), dtype="str")
