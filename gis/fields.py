"""Which column of a stranger's table is which of ours, and what its cells mean. The words are data in ``field_names.csv``."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache

from contracts.errors import InputError, MissingColumnError
from contracts.messages import Message, Named
from contracts.reference import reference_table

KINDS = ("areas", "buildings", "facilities", "workers", "barriers")
EVERY_KIND = "*"
_LEAST_LIKENESS = 0.4  # of difflib, from which a name is offered in place of an unknown one
_SHAPE = "shape"  # rows of the table about geometry, which is no field of a template
_SHEET_ERRORS = frozenset({"#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"})


@dataclass(frozen=True)
class Field:
    """One field of one kind of place: its type, bounds and the headings people give it."""

    name: str
    type: str
    is_required: bool
    minimum: float
    maximum: float
    max_length: int
    zh: str
    en: str
    example: str
    headings: tuple[str, ...]


class BadCell(Exception):
    """Why a cell cannot be taken, and what to do. Becomes a rejected row, never reaches a user as an error."""

    def __init__(self, reason: Message, remedy: Message) -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.remedy = remedy


@cache
def fields_of(kind: str) -> tuple[Field, ...]:
    """Fields of a kind in the order of the template, longitude and latitude last."""
    rows = [row for row in reference_table("field_names").to_dict("records") if row["kind"] in (kind, EVERY_KIND)]
    return tuple(
        Field(
            name=row["field"],
            type=row["type"],
            is_required=row["required"] == "yes",
            minimum=float(row["minimum"] or "-inf"),
            maximum=float(row["maximum"] or "inf"),
            max_length=int(row["max_length"] or 0),
            zh=row["zh"],
            en=row["en"],
            example=row["example"],
            headings=tuple(row["names"].split("|")),
        )
        for row in rows
    )


def shape_column(columns: Sequence[str], taken: Collection[str]) -> str | None:
    """The column that may hold geometry as text, by its heading; none where another field has it."""
    spoken = {column: _spoken(column) for column in columns if column not in taken}
    rows = reference_table("field_names").to_dict("records")
    headings = [heading for row in rows if row["kind"] == _SHAPE for heading in row["names"].split("|")]
    return next((column for heading in headings for column, words in spoken.items() if heading in words), None)


def plain(text: str) -> str:
    """Text as it is compared: full-width letters and digits made ordinary, case and outer blanks dropped."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def guess_fields(kind: str, columns: Sequence[str], mapping: Mapping[str, str] | None = None) -> dict[str, str]:
    """Our field -> the table's column, as far as headings tell; ``mapping`` (ours -> theirs, ``""`` = none) outranks the guess.

    A field of the mapping may be called as in the code, in Chinese, or by any heading of ``field_names.csv``.

    Raises
    ------
    InputError
        The mapping names a field we do not have.
    MissingColumnError
        The mapping names a column the table does not have.
    """
    found = {_field_named(kind, ours): theirs for ours, theirs in (mapping or {}).items()}
    for theirs in found.values():
        if theirs and theirs not in columns:
            raise MissingColumnError("The file has no column {column}; it has {columns}.", column=theirs, columns=", ".join(columns) or "-")
    taken = set(found.values())
    spoken = {column: _spoken(column) for column in columns}
    for field in fields_of(kind):
        if field.name in found:
            continue
        match = next((column for heading in field.headings for column in columns if column not in taken and heading in spoken[column]), None)
        if match is not None:
            found[field.name] = match
            taken.add(match)
    return {ours: theirs for ours, theirs in found.items() if theirs}


def _field_named(kind: str, name: str) -> str:
    """Our field of this name, Chinese name or heading, in this order."""
    fields, said = fields_of(kind), plain(name)
    for names in (
        {field.name: (field.name,) for field in fields},
        {field.name: (field.zh,) for field in fields},
        {field.name: field.headings for field in fields},
    ):
        for ours, words in names.items():
            if said in map(plain, words):
                return ours
    shown = Named(", ".join(field.name for field in fields), zh="、".join(field.zh for field in fields))
    raise InputError("{kind} have no field {field}; they have {fields}.", kind=kind, field=name, fields=shown)


def _spoken(column: str) -> set[str]:
    """What a heading may mean: itself, without its bracket, and each side of a slash (``名称 / name``, ``户数(户)``)."""
    whole = plain(column)
    bare = whole.split("(")[0].strip()
    return {whole, bare, bare.replace(" ", "_"), *(part.strip() for part in whole.split("/"))}


def read_cell(field: Field, text: str) -> str | float | bool | list[str]:
    """The value of a non-empty cell.

    Raises
    ------
    BadCell
        With the reason and the remedy in words.
    """
    if text.startswith("=") or (text.startswith(("+", "@")) and field.type != "text"):
        raise BadCell(Message("the cell holds a formula: {text}", {"text": text[:40]}), Message("paste the value instead of the formula"))
    if text in _SHEET_ERRORS:
        raise BadCell(Message("the cell holds an error of the spreadsheet: {text}", {"text": text}), Message("mend the formula or write the value"))
    if field.max_length and len(text) > field.max_length:
        raise BadCell(Message("the text has {count} characters, at most {most} fit", {"count": len(text), "most": field.max_length}), Message("shorten it"))
    if field.type in {"number", "integer", "lon", "lat"}:
        return _number(field, text)
    if field.type in {"flag", "level", "community_type", "barrier_kind", "worker_kind"}:
        value = word(field.type, text)
        return value == "true" if field.type == "flag" else value
    return _READERS.get(field.type, str)(text)


