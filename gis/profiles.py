"""Who walks: speed and stairs of each kind of walker, as data with a source (``data/reference/walker_profiles.csv``)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from contracts.errors import NotFoundError
from contracts.reference import reference_table


@dataclass(frozen=True)
class WalkerProfile:
    """A kind of walker.

    ``stairs_factor`` multiplies the time of level walking on stairs; ``inf`` = stairs cannot be used.
    """

    name: str
    speed_m_s: float
    stairs_factor: float = 1.0
    source: str = ""
    certainty: str = ""


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
    )


ADULT = walker_profile("adult")
OLDER = walker_profile("older")
CHILD = walker_profile("child")
WHEELCHAIR = walker_profile("wheelchair")
