"""Put a draft on the table from wherever it comes; the address then names it, so a reload finds it again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import streamlit as st

from contracts.errors import WanggeError
from services.access import Principal
from services.ports import UnitOfWork
from views import permalink, wiring
from views.components import desks, edit_choice

DRAFT = "draft"


def open_draft(make: Callable[[UnitOfWork, Principal, datetime], int]) -> None:
    """Open the draft a service makes or names; an error becomes news."""
    try:
        plan_id = make(wiring.unit_of_work(), wiring.principal(), wiring.now())
    except WanggeError as error:
        desks.tell("error", error.message)
        return
    put_on_table(plan_id)


def put_on_table(plan_id: int) -> None:
    """Open a draft that is there."""
    desks.forget()
    edit_choice.clear()
    st.session_state[DRAFT] = str(plan_id)
    permalink.keep(DRAFT, str(plan_id))


def leave() -> None:
    """Back to the choice of drafts."""
    desks.forget()
    edit_choice.clear()
    st.session_state.pop(DRAFT, None)
    permalink.keep(DRAFT, None)
