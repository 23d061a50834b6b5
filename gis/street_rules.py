"""What the tags of a street and the kind of a barrier mean to someone on foot (``data/reference/attachment_rules.csv``)."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from contracts.columns import KIND, ONEWAY_FOOT
from contracts.errors import InputError
from contracts.reference import reference_table
from gis.profiles import WalkerProfile

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


def has_effect(streets: pd.DataFrame, *effects: str) -> Mask:
    """Which streets have one of the effects through any of their columns; columns a frame lacks say nothing."""
    found = np.zeros(len(streets), dtype=bool)
    for column, values in _values_by_column("street", effects).items():
        if column in streets.columns:
            found |= _words(streets[column]).isin(values).to_numpy()
    return found


def street_seconds(streets: pd.DataFrame, length_m: Floats, profile: WalkerProfile) -> tuple[Floats, Floats]:
    """Seconds along and against each street's drawn direction; ``inf`` = not allowed for this walker.

    Raises
    ------
    InputError
        ``oneway_foot`` holds a word that is not understood.
    """
    factor = np.where(has_effect(streets, "stairs"), profile.stairs_factor, 1.0)
    seconds = length_m / profile.speed_m_s
    with np.errstate(invalid="ignore"):
        seconds = np.where(np.isinf(factor), np.inf, seconds * factor)
    _require_known_directions(streets)
    return (
        np.where(has_effect(streets, "backward_only"), np.inf, seconds),
        np.where(has_effect(streets, "forward_only"), np.inf, seconds),
    )


def is_blocking(kinds: pd.Series) -> Mask:
    """Which barriers stop a connector from a door to a street. A kind no rule knows blocks: it was given as a barrier."""
    return ~_words(kinds).isin(_values_by_column("barrier", ("passes",))[KIND]).to_numpy()


def _require_known_directions(streets: pd.DataFrame) -> None:
    if ONEWAY_FOOT not in streets.columns:
        return
    known = _values_by_column("street", ("forward_only", "backward_only", "both_ways"))[ONEWAY_FOOT]
    words = _words(streets[ONEWAY_FOOT])
    unknown = ~words.isin(known).to_numpy()
    if unknown.any():
        first = int(np.argmax(unknown))
        raise InputError(
            "Column oneway_foot of street {key} says {value}; it must be yes (along the line only), -1 (against it only) or no.",
            key=streets.index[first],
            value=words.iloc[first],
        )


def _words(column: pd.Series) -> pd.Series:
    return column.astype(object).where(column.notna(), "").astype(str).str.strip().str.lower()


@cache
def _values_by_column(subject: str, effects: tuple[str, ...]) -> dict[str, frozenset[str]]:
    table = reference_table("attachment_rules")
    chosen = table[(table["subject"] == subject) & table["effect"].isin(effects)]
    return {str(column): frozenset(values) for column, values in chosen.groupby("column")["value"]}
