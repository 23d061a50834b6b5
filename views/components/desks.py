"""The draft on the planner's table, kept by the session; every step goes to the store first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import geopandas as gpd
import streamlit as st

from contracts.errors import ConflictError, WanggeError
from contracts.messages import Message
from grids.imported import Repairs
from grids.sketch import shapes_of
from services import editing
from services.access import Principal
from services.editing import Desk
from services.grounds import Grounds
from services.ports import UnitOfWork
from views import wiring

_KEPT = "desk"
_NEWS = "desk_news"
_REPAIRS = "desk_repairs"
_SHAPES = "desk_shapes"
Step = Callable[[UnitOfWork, Principal, Desk, datetime], Desk]


@dataclass(frozen=True)
class News:
    """One sentence about the last step, shown once: ``error``, ``warning`` or ``success``."""

    tone: str
    message: Message


@st.cache_resource(show_spinner=False)
def grounds() -> Grounds:
    """Communities made ready, for all sessions; a service asks for rights before it looks here."""
    return Grounds()


def current(plan_id: int) -> Desk:
    """The draft as this session sees it, opened on first use."""
    kept: Desk | None = st.session_state.get(_KEPT)
    if kept is None or kept.plan_id != plan_id:
        kept = open_anew(plan_id)
    return kept


def open_anew(plan_id: int) -> Desk:
    """The draft as the store has it now."""
    desk = editing.open_draft(wiring.unit_of_work(), wiring.principal(), plan_id, grounds=grounds())
    if desk.was_reread:
        tell("warning", Message("The data of this community changed since. The draft was read onto them anew; its earlier steps cannot be undone."))
    st.session_state[_KEPT] = desk
    return desk


def keep_repairs(plan_id: int, repairs: Repairs) -> None:
    """Remember what had to be mended to read a plan, for as long as this session works on it."""
    st.session_state[_REPAIRS] = (plan_id, repairs)


def repairs_of(desk: Desk) -> Repairs:
    """What had to be mended to open this draft, or to read the file it came from."""
    plan_id, kept = st.session_state.get(_REPAIRS, (0, Repairs(())))
    return kept if plan_id == desk.plan_id and desk.repairs.is_empty else desk.repairs


def shapes(desk: Desk) -> gpd.GeoSeries:
    """Outlines of the grids, drawn once per step: a script run is a new thread, and a new thread sets up its projections anew."""
    key = (desk.plan_id, desk.version, wiring.data_version())
    kept = st.session_state.get(_SHAPES)
    if kept is None or kept[0] != key:
        kept = st.session_state[_SHAPES] = (key, shapes_of(desk.sketch))
    found: gpd.GeoSeries = kept[1]
    return found


def forget() -> None:
    """Clear the table; the store keeps the draft."""
    st.session_state.pop(_KEPT, None)


def act(plan_id: int, step: Step) -> bool:
    """Take a step; an error becomes news, and where somebody else was quicker the draft is opened anew. Whether it was taken."""
    try:
        st.session_state[_KEPT] = step(wiring.unit_of_work(), wiring.principal(), current(plan_id), wiring.now())
    except ConflictError as error:
        tell("warning", Message("{reason} The draft is shown as it is now; your last step was not done.", {"reason": error.message}))
        open_anew(plan_id)
        return False
    except WanggeError as error:
        tell("error", error.message)
        return False
    return True


def tell(tone: str, message: Message) -> None:
    """Say something on the next drawing of the page."""
    st.session_state[_NEWS] = News(tone, message)


def news() -> News | None:
    """What is to be said, once."""
    told: News | None = st.session_state.pop(_NEWS, None)
    return told
