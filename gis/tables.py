"""Sheets and delimited text as plain cells, whatever their encoding; the index is the row a person sees."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
from openpyxl.utils.exceptions import InvalidFileException

from contracts.errors import UnreadableFileError
from gis.archives import limit

_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def decode_text(path: Path) -> str:
    """Text of a file: by its byte order mark, else UTF-8, else GB18030.

    Raises
    ------
    UnreadableFileError
        None of them fits, or the text holds NUL: it is not text.
    """
    raw = path.read_bytes()
    marked = next((encoding for mark, encoding in _BOMS.items() if raw.startswith(mark)), None)
    for encoding in [marked] if marked else ["utf-8", "gb18030"]:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise UnreadableFileError("{file} is not text in UTF-8 or GB18030. Save it again as CSV UTF-8.", file=path.name)


def read_csv_cells(path: Path) -> pd.DataFrame:
    """Cells of a delimited text file; comma, semicolon or tab, whichever the heading has most of.

    Raises
    ------
    UnreadableFileError
        Not text, broken quoting, or no heading.
    """
    text = decode_text(path)
    head = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(",;\t", key=head.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        raise UnreadableFileError("{file} has broken quotes or an endless cell ({reason}). Export it again.", file=path.name, reason=str(error)) from error
    return _table(path, rows)


def read_xlsx_cells(path: Path) -> pd.DataFrame:
    """Cells of the first sheet of a workbook; a formula gives its saved value, or itself where none was saved.

    Raises
    ------
    UnreadableFileError
        Not a workbook, damaged, or no heading.
    """
    try:
        values, formulas = (_sheet(path, data_only=data_only) for data_only in (True, False))
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError, TypeError, SyntaxError) as error:
        raise UnreadableFileError(
            "{file} is not a workbook that can be read ({reason}). Save it again as .xlsx.", file=path.name, reason=str(error)[:200]
        ) from error
    rows = [[_text(own if value is None else value) for value, own in zip(row, plain, strict=False)] for row, plain in zip(values, formulas, strict=False)]
    return _table(path, rows)


def _sheet(path: Path, *, data_only: bool) -> list[tuple[Any, ...]]:
    book = openpyxl.load_workbook(path, read_only=True, data_only=data_only, keep_links=False)
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what a file declares about its size may be wrong
        most_rows, most_columns = int(limit("most_rows")), int(limit("most_columns"))
        return [row[:most_columns] for _, row in zip(range(most_rows), sheet.iter_rows(values_only=True), strict=False)]
    finally:
        book.close()


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if isinstance(value, date | datetime) else str(value).strip()


def _table(path: Path, rows: Iterable[Sequence[str]]) -> pd.DataFrame:
    """Rows below the first filled one, which is the heading; empty rows are left out, row numbers stay."""
    filled = [(number, [_undefused(cell.strip()) for cell in row]) for number, row in enumerate(rows, 1) if any(cell.strip() for cell in row)]
    if not filled:
        raise UnreadableFileError("{file} has no rows. Fill it in and import it again.", file=path.name)
    heading = _heading(filled[0][1])
    width = max(len(row) for _, row in filled)
    if width > limit("most_columns"):
        raise UnreadableFileError("{file} has {count} columns; it is damaged or of another kind. Export it again.", file=path.name, count=width)
    heading += [f"+{i}" for i in range(1, width - len(heading) + 1)]  # cells beyond the heading are kept, so a shifted row can be seen
    cells = [row + [""] * (width - len(row)) for _, row in filled[1:]]
    return pd.DataFrame(cells, columns=heading, index=pd.Index([number for number, _ in filled[1:]], dtype="int64"), dtype="str")


def _undefused(cell: str) -> str:
    """A cell without the apostrophe that keeps a spreadsheet from taking it for a formula."""
    return cell[1:] if len(cell) > 1 and cell[0] == "'" and cell[1] in "=+-@" else cell


def _heading(cells: list[str]) -> list[str]:
    """Headings, numbered where two are the same or one is empty."""
    seen: dict[str, int] = {}
    heading = []
    for cell in cells:
        name = cell or "?"
        seen[name] = seen.get(name, 0) + 1
        heading.append(name if seen[name] == 1 and cell else f"{name} ({seen[name]})")
    return heading
