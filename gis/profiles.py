"""Who walks: speed, stairs and slopes of each kind of walker, as data with a source (``data/reference/walker_profiles.csv``)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from contracts.errors import NotFoundError
from contracts.reference import reference_table


@dataclass(frozen=True)
class WalkerProfile:
    """A kind of walker.

    ``stairs_factor`` multiplies the time of level walking on stairs; ``inf`` = stairs cannot be used. ``rule_group`` says which
    rows of ``street_rules.csv`` hold. On a grade g (rise over run) time grows by exp(``slope_rate`` (|g - ``slope_easiest``| -
    |``slope_easiest``|)); what is steeper than ``slope_steepest``, up or down, cannot be used.
    """

    name: str
    speed_m_s: float
    stairs_factor: float = 1.0
    source: str = ""
    certainty: str = ""
    rule_group: str = "walkers"
    slope_rate: float = 0.0
    slope_easiest: float = 0.0
    slope_steepest: float = math.inf


def walker_profile(name: str) -> WalkerProfile:
    """The profile of that name from the reference table.

    Raises
    ------
    NotFoundError
        Lists the names there are.
    """
    rows = {row["name"]: row for row in reference_table("walker_profiles").to_dict("records")}
    if name not in rows:
        raise NotFoundError("There is no walker profile {name}; known are {known}.", name=name, known=", ".join(rows))
    row = rows[name]
    return WalkerProfile(
        name=name,
        speed_m_s=float(row["speed_m_s"]),
        stairs_factor=float(row["stairs_factor"] or math.inf),
        source=row["source"],
        certainty=row["certainty"],
        rule_group=row["rule_group"],
        slope_rate=float(row["slope_rate"]),
        slope_easiest=float(row["slope_easiest"]),
        slope_steepest=float(row["slope_steepest"] or math.inf),
    )


ADULT = walker_profile("adult")
OLDER = walker_profile("older")
CHILD = walker_profile("child")
WHEELCHAIR = walker_profile("wheelchair")
PRAM = walker_profile("pram")
