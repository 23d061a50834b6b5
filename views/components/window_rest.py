"""Let a map fill the window: the browser measures what is left below its top and keeps it in a style variable."""

from __future__ import annotations

import streamlit as st

PLACE = "map_place"
ABOVE = "map_question"
_LOADER = """
export default async function (component) {
  const { keep } = await import(window.location.origin + '/assets/wangge/window_rest.js');
  return keep(component);
}
"""


def keep() -> None:
    """Measure for the container with the key ``PLACE``, again whenever the one with the key ``ABOVE`` changes its height."""
    measured = st.components.v2.component("wangge_window_rest", html="<span></span>", js=_LOADER, isolate_styles=False)
    measured(data={"selector": f".st-key-{PLACE}", "above": f".st-key-{ABOVE}"}, key="window_rest", height=0)
