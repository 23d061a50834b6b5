"""The planner's tools: which there are, what each asks for, and the edit it makes of what was picked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import streamlit as st

from contracts.messages import Message, enumerated
from grids.edits import Edit
from grids.sketch import COMPREHENSIVE, DEDICATED, Sketch
from services.crossings import crossing_place
from services.editing import Desk
from views import wiring
from views.components import edit_choice
from views.components.edit_choice import AREA, BLOCK, NEW, NONE, SINGLE, Picks
from views.i18n import _, grid_word, language, spoken
from views.maps.edit_map import Mode

TOOL = "edit_tool"
LOOK = "look"
MOST_PARTS = 12
_MANY = 99
LINE_KINDS = {"river": Message("River"), "rail": Message("Railway"), "expressway": Message("Expressway"), "wall": Message("Wall"), "street": Message("Street")}


@dataclass(frozen=True)
class Tool:
    """``grids`` = how many grids it takes at most, ``line``, ``place`` and ``point`` what else; ``show`` asks for the rest and gives the edit."""

    title: Message
    hint: Message
    show: Callable[[Desk, Picks], Edit | None]
    grids: int = 0
    line: bool = False
    place: bool = False
    point: bool = False

    def mode(self, picks: Picks) -> Mode:
        """The pencil it puts into the reader's hand."""
        if self.line:
            return "polyline"
        return "polygon" if self.place and picks.way == AREA else ""


def show(desk: Desk) -> Edit | None:
    """The list of tools and what the one in hand asks for; the edit once everything is picked."""
    st.session_state.setdefault(TOOL, LOOK)
    st.selectbox(_("Tool"), list(TOOLS), format_func=lambda name: spoken(TOOLS[name].title), key=TOOL, on_change=edit_choice.clear)
    tool = in_hand()
    st.caption(spoken(tool.hint))
    if tool.grids:
        _pick_grids(desk.sketch, tool.grids)
    if tool.place:
        _pick_way()
    return tool.show(desk, edit_choice.picks())


def in_hand() -> Tool:
    """The tool chosen now."""
    return TOOLS.get(str(st.session_state.get(TOOL, LOOK)), TOOLS[LOOK])


def with_names(text: str, names: Mapping[str, str]) -> str:
    """A sentence with the names of grids in place of their codes; "Grid 990..." becomes the name alone."""
    word = _("Grid")
    for code, name in names.items():
        text = text.replace(f"{word} {code}", name).replace(f"{word.lower()} {code}", name).replace(code, name)
    return text


def grid_names(sketch: Sketch) -> dict[str, str]:
    """Names of the grids by code, in the order of their codes."""
    named = dict(zip(sketch.codes, sketch.names, strict=True))
    return {code: named[code] or grid_word(code) for code in sorted(named)}


def _pick_grids(sketch: Sketch, most: int) -> None:
    names = grid_names(sketch)
    st.session_state[edit_choice.GRIDS] = [code for code in st.session_state.get(edit_choice.GRIDS, []) if code in names][-most:]
    st.multiselect(
        _("Grids") if most > 1 else _("Grid"),
        list(names),
        format_func=names.__getitem__,
        key=edit_choice.GRIDS,
        max_selections=most if most < _MANY else None,
        placeholder=_("Click on the map, or choose here"),
    )


def _pick_way() -> None:
    words = {SINGLE: _("Building or piece of ground"), BLOCK: _("Whole block"), AREA: _("Drawn area")}
    st.session_state.setdefault(edit_choice.WAY, SINGLE)
    st.segmented_control(_("A click picks"), list(words), format_func=words.__getitem__, key=edit_choice.WAY, required=True, on_change=edit_choice.clear)
    count = len(st.session_state.get(edit_choice.POINTS, []))
    if count:
        st.caption(_("{count} picked on the map; click again to put one back.", count=count))


def _look(_desk: Desk, _picks: Picks) -> None:
    return None


def _split(_desk: Desk, picks: Picks) -> Edit | None:
    parts = st.number_input(_("Into how many grids"), min_value=2, max_value=MOST_PARTS, value=2, step=1, key="edit_parts")
    return Edit("split", {"grid": picks.grids[0], "parts": int(parts)}) if picks.grids else None


