"""The command line. ``./wangge`` makes what is missing and calls this; every command is one act of ``services``."""

from __future__ import annotations

import importlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from contracts.errors import NotFoundError
from contracts.settings import ROOT, settings
from services.access import SYSTEM
from views.terminal import errors_spoken, print_json, progress_shown, speak

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Wangge (网格): grids, workers, 15-minute service circles on a map."
)
user = typer.Typer(no_args_is_help=True, help="Accounts and what they may do.")
app.add_typer(user, name="user")

Db = Annotated[str, typer.Option("--db", help="Store: an SQLAlchemy URL; otherwise WANGGE_DATABASE_URL or the file in var/.")]
Json = Annotated[bool, typer.Option("--json", help="Print one line of JSON at the end.")]
Port = Annotated[int, typer.Option("--port", help="Port on this machine.")]
Communities = Annotated[list[str] | None, typer.Option("--community", help="Only this community (12-digit code); may be repeated.")]


def _now() -> datetime:
    return datetime.now(UTC)


def _store(url: str):
    from store.engine import open_store
    from store.unit_of_work import SqlUnitOfWork

    store = open_store(url or settings().store_url)
    return lambda: SqlUnitOfWork(store)


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
            report = prepare_demo(
                _store(url), lambda: make_city(seed=seed, communities=communities), name=f"{seed}-{communities}", at=_now(), progress=progress
            )
        for line in report.sentences():
            speak(line.template, **line.details)
        if json:
            print_json(report.as_dict())
        for made in demo_accounts(_store(url)(), at=_now()):
            speak("Account {login}, password {password} (shown only now)", login=made.login, password=made.password)
        if not once:
            serve_app(port=port, store_url=url, open_demo=True)


