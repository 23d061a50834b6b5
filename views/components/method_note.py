"""How is this computed: the method, its figures with their sources, the data it was made from and when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from views.components import table
from views.components.words import pace_word
from views.i18n import _, moment, number


def show(method: Mapping[str, Any]) -> None:
    """A folded explanation of the numbers on this page."""
    with st.expander(_("How is this computed?"), icon=":material/functions:"):
        st.markdown(
            _(
                "Each building is joined to the street at its entrance. The shortest walk along streets to the nearest facility is taken in seconds, at the pace of the group; walls, rivers and railways are crossed only at gates, bridges and underpasses."
            )
        )
        st.markdown(
            _(
                "A share counts the people of the buildings whose walk is within the limit; a door exactly on the limit counts. The radius column is what a straight-line circle of the same standard would claim."
            )
        )
        if not method:
            st.caption(_("Walking reach has not been computed yet. Compute the circles first."))
            return
        speeds = _speeds(method)
        if len(speeds):
            table.show(speeds, key=f"speeds_{method.get('data_version', 0)}")
        version, made = method.get("data_version"), method.get("made_at")
        st.caption(_("Data version {version}, computed {made}.", version=number(version), made=moment(made)))


def _speeds(method: Mapping[str, Any]) -> pd.DataFrame:
    speeds = method.get("speeds") or method.get("profiles_m_s") or {}
    if not isinstance(speeds, Mapping):
        return pd.DataFrame()
    return pd.DataFrame([{"profile": pace_word(name), "speed": f"{value}"} for name, value in speeds.items()])
