"""The command line. ``./wangge`` makes what is missing and calls this; every command is one act of ``services``."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Annotated

import typer

from contracts.errors import InputError, NotFoundError
from contracts.progress import Progress
from contracts.settings import ROOT, settings
from services.access import SYSTEM
from views.terminal import Db, Json, Report, errors_spoken, language, now, print_json, progress_shown, run, speak, tell, units
from views.terminal_accounts import user
from views.terminal_duty import duty
from views.terminal_grids import Communities, cells, divide, export_plan
from views.terminal_patrol import patrol, patrol_import, patrol_visits

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Wangge (网格): grids, workers, 15-minute service circles on a map."
)
app.add_typer(user, name="user")
app.add_typer(duty, name="duty")
for act in (divide, cells, export_plan, patrol, patrol_import, patrol_visits):
    app.command()(act)

Port = Annotated[int, typer.Option("--port", help="Port on this machine.")]
Replace = Annotated[bool, typer.Option("--replace", help="Give up what the store holds now.")]


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Compute everything, do not serve.")] = False,
    port: Port = 8501,
    communities: Annotated[int, typer.Option(help="Size of the city.")] = 12,
    seed: Annotated[int, typer.Option(help="Another seed makes another city.")] = 20240601,
    db: Db = "",
    json: Json = False,
) -> None:
    """Make the demo city, divide it, assign workers, compute circles, and show it on 127.0.0.1."""
    from data.demo_city import make_city
    from services.accounts import demo_accounts
    from services.city import prepare_demo
    from views.serving import serve_app

    with errors_spoken(json):
        url = db or settings().database_url or f"sqlite:///{settings().home / 'demo.sqlite'}"
        with progress_shown() as progress:
            report = prepare_demo(units(url), lambda: make_city(seed=seed, communities=communities), name=f"{seed}-{communities}", at=now(), progress=progress)
        accounts = demo_accounts(units(url)(), at=now())
        if not accounts:
            store = f" --db {url}" if db or not settings().database_url else ""  # the address of a server may hold a password
            speak("The accounts are as they were. A lost password is replaced by: ./wangge user password planner{store}", store=store)
        for made in accounts:
            speak("Account {login}, password {password} (shown only now)", login=made.login, password=made.password)
        tell(report, json)
        if not once:
            serve_app(port=port, store_url=url, open_demo=True)


@app.command()
def serve(port: Port = 8501, host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1", db: Db = "") -> None:
    """Serve the app on this machine for the city in the store."""
    from services.accounts import first_account
    from views.serving import serve_app

    with errors_spoken():
        made = first_account(units(db)(), at=now())
        if made is not None:
            speak("First account: {login}, password {password}. It is shown only now: sign in and change it.", login=made.login, password=made.password)
        serve_app(port=port, host=host, store_url=db or settings().store_url, open_demo=False)


@app.command("import")
def import_(
    kind: Annotated[str, typer.Argument(help="osm, areas, buildings, facilities, workers or barriers")],
    file: Annotated[Path, typer.Argument(help="The file to read.")],
    crs: Annotated[str, typer.Option(help="wgs84, gcj02, bd09 or EPSG:n; without it, what the file says.")] = "",
    areas: Annotated[Path | None, typer.Option(help="With osm: polygons of the communities.")] = None,
    column: Annotated[list[str] | None, typer.Option("--map", help="field=column of the file, where the guess is wrong; may be repeated.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, change nothing.")] = False,
    db: Db = "",
    json: Json = False,
) -> None:
    """Import a street map or a table or layer of places."""
    from services.import_columns import require_import_kind
    from services.imports import import_osm, import_places

    def bring_in(progress: Progress) -> Report:
        require_import_kind(kind)
        uow, names, folder = units(db)(), _field_names(column or []), settings().rejected
        if kind == "osm":
            return import_osm(uow, SYSTEM, file, crs=crs or "wgs84", areas_path=areas, at=now(), dry_run=dry_run, rejected_folder=folder, progress=progress)
        return import_places(uow, SYSTEM, kind, file, crs=crs or None, mapping=names, at=now(), dry_run=dry_run, rejected_folder=folder, progress=progress)

    run(bring_in, json)


@app.command()
def heights(
    file: Annotated[Path, typer.Argument(help="An ESRI ASCII grid of heights in metres (.asc).")],
    crs: Annotated[str, typer.Option(help="System of the grid, as EPSG:n.")] = "EPSG:4326",
    db: Db = "",
    json: Json = False,
) -> None:
    """Give every street its grade, so that uphill takes longer."""
    from services.heights import import_heights

    run(lambda progress: import_heights(units(db)(), SYSTEM, file, crs=crs, at=now(), progress=progress), json)


def _field_names(pairs: list[str]) -> dict[str, str] | None:
    for pair in pairs:
        if "=" not in pair:
            raise InputError("Write --map FIELD=COLUMN, as in --map name=Title; {pair} is no such pair.", pair=pair)
    return dict(pair.split("=", 1) for pair in pairs) or None


@app.command()
def assign(community: Communities = None, db: Db = "", json: Json = False) -> None:
    """Assign workers to the grids in force."""
    from services.assignment import assign_workers_to_grids

    run(lambda progress: assign_workers_to_grids(units(db)(), SYSTEM, communities=community, at=now(), progress=progress), json)


@app.command()
def circles(
    profile: Annotated[list[str] | None, typer.Option(help="adult, older, child, wheelchair, pram; may be repeated.")] = None, db: Db = "", json: Json = False
) -> None:
    """Compute who can walk to what."""
    from services.circles import compute_circles

    run(lambda progress: compute_circles(units(db)(), SYSTEM, profiles=tuple(profile or ("adult", "older")), at=now(), progress=progress), json)


@app.command()
def plan(seed: int = 0, db: Db = "", json: Json = False) -> None:
    """Divide, assign and compute circles, one after the other: from imported data to a city to look at."""
    from services.city import plan_city

    run(lambda progress: plan_city(units(db), SYSTEM, seed=seed, at=now(), progress=progress), json)


@app.command()
def check(
    file: Annotated[Path | None, typer.Option("--file", help="Write all faults to .csv, .xlsx, .geojson, .gpkg or .parquet.")] = None,
    db: Db = "",
    json: Json = False,
) -> None:
    """Find faults in the data and in the plans in force, worst first; exit status 1 where there are any."""
    from services.checks import check_city
    from services.exports import require_known_ending, write_frame
    from services.fault_table import fault_table
    from views.terminal_check import facts_of, tell_faults

    with errors_spoken(json):
        if file is not None:
            require_known_ending(file)
        with progress_shown() as progress:
            faults = check_city(units(db)(), SYSTEM, progress=progress)
        tell_faults(faults)
        if file is not None:
            write_frame(fault_table(faults, language()), file)
            speak("{rows:row|rows} written to {file}.", rows=len(faults), file=file.name)
        if json:
            print_json(facts_of(faults))
    raise typer.Exit(1 if faults else 0)


@app.command()
def export(
    layer: str, file: Path, area: Annotated[str, typer.Option(help="Code of the area; without it, everything.")] = "", db: Db = "", json: Json = False
) -> None:
    """Write one layer or table to GeoJSON, GeoPackage, CSV, XLSX or Parquet, by the file's ending."""
    from services.exports import export_layer

    with errors_spoken(json):
        rows = export_layer(units(db)(), SYSTEM, layer, file, area_code=area, at=now())
        speak("{rows:row|rows} written to {file}.", rows=rows, file=file.name)
        if json:
            print_json({"layer": layer, "rows": rows})


