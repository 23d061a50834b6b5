"""How long work tells where it is, and how it is stopped."""

from __future__ import annotations

from collections.abc import Callable

from contracts.messages import Message

# (steps done, steps in all, what is being done). The callee may raise CancelledError: the caller's work is then undone.
Progress = Callable[[int, int, Message], None]


def silent(done: int, total: int, what: Message) -> None:
    """Nobody is watching."""
