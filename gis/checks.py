"""Checks at the door of a pure function: each passes silently or raises one of our errors, saying what came and what to do."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from contracts.errors import CrsError, InputError, MissingColumnError
from contracts.messages import Message

Spatial: TypeAlias = "gpd.GeoDataFrame | gpd.GeoSeries"


def require_crs(places: Spatial, what: str = "places") -> None:
    """Pass where the places say which coordinate reference system they are in.

    Raises
    ------
    CrsError
        Coordinates without a system cannot be measured; guessing one would move everything.
    """
    if getattr(places, "crs", None) is None:
        raise CrsError("The {what} have no coordinate reference system. Say which one they are in, for example set_crs('EPSG:4326').", what=what)


def require_columns(table: pd.DataFrame, *columns: str, what: str = "table") -> None:
    """Pass where the table has every one of the columns (the name of the index does not count).

    Raises
    ------
    MissingColumnError
        Names all that are missing at once, and what is there.
    """
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise MissingColumnError(
            "The {what} lack the columns {missing}; they have {present}. Rename or add them.",
            what=what,
            missing=", ".join(missing),
            present=", ".join(map(str, table.columns)) or "-",
        )


def require_finite(name: str, values: npt.ArrayLike) -> None:
    """Pass where every value is a number: neither missing nor infinite.

    Raises
    ------
    InputError
        Says how many are not and where the first one is.
    """
    _require(
        name,
        values,
        ~np.isfinite(_numbers(name, values)),
        Message("{name} must be plain numbers: {count} are not, the first is {value} at {key}. Fill or leave out these rows."),
    )


def require_nonnegative(name: str, values: npt.ArrayLike) -> None:
    """Pass where no value is missing or below zero; infinity passes (it means out of reach).

    Raises
    ------
    InputError
        Says how many are not and where the first one is.
    """
    _require(
        name,
        values,
        ~(_numbers(name, values) >= 0),
        Message("{name} must be zero or more: {count} are not, the first is {value} at {key}. Mend or leave out these rows."),
    )


def require_same_index(first: pd.DataFrame | pd.Series, *others: pd.DataFrame | pd.Series) -> None:
    """Pass where all tables have the same index in the same order.

    Raises
    ------
    InputError
        Says how long each is; rows would silently be paired wrongly otherwise.
    """
    for other in others:
        if not first.index.equals(other.index):
            raise InputError(
                "Tables that belong together have different indexes ({first} and {other} rows). Give them the same keys in the same order.",
                first=len(first),
                other=len(other),
            )


def require_unique_index(table: pd.DataFrame | pd.Series | gpd.GeoSeries, what: str = "table") -> None:
    """Pass where no key occurs twice and none is missing.

    Raises
    ------
    InputError
        Names the first key that is repeated or missing.
    """
    missing = np.zeros(len(table), dtype=bool) if isinstance(table.index, pd.MultiIndex) else table.index.isna()
    wrong = table.index.duplicated() | missing
    if wrong.any():
        raise InputError(
            "Keys of the {what} must be there and differ: {count} do not, the first is {key}. Give each row a key of its own.",
            what=what,
            count=int(wrong.sum()),
            key=table.index[int(np.argmax(wrong))],
        )


def require_choice(name: str, value: Any, choices: Collection[Any]) -> None:
    """Pass where the value is one of the choices.

    Raises
    ------
    InputError
        Lists the choices.
    """
    if value not in choices:
        raise InputError("{name} must be one of {choices}, not {value}.", name=name, choices=", ".join(map(str, choices)), value=value)


def _numbers(name: str, values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        value, key = _first_text(values)
        raise InputError("{name} must be numbers; {value} at {key} cannot be read as one.", name=name, value=value, key=key) from error


def _first_text(values: npt.ArrayLike) -> tuple[Any, Any]:
    """The first value that is no number, and its key."""
    for key, value in values.items() if isinstance(values, pd.Series) else enumerate(np.ravel(np.asarray(values, dtype=object))):
        try:
            float(value)
        except (TypeError, ValueError):
            return value, key
    return "?", "?"


def _require(name: str, values: npt.ArrayLike, is_wrong: npt.NDArray[np.bool_], what: Message) -> None:
    wrong = np.flatnonzero(is_wrong)
    if not len(wrong):
        return
    first = int(wrong[0])
    key = values.index[first] if isinstance(values, pd.Series) else first
    raise InputError(what.template, name=name, count=len(wrong), value=_numbers(name, values).ravel()[first], key=key)