@app.command()
def backup(file: Path, db: Db = "", json: Json = False) -> None:
    """Write the whole store to one file."""
    from store.backup import backup as write_backup
    from store.engine import open_store

    with errors_spoken(json):
        with progress_shown() as progress:
            write_backup(open_store(db or settings().store_url), file, progress=progress)
        speak("The store was written to {file}.", file=file.name)
        if json:
            print_json({"file": str(file), "bytes": file.stat().st_size})


@app.command()
def restore(file: Path, db: Db = "", replace: Replace = False, json: Json = False) -> None:
    """Bring back a store from such a file."""
    from store.backup import restore as read_backup
    from store.engine import open_store

    with errors_spoken(json):
        with progress_shown() as progress:
            read_backup(file, open_store(db or settings().store_url), replace=replace, progress=progress)
        speak("The store was restored from {file}.", file=file.name)
        if json:
            print_json({"file": str(file)})


@app.command()
def bench(
    name: str,
    quick: Annotated[bool, typer.Option("--quick", help="A small run, to see that it runs.")] = False,
    communities: Annotated[int | None, typer.Option(min=1, help="Size of the run, for benchmarks over communities.")] = None,
    json: Json = False,
) -> None:
    """Run a benchmark of benchmarks/ and print its figures beside a peer's."""
    with errors_spoken(json):
        if not name.isidentifier() or not (ROOT / "benchmarks" / f"{name}.py").exists():
            known = ", ".join(sorted(path.stem for path in (ROOT / "benchmarks").glob("[a-z]*.py")))
            raise NotFoundError("There is no benchmark {name}. There are: {known}.", name=name, known=known)
        size = {} if communities is None else {"communities": communities}
        print_json(importlib.import_module(f"benchmarks.{name}").run(quick=quick, **size))


@app.command(hidden=True)
def warm() -> None:
    """Compile the kernels into their caches."""
    from services.warming import warm_kernels

    warm_kernels()


if __name__ == "__main__":
    app()
