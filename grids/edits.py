"""What a planner does to a sketch, as plain values: one record for every act, one function that carries it out.

Coordinates in an edit are in the system of the community (EPSG:4326 in the store), x before y. A drawn line or area
falls on whole atoms: a building is never cut. ``kind`` and ``values`` of an edit:

=================== ========================================================================================
``divide``          ``seed``; divides everything that is neither locked nor dedicated anew
``split``           ``grid``, ``parts``, ``seed``; into k parts of nearly equal load
``split_along``     ``grid``, ``line`` [[x, y], ...]; the line is drawn on beyond its ends where it stops inside
``merge``           ``grids`` [code, ...]; the heaviest keeps its code
``move``            ``to`` code, ``""`` = a new grid, ``None`` = no grid; and a *place* (below)
``move_border``     ``between`` [code, code], ``line``; the border of the two runs along the line as far as it goes
``lock``/``unlock`` ``grids``
``together``        a place: its atoms shall share one grid
``apart``           a place: no two of its atoms (one per building) may share a grid
``drop_wish``       ``wish`` "together" or "apart", ``number`` in the sketch's list
``allow_crossing``  ``point`` [x, y] near a closed border, or ``pair`` [atom, atom]; ``where`` in words, for the history
``forbid_crossing`` the same, for an open border; either undoes the other
``dedicate``        a place, ``name``; or ``grid``: cuts out a dedicated grid
``describe``        ``grid``, ``name`` and/or ``kind``
``rebalance``       ``seed``; loads of the unlocked grids evened out with as little change as needed
``repair``          nothing; atoms without a grid and pieces torn off go to neighbours
=================== ========================================================================================

A *place* is any of ``atoms`` [number], ``buildings`` [key], ``points`` [[x, y]] (the building or ground there),
``blocks`` [[x, y]] (everything in the block there) and ``area`` [[x, y], ...] (a ring: atoms lying mostly in it).
``seed`` may be left out everywhere (0).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from contracts.errors import InputError
from contracts.messages import Message
from grids.edit_notes import notes_about
from grids.edits_repair import repair
from grids.edits_search import balance_notes, divide_anew, rebalance, split_grid
from grids.edits_shape import cut_out, describe_grid, merge_grids, move_atoms, move_border, split_along
from grids.edits_wishes import allow_crossing, drop_wish, forbid_crossing, keep_apart, keep_together, lock_grids, pairs_of_crossing, unlock_grids
from grids.places import atoms_of_place
from grids.rules import DEDICATED
from grids.sketch import Sketch

__all__ = ["KINDS", "Edit", "apply_edit", "edit_of_state", "notes_on"]


@dataclass(frozen=True)
class Edit:
    """One act of a planner: its kind and plain values (JSON)."""

    kind: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def to_state(self) -> dict[str, Any]:
        """``{"kind": ..., "values": {...}}`` for JSON."""
        return {"kind": self.kind, "values": dict(self.values)}

    @property
    def message(self) -> Message:
        """What it does, as a sentence for a history list."""
        facts = {name: value for name, value in self.values.items() if value is not None}
        if self.kind == "move" and "to" in self.values and self.values["to"] is None:
            return Message("Take ground out of its grid")
        if self.kind == "move" and self.values.get("to") == "":
            return Message("Move ground to a new grid")
        if self.kind in _AT and facts.get("where"):
            return Message(_AT[self.kind].template, facts)
        return Message(_known(self.kind)[1].template, {"grid": "", "grids": "", "parts": "", "to": "-", "name": "", "between": ""} | facts)


def edit_of_state(state: Mapping[str, Any]) -> Edit:
    """The edit ``to_state`` wrote down.

    Raises
    ------
    InputError
        No such kind of edit.
    """
    _known(str(state.get("kind", "")))
    return Edit(str(state["kind"]), dict(state.get("values", {})))


def apply_edit(sketch: Sketch, edit: Edit) -> Sketch:
    """The sketch after an edit; the one given stays as it is.

    Raises
    ------
    InputError
        The edit means nothing here or would change a locked grid; the message says what to do.
    InfeasibleDivision
        A search (divide, split, rebalance) found nothing that keeps what is fixed.
    """
    act = _known(edit.kind)[0]
    missing = [name for name in NEEDED.get(edit.kind, ()) if name not in edit.values]
    if missing:
        raise InputError("The edit {kind} lacks the value {value}.", kind=edit.kind, value=", ".join(missing))
    return act(sketch, edit.values)


def notes_on(sketch: Sketch, edit: Edit) -> list[Message]:
    """What a planner should know before an edit: how far the ground follows a drawn line or area, and open ground that was chosen.

    Raises
    ------
    InputError
        The edit means nothing here.
    """
    _known(edit.kind)
    return notes_about(sketch, edit.values) + (balance_notes(sketch) if edit.kind == "rebalance" else [])


def _whole(values: Mapping[str, Any], name: str) -> int:
    """A whole number of an edit, 0 where it is not given."""
    value = values.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError("{name} must be a whole number, not {value}.", name=name, value=value)
    return value


def _dedicate(sketch: Sketch, values: Mapping[str, Any]) -> Sketch:
    """A grid that is there made dedicated, or ground cut out of others."""
    if values.get("grid"):
        return describe_grid(sketch, values["grid"], name=values.get("name"), kind=DEDICATED)
    name = values.get("name")
    return cut_out(sketch, atoms_of_place(sketch.ground, values), name="" if name is None else name)


_AT = {"allow_crossing": Message("Allow a crossing: {where}"), "forbid_crossing": Message("Forbid a crossing: {where}")}
NEEDED = {
    "split": ("grid", "parts"),
    "split_along": ("grid", "line"),
    "merge": ("grids",),
    "move": ("to",),
    "move_border": ("between", "line"),
    "lock": ("grids",),
    "unlock": ("grids",),
    "drop_wish": ("wish", "number"),
    "describe": ("grid",),
}
Act = Callable[[Sketch, Mapping[str, Any]], Sketch]


def _known(kind: str) -> tuple[Act, Message]:
    if kind not in KINDS:
        raise InputError("There is no edit {kind}; there are {kinds}.", kind=kind, kinds=", ".join(KINDS))
    return KINDS[kind]


KINDS: dict[str, tuple[Act, Message]] = {
    "divide": (lambda sketch, v: divide_anew(sketch, seed=_whole(v, "seed")), Message("Divide anew")),
    "split": (lambda sketch, v: split_grid(sketch, v["grid"], parts=_whole(v, "parts"), seed=_whole(v, "seed")), Message("Split {grid} into {parts}")),
    "split_along": (lambda sketch, v: split_along(sketch, v["grid"], v["line"]), Message("Split {grid} along a line")),
    "merge": (lambda sketch, v: merge_grids(sketch, list(v["grids"])), Message("Merge {grids}")),
    "move": (lambda sketch, v: move_atoms(sketch, atoms_of_place(sketch.ground, v), to=v["to"]), Message("Move ground to {to}")),
    "move_border": (lambda sketch, v: move_border(sketch, list(v["between"]), v["line"]), Message("Move the border between {between}")),
    "lock": (lambda sketch, v: lock_grids(sketch, list(v["grids"])), Message("Lock {grids}")),
    "unlock": (lambda sketch, v: unlock_grids(sketch, list(v["grids"])), Message("Unlock {grids}")),
    "together": (lambda sketch, v: keep_together(sketch, atoms_of_place(sketch.ground, v)), Message("Keep buildings together")),
    "apart": (lambda sketch, v: keep_apart(sketch, atoms_of_place(sketch.ground, v)), Message("Keep buildings apart")),
    "drop_wish": (lambda sketch, v: drop_wish(sketch, v["wish"], _whole(v, "number")), Message("Drop a wish")),
    "allow_crossing": (lambda sketch, v: allow_crossing(sketch, pairs_of_crossing(sketch, v, is_open=False)), Message("Allow a crossing")),
    "forbid_crossing": (lambda sketch, v: forbid_crossing(sketch, pairs_of_crossing(sketch, v, is_open=True)), Message("Forbid a crossing")),
    "dedicate": (_dedicate, Message("Cut out a dedicated grid {name}")),
    "describe": (lambda sketch, v: describe_grid(sketch, v["grid"], name=v.get("name"), kind=v.get("kind")), Message("Describe {grid}")),
    "rebalance": (lambda sketch, v: rebalance(sketch, seed=_whole(v, "seed")), Message("Re-balance the unlocked grids")),
    "repair": (lambda sketch, v: repair(sketch), Message("Repair")),
}