def _number(field: Field, text: str) -> float:
    bare = unicodedata.normalize("NFKC", text).replace(" ", "").removesuffix("户").removesuffix("人").removesuffix("层")
    head, point, tail = bare.partition(".")
    groups = head.removeprefix("-").split(",")
    if len(groups) > 1 and 1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:]):
        bare = head.replace(",", "") + point + tail
    try:
        value = float(bare)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or "_" in bare:
        raise BadCell(Message("{text} is not a number", {"text": text[:40]}), Message("write a plain number"))
    if field.type == "integer" and value != round(value):
        raise BadCell(Message("{text} is not a whole number", {"text": text[:40]}), Message("write a whole number"))
    if not field.minimum <= value <= field.maximum:
        raise BadCell(
            Message("{value} is outside {low} to {high}", {"value": text[:40], "low": f"{field.minimum:g}", "high": f"{field.maximum:g}"}),
            Message("correct the number"),
        )
    return value


def word(kind: str, text: str) -> str:
    """Our word for a spoken value (``专职`` -> ``true``, ``街道`` -> ``street``).

    Raises
    ------
    BadCell
        Nobody told us this word.
    """
    words = _words(kind)
    if (value := words.get(plain(text))) is None:
        raise BadCell(
            Message("{text} is not one of {known}", {"text": text[:40], "known": ", ".join(dict.fromkeys(words.values()))}), Message("use one of these words")
        )
    return value


@cache
def _words(kind: str) -> dict[str, str]:
    table = reference_table("field_values")
    rows = table[table["type"] == kind]
    return {plain(name): value for value, names in zip(rows["value"], rows["names"], strict=True) for name in names.split("|")}


def category_code(text: str) -> str:
    """Code of a facility category given as code, everyday, Chinese or English name; of two with one name the first in the table.

    Raises
    ------
    BadCell
        No such category; names the nearest.
    """
    known = _categories()
    code = known.get(_bare(text))
    if code is None:
        reason, page = Message("{text} is no category of facilities", {"text": text[:40]}), Message("How numbers are made")
        near = get_close_matches(_bare(text[:40]), known, n=1, cutoff=_LEAST_LIKENESS)
        if not near:
            raise BadCell(reason, Message('take a name from the list on the page "{page}", for example 药店 or Pharmacy', {"page": page}))
        remedy = Message('did you mean {nearest}? The list is on the page "{page}"', {"nearest": _category_name(known[near[0]]), "page": page})
        raise BadCell(reason, remedy)
    return code


@cache
def _categories() -> dict[str, str]:
    """Bare name -> code; a code outranks an everyday name, and that the official ones."""
    table, aliases = reference_table("facility_categories"), reference_table("facility_aliases")
    known = {_bare(code): code for code in table["code"]}
    for name, code in zip(aliases["alias"], aliases["code"], strict=True):
        known.setdefault(_bare(name), code)
    for column in ("zh", "en"):
        for name, code in zip(table[column], table["code"], strict=True):
            for each in (name, unicodedata.normalize("NFKC", name).split("(")[0]):
                known.setdefault(_bare(each), code)
    return known


def _category_name(code: str) -> Named:
    row = reference_table("facility_categories").set_index("code").loc[code]
    return Named(str(row["en"]), zh=str(row["zh"]))


def _bare(text: str) -> str:
    """A name as it is compared: plain, without blanks and brackets."""
    return "".join(sign for sign in plain(text) if not sign.isspace() and sign not in "()[]")


def _list(text: str) -> list[str]:
    """Parts between commas, semicolons or enumeration commas, of either width."""
    bare = unicodedata.normalize("NFKC", text).replace("、", ",").replace(";", ",")
    return [part for each in bare.split(",") if (part := each.strip())]


def _division_code(text: str) -> str:
    """A code as written; 6 and 9 digits (district, sub-district) are filled with zeros to 12."""
    code = unicodedata.normalize("NFKC", text).strip().removesuffix(".0")
    if "e+" in code.lower():
        raise BadCell(
            Message("{text} is a code that the spreadsheet shortened to a number", {"text": text[:40]}),
            Message("format the column as text and write the code again"),
        )
    return code.ljust(12, "0") if code.isdecimal() and len(code) in {6, 9} else code


def _day(text: str) -> str:
    """A day as 2026-03-04, from the ways people and spreadsheets write it; a time of day beside it is dropped."""
    bare = unicodedata.normalize("NFKC", text).strip().replace("T", " ").split(" ")[0]
    parts = re.fullmatch(r"(\d{4})(?:(\d{2})(\d{2})|[-/.年](\d{1,2})[-/.月](\d{1,2})日?)", bare)
    try:
        year, *rest = (int(part) for part in (parts.groups() if parts else ()) if part is not None)
        return date(year, *rest).isoformat()
    except (TypeError, ValueError) as error:
        raise BadCell(Message("{text} is not a day", {"text": text[:40]}), Message("write it as 2026-03-04")) from error


_READERS: dict[str, Callable[[str], str | list[str]]] = {"category": category_code, "list": _list, "code": _division_code, "date": _day}
