"""What the planner has picked on the map for the tool in hand: grids, places, a line or an area.

Picks live in the session under fixed names, because a click on the map must be able to change what a widget shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from grids.under_line import grids_under
from services import editing
from services.editing import Desk
from views.maps.edit_map import Touch

GRIDS, POINTS, DRAWN, TURN, WAY = "edit_grids", "edit_points", "edit_drawn", "edit_turn", "edit_way"
_SEEN = "edit_seen"
SINGLE, BLOCK, AREA = "single", "block", "area"
PLACES, SPOT = "places", "spot"  # what a click picks, where it does not pick grids
NEW, NONE = "new", "none"  # targets of a move that are no grid of the draft
Point = tuple[float, float]


@dataclass(frozen=True)
class Picks:
    """What is picked now. ``way`` is how places are picked: single pieces, whole blocks, or everything in a drawn area."""

    grids: tuple[str, ...] = ()
    points: tuple[Point, ...] = ()
    drawn: Mapping[str, Any] | None = None
    way: str = SINGLE

    @property
    def line(self) -> list[list[float]]:
        """Points of the drawn line, empty without one."""
        return [list(point) for point in self.drawn["coordinates"]] if self.drawn and self.drawn.get("type") == "LineString" else []

    @property
    def ring(self) -> list[list[float]]:
        """Corners of the drawn area, empty without one."""
        return [list(point) for point in self.drawn["coordinates"][0]] if self.drawn and self.drawn.get("type") == "Polygon" else []

    @property
    def place(self) -> dict[str, Any]:
        """The picked place as an edit takes it, empty where nothing is picked."""
        if self.way == AREA:
            return {"area": self.ring} if self.ring else {}
        name = "blocks" if self.way == BLOCK else "points"
        return {name: [list(point) for point in self.points]} if self.points else {}


def picks() -> Picks:
    """What is picked now."""
    state = st.session_state
    return Picks(tuple(state.get(GRIDS, ())), tuple(state.get(POINTS, ())), state.get(DRAWN), state.get(WAY) or SINGLE)


def turn() -> str:
    """Number of the present picking; with the next one drawings vanish from the map."""
    return str(st.session_state.get(TURN, 0))


def clear(*, keep_grids: bool = False) -> None:
    """Put everything down."""
    if not keep_grids:
        st.session_state[GRIDS] = []
    st.session_state[POINTS] = []
    st.session_state[DRAWN] = None
    st.session_state[TURN] = st.session_state.get(TURN, 0) + 1


def take(touch: Touch, desk: Desk, *, most_grids: int, takes: str) -> None:
    """Take over what was done on the map since it was last looked at; every click and drawing counts once.

    A drawn line brings the grids it is about along, as far as the tool takes more than are picked.
    """
    seen: Touch = st.session_state.get(_SEEN, Touch())
    st.session_state[_SEEN] = touch
    if touch.drawn and touch.drawn != seen.drawn:
        st.session_state[DRAWN] = dict(touch.drawn)
        _pick_under(desk, most_grids)
    if touch.clicked is not None and touch.clicked != seen.clicked:
        _click(touch.clicked, desk, most_grids, takes)


def _pick_under(desk: Desk, most_grids: int) -> None:
    line, picked = picks().line, list(st.session_state.get(GRIDS, []))
    if line and len(picked) < most_grids:
        under = grids_under(desk.sketch, line, most=most_grids)
        st.session_state[GRIDS] = [*picked, *(code for code in under if code not in picked)][:most_grids]


def forget_touches(touch: Touch) -> None:
    """What the map still reports is old news: another draft was on the table."""
    st.session_state[_SEEN] = touch


def _click(at: Point, desk: Desk, most_grids: int, takes: str) -> None:
    if takes == SPOT:
        st.session_state[POINTS] = [at]
    elif takes == PLACES:
        if st.session_state.get(WAY) != AREA:
            st.session_state[POINTS] = _toggled_point(desk, list(st.session_state.get(POINTS, [])), at)
    elif most_grids:
        code = editing.code_at(desk, at)
        st.session_state[GRIDS] = _toggled(list(st.session_state.get(GRIDS, [])), code, most_grids) if code else st.session_state.get(GRIDS, [])


def _toggled(codes: list[str], code: str, most: int) -> list[str]:
    """The codes with one put in or, where it was in, taken out; the oldest goes where there are too many."""
    return [other for other in codes if other != code] if code in codes else [*codes, code][-most:]


def _toggled_point(desk: Desk, points: list[Point], at: Point) -> list[Point]:
    """The points with one put in, or with those of the same building, piece of ground or block taken out."""
    *pieces, new = editing.pieces_under(desk, [*points, at], blocks=st.session_state.get(WAY) == BLOCK)
    if new < 0:
        return points
    others = [point for point, piece in zip(points, pieces, strict=True) if piece != new]
    return others if len(others) < len(points) else [*points, at]
