"""Undo and redo: the plain states of a sketch, one after each edit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts.messages import Message
from grids.edits import Edit
from grids.ground import Ground
from grids.sketch import Sketch

LONGEST = 250  # steps kept; the oldest goes first


@dataclass(frozen=True)
class History:
    """States of one sketch: ``states[at]`` is the present one, ``edits[i]`` led from state i to i + 1. Plain values, ready for JSON."""

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
        raise NotImplementedError

    def record(self, edit: Edit, sketch: Sketch) -> History:
        """The history after an edit; what was undone before is forgotten."""
        raise NotImplementedError

    def undo(self) -> History:
        """One step back; InputError at the start."""
        raise NotImplementedError

    def redo(self) -> History:
        """One step forth; InputError at the end."""
        raise NotImplementedError

    def sketch(self, ground: Ground) -> Sketch:
        """The present sketch (``ConflictError`` when the ground is another one)."""
        raise NotImplementedError

    def to_state(self) -> dict[str, Any]:
        """Plain values for JSON."""
        raise NotImplementedError


def start_history(sketch: Sketch) -> History:
    """A history that begins with a sketch."""
    raise NotImplementedError


def history_of_state(state: Mapping[str, Any]) -> History:
    """The history ``to_state`` wrote down; InputError where it is none."""
    raise NotImplementedError
