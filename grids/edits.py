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
``allow_crossing``  ``point`` [x, y] near a closed border, or ``pair`` [atom, atom]
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

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contracts.messages import Message
from grids.sketch import Sketch


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
        raise NotImplementedError


def edit_of_state(state: Mapping[str, Any]) -> Edit:
    """The edit ``to_state`` wrote down.

    Raises
    ------
    InputError
        No such kind of edit.
    """
    raise NotImplementedError


def apply_edit(sketch: Sketch, edit: Edit) -> Sketch:
    """The sketch after an edit; the one given stays as it is.

    Raises
    ------
    InputError
        The edit means nothing here or would change a locked grid; the message says what to do.
    InfeasibleDivision
        A search (divide, split, rebalance) found nothing that keeps what is fixed.
    """
    raise NotImplementedError


def notes_on(sketch: Sketch, edit: Edit) -> list[Message]:
    """What a planner should know before an edit: a drawn line that does not follow the ground, an area that falls on much more than was drawn."""
    raise NotImplementedError
