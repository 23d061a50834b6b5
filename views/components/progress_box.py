"""Long work on a page: a box that says how far it is and folds away when it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from contracts.errors import WanggeError
from contracts.messages import Message
from contracts.progress import Progress
from views import wiring
from views.i18n import spoken


@contextmanager
def show(title: str) -> Iterator[Progress]:
    """Give a progress for a service; an error of ours is shown in the box and raised on."""
    with st.status(title, expanded=True) as box:
        bar = st.progress(0.0)
        try:
            yield _reporter(bar.progress)
        except WanggeError as error:
            box.update(label=wiring.message(error), state="error", expanded=False)
            raise
        box.update(state="complete", expanded=False)


def _reporter(draw: Callable[[float, str], object]) -> Progress:
    def report(done: int, total: int, what: Message) -> None:
        draw(min(done / total, 1.0) if total else 1.0, spoken(what))

    return report
