"""What every act on duty asks first: the city's time zone, its grids in force, workers and their absences."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from contracts.columns import ENDS_AT, NAME, PHONE, STARTS_AT, TERM_FROM, TERM_TO, WHY, WORKER_KEY, text_of
from contracts.errors import InputError, NotFoundError, SettingError
from grids.duty import LEAVE, MOMENT, TERM
from grids.duty_week import Period, term_moments, zone_named
from services.access import Principal, areas_for, authorize, is_within, may
from services.ports import UnitOfWork

ZONE_SETTING = "time_zone"
DEFAULT_ZONE = "Asia/Shanghai"
_STARS = 4


@dataclass(frozen=True)
class Person:
    """A worker as far as duty asks."""

    key: str
    name: str
    phone: str
    term_from: date | None
    term_to: date | None


def city_zone(uow: UnitOfWork) -> ZoneInfo:
    """The time zone of the city's wall clocks: its setting ``time_zone``, else Asia/Shanghai.

    Raises
    ------
    SettingError
        The setting names no zone.
    """
    name = uow.city.get(ZONE_SETTING, DEFAULT_ZONE)
    try:
        return zone_named(str(name))
    except InputError as error:
        raise SettingError("The setting time_zone of this city is {tz}, which is no time zone. Set it anew.", tz=name) from error


def set_city_zone(uow: UnitOfWork, principal: Principal, name: str, *, at: datetime) -> None:
    """Say in which time zone the city lives. Shifts that are planned keep their moments.

    Raises
    ------
    NotAllowedError, InputError
    """
    authorize(principal, "plan_duty", "")
    zone_named(name)
    with uow:
        uow.city.put(ZONE_SETTING, name)
        uow.audit.append(at=at, login=principal.login, action="set_time_zone", subject=name, details={})
        uow.commit()


def local_text(moment: datetime, zone: ZoneInfo) -> str:
    """A moment on the wall clock, to the minute."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def grids_in_force(uow: UnitOfWork, principal: Principal, action: str, area_code: str) -> dict[str, str]:
    """Name by code of the grids in force in an area in which the principal may do this; sorted by code.

    Raises
    ------
    NotAllowedError
    """
    authorize(principal, action, area_code or None)
    communities = None
    if area_code or areas_for(principal, action) is not None:
        every = [str(code) for code in uow.areas.at_level("community").index]
        communities = [code for code in every if is_within(code, area_code) or is_within(area_code, code)]
    names = uow.plans.grids(communities=communities)[NAME]
    return {str(code): text_of(name) for code, name in names.items() if is_within(str(code), area_code) and may(principal, action, str(code))}


def people(uow: UnitOfWork, keys: Collection[str]) -> dict[str, Person]:
    """Workers by key; those nobody knows are left out."""
    found = uow.workers.read(keys=sorted(set(keys)))
    columns = (found[NAME].map(text_of), found[PHONE].map(text_of), found[TERM_FROM], found[TERM_TO])
    rows = zip(found.index.astype(str), *columns, strict=True)
    return {key: Person(key, name or key, phone, _day(first), _day(last)) for key, name, phone, first, last in rows}


def require_person(uow: UnitOfWork, key: str) -> Person:
    """A worker.

    Raises
    ------
    NotFoundError
    """
    found = people(uow, [key])
    if key not in found:
        raise NotFoundError("There is no worker {worker}.", worker=key)
    return found[key]


def require_term(person: Person, period: Period, zone: ZoneInfo) -> None:
    """Pass where a worker's term holds during a whole period.

    Raises
    ------
    InputError
    """
    starts, ends = term_moments(person.term_from, person.term_to, zone)
    if (starts is not None and period[0] < starts) or (ends is not None and period[1] > ends):
        raise InputError(
            "The term of {name} ({worker}) runs from {first} to {last}; a duty from {starts} is not within it.",
            name=person.name,
            worker=person.key,
            first=person.term_from or "…",
            last=person.term_to or "…",
            starts=local_text(period[0], zone),
        )


def absences_of(uow: UnitOfWork, keys: Collection[str], *, starts: datetime, ends: datetime, zone: ZoneInfo) -> pd.DataFrame:
    """Leaves of workers that meet a time, and the time outside their terms: worker_key, starts_at, ends_at, why (leave, term)."""
    leaves = uow.duty.leaves(worker_keys=keys, starts=starts, ends=ends)
    rows: list[tuple[Any, ...]] = []
    for person in people(uow, keys).values():
        begins, over = term_moments(person.term_from, person.term_to, zone)
        if begins is not None and begins > starts:
            rows.append((person.key, starts, begins, TERM))
        if over is not None and over < ends:
            rows.append((person.key, over, ends, TERM))
    terms = pd.DataFrame(rows, columns=[WORKER_KEY, STARTS_AT, ENDS_AT, WHY]).astype({WORKER_KEY: "str", STARTS_AT: MOMENT, ENDS_AT: MOMENT, WHY: "str"})
    return pd.concat([leaves[[WORKER_KEY, STARTS_AT, ENDS_AT]].assign(**{WHY: LEAVE}), terms], ignore_index=True)


def masked(phone: str) -> str:
    """A telephone number that can be recognised by who knows it: 138****5678."""
    if len(phone) >= 2 * _STARS + 3:
        return f"{phone[:3]}{'*' * (len(phone) - 7)}{phone[-4:]}"
    return "*" * max(len(phone) - 2, 0) + phone[-2:] if len(phone) > 2 else "*" * len(phone)


def phone_for(principal: Principal, grid_code: str, phone: str) -> str:
    """A number in full for whoever may assign workers to the grid, masked for all others."""
    return phone if may(principal, "assign_workers", grid_code) else masked(phone)


def period_facts(row: Mapping[str, Any]) -> dict[str, str]:
    """Beginning and end of a shift as the audit trail keeps them."""
    return {"starts_at": row[STARTS_AT].isoformat(), "ends_at": row[ENDS_AT].isoformat()}


def _day(value: Any) -> date | None:
    return None if pd.isna(value) else pd.Timestamp(value).date()
