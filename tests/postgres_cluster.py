"""An own PostgreSQL server with PostGIS for tests: made in a temporary folder, on a free port, gone at the end."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql

USER = "wangge"
TEMPLATE = "wangge_template"
START_S = 60
_SPEED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0", "autovacuum=off")


class NoPostgis(RuntimeError):
    """The machine has no PostgreSQL with PostGIS, or it does not start."""


class PostgresCluster:
    """A running server; databases are copies of a template that has the extensions."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self._numbers = count(1)

    def url(self, database: str) -> str:
        """SQLAlchemy URL of a database."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def create_database(self, template: str = TEMPLATE, name: str = "") -> str:
        """A fresh database; its name."""
        name = name or f"test_{next(self._numbers)}"
        self._run(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop_database(self, name: str) -> None:
        """Remove a database and whoever is still connected."""
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def make_template(self) -> None:
        """Create the template with PostGIS, and pgRouting where it is installed."""
        self._run(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
        with self._connect(TEMPLATE) as connection:
            found = {row[0] for row in connection.execute("SELECT name FROM pg_available_extensions")}
            if "postgis" not in found:
                raise NoPostgis("PostgreSQL is here but PostGIS is not: apt-get install postgresql-15-postgis-3")
            for name in ("postgis", "pgrouting"):
                if name in found:
                    connection.execute(sql.SQL("CREATE EXTENSION {}").format(sql.Identifier(name)))

    def _run(self, statement: sql.Composed) -> None:
        with self._connect("postgres") as connection:
            connection.execute(statement)

    def _connect(self, database: str) -> psycopg.Connection:
        return psycopg.connect(host="127.0.0.1", port=self.port, user=USER, dbname=database, autocommit=True)


@contextmanager
def running_cluster(*, durable: bool = False) -> Iterator[PostgresCluster]:
    """Start a server, and stop it whatever happens; it also ends when this process is killed.

    Parameters
    ----------
    durable
        Whether a commit waits for the disk, for tests of crashes of the server.

    Raises
    ------
    NoPostgis
        When PostgreSQL or PostGIS is not installed or the server does not start; the reason is in the text.
    """
    binaries = _binaries()
    folder = Path(tempfile.mkdtemp(prefix="wangge_pg_"))
    server: subprocess.Popen[bytes] | None = None
    try:
        _give_to_server(folder)
        _check(
            _as_server([str(binaries / "initdb"), "-D", str(folder / "data"), "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]), folder
        )
        port = _free_port()
        server = _start(binaries, folder, port, durable=durable)
        cluster = PostgresCluster(folder, port)
        _wait(server, cluster)
        cluster.make_template()
        yield cluster
    finally:
        if server is not None:
            _stop(server)
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path is None:
        raise NoPostgis("PostgreSQL is not installed: apt-get install postgresql-15-postgis-3")
    return Path(on_path).resolve().parent


def _as_server(command: list[str]) -> list[str]:
    """A command as somebody the server accepts (never root), ended when its starter dies."""
    identity = ["--reuid=postgres", "--regid=postgres", "--init-groups"] if os.geteuid() == 0 else []
    return ["setpriv", *identity, "--pdeathsig", "INT", *command]


def _give_to_server(folder: Path) -> None:
    if os.geteuid() == 0:
        try:
            owner = pwd.getpwnam("postgres")
        except KeyError as error:
            raise NoPostgis("There is no user postgres to run the server as") from error
        os.chown(folder, owner.pw_uid, owner.pw_gid)


def _check(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoPostgis(f"{command[-1]}: {done.stderr.strip() or done.stdout.strip()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start(binaries: Path, folder: Path, port: int, *, durable: bool) -> subprocess.Popen[bytes]:
    settings = (f"port={port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={folder}", "max_connections=60", "shared_buffers=128MB", "jit=off")
    options = [part for setting in (*settings, *(() if durable else _SPEED)) for part in ("-c", setting)]
    log = (folder / "server.log").open("wb")
    with log:
        return subprocess.Popen(
            _as_server([str(binaries / "postgres"), "-D", str(folder / "data"), *options]), cwd=folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )


def _wait(server: subprocess.Popen[bytes], cluster: PostgresCluster) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until and server.poll() is None:
        try:
            with psycopg.connect(host="127.0.0.1", port=cluster.port, user=USER, dbname="postgres", connect_timeout=2):
                return
        except psycopg.OperationalError:
            time.sleep(0.1)
    raise NoPostgis(f"The server did not start: {(cluster.folder / 'server.log').read_text(errors='replace')[-2000:]}")


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(2)  # fast shutdown
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait(20)
