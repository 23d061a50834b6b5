"""How many people and how much room a community needs by a scheme of ``staffing.csv``, and what is missing.

The need of a measure is the greatest of its terms in the scheme: a least number, so many for every so many households,
residents or grids, or the number of the class the households fall into. People and grids are counted whole, rounded up.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from contracts.columns import ANSWER, COMMITTEE_MEMBERS, COMMUNITY_CODE, GAP, HAS, HOUSEHOLDS, MEASURE, NEED, RESIDENTS, ROOMS_M2, STATION_STAFF
from contracts.errors import InputError
from contracts.reference import reference_table
from gis.checks import require_choice, require_finite, require_nonnegative

COMMITTEE = COMMITTEE_MEMBERS
GRIDS = "grids"
BEIJING = "beijing"
MET, SHORT, UNKNOWN = "met", "short", "unknown"
EDGES = ("table", "upper", "lower")  # to which class of a step rule its edge counts: as the table says, the upper or the lower class
_EVERY_SCHEME = "*"
_BASES = {"per_households": HOUSEHOLDS, "per_residents": RESIDENTS, "per_grids": GRIDS}

Numbers = npt.NDArray[np.float64]


def staffing_schemes() -> list[str]:
    """Names of the schemes, in the order of their table."""
    return reference_table("staffing_schemes")["scheme"].tolist()


def staffing_rules(scheme: str) -> pd.DataFrame:
    """Rows of ``staffing.csv`` that hold in a scheme, those that hold in every one included.

    Raises
    ------
    InputError
        A scheme the table does not know.
    """
    require_choice("scheme", scheme, staffing_schemes())
    table = reference_table("staffing")
    return table[table["scheme"].isin([scheme, _EVERY_SCHEME])].reset_index(drop=True)


def needs_by_scheme(communities: pd.DataFrame, *, scheme: str, edges: str = "table") -> pd.DataFrame:
    """What each community needs: a column per measure the scheme rules, NaN where a figure it needs is not known.

    Parameters
    ----------
    communities
        ``households``, ``residents`` and ``grids`` by community, NaN where not known; a column may be absent.
    scheme
        One of ``staffing_schemes``.
    edges
        Where households stand exactly on the edge of a class: one of ``EDGES``.

    Raises
    ------
    InputError
        An unknown scheme or way with edges, or a count below zero.
    """
    require_choice("edges", edges, EDGES)
    rules = staffing_rules(scheme)
    for base in _BASES.values():
        if base in communities:
            require_nonnegative(base, communities[base].dropna())

    needs = {str(measure): _need(communities, rows, edges) for measure, rows in rules.groupby("measure", sort=False)}
    return pd.DataFrame(needs, index=communities.index)


def judge_staffing(needs: pd.DataFrame, present: pd.DataFrame) -> pd.DataFrame:
    """Each need beside what is there: community_code, measure, need, has, gap, answer (met, short, unknown).

    What ``present`` does not say is unknown, never zero, and has no gap. Communities in the order of ``needs``, the measures of one community together.
    """
    there = present.reindex(index=needs.index, columns=needs.columns).astype(float)
    need, has = needs.to_numpy(dtype=float).ravel(), there.to_numpy(dtype=float).ravel()
    gap = np.clip(need - has, 0.0, None)
    answer = np.select([np.isnan(gap), gap > 0], [UNKNOWN, SHORT], MET)
    measures = np.tile(needs.columns.to_numpy(dtype=object), len(needs))
    codes = np.repeat(needs.index.to_numpy(dtype=object), needs.shape[1])
    return pd.DataFrame({COMMUNITY_CODE: codes, MEASURE: measures, NEED: need, HAS: has, GAP: gap, ANSWER: answer})


def station_staff(households: float) -> int:
    """Workers of the community service station in Beijing: one per 500 households or part of them, three at least."""
    return int(_need_of_one(STATION_STAFF, households, BEIJING))


def committee_members(households: float) -> int:
    """Members of the residents committee in Beijing: 5, 7 or 9; 1000 and 2000 households count to the middle class."""
    return int(_need_of_one(COMMITTEE_MEMBERS, households, BEIJING))


def rooms_m2(households: float, *, scheme: str = "Beijing") -> float:
    """Rooms of the community: a fixed area in Beijing, by households with a lower limit in Shijiazhuang and Henan.

    Raises
    ------
    InputError
        A scheme the table does not know, or one that says nothing about rooms.
    """
    return _need_of_one(ROOMS_M2, households, scheme.lower())


def staffing_needs(households: pd.Series, *, scheme: str = "Beijing") -> pd.DataFrame:
    """``station_staff`` and ``committee_members`` by Beijing and ``rooms_m2`` by the scheme, on the index of ``households``."""
    require_finite(HOUSEHOLDS, households)
    require_nonnegative(HOUSEHOLDS, households)

    frame = households.to_frame(HOUSEHOLDS)
    people = needs_by_scheme(frame, scheme=BEIJING)[[STATION_STAFF, COMMITTEE_MEMBERS]].astype(int)
    return people.assign(**{ROOMS_M2: _needs_of(ROOMS_M2, frame, scheme.lower())})


def staffing_gaps(needs: pd.DataFrame, present: pd.DataFrame) -> pd.DataFrame:
    """What is missing: needs minus what is there, never below zero; a community or column not in ``present`` has nothing."""
    there = present.reindex(index=needs.index, columns=needs.columns).fillna(0)
    return (needs - there).clip(lower=0)


def _need(communities: pd.DataFrame, rows: pd.DataFrame, edges: str) -> Numbers:
    """The greatest term; NaN where any is not known."""
    terms = [_term(communities, row, edges) for row in rows.to_dict("records")]
    steps = [term for term, formula in zip(terms, rows["formula"], strict=True) if formula == "steps"]
    rest = [term for term, formula in zip(terms, rows["formula"], strict=True) if formula != "steps"]
    return np.maximum.reduce([*rest, *([np.sum(steps, axis=0)] if steps else [])])


def _term(communities: pd.DataFrame, row: Mapping[Hashable, Any], edges: str) -> Numbers:
    value, is_whole = float(row["value"]), row["unit"] != "m2"
    if row["formula"] == "least":
        return np.full(len(communities), value)
    count = _counts(communities, _BASES.get(row["formula"], HOUSEHOLDS))
    if row["formula"] == "steps":
        return np.where(np.isnan(count), np.nan, value * _is_in_class(np.ceil(count), row, edges))
    need = value * count / float(row["per"])
    return np.ceil(need) if is_whole else need


def _is_in_class(households: Numbers, row: Mapping[Hashable, Any], edges: str) -> npt.NDArray[np.bool_]:
    low, high = float(row["from_households"] or 0), float(row["to_households"] or "inf")
    counted = {"upper": ("from",), "lower": ("to",), "table": ("from", "to") if row["edges"] == "both" else (row["edges"],)}[edges]
    above = households >= low if "from" in counted or low == 0 else households > low
    below = households <= high if "to" in counted else households < high
    return np.asarray(above & below)


def _counts(communities: pd.DataFrame, base: str) -> Numbers:
    return communities[base].to_numpy(dtype=float) if base in communities else np.full(len(communities), np.nan)


def _need_of_one(measure: str, households: float, scheme: str) -> float:
    if not (math.isfinite(households) and households >= 0):
        raise InputError("Households must be a number, zero or more, not {value}.", value=households)
    return float(_needs_of(measure, pd.DataFrame({HOUSEHOLDS: [households]}), scheme).iloc[0])


def _needs_of(measure: str, communities: pd.DataFrame, scheme: str) -> pd.Series:
    needs = needs_by_scheme(communities, scheme=scheme)
    if measure not in needs:
        raise InputError("The rules of {scheme} say nothing about {measure}. Choose another scheme.", scheme=scheme, measure=measure)
    return needs[measure]
