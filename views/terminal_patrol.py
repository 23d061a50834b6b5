"""``./wangge patrol`` and ``patrol-import``: rounds and tracks from the command line."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from contracts.errors import InputError
from services.access import SYSTEM
from views.terminal import Db, Json, errors_spoken, now, print_json, run, speak, tell, units

Closed = Annotated[bool, typer.Option("--closed/--open", help="Back to where it began, or ending wherever that is shortest.")]
Start = Annotated[str, typer.Option("--start", help="LON,LAT in degrees where the round begins; without it, anywhere.")]
Out = Annotated[Path | None, typer.Option("--out", help="Write the round to .gpx, .geojson, .gpkg, .csv, .xlsx or .parquet.")]


def patrol(
    grid: Annotated[str, typer.Argument(help="Code of the grid.")],
    closed: Closed = True,
    start: Start = "",
    due: Annotated[bool, typer.Option("--due", help="Only the streets that are due today.")] = False,
    out: Out = None,
    db: Db = "",
    json: Json = False,
) -> None:
    """Suggest a round over all streets of a grid."""
    from services.patrol import grid_round
    from services.round_files import require_round_ending, write_rounds

    with errors_spoken(json):
        if out is not None:
            require_round_ending(out)
        found = grid_round(units(db)(), SYSTEM, grid, closed=closed, start=_place(start), due_at=now() if due else None)
        if out is not None:
            rows = write_rounds((found.round, *found.islands), out, name=found.name)
            speak("{rows:row|rows} written to {file}.", rows=rows, file=out.name)
        tell(found, json)


def patrol_import(
    file: Annotated[Path, typer.Argument(help="A track: .gpx or .geojson.")],
    grid: Annotated[str, typer.Option("--grid", help="Code of the grid that was patrolled.")],
    day: Annotated[str, typer.Option("--day", help="Day of the patrol, as 2026-12-01.")],
    crs: Annotated[str, typer.Option(help="wgs84, gcj02 or bd09.")] = "wgs84",
    db: Db = "",
    json: Json = False,
) -> None:
    """Note which streets of a grid a track passed."""
    from services.patrol_tracks import import_track

    run(lambda progress: import_track(units(db)(), SYSTEM, file, grid_code=grid, day=_day(day), at=now(), crs=crs), json)


def patrol_visits(
    grid: Annotated[str, typer.Argument(help="Code of the grid.")],
    households: Annotated[int, typer.Argument(help="How many households were visited.")],
    day: Annotated[str, typer.Option("--day", help="Day of the visits, as 2026-12-01.")],
    db: Db = "",
    json: Json = False,
) -> None:
    """Note how many households were visited in a grid on a day: the number only."""
    from services.patrol_tracks import note_visits

    with errors_spoken(json):
        note_visits(units(db)(), SYSTEM, grid, day=_day(day), households=households, at=now())
        speak("{count} visited households noted for grid {grid}.", count=households, grid=grid)
        if json:
            print_json({"grid": grid, "day": day, "households_visited": households})


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError("Write the day as 2026-12-01; {text} is no day.", text=text) from error


def _place(text: str) -> tuple[float, float] | None:
    if not text:
        return None
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError as error:
        raise InputError("Write --start as LON,LAT, as in 116.41,39.91; {text} is no such pair.", text=text) from error
    if not (-180.0 <= lon <= 180.0 and -90.0 <= lat <= 90.0):
        raise InputError("Write --start as LON,LAT, as in 116.41,39.91; {text} is no such pair.", text=text)
    return lon, lat
