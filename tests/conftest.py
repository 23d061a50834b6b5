"""Databases for tests: the embedded one and an own PostGIS server, through one parametrized fixture."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.engine import Store, open_store
from tests.postgres_cluster import NoPostgis, PostgresCluster, running_cluster

DATABASES = ["sqlite", pytest.param("postgis", marks=pytest.mark.postgis)]
SLOW_FIRST = ("browser/test_check_page", "cli", "real", "browser")  # the first of them makes the demo city the others look at
_READY = "wangge_ready"  # template with our schema in it


@pytest.fixture(scope="session")
def postgis_cluster() -> Iterator[PostgresCluster]:
    """An own PostGIS server for this test process. Absent: a skip with the reason, a failure where it is required."""
    try:
        with running_cluster() as cluster:
            yield cluster
    except NoPostgis as error:
        if os.environ.get("WANGGE_TEST_REQUIRE_POSTGIS") == "1":
            pytest.fail(f"PostGIS is required here. {error}", pytrace=False)
        pytest.skip(f"no PostGIS: {error}")


@pytest.fixture(scope="module")
def postgis_url(postgis_cluster: PostgresCluster) -> Iterator[str]:
    """URL of a fresh empty database with PostGIS, one per test module."""
    name = postgis_cluster.create_database()
    yield postgis_cluster.url(name)
    postgis_cluster.drop_database(name)


@pytest.fixture(scope="session")
def postgis_ready(postgis_cluster: PostgresCluster) -> str:
    """Name of a template database with our schema."""
    postgis_cluster.create_database(name=_READY)
    open_store(postgis_cluster.url(_READY)).close()
    return _READY


@pytest.fixture(scope="session")
def sqlite_ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with our schema, to be copied."""
    path = tmp_path_factory.mktemp("ready") / "ready.sqlite"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def sqlite_store_url(sqlite_ready: Path, tmp_path: Path) -> str:
    """URL of a fresh SQLite store."""
    return f"sqlite:///{shutil.copy(sqlite_ready, tmp_path / 'store.sqlite')}"


@pytest.fixture
def postgis_store_url(postgis_cluster: PostgresCluster, postgis_ready: str) -> Iterator[str]:
    """URL of a fresh PostGIS store."""
    name = postgis_cluster.create_database(postgis_ready)
    yield postgis_cluster.url(name)
    postgis_cluster.drop_database(name)


@pytest.fixture(scope="session")
def _shared_sqlite_url(sqlite_ready: Path) -> str:
    return f"sqlite:///{shutil.copy(sqlite_ready, sqlite_ready.with_name('shared.sqlite'))}"


@pytest.fixture(scope="session")
def _shared_postgis_url(postgis_cluster: PostgresCluster, postgis_ready: str) -> str:
    return postgis_cluster.url(postgis_cluster.create_database(postgis_ready))


@pytest.fixture(scope="session", params=DATABASES)
def shared_store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """An open empty store for tests that never commit, on each database in turn."""
    opened = open_store(str(request.getfixturevalue(f"_shared_{request.param}_url")))
    yield opened
    opened.close()


@pytest.fixture(params=DATABASES)
def store_url(request: pytest.FixtureRequest) -> str:
    """URL of a fresh store, on each database in turn."""
    return str(request.getfixturevalue(f"{request.param}_store_url"))


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """A fresh open store, on each database in turn."""
    opened = open_store(store_url)
    yield opened
    opened.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow files come first, so that both processes of a run end together."""
    here = Path(__file__).parent
    items.sort(key=lambda item: _rank(item.path.relative_to(here).as_posix()))


def _rank(file: str) -> int:
    return next((rank for rank, start in enumerate(SLOW_FIRST) if file.startswith(start)), len(SLOW_FIRST))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--json", action="store_true", help="print one line of JSON with the counts at the very end")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    terminalreporter.counts = {name: len(terminalreporter.stats.get(name, ())) for name in ("passed", "failed", "error", "skipped")}


def pytest_unconfigure(config: pytest.Config) -> None:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if config.getoption("--json", default=False) and hasattr(reporter, "counts"):
        print(json.dumps(reporter.counts))