def _split_along(_desk: Desk, picks: Picks) -> Edit | None:
    return Edit("split_along", {"grid": picks.grids[0], "line": picks.line}) if picks.grids and picks.line else None


def _merge(_desk: Desk, picks: Picks) -> Edit | None:
    return Edit("merge", {"grids": list(picks.grids)}) if len(picks.grids) > 1 else None


def _move(desk: Desk, picks: Picks) -> Edit | None:
    names = grid_names(desk.sketch) | {NEW: _("A new grid"), NONE: _("No grid for now")}
    target = st.selectbox(
        _("Into"),
        list(names),
        index=None,
        format_func=names.__getitem__,
        key=f"edit_target_{edit_choice.turn()}",
        placeholder=_("Choose the grid it shall belong to"),
    )
    if not picks.place or target is None:
        return None
    return Edit("move", {"to": {NEW: "", NONE: None}.get(target, target), **picks.place})


def _move_border(_desk: Desk, picks: Picks) -> Edit | None:
    return Edit("move_border", {"between": list(picks.grids), "line": picks.line}) if len(picks.grids) == 2 and picks.line else None


def _lock(desk: Desk, picks: Picks) -> Edit | None:
    free = [code for code in picks.grids if code not in desk.sketch.locked]
    if free:
        return Edit("lock", {"grids": free})
    return Edit("unlock", {"grids": list(picks.grids)}) if picks.grids else None


def _together(_desk: Desk, picks: Picks) -> Edit | None:
    return Edit("together", picks.place) if picks.place else None


def _apart(_desk: Desk, picks: Picks) -> Edit | None:
    return Edit("apart", picks.place) if picks.place else None


def _drop_wish(desk: Desk, _picks: Picks) -> Edit | None:
    wishes = {("together", number): _wish_word("together", number, group) for number, group in enumerate(desk.sketch.together)}
    wishes |= {("apart", number): _wish_word("apart", number, group) for number, group in enumerate(desk.sketch.apart)}
    if not wishes:
        st.caption(_("Nothing was asked to stay together or apart."))
        return None
    chosen = st.selectbox(_("Wish"), list(wishes), index=None, format_func=wishes.__getitem__, placeholder=_("Choose a wish"))
    return None if chosen is None else Edit("drop_wish", {"wish": chosen[0], "number": chosen[1]})


def _wish_word(wish: str, number: int, group: tuple[int, ...]) -> str:
    facts = {"number": number + 1, "count": len(group)}
    return _("Together {number}: {count:piece|pieces}", **facts) if wish == "together" else _("Apart {number}: {count:piece|pieces}", **facts)


def _crossing(desk: Desk, picks: Picks) -> Edit | None:
    words = {"allow_crossing": _("May be walked over"), "forbid_crossing": _("May not be walked over")}
    kind = st.segmented_control(_("The border here"), list(words), default="allow_crossing", format_func=words.__getitem__, key="edit_crossing", required=True)
    if not picks.points:
        return None
    where = _crossing_words(desk, picks.points[-1], str(kind))
    if where:
        st.caption(_("Here: {where}", where=where))
    return Edit(str(kind), {"point": list(picks.points[-1])} | ({"where": where} if where else {}))


def _crossing_words(desk: Desk, point: tuple[float, float], kind: str) -> str:
    """The line by its name or kind, and the grids beside it; nothing where no border lies near."""
    place = crossing_place(wiring.unit_of_work(), wiring.principal(), desk, point, kind=kind)
    names = grid_names(desk.sketch)
    line = place.name_en or place.name if language() == "en" else place.name or place.name_en
    line = line or (spoken(LINE_KINDS[place.kind]) if place.kind in LINE_KINDS else "")
    beside = enumerated([names[code] for code in place.grids if code in names], language())
    return " · ".join(part for part in (line, beside) if part)


