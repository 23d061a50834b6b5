"""``./wangge divide``, ``cells`` and ``export-plan``: grids from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from contracts.errors import InputError
from contracts.progress import Progress
from contracts.settings import settings
from services.access import SYSTEM
from views.terminal import Db, Json, Report, errors_spoken, language, now, print_json, run, speak, units

SHEETS = (".html", ".htm")

Communities = Annotated[list[str] | None, typer.Option("--community", help="Only this community (12-digit code); may be repeated.")]
Draft = Annotated[bool, typer.Option("--draft", help="Save drafts, do not publish.")]
Processes = Annotated[int | None, typer.Option("--processes", min=1, help="Processes that divide; one per processor where there is enough to do.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Give up what a broken start of the same division (more than 16 communities) has finished.")]


def divide(
    community: Communities = None,
    seed: int = 0,
    draft: Draft = False,
    processes: Processes = None,
    fresh: Fresh = False,
    db: Db = "",
    json: Json = False,
) -> None:
    """Divide communities into grids. A broken division of more than 16 goes on where it was when it is started again; a smaller one begins anew."""
    from services.division import divide_communities

    run(
        lambda progress: divide_communities(
            units(db)(),
            SYSTEM,
            communities=community,
            seed=seed,
            publish=not draft,
            at=now(),
            progress=progress,
            processes=processes,
            fresh=fresh,
        ),
        json,
    )


def cells(
    community: Communities = None,
    duty: Annotated[Path | None, typer.Option("--duty", help="A table (CSV, XLSX) with columns cell and duty_grid: give cells their duty grids.")] = None,
    db: Db = "",
    json: Json = False,
) -> None:
    """Draw the unit cells of communities, or put them together to duty grids as a table says."""
    from services.cells import import_duty_grids, make_cells

    def act(progress: Progress) -> Report:
        if duty is not None:
            return import_duty_grids(units(db)(), SYSTEM, duty, at=now())
        return make_cells(units(db)(), SYSTEM, communities=community, at=now(), progress=progress)

    run(act, json)


def export_plan(
    file: Path,
    plan: Annotated[int | None, typer.Option("--plan", help="Number of the plan or draft.")] = None,
    community: Annotated[str, typer.Option("--community", help="The plan in force of this community (12-digit code).")] = "",
    db: Db = "",
    json: Json = False,
) -> None:
    """Write the grids of one plan to GeoJSON, GeoPackage, CSV or XLSX, or as printable sheets to HTML, by the file's ending."""
    from services.grid_sheets import plan_sheets
    from services.plan_export import ENDINGS
    from services.plan_export import export_plan as write_plan
    from services.plan_history import plan_in_force
    from views.grid_sheets import write_sheets

    with errors_spoken(json):
        if file.suffix.lower() not in (*ENDINGS, *SHEETS):
            raise InputError("The file {name} should end in one of {endings}.", name=file.name, endings=(*ENDINGS, *SHEETS))
        if plan is None and not community:
            raise InputError("Say which plan: its number with --plan, or --community with the 12-digit code for the plan in force there.")
        uow = units(db)()
        number = plan_in_force(uow, SYSTEM, community) if plan is None else plan
        if file.suffix.lower() in SHEETS:
            sheets = plan_sheets(uow, SYSTEM, number, at=now())
            write_sheets(sheets, file, language=language(), approval_no=settings().map_approval_no)
            rows = len(sheets.sheets)
        else:
            rows = write_plan(uow, SYSTEM, number, file, at=now())
        speak("{rows:row|rows} written to {file}.", rows=rows, file=file.name)
        if json:
            print_json({"plan": number, "rows": rows})
