"""The city ready to draw on, kept by the process: making it takes seconds in a large city, a circle on it a moment."""

from __future__ import annotations

import streamlit as st

from contracts.progress import Progress
from services.circle_drawing import DrawingBoard, drawing_board
from views import wiring
from views.components import progress_box
from views.i18n import _

MOST_KEPT = 4  # adult and older pace, before and after a change of the data


def board(profile: str) -> DrawingBoard:
    """The board of the data as they are now; says how far it is while it is being made."""
    kept = _boards()
    key = (str(wiring.the_store().engine.url), wiring.data_version(), profile)
    if key not in kept:
        with progress_box.show(_("Getting ready to draw")) as progress:
            _keep(kept, key, progress)
    return kept[key]


def _keep(kept: dict[tuple[str, int, str], DrawingBoard], key: tuple[str, int, str], progress: Progress) -> None:
    made = drawing_board(wiring.unit_of_work(), wiring.principal(), profile=key[2], progress=progress)
    for oldest in list(kept)[: max(len(kept) - MOST_KEPT + 1, 0)]:
        kept.pop(oldest, None)
    kept[key] = made


@st.cache_resource(show_spinner=False)
def _boards() -> dict[tuple[str, int, str], DrawingBoard]:
    return {}
