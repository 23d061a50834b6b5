"""Words, numbers and dates in the language of the reader.

A page says ``_("Grids in {area}", area=name)``: the English template is the key of the catalogues of ``contracts/locale``.
The language comes from ``?lang=`` of the address, then from what the session chose before, then from the installation.
"""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Any

import pandas as pd
import streamlit as st
from babel.dates import format_date, format_time
from babel.numbers import format_decimal, format_percent

from contracts.codes import grid_called
from contracts.columns import NAME, NAME_EN
from contracts.messages import LANGUAGES, Message
from contracts.settings import settings

LANGUAGE_NAMES = {"zh_CN": "中文", "en": "English"}
QUERY_NAME = "lang"
_KEY = "language"
_UNKNOWN = "–"


def known_language(text: str | None) -> str | None:
    """The language a tag such as ``zh``, ``zh-CN`` or ``EN`` means, or ``None`` for one without a catalogue."""
    tag = (text or "").replace("-", "_").lower()
    return next((name for name in LANGUAGES if tag and name.lower().split("_")[0] == tag.split("_")[0]), None)


def language() -> str:
    """Language of this session: a changed address wins, then the session's choice, then the installation's."""
    asked = known_language(st.query_params.get(QUERY_NAME))
    if asked and asked != st.session_state.get("language_of_address"):
        st.session_state["language_of_address"] = asked
        st.session_state[_KEY] = asked
    return st.session_state.get(_KEY) or known_language(settings().language) or LANGUAGES[0]


def _(template: str, /, **details: Any) -> str:
    """The sentence of a template in the reader's language; messages among the details are spoken too."""
    return Message(template, details).in_language(language())


def spoken(message: Message) -> str:
    """A message of another room in the reader's language."""
    return message.in_language(language())


def choose_language(name: str) -> None:
    """Keep a language for the session and put it into the address."""
    st.session_state[_KEY] = name
    st.session_state["language_of_address"] = name
    st.query_params[QUERY_NAME] = name


def number(value: float | None, *, digits: int = 0) -> str:
    """A number with grouped thousands and a fixed number of decimals; a dash where it is not known."""
    if value is None or math.isnan(value):
        return _UNKNOWN
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(value, format=pattern, locale=language())


def percent(share: float | None) -> str:
    """A share in [0, 1] as a percentage with one decimal; a dash where it is not known."""
    if share is None or math.isnan(share):
        return _UNKNOWN
    return format_percent(share, format="#,##0.0%", locale=language())


def signed(share: float | None) -> str:
    """A difference as a percentage with its sign: ``+21.2%``."""
    text = percent(share)
    return f"+{text}" if share is not None and share > 0 else text


def day(value: date | datetime | None) -> str:
    """A date as the language writes it."""
    return _UNKNOWN if value is None else format_date(value, format="medium", locale=language())


def moment(value: datetime | str | None) -> str:
    """A date and time to the minute, on this machine's clock, as the language writes it; also takes ISO text."""
    if not value:
        return _UNKNOWN
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    local = (at.to_pydatetime() if isinstance(at, pd.Timestamp) else at).astimezone()
    return f"{format_date(local, format='medium', locale=language())} {format_time(local, format='short', locale=language())}"


def names_of(frame: pd.DataFrame) -> pd.Series:
    """Names of places in the reader's language, the other language where there is none, the key where neither; same index."""
    own, other = (NAME_EN, NAME) if language() == "en" else (NAME, NAME_EN)
    names = _text(frame, own)
    names = names.where(names != "", _text(frame, other))
    return names.where(names != "", frame.index.astype(str).to_series(index=frame.index))


def grid_names_of(frame: pd.DataFrame) -> pd.Series:
    """Names of grids (index = code), where there is none "Grid 3" after the last digits of the code; same index."""
    names = names_of(frame)
    return names.where(names != frame.index.astype("str"), [grid_word(str(code)) for code in frame.index])


def grid_word(code: str) -> str:
    """What a grid without a name is called: its number inside its community."""
    return spoken(grid_called(code))


def _text(frame: pd.DataFrame, column: str) -> pd.Series:
    if column not in frame:
        return pd.Series("", index=frame.index, dtype="str")
    return frame[column].fillna("").astype("str")
