"""What the tags of a street and the kind of a barrier mean to someone on foot.

``data/reference/attachment_rules.csv`` says what is stairs, underground or one-way; ``street_rules.csv`` what a kind of walker
cannot use or is slowed down by. ``docs/streets.md`` shows both to people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache, partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from contracts.columns import KIND, ONEWAY_FOOT
from contracts.errors import InputError
from contracts.reference import reference_table
from gis.osm_rules import metres
from gis.profiles import WalkerProfile
from gis.slopes import slope_factors
from gis.street_words import Words

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


class StreetRule(NamedTuple):
    """A row of ``street_rules.csv``: ``values`` are words, or one bound such as ``<0.8``; ``effect`` is open, closed or slower."""

    column: str
    values: str
    effect: str
    factor: float


def has_effect(streets: pd.DataFrame, *effects: str) -> Mask:
    """Which streets have one of the effects through any of their columns; columns a frame lacks say nothing."""
    found = np.zeros(len(streets), dtype=bool)
    for column, values in _values_by_column("street", effects).items():
        if column in streets.columns:
            found |= Words(streets[column]).fit(values.__contains__)
    return found


def pace_factors(streets: pd.DataFrame, profile: WalkerProfile, *, slopes: bool = False) -> tuple[Floats, Floats]:
    """Time along and against each street over the time on a level, even one; ``inf`` = not allowed for this walker.

    Parameters
    ----------
    streets
        Tags as columns; those a frame lacks say nothing.
    profile
        Who walks.
    slopes
        Whether grades count (``gis.slopes``).

    Raises
    ------
    InputError
        ``oneway_foot`` holds a word that is not understood.
    """
    _require_known_directions(streets)
    is_stairs = has_effect(streets, "stairs")
    factor, is_surveyed = ground_factor(streets, profile, is_stairs)
    along, back = slope_factors(streets, profile, is_stairs, is_surveyed) if slopes else (1.0, 1.0)
    return (
        np.where(has_effect(streets, "backward_only"), np.inf, factor * along),
        np.where(has_effect(streets, "forward_only"), np.inf, factor * back),
    )


def ground_factor(streets: pd.DataFrame, profile: WalkerProfile, is_stairs: Mask) -> tuple[Floats, Mask]:
    """What the ground does to a walker's time, the same in both directions (``inf`` = cannot be used), and where a rule opens the street.

    A rule that opens a street outranks all others (somebody looked at the place), one that closes it outranks the slowing
    ones; of several slowing ones the worst counts. Stairs come on top. Of several values in one tag (``sand;asphalt``) a single
    bad one closes or slows; a street opens only where all of them say so.
    """
    slower, closed, opened = np.ones(len(streets)), np.zeros(len(streets), dtype=bool), np.full(len(streets), np.nan)
    for rule in _street_rules(profile.rule_group):
        if rule.column not in streets.columns:
            continue
        some_or_all = all if rule.effect == "open" else any
        fits = Words(streets[rule.column]).fit(partial(_says, rule.values, some_or_all))
        if rule.effect == "closed":
            closed |= fits
        elif rule.effect == "open":
            opened = np.where(fits & np.isnan(opened), rule.factor, opened)
        else:
            slower = np.where(fits, np.maximum(slower, rule.factor), slower)
    factor = np.where(closed, np.inf, slower * np.where(is_stairs, profile.stairs_factor, 1.0))
    return np.where(np.isnan(opened), factor, opened), ~np.isnan(opened)


def is_blocking(kinds: pd.Series) -> Mask:
    """Which barriers stop a connector from a door to a street. A kind no rule knows blocks: it was given as a barrier."""
    return ~Words(kinds).fit(_values_by_column("barrier", ("passes",))[KIND].__contains__)


def _says(values: str, some_or_all: Callable[[Iterable[bool]], bool], word: str) -> bool:
    parts = [part.strip() for part in word.split(";")]
    if values.startswith("<"):
        return some_or_all(metres(part) < float(values[1:]) for part in parts)
    return some_or_all(part in values.split("|") for part in parts)


def _require_known_directions(streets: pd.DataFrame) -> None:
    if ONEWAY_FOOT not in streets.columns:
        return
    known = _values_by_column("street", ("forward_only", "backward_only", "both_ways"))[ONEWAY_FOOT]
    words = Words(streets[ONEWAY_FOOT])
    unknown = ~words.fit(known.__contains__)
    if unknown.any():
        first = int(np.argmax(unknown))
        raise InputError(
            "Column oneway_foot of street {key} says {value}; it must be yes (along the line only), -1 (against it only) or no.",
            key=streets.index[first],
            value=words[first],
        )


@cache
def _values_by_column(subject: str, effects: tuple[str, ...]) -> dict[str, frozenset[str]]:
    table = reference_table("attachment_rules")
    chosen = table[(table["subject"] == subject) & table["effect"].isin(effects)]
    return {str(column): frozenset(values) for column, values in chosen.groupby("column")["value"]}


@cache
def _street_rules(group: str) -> tuple[StreetRule, ...]:
    table = reference_table("street_rules")
    chosen = table[table["rule_group"] == group].to_dict("records")
    return tuple(StreetRule(row["column"], row["value"], row["effect"], float(row["factor"] or "nan")) for row in chosen)
