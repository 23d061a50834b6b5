"""A planner gives the ground its heights: every street gets its grade, so that walks know uphill from downhill."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from os import PathLike
from pathlib import Path
from typing import Any

from contracts.columns import GRADE
from contracts.errors import NotFoundError
from contracts.messages import Message
from contracts.progress import Progress, silent
from contracts.settings import settings
from gis.archives import require_readable_size
from gis.elevation import read_elevation, street_grades
from services.access import Principal, authorize
from services.ports import UnitOfWork


@dataclass(frozen=True)
class HeightsReport:
    """How many streets have a grade now, and the steepest of them (rise over run, 0 where none is known)."""

    file: str
    streets: int
    graded: int
    steepest: float

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return {"streets": self.streets, "graded": self.graded, "steepest": round(self.steepest, 4)}

    def sentences(self) -> list[Message]:
        """For people."""
        done = Message(
            "{graded} of {streets} streets have a grade, the steepest {steepest:.1%}; the others are taken as level or as the map says. Compute the circles again.",
            {"graded": self.graded, "streets": self.streets, "steepest": self.steepest},
        )
        return [done]


def import_heights(uow: UnitOfWork, principal: Principal, path: str | PathLike[str], *, crs: str, at: datetime, progress: Progress = silent) -> HeightsReport:
    """Work out the grade of every stored street from an ESRI ASCII grid of heights and keep it with the street.

    Streets outside the grid lose the grade of an earlier one.

    Raises
    ------
    UnreadableFileError, CrsError
        The file is no such grid, or its system is not known.
    NotFoundError
        There are no streets.
    NotAllowedError
        The principal may not import.
    """
    authorize(principal, "import_data")
    source = Path(path)
    progress(0, 3, Message("Reading the file"))
    require_readable_size(source, settings().max_upload_mb)
    grid = read_elevation(source, crs=crs)
    with uow:
        progress(1, 3, Message("Checking the rows"))
        streets = uow.streets.read()
        if not len(streets):
            raise NotFoundError("There are no {what} to compute with. Import them first.", what=Message("streets"))
        grade = street_grades(streets, grid)
        report = HeightsReport(source.name, len(streets), int(grade.notna().sum()), float(grade.abs().max()) if grade.notna().any() else 0.0)
        progress(2, 3, Message("Storing the places"))
        counts = uow.streets.upsert(streets[[streets.geometry.name]].assign(**{GRADE: grade}))
        if counts.updated:
            uow.audit.append(at=at, login=principal.login, action="import_data", subject=f"heights:{report.file}", details=report.as_dict())
            uow.commit()
        progress(3, 3, Message("Done"))
    return report
