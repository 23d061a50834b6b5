"""Lists of duty: who is on when, one's own shifts, and the holes in cover of the coming days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from contracts.columns import BACKUP, COMMUNITY_CODE, ENDS_AT, GRID_CODE, NAME, PHONE, PRIMARY, SHIFT_ID, STARTS_AT, WORKER_KEY
from contracts.messages import Message
from grids.duty import find_holes, holes_by_hour, reasons_of, timeline
from services.access import Principal, authorize
from services.duty_facts import absences_of, city_zone, grids_in_force, local_text, people, phone_for
from services.ports import UnitOfWork

IS_AWAY = "is_away"
IN_FORCE = "in_force"
_SECONDS_PER_HOUR = 3600
_MOST_TOLD = 10  # holes in sentences; the rest is counted


@dataclass(frozen=True)
class HoleReport:
    """Times at which nobody is responsible: grid_code, starts_at, ends_at, primary, backup (present, leave, term, none)."""

    holes: pd.DataFrame
    grids: int
    starts: datetime
    ends: datetime
    zone: ZoneInfo

    @property
    def hours(self) -> float:
        """Length of all holes together."""
        return float((self.holes[ENDS_AT] - self.holes[STARTS_AT]).dt.total_seconds().sum()) / _SECONDS_PER_HOUR

    def by_hour(self) -> pd.DataFrame:
        """Hour by hour of the local clock: grid_code, hour_at, minutes, primary, backup."""
        return holes_by_hour(self.holes, zone=self.zone)

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        rows = [
            {"grid": code, "from": starts, "to": ends, "cause": f"{primary}/{backup}"} for code, starts, ends, primary, backup in self._rows(len(self.holes))
        ]
        return {"grids": self.grids, "holes": len(self.holes), "hours": round(self.hours, 2), "list": rows}

    def sentences(self) -> list[Message]:
        """For people: a summary, and the first holes with their causes."""
        facts = {"grids": self.grids, "holes": len(self.holes), "hours": f"{self.hours:.1f}"}
        facts |= {"starts": local_text(self.starts, self.zone), "ends": local_text(self.ends, self.zone)}
        said = [Message("{grids} grids from {starts} to {ends}: {holes} times without anybody responsible, {hours} hours together.", facts)]
        for code, starts, ends, primary, backup in self._rows(_MOST_TOLD):
            reasons, times = reasons_of(primary, backup), {"grid": code, "starts": starts, "ends": ends}
            if len(reasons) == 1:
                said.append(Message("{grid}, {starts} to {ends}: {reason}.", {**times, "reason": reasons[0]}))
            else:
                said.append(Message("{grid}, {starts} to {ends}: {reason}, and {other}.", {**times, "reason": reasons[0], "other": reasons[1]}))
        rest = len(self.holes) - _MOST_TOLD
        return said + ([Message("… and {count} more.", {"count": rest})] if rest > 0 else [])

    def _rows(self, most: int) -> Iterator[tuple[str, str, str, str, str]]:
        """Grid, local beginning and end, states of primary and backup."""
        first = self.holes.head(most)
        starts, ends = (first[name].map(lambda moment: local_text(moment, self.zone)) for name in (STARTS_AT, ENDS_AT))
        return zip(first[GRID_CODE], starts, ends, first[PRIMARY], first[BACKUP], strict=True)


def duty_holes(uow: UnitOfWork, principal: Principal, *, area_code: str = "", at: datetime, days: int = 14) -> HoleReport:
    """Every time from now on at which nobody is responsible for a grid in force, with the cause; a grid without any shift is one hole.

    Raises
    ------
    NotAllowedError
    """
    ends = at + timedelta(days=days)
    with uow:
        zone = city_zone(uow)
        codes = list(grids_in_force(uow, principal, "view_duty", area_code))
        shifts = uow.duty.shifts(grid_codes=codes, starts=at, ends=ends)
        absences = absences_of(uow, set(shifts[WORKER_KEY]), starts=at, ends=ends, zone=zone)
    return HoleReport(find_holes(shifts, absences, codes, starts=at, ends=ends), len(codes), at, ends, zone)


def duty_list(uow: UnitOfWork, principal: Principal, *, area_code: str = "", starts: datetime, ends: datetime) -> pd.DataFrame:
    """Shifts of an area of grids in force that meet a time, as the store keeps them, by shift_id.

    With name and phone of the worker (masked for who may not assign there) and ``is_away`` (at some time of the shift, by leave or term).

    Raises
    ------
    NotAllowedError
    """
    with uow:
        codes = grids_in_force(uow, principal, "view_duty", area_code)
        shifts = uow.duty.shifts(grid_codes=list(codes), starts=starts, ends=ends)
        return _told(uow, principal, shifts, starts, ends).assign(**{IN_FORCE: True})


def my_duty(uow: UnitOfWork, principal: Principal, *, starts: datetime, ends: datetime) -> pd.DataFrame:
    """The shifts of the worker whose key is the principal's login, as ``duty_list`` gives them; ``in_force`` = the grid still is.

    Raises
    ------
    NotAllowedError
    """
    authorize(principal, "view_duty")
    with uow:
        mine = _told(uow, principal, uow.duty.shifts(worker_keys=[principal.login], starts=starts, ends=ends), starts, ends)
        grids = uow.plans.grids(communities=set(mine[COMMUNITY_CODE]))
        return mine.assign(**{IN_FORCE: mine[GRID_CODE].isin(grids.index)})


def duty_line(uow: UnitOfWork, principal: Principal, grid_code: str, *, starts: datetime, ends: datetime) -> pd.DataFrame:
    """Who is responsible for a grid over a time, without gaps: starts_at, ends_at, worker_key (empty = nobody), duty_role, primary, backup.

    Raises
    ------
    NotAllowedError
    """
    authorize(principal, "view_duty", grid_code)
    with uow:
        shifts = uow.duty.shifts(grid_codes=[grid_code], starts=starts, ends=ends)
        absences = absences_of(uow, set(shifts[WORKER_KEY]), starts=starts, ends=ends, zone=city_zone(uow))
    return timeline(shifts, absences, starts=starts, ends=ends)


def _told(uow: UnitOfWork, principal: Principal, shifts: pd.DataFrame, starts: datetime, ends: datetime) -> pd.DataFrame:
    known = people(uow, set(shifts[WORKER_KEY]))
    absences = absences_of(uow, list(known), starts=starts, ends=ends, zone=city_zone(uow))
    away = shifts[[SHIFT_ID, WORKER_KEY, STARTS_AT, ENDS_AT]].merge(absences, on=WORKER_KEY, suffixes=("", "_away"))
    met = away[(away[STARTS_AT] < away["ends_at_away"]) & (away["starts_at_away"] < away[ENDS_AT])]
    phones = [phone_for(principal, str(code), known[str(key)].phone) for code, key in zip(shifts[GRID_CODE], shifts[WORKER_KEY], strict=True)]
    names = [known[str(key)].name for key in shifts[WORKER_KEY]]
    facts: dict[str, Any] = {NAME: names, PHONE: phones, IS_AWAY: shifts[SHIFT_ID].isin(met[SHIFT_ID])}
    return shifts.assign(**facts).set_index(SHIFT_ID)
