"""How is this computed: the method, its figures with their sources, the data it was made from and when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

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
                "A share counts the people of the buildings whose walk to a verified service is within the limit; a door exactly on the limit counts. The radius column is what a straight-line circle of the same standard would claim."
            )
        )
        if not method:
            st.caption(_("Walking reach has not been computed yet. Compute the circles first."))
            return
        _show_speeds(method.get("walkers") or {})
        _show_limits(method)
        st.caption(
            _(
                "Not covered comes in three kinds: too far; cut off, where no street leads to any such service; and not known, where the map ends or nobody vouches for the data."
            )
        )
        version, made = method.get("data_version"), method.get("made_at")
        st.caption(_("Data version {version}, computed {made}.", version=number(version), made=moment(made)))


def _show_speeds(walkers: Mapping[str, Mapping[str, Any]]) -> None:
    for name, walker in walkers.items():
        speed = number(walker["speed_m_s"], digits=2)
        st.markdown(f"**{pace_word(name)}**: " + _("{speed} metres a second", speed=speed))
        st.caption(_("Source: {source} ({certainty})", source=walker["source"], certainty=walker["certainty"]))


def _show_limits(method: Mapping[str, Any]) -> None:
    radii = method.get("radius_m_by_minutes") or {}
    for minutes, radius_m in sorted((int(minutes), radius_m) for minutes, radius_m in radii.items()):
        st.caption(_("In place of {minutes} minutes the standard draws a radius of {radius} m.", minutes=number(minutes), radius=number(radius_m)))
    doors, facilities = method.get("unsnapped_doors"), method.get("unsnapped_facilities")
    if doors is not None and facilities is not None:
        text = _(
            "{doors} buildings and {facilities} facilities could not be joined to a street; their people are listed as not known or cut off and never count as covered.",
            doors=number(doors),
            facilities=number(facilities),
        )
        st.caption(text)
