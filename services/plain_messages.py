"""Sentences kept in the store as plain values, to be spoken later in any language."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

import numpy as np

from contracts.messages import Message


def plain_message(message: Message) -> dict[str, Any]:
    """A sentence, and the sentences among its facts, as values for JSON."""
    return {"template": message.template, "details": {name: _plain(value) for name, value in message.details.items()}}


def message_of(plain: Mapping[str, Any]) -> Message:
    """The sentence ``plain_message`` was given."""
    return Message(plain["template"], {name: _spoken(value) for name, value in plain["details"].items()})


def _plain(value: Any) -> Any:
    """A fact as JSON has it: numbers stay numbers and lists lists, so that they are written as the sentence and the language want it."""
    if isinstance(value, Message):
        return plain_message(value)
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    number = value.item() if isinstance(value, np.generic) else value
    return number if isinstance(number, int) or (isinstance(number, float) and isfinite(number)) else str(value)


def _spoken(value: Any) -> Any:
    if isinstance(value, list):
        return [_spoken(one) for one in value]
    return message_of(value) if isinstance(value, Mapping) else value
