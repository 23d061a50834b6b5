"""One walk beside the map: minutes in all, leg by leg, why it is not in time and what would help."""

from __future__ import annotations

import html
import math

import streamlit as st

from servicecircle.answers import UNKNOWN
from services.walk_story import WalkStory
from views.components.words import category_word, pace_word
from views.i18n import _, number, spoken


def show(story: WalkStory, *, minutes: int) -> None:
    """The walk of a story; ``minutes`` is the limit asked about."""
    st.subheader(category_word(story.category))
    if math.isinf(story.seconds):
        st.markdown(f"**{_('No walk leads there.')}**")
    else:
        total = _("{facility}: {minutes} min at {pace}", facility=story.facility, minutes=number(story.seconds / 60.0, digits=1), pace=pace_word(story.profile))
        st.markdown(f"**{_plain(total)}**")
    _show_verdict(story, minutes)
    if story.legs:
        _show_legs(story)


def _plain(text: str) -> str:
    """Names are data: no sign of theirs is taken for a mark of the text."""
    return "".join(f"\\{sign}" if sign in r"\`*_{}[]()#+-.!|<>~$:" else sign for sign in text)


def _show_verdict(story: WalkStory, minutes: int) -> None:
    if story.is_covered:
        st.success(_("Within {minutes} minutes.", minutes=number(minutes)), icon=":material/check_circle:")
    elif story.reason is not None and story.answer == UNKNOWN:
        st.info(_plain(spoken(story.reason)), icon=":material/help:")
    elif story.reason is not None:
        st.warning(_plain(spoken(story.reason)), icon=":material/block:")
    if story.fix is not None:
        st.info(_plain(spoken(story.fix)), icon=":material/construction:")


def _show_legs(story: WalkStory) -> None:
    rows = "".join(_row(spoken(leg.words), leg.metres, leg.seconds) for leg in story.legs)
    total = _row(_("In all"), sum(leg.metres for leg in story.legs), story.seconds, "total")
    head = "".join(f"<th>{html.escape(text)}</th>" for text in (_("Leg"), _("Metres"), _("Minutes")))
    st.html(f'<table class="wangge-figures wangge-legs"><thead><tr>{head}</tr></thead><tbody>{rows}{total}</tbody></table>')


def _row(words: str, metres: float, seconds: float, mark: str = "") -> str:
    cells = f"<td>{html.escape(words)}</td><td>{html.escape(number(metres))}</td><td>{html.escape(number(seconds / 60.0, digits=1))}</td>"
    return f"<tr{f' class={chr(34)}{mark}{chr(34)}' if mark else ''}>{cells}</tr>"
