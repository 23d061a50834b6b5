"""What a table of places seems to say, before it is imported: its columns, and which of ours each one may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from os import PathLike

from contracts.errors import InputError
from contracts.settings import settings
from gis.checks import require_choice
from gis.fields import KINDS, Field, fields_of
from gis.files import read_places
from services.access import Principal, authorize


@dataclass(frozen=True)
class FileColumns:
    """Columns of a file in its order, our fields of its kind, and our field -> column as far as headings tell."""

    columns: tuple[str, ...]
    fields: tuple[Field, ...]
    guess: Mapping[str, str]
    rows: int

    @property
    def missing(self) -> tuple[Field, ...]:
        """Fields no row can do without that were not recognised."""
        return tuple(field for field in self.fields if field.is_required and field.name not in self.guess)


IMPORT_KINDS = ("osm", *KINDS)  # a street map, or a table of one kind of places


def require_import_kind(kind: str) -> None:
    """Pass where the word is a kind of import.

    Raises
    ------
    InputError
        Lists the kinds and names the nearest.
    """
    if kind in IMPORT_KINDS:
        return
    known, near = ", ".join(IMPORT_KINDS), get_close_matches(kind.casefold(), IMPORT_KINDS, n=1)
    if near:
        raise InputError("There is no kind of import {kind}. Did you mean {nearest}? The kinds are: {known}.", kind=kind, nearest=near[0], known=known)
    raise InputError("There is no kind of import {kind}. The kinds are: {known}.", kind=kind, known=known)


def file_columns(principal: Principal, kind: str, path: str | PathLike[str]) -> FileColumns:
    """Read the headings of a table of places and guess what they mean.

    Raises
    ------
    UnreadableFileError, InputError
        The file cannot be read as a table of places.
    NotAllowedError
        The principal may not import.
    """
    authorize(principal, "import_data")
    require_choice("kind", kind, KINDS)
    table = read_places(path, kind, max_mb=settings().max_upload_mb)
    return FileColumns(tuple(map(str, table.cells.columns)), fields_of(kind), table.fields, len(table.cells))
