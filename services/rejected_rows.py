"""The file of refused rows: what was in them, why they were refused, what to do, for the person who mends the sheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import pandas as pd

from contracts.messages import Message
from services.import_checks import Fault

HEADINGS = (Message("row"), Message("field"), Message("reason"), Message("what to do"))
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def rejected_csv(faults: Sequence[Fault], cells: pd.DataFrame, language: str) -> str:
    """One line per refused row in the language asked, the original cells behind; several faults are joined by semicolons."""
    by_row: dict[int, list[Fault]] = {}
    for fault in faults:
        by_row.setdefault(fault.row, []).append(fault)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*(heading.in_language(language) for heading in HEADINGS), *(defused(str(column)) for column in cells.columns)])
    original = dict(zip(cells.index, cells.itertuples(index=False, name=None), strict=True))
    for row in sorted(by_row):
        found = by_row[row]
        said = [
            _joined(fault.field for fault in found),
            _joined(fault.reason.in_language(language) for fault in found),
            _joined(fault.remedy.in_language(language) for fault in found),
        ]
        writer.writerow([row, *map(defused, said), *(defused(str(cell)) for cell in original[row])])
    return out.getvalue()


def write_rejected(faults: Sequence[Fault], cells: pd.DataFrame, language: str, *, folder: Path, name: str, at: datetime) -> Path:
    """The file in UTF-8 with a mark, as spreadsheets expect; its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{at:%Y%m%d-%H%M%S}.csv"
    path.write_text(rejected_csv(faults, cells, language), encoding="utf-8-sig", newline="")
    return path


def defused(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_DANGEROUS) else cell


def _joined(parts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(parts))


def as_table(faults: Sequence[Fault]) -> pd.DataFrame:
    """Faults as a table: row, field, reason and remedy as messages."""
    return pd.DataFrame([(fault.row, fault.field, fault.reason, fault.remedy) for fault in faults], columns=["row", "field", "reason", "remedy"])


def reasons(faults: Sequence[Fault]) -> list[Message]:
    """One sentence for each kind of reason in a column, with its first row; the kind with the most rows first."""
    kinds: dict[tuple[str, str], dict[int, Fault]] = {}
    for fault in sorted(faults, key=lambda fault: fault.row):
        kinds.setdefault((fault.field, fault.reason.template), {}).setdefault(fault.row, fault)
    return [_kind_said(list(rows.values())) for rows in sorted(kinds.values(), key=lambda rows: (-len(rows), min(rows)))]


def _kind_said(alike: Sequence[Fault]) -> Message:
    first = alike[0]
    facts = {"count": len(alike), "row": first.row, "field": first.field, "reason": first.reason, "remedy": first.remedy}
    if len(alike) == 1:
        return Message("Row {row}, {field}: {reason}; {remedy}.", facts)
    return Message("{count} rows, the first is row {row}, {field}: {reason}; {remedy}.", facts)
