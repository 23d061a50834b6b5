"""The command line on a store of its own: ``wangge("check", "--json")`` runs in this process."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli import app
from contracts.settings import settings
from store.engine import open_store
from store.unit_of_work import SqlUnitOfWork
from tests.small_city import plan, settle


@dataclass(frozen=True)
class Answer:
    """What a command gave back."""

    code: int
    out: str
    err: str

    def json(self) -> dict[str, Any]:
        """The one line of JSON on stdout."""
        (line,) = self.out.splitlines()
        found: dict[str, Any] = json.loads(line)
        return found


Wangge = Callable[..., Answer]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An own folder for everything a command keeps, and an English terminal."""
    monkeypatch.setenv("WANGGE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.delenv("WANGGE_LANGUAGE", raising=False)
    monkeypatch.delenv("WANGGE_DATABASE_URL", raising=False)
    settings.cache_clear()
    yield tmp_path / "home"
    settings.cache_clear()


@pytest.fixture
def wangge() -> Wangge:
    """Run a command; an exception that is not one of ours comes through."""

    def run(*words: str | Path) -> Answer:
        result = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
        return Answer(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture(scope="session")
def ready(sqlite_ready: Path) -> dict[str, Path]:
    """Store files to copy: the small city loaded, and planned."""
    loaded = Path(shutil.copy(sqlite_ready, sqlite_ready.with_name("cli-loaded.sqlite")))
    _with_unit(loaded, settle)
    planned = Path(shutil.copy(loaded, loaded.with_name("cli-planned.sqlite")))
    _with_unit(planned, plan)
    return {"loaded": loaded, "planned": planned}


@pytest.fixture
def loaded(ready: dict[str, Path], tmp_path: Path) -> str:
    """URL of a store with the small city, not yet divided."""
    return f"sqlite:///{shutil.copy(ready['loaded'], tmp_path / 'loaded.sqlite')}"


@pytest.fixture
def planned(ready: dict[str, Path], tmp_path: Path) -> str:
    """URL of a store with the small city, divided, assigned and computed."""
    return f"sqlite:///{shutil.copy(ready['planned'], tmp_path / 'planned.sqlite')}"


def _with_unit(path: Path, act: Callable[[SqlUnitOfWork], None]) -> None:
    store = open_store(f"sqlite:///{path}")
    act(SqlUnitOfWork(store))
    store.close()
