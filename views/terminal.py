"""What people see on a terminal: progress, sentences in their language, one JSON line for machines."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any, Protocol

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from contracts.errors import CancelledError, SettingError, WanggeError, exit_code
from contracts.messages import LANGUAGES, Message
from contracts.progress import Progress as Watcher
from contracts.settings import settings
from services.ports import UnitOfWork

_SECONDS_BETWEEN_LINES = 2.0  # where there is no terminal, a line of progress now and then is enough


Db = Annotated[str, typer.Option("--db", help="Store: an SQLAlchemy URL; otherwise WANGGE_DATABASE_URL or the file in var/.")]
Json = Annotated[bool, typer.Option("--json", help="Print one line of JSON at the end.")]


def now() -> datetime:
    """The clock of the command line; services take it as a parameter."""
    return datetime.now(UTC)


def units(url: str) -> Callable[[], UnitOfWork]:
    """A maker of transactions on the store of this address, with the plans in force whose day has come."""
    from services.grid_plans import bring_due_plans
    from store.engine import open_store
    from store.unit_of_work import SqlUnitOfWork

    store = open_store(url or settings().store_url)
    bring_due_plans(SqlUnitOfWork(store), at=now())
    return lambda: SqlUnitOfWork(store)


class Report(Protocol):
    """What a service gives back after an act."""

    def as_dict(self) -> Mapping[str, Any]: ...

    def sentences(self) -> Sequence[Message]: ...


def tell(report: Report, as_json: bool) -> None:
    """A report in sentences for people, and as the one line of JSON where a machine asked."""
    for sentence in report.sentences():
        speak(sentence.template, **sentence.details)
    if as_json:
        print_json(report.as_dict())


def run(act: Callable[[Watcher], Report], as_json: bool) -> None:
    """Do a long act with its progress shown, and tell its report or its error."""
    with errors_spoken(as_json):
        with progress_shown() as progress:
            report = act(progress)
        tell(report, as_json)


def speak(template: str, /, **details: Any) -> None:
    """One sentence to the person, on stderr, so that stdout stays for results."""
    print(Message(template, details).in_language(language()), file=sys.stderr)


def print_json(facts: Mapping[str, Any]) -> None:
    """One line of JSON on stdout, keys in the order given."""
    print(json.dumps(facts, ensure_ascii=False, default=str), flush=True)


def language() -> str:
    """The language of this terminal."""
    try:
        return settings().terminal_language
    except SettingError:  # it is about to be told, in English
        return "en"


@contextmanager
def progress_shown() -> Iterator[Watcher]:
    """A progress callback: a bar on a terminal, a line every two seconds elsewhere."""
    spoken = language()
    if not sys.stderr.isatty():
        yield _lines(spoken)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:.0f}/{task.total:.0f}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1)
        yield lambda done, total, what: bar.update(task, completed=done, total=max(total, 1), description=what.in_language(spoken))


def _lines(spoken: str) -> Watcher:
    last = [time.monotonic()]

    def report(done: int, total: int, what: Message) -> None:
        if time.monotonic() - last[0] >= _SECONDS_BETWEEN_LINES:
            last[0] = time.monotonic()
            print(f"  {done}/{total} {what.in_language(spoken)}", file=sys.stderr)

    return report


@contextmanager
def errors_spoken(as_json: bool = False) -> Iterator[None]:
    """Turn our errors and Ctrl-C into one sentence and the exit status of ``contracts.errors``."""
    try:
        yield
    except KeyboardInterrupt:
        _leave(CancelledError("Stopped. Nothing of this run was kept."), as_json)
    except WanggeError as error:
        _leave(error, as_json)


def _leave(error: WanggeError, as_json: bool) -> None:
    if as_json:
        print_json({"error": error.code, "message": {language: error.in_language(language) for language in LANGUAGES}})
    print(error.in_language(language()), file=sys.stderr)
    raise SystemExit(exit_code(error))
