"""Shares and minutes of every service side by side: adults, older people, and what a radius would claim."""

from __future__ import annotations

import html
import math

import pandas as pd
import streamlit as st

from contracts.columns import CATEGORY, CODE, RADIUS_SHARE
from contracts.reference import reference_table
from views.components.words import category_word, column_word
from views.i18n import _, number, percent

_PACES = (("adult_share", "adult_minutes"), ("older_share", "older_minutes"))


def show(coverage: pd.DataFrame, *, asked: str = "") -> None:
    """One row per service in the order of the reference table; the service ``asked`` about comes first and is marked."""
    heads = [column_word(name) for name in ("service", "adult", "older", "radius")]
    head = "".join(f"<th>{html.escape(word)}</th>" for word in heads)
    body = "".join(_row(row, is_asked=str(row[CATEGORY]) == asked) for _place, row in _ordered(coverage, asked).iterrows())
    st.html(f'<table class="wangge-figures"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>')


def _ordered(coverage: pd.DataFrame, asked: str) -> pd.DataFrame:
    known = {code: rank for rank, code in enumerate(reference_table("facility_categories")[CODE])}
    ranks = coverage[CATEGORY].map(known).fillna(len(known)).where(coverage[CATEGORY] != asked, -1)
    return coverage.loc[ranks.sort_values(kind="stable").index]


def _row(row: pd.Series, *, is_asked: bool) -> str:
    cells = "".join(f"<td>{html.escape(percent(_figure(row, share)))}<small>{html.escape(_minutes(row, minutes))}</small></td>" for share, minutes in _PACES)
    mark = ' class="asked"' if is_asked else ""
    return f"<tr{mark}><td>{html.escape(category_word(str(row[CATEGORY])))}</td>{cells}<td>{html.escape(percent(_figure(row, RADIUS_SHARE)))}</td></tr>"


def _figure(row: pd.Series, column: str) -> float | None:
    value = row.get(column)
    return None if value is None or pd.isna(value) else float(value)


def _minutes(row: pd.Series, column: str) -> str:
    minutes = _figure(row, column)
    if minutes is None or not math.isfinite(minutes):
        return _("too far")
    return _("{minutes} min", minutes=number(minutes, digits=1))
