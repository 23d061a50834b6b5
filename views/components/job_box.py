"""Long work on a page: how far it is, a button to stop it, and afterwards what came of it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from contracts.errors import CancelledError
from contracts.messages import Message
from views import jobs, wiring
from views.i18n import _, spoken

_LOOK_EVERY_S = 0.7


def start(name: str, title: Message, act: jobs.Act) -> None:
    """Begin the work and show the page anew, which then shows how far it is."""
    st.session_state.pop(_kept(name), None)
    jobs.start(wiring.principal().login, name, title, act)
    st.rerun()


def show(name: str) -> bool:
    """Show the running job, or in one sentence why it ended without a result; whether one is running."""
    login = wiring.principal().login
    job = jobs.find(login, name)
    if job is not None and not job.is_over:
        _watch(job)
        return True
    if job is not None:
        st.session_state[_kept(name)] = (job, wiring.data_version())
        jobs.forget(login, name)
    ended = _ended(name)
    if ended is not None and ended.result is None:
        _show_failure(ended)
    return False


def result(name: str) -> Any:
    """What the last job of this session gave, as long as the data are as it left them; ``None`` otherwise."""
    ended = _ended(name)
    return None if ended is None else ended.result


def has_ended(name: str) -> bool:
    """Whether a job of this session ended, with or without a result, on the data as they are."""
    return _ended(name) is not None


def _ended(name: str) -> jobs.Job | None:
    job, version = st.session_state.get(_kept(name), (None, -1))
    return job if version == wiring.data_version() else None


@st.fragment(run_every=_LOOK_EVERY_S)
def _watch(job: jobs.Job) -> None:
    if job.is_over:
        st.rerun()
    with st.container(border=True):
        title, step = spoken(job.title), spoken(job.step)
        st.progress(job.share, text=f"**{title}**" if step == title else f"**{title}** · {step}")
        if job.is_stopping:
            st.caption(_("Stopping at the next step …"))
        else:
            st.button(_("Stop"), key="stop_job", on_click=job.stop, icon=":material/stop_circle:")
    st.caption(_("You may look at other pages meanwhile."))


def _show_failure(job: jobs.Job) -> None:
    if isinstance(job.error, CancelledError):
        st.warning(wiring.message(job.error), icon=":material/stop_circle:")
    elif job.error is not None:
        st.error(wiring.message(job.error), icon=":material/error:")
    else:
        st.error(_("Something broke inside. This run has left nothing behind; the log of the server says why."), icon=":material/error:")


def _kept(name: str) -> str:
    return f"ended_{name}"
