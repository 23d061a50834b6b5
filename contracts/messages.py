"""A sentence for people: an English template with named fields, spoken in any language of the catalogues.

The template is the key. ``contracts/locale/<language>/*.po`` holds one catalogue per room, read as text, so nothing is
compiled. A missing translation falls back to English and turns ``tests/contracts`` red.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po

LANGUAGES = ("zh_CN", "en")
_LOCALE = Path(__file__).parent / "locale"


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Template -> translation for one language, from all of its ``.po`` files; empty for English."""
    words: dict[str, str] = {}
    for path in sorted((_LOCALE / language).glob("*.po")):
        with path.open("rb") as file:
            words.update({str(entry.id): str(entry.string) for entry in read_po(file) if entry.id and entry.string})
    return words


def translate(template: str, language: str) -> str:
    """The template in another language; the template itself where nothing is known."""
    return catalogue(language).get(template, template)


@dataclass(frozen=True)
class Message:
    """A sentence with its facts kept apart: ``Message("Row {row} has no name.", {"row": 3})``."""

    template: str
    details: Mapping[str, Any] = field(default_factory=dict)

    def in_language(self, language: str) -> str:
        """The sentence as a reader of ``language`` should see it; messages among the details are spoken too."""
        details = {name: _spoken(value, language) for name, value in self.details.items()}
        return translate(self.template, language).format(**details)

    def __str__(self) -> str:
        return self.in_language("en")


@dataclass(frozen=True)
class Named(Message):
    """A name that a table gives in both languages, as a detail of a sentence: ``Named("Pharmacy", zh="药店")``."""

    zh: str = ""

    def in_language(self, language: str) -> str:
        """The Chinese name for a Chinese reader, else the English one."""
        return self.zh if self.zh and language.startswith("zh") else self.template


def _spoken(value: Any, language: str) -> Any:
    return value.in_language(language) if isinstance(value, Message) else value