@app.command()
def serve(port: Port = 8501, host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1", db: Db = "") -> None:
    """Serve the app on this machine for the city in the store."""
    from services.accounts import first_account
    from views.serving import serve_app

    with errors_spoken():
        made = first_account(_store(db)(), at=_now())
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
    from services.imports import import_osm, import_places

    with errors_spoken(json):
        uow = _store(db)()
        with progress_shown() as progress:
            if kind == "osm":
                report = import_osm(uow, SYSTEM, file, crs=crs or "wgs84", areas_path=areas, at=_now(), dry_run=dry_run, progress=progress)
            else:
                mapping = dict(pair.split("=", 1) for pair in column or [] if "=" in pair)
                report = import_places(
                    uow,
                    SYSTEM,
                    kind,
                    file,
                    crs=crs or None,
                    mapping=mapping or None,
                    at=_now(),
                    dry_run=dry_run,
                    rejected_folder=settings().rejected,
                    progress=progress,
                )
        for line in report.sentences():
            speak(line.template, **line.details)
        if json:
            print_json(report.as_dict())


@app.command()
def divide(
    community: Communities = None,
    seed: int = 0,
    draft: Annotated[bool, typer.Option("--draft", help="Save drafts, do not publish.")] = False,
    db: Db = "",
    json: Json = False,
) -> None:
    """Divide communities into grids."""
    from services.division import divide_communities

    with errors_spoken(json), progress_shown() as progress:
        report = divide_communities(_store(db)(), SYSTEM, communities=community, seed=seed, publish=not draft, at=_now(), progress=progress)
    speak("{communities} communities divided into {grids} grids in {seconds:.1f} s.", communities=len(report.plans), grids=report.grids, seconds=report.seconds)
    for code, reason in (*report.infeasible, *report.warnings):
        speak("{code}: {reason}", code=code, reason=reason)
    if json:
        print_json(
            {
                "communities": len(report.plans),
                "grids": report.grids,
                "faults": int(report.plans["faults"].sum()),
                "infeasible": len(report.infeasible),
                "seconds": round(report.seconds, 2),
            }
        )


@app.command()
def assign(community: Communities = None, db: Db = "", json: Json = False) -> None:
    """Assign workers to the grids in force."""
    from services.assignment import assign_workers_to_grids

    with errors_spoken(json), progress_shown() as progress:
        report = assign_workers_to_grids(_store(db)(), SYSTEM, communities=community, at=_now(), progress=progress)
    speak(
        "{pairs} places filled in {grids} grids, {leads} of them leads; {unplaced} left open ({status}).",
        pairs=report.pairs,
        grids=report.grids,
        leads=report.leads,
        unplaced=len(report.unplaced),
        status=report.status,
    )
    if json:
        print_json(
            {
                "grids": report.grids,
                "pairs": report.pairs,
                "leads": report.leads,
                "unplaced": len(report.unplaced),
                "status": report.status,
                "seconds": round(report.seconds, 2),
            }
        )


@app.command()
def circles(
    profile: Annotated[list[str] | None, typer.Option(help="adult, older, child, wheelchair; may be repeated.")] = None, db: Db = "", json: Json = False
) -> None:
    """Compute who can walk to what."""
    from services.circles import compute_circles

    with errors_spoken(json), progress_shown() as progress:
        report = compute_circles(_store(db)(), SYSTEM, profiles=tuple(profile or ("adult", "older")), at=_now(), progress=progress)
    speak(
        "{doors} doors, {categories} categories, {streets} streets walked in {seconds:.1f} s.",
        doors=report.doors,
        categories=report.categories,
        streets=report.streets,
        seconds=report.seconds,
    )
    if json:
        print_json(report.as_dict())


@app.command()
def plan(seed: int = 0, db: Db = "", json: Json = False) -> None:
    """Divide, assign and compute circles, one after the other: from imported data to a city to look at."""
    from services.city import plan_city

    with errors_spoken(json), progress_shown() as progress:
        report = plan_city(_store(db), SYSTEM, seed=seed, at=_now(), progress=progress)
    for line in report.sentences():
        speak(line.template, **line.details)
    if json:
        print_json(report.as_dict())


@app.command()
def check(db: Db = "", json: Json = False) -> None:
    """Find faults in the data and in the plans in force; exit status 1 where there are any."""
    from services.checks import check_city

    with errors_spoken(json):
        faults = check_city(_store(db)(), SYSTEM)
        for fault in faults:
            speak("{place}: {what}", place=fault.place, what=fault.message)
        if json:
            print_json(
                {"faults": len(faults), "kinds": {kind: sum(fault.kind == kind for fault in faults) for kind in sorted({fault.kind for fault in faults})}}
            )
        elif not faults:
            speak("No faults found.")
    raise typer.Exit(1 if faults else 0)


@app.command()
def export(
    layer: str, file: Path, area: Annotated[str, typer.Option(help="Code of the area; without it, everything.")] = "", db: Db = "", json: Json = False
) -> None:
    """Write one layer or table to GeoJSON, GeoPackage, CSV, XLSX or Parquet, by the file's ending."""
    from services.exports import export_layer

    with errors_spoken(json):
        rows = export_layer(_store(db)(), SYSTEM, layer, file, area_code=area, at=_now())
        speak("{rows} rows written to {file}.", rows=rows, file=file.name)
        if json:
            print_json({"layer": layer, "rows": rows})


@app.command()
def backup(file: Path, db: Db = "") -> None:
    """Write the whole store to one file."""
    from store.backup import backup as write_backup
    from store.engine import open_store

    with errors_spoken():
        write_backup(open_store(db or settings().store_url), file)
        speak("The store was written to {file}.", file=file.name)


@app.command()
def restore(file: Path, db: Db = "", replace: Annotated[bool, typer.Option("--replace", help="Give up what the store holds now.")] = False) -> None:
    """Bring back a store from such a file."""
    from store.backup import restore as read_backup
    from store.engine import open_store

    with errors_spoken():
        read_backup(file, open_store(db or settings().store_url), replace=replace)
        speak("The store was restored from {file}.", file=file.name)


@user.command("add")
def user_add(
    login: str,
    role: Annotated[str, typer.Option(help="planner, coordinator, worker, leader, auditor, admin ...")],
    area: Annotated[str, typer.Option(help="Code of the area; without it, everywhere.")] = "",
    name: str = "",
    db: Db = "",
) -> None:
    """Make an account with a generated password, printed once."""
    from services.accounts import add_account

    with errors_spoken():
        made = add_account(_store(db)(), SYSTEM, login, display_name=name or login, role=role, area_code=area, at=_now())
        speak("Account {login} made, password {password}. It is shown only now.", login=made.login, password=made.password)


@app.command()
def bench(name: str, quick: Annotated[bool, typer.Option("--quick", help="A small run, to see that it runs.")] = False, json: Json = False) -> None:
    """Run a benchmark of benchmarks/ and print its figures beside a peer's."""
    with errors_spoken(json):
        if not name.isidentifier() or not (ROOT / "benchmarks" / f"{name}.py").exists():
            known = ", ".join(sorted(path.stem for path in (ROOT / "benchmarks").glob("[a-z]*.py")))
            raise NotFoundError("There is no benchmark {name}. There are: {known}.", name=name, known=known)
        print_json(importlib.import_module(f"benchmarks.{name}").run(quick=quick))


@app.command(hidden=True)
def warm() -> None:
    """Compile the kernels into their caches."""
    from services.warming import warm_kernels

    warm_kernels()


if __name__ == "__main__":
    app()
