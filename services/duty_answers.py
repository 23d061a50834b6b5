"""Who is responsible here, now? One answer for a map, a call centre and a case: a name, or nobody and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from contracts.errors import NotFoundError
from contracts.messages import Message
from contracts.records import DutyPost
from grids.duty import LEAVE, TERM, Post, cover_of, reasons_of
from grids.duty_week import is_in_term
from services.access import Principal, authorize
from services.duty_facts import city_zone, local_text, phone_for
from services.ports import UnitOfWork

ROLE_WORDS = {"primary": Message("primary"), "backup": Message("backup"), "lead": Message("lead"), "member": Message("member")}


@dataclass(frozen=True)
class Contact:
    """Somebody to call; the telephone number is masked for who may not assign workers there."""

    worker_key: str
    name: str
    phone: str
    role: str  # primary, backup; lead, member where it is a suggestion


@dataclass(frozen=True)
class Responsible:
    """The answer at a moment. Without ``who`` nobody is responsible and ``reasons`` say why; ``suggested`` is by assignment only."""

    grid_code: str  # empty = no grid in force lies there
    grid_name: str
    at: datetime
    zone: ZoneInfo
    who: Contact | None = None
    shift_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    note: str = ""  # of the hand-over
    reasons: tuple[Message, ...] = ()
    suggested: Contact | None = None

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return {
            "grid_code": self.grid_code,
            "at": self.at.isoformat(),
            "worker": None if self.who is None else vars(self.who),
            "shift": self.shift_id,
            "until": None if self.until is None else self.until.isoformat(),
            "note": self.note,
            "reasons": [str(reason) for reason in self.reasons],
            "suggested": None if self.suggested is None else vars(self.suggested),
        }

    def sentences(self) -> list[Message]:
        """For people."""
        if not self.grid_code:
            return list(self.reasons)
        said = [Message("Grid {grid}: {reason}.", {"grid": self.grid_code, "reason": reason}) for reason in self.reasons]
        if self.who is not None and self.until is not None:
            facts = {**_words(self.who), "grid": self.grid_code, "until": local_text(self.until, self.zone)}
            said.append(Message("Grid {grid}: {name} ({worker}, {phone}) is responsible as {role} until {until}.", facts))
        else:
            said.append(Message("Grid {grid}: nobody is responsible at {at}.", {"grid": self.grid_code, "at": local_text(self.at, self.zone)}))
        if self.suggested is not None:
            said.append(Message("A suggestion only, by assignment: call {name} ({worker}, {phone}), {role} there.", _words(self.suggested)))
        return said + ([Message("Hand-over note: {note}", {"note": self.note})] if self.note else [])


def responsible_here(uow: UnitOfWork, principal: Principal, lon: float, lat: float, *, at: datetime) -> Responsible:
    """Who is responsible at a point in degrees, in the grid in force there.

    A point on a border belongs to the grid with the lowest code. Outside all grids the answer has no ``grid_code``.

    Raises
    ------
    NotAllowedError
    """
    authorize(principal, "view_duty")
    with uow:
        zone = city_zone(uow)
        spot = uow.plans.grid_at(lon, lat)
        if spot is None:
            return Responsible("", "", at, zone, reasons=(Message("No grid in force lies here."),))
        return _answer(uow, principal, spot.code, spot.name, at, zone)


def responsible_in(uow: UnitOfWork, principal: Principal, grid_code: str, *, at: datetime) -> Responsible:
    """Who is responsible for a grid in force.

    Raises
    ------
    NotAllowedError
    NotFoundError
        No such grid is in force.
    """
    authorize(principal, "view_duty", grid_code)
    with uow:
        grids = uow.plans.grids(communities=[grid_code[:12]])
        if grid_code not in grids.index:
            raise NotFoundError("There is no grid in force with the code {code}.", code=grid_code)
        name = grids.loc[grid_code, "name"]
        return _answer(uow, principal, grid_code, name if isinstance(name, str) else "", at, city_zone(uow))


def _answer(uow: UnitOfWork, principal: Principal, code: str, name: str, at: datetime, zone: ZoneInfo) -> Responsible:
    authorize(principal, "view_duty", code)
    listed = uow.duty.posts_at(code, at)
    cover = cover_of([Post(post.role, post.worker_key, _absence(post, at, zone)) for post in listed])
    reasons = reasons_of(cover.primary, cover.backup)
    if cover.responsible is None:
        return Responsible(code, name, at, zone, reasons=reasons, suggested=_suggested(uow, principal, code, at, zone))
    post = next(each for each in listed if (each.role, each.worker_key) == (cover.responsible.duty_role, cover.responsible.worker_key))
    who = _contact(principal, code, post)
    return Responsible(code, name, at, zone, who, post.shift_id, post.starts_at, post.ends_at, post.note, reasons)


def _suggested(uow: UnitOfWork, principal: Principal, code: str, at: datetime, zone: ZoneInfo) -> Contact | None:
    there: Sequence[DutyPost] = [post for post in uow.duty.assigned_at(code, at) if not _absence(post, at, zone)]
    return _contact(principal, code, there[0]) if there else None


def _absence(post: DutyPost, at: datetime, zone: ZoneInfo) -> str:
    if not is_in_term(at, post.term_from, post.term_to, zone):
        return TERM
    return LEAVE if post.is_on_leave else ""


def _contact(principal: Principal, code: str, post: DutyPost) -> Contact:
    return Contact(post.worker_key, post.name or post.worker_key, phone_for(principal, code, post.phone), post.role)


def _words(contact: Contact) -> dict[str, Any]:
    return {"name": contact.name, "worker": contact.worker_key, "phone": contact.phone or "-", "role": ROLE_WORDS[contact.role]}
