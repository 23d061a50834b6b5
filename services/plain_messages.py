"""Sentences kept in the store as plain values, to be spoken later in any language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.messages import Message


def plain_message(message: Message) -> dict[str, Any]:
    """A sentence, and the sentences among its facts, as values for JSON."""
    details = {name: plain_message(value) if isinstance(value, Message) else str(value) for name, value in message.details.items()}
    return {"template": message.template, "details": details}


def message_of(plain: Mapping[str, Any]) -> Message:
    """The sentence ``plain_message`` was given."""
    return Message(plain["template"], {name: message_of(value) if isinstance(value, Mapping) else value for name, value in plain["details"].items()})
