"""A table in the reader's words and numbers; the caller chooses and orders the columns."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from views.components.words import column_word

_COUNTS = (
    "households",
    "residents",
    "grids",
    "faults",
    "people",
    "gained",
    "lost",
    "concerned",
    "covered_people",
    "added",
    "updated",
    "unchanged",
    "buildings",
    "longest_walk_m",
    "barriers_inside",
    "area_m2",
    "need",
    "has",
    "gap",
    "communities",
)
_SHARES = ("adult_share", "older_share", "radius_share")
_PARTS = ("deviation_share", "street_share", "unknown_share", "unreachable_share", "met_share")
_NARROW = ("adult", "older", "radius", "adult_min", "older_min", "role", "full_time")
_NARROW_PX = 72
_SENTENCES = ("was", "done")
_MINUTES = ("walk_minutes", "adult_minutes", "older_minutes")


def show(table: pd.DataFrame, *, key: str, height: int | None = None, row_height: int | None = None) -> None:
    """Show a table whose columns are names of ``words.COLUMNS``; sentences wrap in rows of a greater height."""
    st.dataframe(in_words(table), column_config=_configs(table), hide_index=True, key=key, height=height or "auto", row_height=row_height)


def choose(table: pd.DataFrame, *, key: str) -> None:
    """The same, where a row can be chosen: the session keeps it under the key, and the page is shown anew."""
    st.dataframe(in_words(table), column_config=_configs(table), hide_index=True, key=key, height="auto", on_select="rerun", selection_mode="single-row")


def in_words(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its columns named in the reader's language, as it is shown and downloaded."""
    return table.rename(columns=column_word)


def _configs(table: pd.DataFrame) -> dict[str, Any]:
    return {column_word(name): config for name in map(str, table.columns) if (config := _config(name)) is not None}


def _config(name: str) -> Any:
    if name in _COUNTS:
        return st.column_config.NumberColumn(format="localized")
    if name in _SHARES:
        return st.column_config.ProgressColumn(format="percent", min_value=0.0, max_value=1.0)
    if name in _PARTS:
        return st.column_config.NumberColumn(format="percent")
    if name == "compactness":
        return st.column_config.NumberColumn(format="%.2f")
    if name in _MINUTES:
        return st.column_config.NumberColumn(format="%.1f")
    if name in _SENTENCES:
        return st.column_config.TextColumn(width="large")
    if name in _NARROW:
        return st.column_config.Column(width=_NARROW_PX)
    if name == "service":
        return st.column_config.Column(width=2 * _NARROW_PX)
    if name == "gap_to_target":
        return st.column_config.NumberColumn(format="%+.1f")
    return None
