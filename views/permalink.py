"""The address says what is looked at: ``?area=…&grid=…&category=…&profile=…``, codes only, equal in every language."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st


def seed(name: str, allowed: Sequence[str], *, default: str) -> None:
    """Give the widget of key ``name`` its value: what the session has, else the address, else the default; always an allowed one."""
    asked, before = st.query_params.get(name), st.session_state.get(name, st.session_state.get(_kept(name)))
    followed = asked in allowed and asked != st.session_state.get(_seen(name))
    # Written even where it stays: a value written by the page outlives the widget when another page shows the same question.
    st.session_state[name] = asked if followed else before if before in allowed else default
    st.session_state[_seen(name)] = asked


def keep(name: str, value: str | None) -> None:
    """Put a value into the address, or take it out where there is none."""
    st.session_state[_kept(name)] = value
    if value:
        if st.query_params.get(name) != value:
            st.query_params[name] = value
    elif name in st.query_params:
        del st.query_params[name]
    st.session_state[_seen(name)] = value or None


def _kept(name: str) -> str:
    """A value that pages without this question leave alone."""
    return f"kept_{name}"


def _seen(name: str) -> str:
    return f"address_{name}"
