"""Empty sheets to fill in, one per kind of place, with headings in both languages, an example and notes."""

from __future__ import annotations

import io
from datetime import datetime

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from contracts.messages import LANGUAGES, Message
from gis.checks import require_choice
from gis.fields import Field, fields_of

KINDS = ("areas", "buildings", "facilities", "workers")
_WRITTEN = datetime(2026, 1, 1)  # noqa: DTZ001 - a sheet knows no time zone; fixed, so that the same template has the same bytes
_HEAD = PatternFill("solid", fgColor="E6EEF5")
_NEEDED = {True: Message("must be filled in"), False: Message("may stay empty")}


def make_template(kind: str) -> bytes:
    """An ``.xlsx`` file with the headings the import knows, one example row, and a sheet that explains each column.

    Raises
    ------
    InputError
        There is no template for this kind.
    """
    require_choice("kind", kind, KINDS)
    book = Workbook()
    book.properties.created = book.properties.modified = _WRITTEN
    sheet = book.worksheets[0]
    sheet.title = kind
    fields = fields_of(kind)
    _write_places(sheet, fields)
    _write_notes(book.create_sheet("说明 Notes"), fields)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _write_places(sheet: Worksheet, fields: tuple[Field, ...]) -> None:
    for column, field in enumerate(fields, 1):
        head = sheet.cell(1, column, heading(field))
        head.font, head.fill, head.alignment = Font(bold=True), _HEAD, Alignment(wrap_text=True, vertical="top")
        example = sheet.cell(2, column, field.example)
        example.font, example.number_format = Font(italic=True, color="666666"), "@"
        sheet.column_dimensions[head.column_letter].width = 20
    sheet.freeze_panes = "A2"


def _write_notes(sheet: Worksheet, fields: tuple[Field, ...]) -> None:
    lines = (
        Message("Row 2 is an example. Write over it or leave it: as it stands it is not imported."),
        Message("A row with the same key replaces the earlier one. Without a key, name and place identify it."),
        Message("Longitude and latitude are in degrees. Say at import whether they are WGS-84, GCJ-02 or BD-09."),
    )
    for line in lines:
        for language in LANGUAGES:
            sheet.append([line.in_language(language)])
    sheet.append([])
    for field in fields:
        needed = _NEEDED[field.is_required]
        sheet.append([heading(field), *(needed.in_language(language) for language in LANGUAGES), " / ".join(field.headings)])
    sheet.column_dimensions["A"].width = 30


def heading(field: Field) -> str:
    """Heading of a column in both languages, as the import recognises it."""
    return f"{field.zh} / {field.en}"
