"""Answers for one building: every service with its word, minutes at both paces, and the nearest facility."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping
from types import MappingProxyType

import pandas as pd
import streamlit as st

from contracts.columns import ANSWER, CATEGORY, REASON
from contracts.messages import Message
from contracts.reference import reference_table
from servicecircle.answers import (
    BLOCKED,
    COVERED,
    CUT_OFF,
    MAP_EDGE,
    NO_FACILITY,
    NO_GEOMETRY,
    NO_STREET,
    NOT_COVERED,
    TOO_FAR,
    UNKNOWN,
    UNREACHABLE,
    UNVERIFIED,
)
from services.circles import SEARCHED_S
from services.door_story import GROUP, DoorStory
from views.components.words import category_word, column_word, word
from views.i18n import _, language, names_of, number

SIGNS: Mapping[str, str] = MappingProxyType({COVERED: "✓", NOT_COVERED: "✕", UNREACHABLE: "⊘", UNKNOWN: "?"})
ANSWERS: MappingProxyType[str, Message] = MappingProxyType(
    {COVERED: Message("in time"), NOT_COVERED: Message("too far"), UNREACHABLE: Message("cut off"), UNKNOWN: Message("not known")}
)
REASONS: MappingProxyType[str, Message] = MappingProxyType(
    {
        TOO_FAR: Message("the nearest is farther than the limit"),
        NO_FACILITY: Message("the map has none"),
        CUT_OFF: Message("no street leads there"),
        BLOCKED: Message("the door reaches no street"),
        NO_STREET: Message("no street near the door"),
        NO_GEOMETRY: Message("the place of the door is not known"),
        MAP_EDGE: Message("the map ends nearby"),
        UNVERIFIED: Message("only unverified places are near"),
    }
)


def answer_word(answer: str) -> str:
    """One of the four answers in the reader's language."""
    return word(ANSWERS, answer)


def show(story: DoorStory, *, asked: str) -> None:
    """One row per service below the name of its group; the service ``asked`` about is marked."""
    names = names_of(story.services[["name", "name_en"]].set_axis(story.services.index.astype(str)))
    head = "".join(f"<th>{html.escape(text)}</th>" for text in (column_word("service"), column_word("adult_min"), column_word("older_min")))
    body, group = [], None
    for (_place, row), name in zip(story.services.iterrows(), names, strict=True):
        if row[GROUP] != group:
            group = row[GROUP]
            body.append(f'<tr class="group"><th colspan="3">{html.escape(_group_word(str(group)))}</th></tr>')
        body.append(_row(row, "" if not row["name"] and not row["name_en"] else str(name), limit_s=story.limit_s, is_asked=row[CATEGORY] == asked))
    st.html(f'<table class="wangge-figures wangge-answers"><thead><tr>{head}</tr></thead><tbody>{"".join(body)}</tbody></table>')


def for_download(story: DoorStory) -> pd.DataFrame:
    """The answers as a table with words and numbers, in the columns of ``words.COLUMNS``."""
    table = story.services
    return pd.DataFrame(
        {
            "group": table[GROUP].map(_group_word),
            "service": table[CATEGORY].map(category_word),
            "answer": table[ANSWER].map(answer_word),
            "reason": [word(REASONS, str(reason)) for reason in table[REASON]],
            "adult_minutes": (table["adult_s"] / 60.0).replace(math.inf, math.nan).round(1),
            "older_minutes": (table["older_s"] / 60.0).replace(math.inf, math.nan).round(1),
            "nearest": table["name_en"].where(table["name_en"] != "", table["name"]) if language() == "en" else table["name"],
        }
    )


def minutes_word(seconds: float, limit_s: float = math.inf) -> str:
    """Minutes with one decimal, on the limit's own side of it: 15.0 is never beyond 15; beyond what was searched in words."""
    if math.isnan(seconds):
        return number(None)
    if math.isinf(seconds):
        return _("over {minutes}", minutes=number(SEARCHED_S / 60.0))
    tenths = seconds / 6.0
    return number((math.ceil(tenths) if seconds > limit_s else round(tenths)) / 10.0, digits=1)


def _row(row: pd.Series, name: str, *, limit_s: float, is_asked: bool) -> str:
    answer = str(row[ANSWER])
    why = f" · {word(REASONS, str(row[REASON]))}" if row[REASON] and row[REASON] != TOO_FAR else ""
    said = f'<span class="answer {html.escape(answer)}"><b>{SIGNS.get(answer, "")}</b> {html.escape(answer_word(answer) + why)}</span>'
    what = f"{html.escape(category_word(str(row[CATEGORY])))}{f'<small>{html.escape(name)}</small>' if name else ''}{said}"
    has_walk = row[REASON] in ("", TOO_FAR, MAP_EDGE, UNVERIFIED)
    times = [float(row[column]) if has_walk else math.nan for column in ("adult_s", "older_s")]
    figures = "".join(f"<td>{html.escape(minutes_word(seconds, limit_s))}</td>" for seconds in times)
    mark = ' class="asked"' if is_asked else ""
    return f"<tr{mark}><td>{what}</td>{figures}</tr>"


def _group_word(code: str) -> str:
    groups = reference_table("facility_groups").set_index("code")
    return str(groups.at[code, "en" if language() == "en" else "zh"]) if code in groups.index else _("Other services")
