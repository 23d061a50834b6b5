"""The reference tables as a reader sees them: named columns, words for codes, the certainty in words."""

from __future__ import annotations

import re
from types import MappingProxyType

import pandas as pd

from contracts.columns import CODE
from contracts.messages import Message
from contracts.reference import reference_table
from views.i18n import language, spoken

CERTAINTIES = MappingProxyType(
    {
        "programme": (Message("programme documents"), Message("taken from the programme documents")),
        "found": (Message("public material"), Message("seen in public material")),
        "recalled": (Message("from memory"), Message("from memory, with the share of confidence")),
        "proposal": (Message("own proposal"), Message("our own proposal")),
        "certain": (Message("certain"), Message("follows from the matter itself")),
    }
)
UNITS = MappingProxyType({"household": Message("households"), "m": Message("m"), "m2": Message("m²"), "unit": Message("units")})
HEADINGS = MappingProxyType(
    {
        "zh": Message("Name"),
        "en": Message("Name"),
        "label_zh": Message("Rule"),
        "label_en": Message("Rule"),
        "alias": Message("Everyday name"),
        "means": Message("Name"),
        "group": Message("Group"),
        "level": Message("Life circle"),
        "max_walk_min": Message("Walk, minutes"),
        "minutes": Message("Minutes"),
        "radius_m": Message("Radius, m"),
        "radius_m_min": Message("Radius from, m"),
        "radius_m_max": Message("Radius to, m"),
        "population_min": Message("People from"),
        "population_max": Message("People to"),
        "obligation": Message("Obligation"),
        "speed_m_s": Message("Speed, m/s"),
        "stairs_factor": Message("Time on stairs, times level"),
        "share": Message("Share"),
        "value": Message("Value"),
        "unit": Message("Unit"),
        "source": Message("Source"),
        "certainty": Message("Certainty"),
    }
)
OBLIGATIONS = MappingProxyType({"required": Message("required"), "optional": Message("optional"), "programme": Message("by the programme")})


def shown_rules(name: str) -> pd.DataFrame:
    """A reference table in the reader's words; codes that only machines need are left out."""
    rows = reference_table(name)
    if "alias" in rows:
        rows.insert(1, "means", rows[CODE].map(_names("facility_categories")))
    other = ("zh", "label_zh") if language() == "en" else ("en", "label_en")
    known = [column for column in rows.columns if column in HEADINGS and column not in other and _has_values(rows[column])]
    named = sorted(known, key=lambda column: (column not in ("zh", "en", "label_zh", "label_en"), rows.columns.get_loc(column)))
    shown = pd.DataFrame({column: _words(name, column, rows[column]) for column in named})
    return shown.rename(columns=lambda column: spoken(HEADINGS[column]))


def certainty_lines() -> list[str]:
    """What each word of the certainty means."""
    return [f"- **{spoken(word)}**: {spoken(meaning)}" for word, meaning in CERTAINTIES.values()]


def certainty_words(text: str) -> str:
    """A certainty of a table in the reader's words."""
    return re.sub("|".join(CERTAINTIES), lambda found: spoken(CERTAINTIES[found[0]][0]), text)


def _has_values(cells: pd.Series) -> bool:
    return bool(cells.fillna("").astype(str).ne("").any())


def _words(table: str, column: str, cells: pd.Series) -> pd.Series:
    if column == "certainty":
        return cells.map(certainty_words)
    if column == "level":
        return cells.map(_names("life_circle_levels")) if table == "facility_categories" else cells
    if column == "group":
        return cells.map(_names("facility_groups")).fillna(cells)
    words = {"unit": UNITS, "obligation": OBLIGATIONS}.get(column)
    return cells if words is None else cells.map(lambda cell: spoken(words[cell]) if cell in words else cell)


def _names(table: str) -> dict[str, str]:
    rows = reference_table(table)
    return dict(zip(rows[CODE], rows["en" if language() == "en" else "zh"], strict=True))
