"""Undo and redo: the plain states of a sketch, one after each edit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts.errors import InputError
from contracts.messages import Message
from grids.edits import Edit, edit_of_state
from grids.ground import Ground
from grids.sketch import Sketch, sketch_of_state

LONGEST = 250  # steps kept; the oldest goes first
_GROUND = ("fingerprint", "drawn")  # the same in every state: written once


@dataclass(frozen=True)
class History:
    """States of one sketch: ``states[at]`` is the present one, ``edits[i]`` led from state i to i + 1.

    ``base`` holds what all states share about their ground. Everything is plain values, ready for JSON.
    """

    base: Mapping[str, Any]
    states: tuple[Mapping[str, Any], ...]
    edits: tuple[Mapping[str, Any], ...]
    at: int

    @property
    def undo_steps(self) -> int:
        """How many edits can be undone."""
        return self.at

    @property
    def redo_steps(self) -> int:
        """How many edits can be done again."""
        return len(self.states) - 1 - self.at

    @property
    def messages(self) -> list[Message]:
        """The edits up to the present, oldest first, as sentences."""
        return [edit_of_state(edit).message for edit in self.edits[: self.at]]

    def record(self, edit: Edit, sketch: Sketch) -> History:
        """The history after an edit; what was undone before is forgotten."""
        states = (*self.states[: self.at + 1], _without_ground(sketch))[-LONGEST - 1 :]
        edits = (*self.edits[: self.at], edit.to_state())[-LONGEST:]
        return History(self.base, states, edits, len(states) - 1)

    def undo(self) -> History:
        """One step back; InputError at the start."""
        if not self.undo_steps:
            raise InputError("There is nothing to undo.")
        return History(self.base, self.states, self.edits, self.at - 1)

    def redo(self) -> History:
        """One step forth; InputError at the end."""
        if not self.redo_steps:
            raise InputError("There is nothing to do again.")
        return History(self.base, self.states, self.edits, self.at + 1)

    def sketch(self, ground: Ground) -> Sketch:
        """The present sketch (``ConflictError`` when the ground is another one)."""
        return sketch_of_state(ground, {**self.base, **self.states[self.at]})

    def to_state(self) -> dict[str, Any]:
        """Plain values for JSON; ``drawn_of_state`` reads them too."""
        return {**self.base, "states": [dict(state) for state in self.states], "edits": [dict(edit) for edit in self.edits], "at": self.at}


def start_history(sketch: Sketch) -> History:
    """A history that begins with a sketch."""
    state = sketch.to_state()
    return History({name: state[name] for name in _GROUND}, (_without_ground(sketch),), (), 0)


def _without_ground(sketch: Sketch) -> dict[str, Any]:
    return {name: value for name, value in sketch.to_state().items() if name not in _GROUND}


def history_of_state(state: Mapping[str, Any]) -> History:
    """The history ``to_state`` wrote down.

    Raises
    ------
    InputError
        No such values.
    """
    if not isinstance(state, Mapping) or not {*_GROUND, "states", "edits", "at"} <= set(state) or not 0 <= state["at"] < len(state["states"]):
        raise InputError("These values do not describe the steps of a plan being edited. Open the plan again.")
    return History({name: state[name] for name in _GROUND}, tuple(state["states"]), tuple(state["edits"]), int(state["at"]))
