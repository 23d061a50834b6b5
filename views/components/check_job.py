"""The check of the city beside the page: begun when its reader comes, done once for the same data and rights."""

from __future__ import annotations

from collections.abc import Hashable

import streamlit as st

from contracts.messages import Message
from contracts.progress import Progress
from services.access import Principal
from services.checks import check_city
from services.fault_words import CityFault
from services.ports import UnitOfWork
from views import wiring
from views.components import job_box
from views.i18n import _

JOB = "check"


def faults() -> list[CityFault] | None:
    """The faults, or ``None`` while they are looked for or after the reader stopped the search."""
    if job_box.show(JOB):
        return None
    found: list[CityFault] | None = job_box.result(JOB)
    if found is None and (not job_box.has_ended(JOB) or st.button(_("Check again"), key="check_again", icon=":material/refresh:")):
        _start()
    return found


def _start() -> None:
    uow, who, version = wiring.unit_of_work(), wiring.principal(), wiring.data_version()
    scope = (who.login, tuple(sorted((grant.role, grant.area_code) for grant in who.grants)))

    def act(progress: Progress) -> list[CityFault]:
        return _checked(version, scope, _uow=uow, _who=who, _progress=progress)

    job_box.start(JOB, Message("Checking the data"), act)


@st.cache_data(show_spinner=False, max_entries=16)
def _checked(version: int, scope: tuple[Hashable, ...], *, _uow: UnitOfWork, _who: Principal, _progress: Progress) -> list[CityFault]:
    return check_city(_uow, _who, progress=_progress)
