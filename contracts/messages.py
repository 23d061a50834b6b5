"""A sentence for people: an English template with named fields, spoken in any language of the catalogues.

The template is the key. ``contracts/locale/<language>/*.po`` holds one catalogue per room, read as text, so nothing is
compiled. A missing translation falls back to English and turns ``tests/contracts`` red.

``{count:building|buildings}`` says "1 building" and "2 buildings"; a list among the facts is spoken as the language lists things.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

from babel.messages.pofile import read_po

LANGUAGES = ("zh_CN", "en")
_LOCALE = Path(__file__).parent / "locale"
_ONE_OR_MANY = "|"


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
        """The sentence as a reader of ``language`` should see it; messages and lists among the details are spoken too."""
        details = {name: _spoken(value, language) for name, value in self.details.items()}
        template = translate(self.template, language)
        return _Counting().vformat(template, (), details) if _ONE_OR_MANY in template else template.format(**details)

    def __str__(self) -> str:
        return self.in_language("en")


@dataclass(frozen=True)
class Named(Message):
    """A name that a table gives in both languages, as a detail of a sentence: ``Named("Pharmacy", zh="药店")``."""

    zh: str = ""

    def in_language(self, language: str) -> str:
        """The Chinese name for a Chinese reader, else the English one."""
        return self.zh if self.zh and language.startswith("zh") else self.template


def enumerated(words: Iterable[object], language: str) -> str:
    """Words one after the other, as the language writes a list."""
    return ("、" if language.startswith("zh") else ", ").join(str(_spoken(word, language)) for word in words)


class _Counting(Formatter):
    """Formats a field with ``one|many`` as its number and the word that goes with it."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if _ONE_OR_MANY not in format_spec:
            return str(super().format_field(value, format_spec))
        one, many = format_spec.split(_ONE_OR_MANY)
        return f"{value} {one if str(value) == '1' else many}"


def _spoken(value: Any, language: str) -> Any:
    if isinstance(value, list | tuple):
        return enumerated(value, language)
    return value.in_language(language) if isinstance(value, Message) else value
