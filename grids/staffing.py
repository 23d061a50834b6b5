"""How many people and how much room a community needs by the rules of ``staffing.csv``, and what is missing."""

from __future__ import annotations

import math

import pandas as pd

from contracts.columns import HOUSEHOLDS
from contracts.errors import InputError
from contracts.reference import reference_table
from gis.checks import require_finite, require_nonnegative

STATION_STAFF = "station_staff"
COMMITTEE = "committee_members"
ROOMS_M2 = "rooms_m2"


def station_staff(households: float) -> int:
    """Workers of the community service station: one per 500 households or part of them, three at least."""
    return max(int(_figure("station_least")), math.ceil(_whole(households) / _figure("station_households")))


def committee_members(households: float) -> int:
    """Members of the residents committee: 5, 7 or 9; 1000 and 2000 households count to the middle class."""
    count = math.ceil(_whole(households))
    steps = _rules("committee")
    rising = steps.loc[steps["from_households"].astype(float) <= count, "value"].astype(int)
    return int(rising.max())


def rooms_m2(households: float, *, scheme: str = "Beijing") -> float:
    """Rooms of the community: a fixed area in Beijing, by households with a lower limit in Shijiazhuang.

    Raises
    ------
    InputError
        A scheme the table does not know.
    """
    count = _whole(households)
    if scheme == "Beijing":
        return _figure("rooms_beijing")
    if scheme == "Shijiazhuang":
        return max(_figure("rooms_least"), count / 100.0 * _figure("rooms_per_100_households"))
    raise InputError("Rooms are known for Beijing and Shijiazhuang, not for {scheme}.", scheme=scheme)


def staffing_needs(households: pd.Series, *, scheme: str = "Beijing") -> pd.DataFrame:
    """``station_staff``, ``committee_members`` and ``rooms_m2`` of each community, on the index of ``households``."""
    require_finite(HOUSEHOLDS, households)
    require_nonnegative(HOUSEHOLDS, households)

    return pd.DataFrame(
        {
            STATION_STAFF: [station_staff(count) for count in households],
            COMMITTEE: [committee_members(count) for count in households],
            ROOMS_M2: [rooms_m2(count, scheme=scheme) for count in households],
        },
        index=households.index,
    )


def staffing_gaps(needs: pd.DataFrame, present: pd.DataFrame) -> pd.DataFrame:
    """What is missing: needs minus what is there, never below zero; a community or column not in ``present`` has nothing."""
    there = present.reindex(index=needs.index, columns=needs.columns).fillna(0)
    return (needs - there).clip(lower=0)


def _whole(households: float) -> float:
    if not (math.isfinite(households) and households >= 0):
        raise InputError("Households must be a number, zero or more, not {value}.", value=households)
    return households


def _rules(name: str) -> pd.DataFrame:
    table = reference_table("staffing")
    return table[table["rule"] == name]


def _figure(name: str) -> float:
    return float(_rules(name)["value"].iloc[0])
