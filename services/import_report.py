"""What an import did or would do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from contracts.messages import Message
from contracts.records import UpsertCount
from services.import_checks import Fault
from services.rejected_rows import as_table, reasons

TABLE_WORDS = {
    "areas": Message("areas"),
    "buildings": Message("buildings"),
    "streets": Message("streets"),
    "barriers": Message("barriers"),
    "grounds": Message("water and greens"),
    "facilities": Message("facilities"),
    "entrances": Message("doors and gates"),
    "workers": Message("workers"),
}


@dataclass(frozen=True)
class ImportReport:
    """Counts per table, refused rows, what was understood and noticed.

    Attributes
    ----------
    counts
        Table -> rows added, updated, unchanged. In a dry run: what they would be; nothing is stored.
    faults
        Why rows were refused; ``rejected`` counts rows, ``rejected_path`` is their file (``None`` without one).
    fields
        Our field -> column of the file.
    notes
        What was mended, guessed or left out.
    preview
        Dry run: table -> the places as they would be stored, EPSG:4326.
    warnings
        What may be wrong with the file as a whole, said before everything else.
    """

    file: str
    dry_run: bool
    counts: Mapping[str, UpsertCount]
    faults: tuple[Fault, ...] = ()
    rejected_path: Path | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Message, ...] = ()
    preview: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)
    warnings: tuple[Message, ...] = ()

    @property
    def rejected(self) -> int:
        """Number of refused rows."""
        return len({fault.row for fault in self.faults})

    @property
    def rejected_rows(self) -> pd.DataFrame:
        """Refused rows: row, field, reason and remedy (messages)."""
        return as_table(self.faults)

    def sentences(self) -> list[Message]:
        """For people: warnings and counts first, then refused rows, then notes."""
        lines = [_counted(table, count, self.dry_run) for table, count in self.counts.items()]
        if self.faults:
            lines.append(Message("{count} rows were refused; they can be mended and imported again.", {"count": self.rejected}))
            lines.extend(reasons(self.faults))
        if self.rejected_path is not None:
            lines.append(Message("Refused rows with reasons: {path}", {"path": self.rejected_path}))
        return [*self.warnings, *lines, *self.notes]

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return {
            "file": self.file,
            "dry_run": self.dry_run,
            "counts": {table: {"added": count.added, "updated": count.updated, "unchanged": count.unchanged} for table, count in self.counts.items()},
            "rejected": self.rejected,
            "rejected_path": str(self.rejected_path or ""),
            "fields": dict(self.fields),
            "notes": [str(note) for note in (*self.warnings, *self.notes)],
        }


def _counted(table: str, count: UpsertCount, dry_run: bool) -> Message:
    facts = {"table": TABLE_WORDS[table], "added": count.added, "updated": count.updated, "unchanged": count.unchanged}
    if dry_run:
        return Message("{table}: {added} would be added, {updated} changed, {unchanged} are as they were.", facts)
    return Message("{table}: {added} added, {updated} changed, {unchanged} as they were.", facts)
