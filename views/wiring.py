"""Where pages meet the house: one store per process, who is asking, and results kept for a while.

The store is shared with the routes of ``views.auth_routes``, which run outside any page, so it is kept by the process
and not by a page's cache. Everything a page caches goes through ``read``: its key holds the data version, the scope of
the reader and the language, so a change, another person or another tongue never sees what was kept for somebody else.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from datetime import UTC, date, datetime
from functools import cache
from ipaddress import ip_address
from threading import Lock
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import streamlit as st

from contracts.errors import NotAllowedError, WanggeError
from contracts.settings import settings
from services.access import DEMO_VISITOR, Principal
from services.accounts import principal_for_token, sign_out
from services.grid_plans import bring_due_plans
from services.ports import UnitOfWork
from store.engine import Store, open_store
from store.unit_of_work import SqlUnitOfWork
from views.i18n import language

COOKIE = "wangge_session"
IS_DEMO = "is_demo"
_LOCK = Lock()
_FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")

Result = TypeVar("Result")


@cache
def _opened(url: str) -> Store:
    return open_store(url)


def the_store() -> Store:
    """The store of this process, opened on first use."""
    with _LOCK:
        return _opened(settings().store_url)


def unit_of_work() -> UnitOfWork:
    """A fresh transaction, to be entered by a service."""
    return cast(UnitOfWork, SqlUnitOfWork(the_store()))  # its tables answer the ports, with parameters named more narrowly


def now() -> datetime:
    """The clock of the pages; services take it as a parameter."""
    return datetime.now(UTC)


def message(error: WanggeError) -> str:
    """An error of ours as one sentence in the reader's language."""
    return error.in_language(language())


def principal() -> Principal:
    """Who is looking at this page, read anew each time, so that an ended session ends.

    Raises
    ------
    NotAllowedError
        Where nobody is signed in.
    """
    who = visitor(st.context.cookies.get(COOKIE, ""), st.context.headers, st.context.ip_address)
    if who is None:
        raise NotAllowedError("Please sign in first.")
    return who


def visitor(token: str, headers: Mapping[str, str], address: str | None) -> Principal | None:
    """Who stands behind a request: the owner of its session, the visitor of an open demo, or nobody (``None``)."""
    who = principal_for_token(unit_of_work(), token, at=now()) if token else None
    if who is None and is_open_demo(headers, address):
        return DEMO_VISITOR
    return who


def is_open_demo(headers: Mapping[str, str], address: str | None) -> bool:
    """Whether an unknown visitor may look: the switch is on, the request is from this machine and the city is invented.

    The name asked for must be this machine's too, and no proxy may stand in between: another site's name pointed at the
    loopback address, or a proxy on this machine, would let strangers in.
    """
    if not settings().open_demo or not is_loopback(address) or any(name in headers for name in _FORWARDED):
        return False
    asked = urlsplit(f"//{headers.get('host', '')}")
    if asked.username is not None or not is_loopback(asked.hostname):
        return False
    with unit_of_work() as uow:
        return bool(uow.city.get(IS_DEMO, False))


def is_loopback(host: str | None) -> bool:
    """Whether a host is this machine; no address at all is how a page is told of its own machine."""
    if host is None or host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def leave() -> None:
    """End the session of this page's reader."""
    token = st.context.cookies.get(COOKIE, "")
    if token:
        sign_out(unit_of_work(), token, at=now())


def data_version() -> int:
    """Number that grows with every change of the data; the plans of the day come into force before it is read."""
    _bring_due(settings().store_url, now().date())
    with unit_of_work() as uow:
        return uow.data_version()


@cache
def _bring_due(url: str, day: date) -> None:
    """Once a day and process: bring the plans into force whose day has come."""
    bring_due_plans(unit_of_work(), at=now())


def read(act: Callable[..., Result], **arguments: Hashable) -> Result:
    """What a reading service gives, kept until the data, the reader's rights, the language or an argument changes."""
    who = principal()
    scope = (who.login, tuple(sorted((grant.role, grant.area_code) for grant in who.grants)))
    name = f"{act.__module__}.{act.__qualname__}"
    return _kept(data_version(), scope, language(), name, tuple(sorted(arguments.items())), _act=act, _who=who)


@st.cache_data(show_spinner=False, max_entries=256)
def _kept(
    version: int, scope: tuple[Hashable, ...], spoken: str, name: str, arguments: tuple[tuple[str, Any], ...], *, _act: Callable[..., Any], _who: Principal
) -> Any:
    return _act(unit_of_work(), _who, **dict(arguments))
