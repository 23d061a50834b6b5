"""Pick what reach is asked about: the service, the pace and the minutes; all three live in the address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from views import permalink
from views.components.words import category_word, pace_word
from views.i18n import _, number

Labels = Literal["visible", "collapsed"]
Width = int | Literal["stretch"]
MINUTES = (5, 10, 15)
PREFERRED = "HLT_CENTER"


def show_category(codes: Sequence[str], *, key: str = "category", labels: Labels = "visible", width: Width = "stretch") -> str:
    """Code of the chosen service, the community health centre at first where it is among them."""
    permalink.seed(key, codes, default=PREFERRED if PREFERRED in codes else codes[0])
    chosen = st.selectbox(
        _("Service"), codes, format_func={code: category_word(code) for code in codes}.__getitem__, key=key, label_visibility=labels, width=width
    )
    permalink.keep(key, chosen)
    return str(chosen)


def show_pace(profiles: Sequence[str], *, key: str = "profile", labels: Labels = "visible") -> str:
    """Code of the chosen pace."""
    permalink.seed(key, profiles, default="adult" if "adult" in profiles else profiles[0])
    chosen = st.segmented_control(
        _("Walking pace"), profiles, format_func={name: pace_word(name) for name in profiles}.__getitem__, key=key, required=True, label_visibility=labels
    )
    permalink.keep(key, chosen)
    return str(chosen)


def show_minutes(*, key: str = "minutes", labels: Labels = "visible") -> int:
    """The chosen limit in minutes."""
    options = {str(minutes): _("{minutes} min", minutes=number(minutes)) for minutes in MINUTES}
    permalink.seed(key, list(options), default=list(options)[-1])
    chosen = st.segmented_control(_("Minutes on foot"), list(options), format_func=options.__getitem__, key=key, required=True, label_visibility=labels)
    permalink.keep(key, chosen)
    return int(str(chosen))
