"""How far off circles, junctions and rounded minutes would be in this city, beside the exact walk."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from contracts.columns import BUILDING_KEY, RESIDENTS
from gis.profiles import walker_profile
from servicecircle.shortcuts import COLUMNS, shortcut_errors
from services.access import Principal, authorize
from services.networks import city_network
from services.ports import UnitOfWork
from services.walk_ends import is_verified, read_walk_ends


@dataclass(frozen=True)
class AccuracyReport:
    """Errors of the shortcuts (columns of ``servicecircle.shortcuts.COLUMNS``) and how many homes they were tried on."""

    errors: pd.DataFrame
    homes: int
    without_street: int
    limit_s: float

    @property
    def is_empty(self) -> bool:
        """Whether streets, homes or services are missing."""
        return not len(self.errors)


def shortcut_report(uow: UnitOfWork, principal: Principal, *, profile: str = "adult", limit_s: float = 900.0) -> AccuracyReport:
    """What each shortcut gets wrong for the homes of the city in the store; nothing is kept.

    The exact answer is that of ``services.circles``: a home by its best door, surveyed or wall, services by their doors, and
    only services somebody vouches for. The shortcuts start from the same doors.

    Raises
    ------
    NotAllowedError, NotFoundError
    """
    authorize(principal, "view_map")
    with uow:
        streets, ends = uow.streets.read(), read_walk_ends(uow)
        if not (len(streets) and len(ends.homes) and len(ends.facilities)):
            return AccuracyReport(pd.DataFrame(columns=COLUMNS), len(ends.homes), 0, limit_s)
        network = city_network(uow, walker_profile(profile), streets=streets)
    sure = replace(ends, facilities=ends.facilities[is_verified(ends.facilities)])
    doors, served = sure.attach(network)
    people = sure.homes[RESIDENTS].reindex(sure.doors[BUILDING_KEY])
    errors = shortcut_errors(network, sure.served, sure.doors, weights=people, limit_s=limit_s, attached=(served, doors))
    joined = sure.doors.loc[doors.is_snapped, BUILDING_KEY].nunique()
    return AccuracyReport(errors, len(sure.homes), len(sure.homes) - joined, limit_s)