def _dedicate(_desk: Desk, picks: Picks) -> Edit | None:
    name = st.text_input(_("Name of the dedicated grid"), key="edit_dedicated_name", placeholder=_("For example: Science park")).strip()
    if picks.grids and not picks.place:
        return Edit("dedicate", {"grid": picks.grids[0], "name": name})
    return Edit("dedicate", {"name": name, **picks.place}) if picks.place and name else None


def _describe(desk: Desk, picks: Picks) -> Edit | None:
    if not picks.grids:
        return None
    number = desk.sketch.label_of(picks.grids[0])
    kinds = {COMPREHENSIVE: _("Comprehensive grid"), DEDICATED: _("Dedicated grid")}
    name = st.text_input(_("Name"), value=desk.sketch.names[number], key=f"edit_name_{picks.grids[0]}_{desk.version}").strip()
    kind = st.segmented_control(
        _("Kind"),
        list(kinds),
        default=desk.sketch.kinds[number],
        format_func=kinds.__getitem__,
        key=f"edit_kind_{picks.grids[0]}_{desk.version}",
        required=True,
    )
    is_same = (name, kind) == (desk.sketch.names[number], desk.sketch.kinds[number])
    return None if is_same else Edit("describe", {"grid": picks.grids[0], "name": name, "kind": kind})


def _seeded(kind: str) -> Callable[[Desk, Picks], Edit | None]:
    def show_variant(_desk: Desk, _picks: Picks) -> Edit | None:
        variant = st.number_input(
            _("Variant"), min_value=0, max_value=999, value=0, step=1, key=f"edit_seed_{kind}", help=_("Another number searches from another start.")
        )
        return Edit(kind, {"seed": int(variant)})

    return show_variant


def _repair(_desk: Desk, _picks: Picks) -> Edit | None:
    return Edit("repair")


TOOLS: Mapping[str, Tool] = MappingProxyType(
    {
        LOOK: Tool(Message("Look"), Message("Click on a grid to see its figures. Choose a tool to change the plan."), _look, grids=1),
        "move": Tool(Message("Move a building or block"), Message("Click on what shall move, then choose the grid it shall belong to."), _move, place=True),
        "move_border": Tool(
            Message("Move a border"),
            Message("Draw the line the border shall follow. The two grids beside it are taken; pick others where they are not meant."),
            _move_border,
            grids=2,
            line=True,
        ),
        "split": Tool(Message("Split a grid"), Message("Pick a grid; it is split into parts of nearly equal load."), _split, grids=1),
        "split_along": Tool(
            Message("Split along a line"),
            Message("Draw a line across a grid. The grid under its middle is split; no building is cut."),
            _split_along,
            grids=1,
            line=True,
        ),
        "merge": Tool(Message("Merge grids"), Message("Pick grids that lie side by side; the heaviest keeps its code."), _merge, grids=_MANY),
        "rebalance": Tool(Message("Re-balance"), Message("Evens out the grids that are not locked, with as little change as needed."), _seeded("rebalance")),
        "divide": Tool(Message("Divide anew"), Message("Draws every grid anew that is neither locked nor dedicated."), _seeded("divide")),
        "lock": Tool(Message("Lock or unlock"), Message("A locked grid is changed by no tool. Pick grids; locked ones are unlocked."), _lock, grids=_MANY),
        "together": Tool(Message("Keep together"), Message("What you pick shall lie in one grid."), _together, place=True),
        "apart": Tool(Message("Keep apart"), Message("No two of the buildings you pick shall share a grid."), _apart, place=True),
        "drop_wish": Tool(Message("Take back a wish"), Message("What was to stay together or apart may be divided freely again."), _drop_wish),
        "crossing": Tool(
            Message("Allow or forbid a crossing"), Message("Click on a wall, river or street: may a grid reach across it here?"), _crossing, point=True
        ),
        "dedicate": Tool(
            Message("Cut out a dedicated grid"),
            Message("Pick the ground of a park, school, mall or office. It becomes a grid of its own, without a band."),
            _dedicate,
            place=True,
        ),
        "describe": Tool(Message("Name a grid"), Message("Pick a grid and give it a name or another kind."), _describe, grids=1),
        "repair": Tool(Message("Repair"), Message("Ground without a grid and pieces torn off go to their neighbours."), _repair),
    }
)
