"""Fixtures of the browser tests: a real Chromium, a running app, and a watch that lets nothing leave this machine."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import geopandas as gpd
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, expect, sync_playwright

from store.engine import open_store
from store.unit_of_work import SqlUnitOfWork

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--enable-unsafe-swiftshader",  # WebGL in software, so that a map can be drawn and its pixels read
    "--use-angle=swiftshader",
]
SHOTS = ROOT / "screenshots"
SLOW_MS = 120_000  # a busy machine with two cores and WebGL in software
QUICK_MS = 30_000  # where nothing is computed
PASSWORD = "a long enough password"  # of the accounts that tests make
DESK: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
_START_LIMIT_S = 120.0
expect.set_options(timeout=SLOW_MS)
_DEMO_LIMIT_S = 560.0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless, with software WebGL."""
    program = shutil.which("chromium") or "/usr/bin/chromium"
    if not Path(program).exists():
        pytest.skip("Chromium is not installed (./wangge test installs it)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A fresh desktop page in Chinese; console, page and network errors fail the test at its end."""
    with fresh_page(chromium, size={"width": 1440, "height": 900}) as page:
        page.set_default_timeout(QUICK_MS)
        yield page


@contextmanager
def fresh_page(chromium: Browser, *, size: ViewportSize | None = None) -> Iterator[Page]:
    """A page of a fresh browser context, patient and watched: what went wrong in it fails the test at its end."""
    context = chromium.new_context(viewport=size or DESK, locale="zh-CN", has_touch=size is PHONE, accept_downloads=True)
    context.set_default_timeout(SLOW_MS)
    page = context.new_page()
    watched = watch(page)
    yield page
    context.close()
    watched.check()


def sign_in(page: Page, url: str, login: str, *, password: str = PASSWORD) -> None:
    """Fill the form that stands before ``url``."""
    page.goto(url)
    page.fill("#login", login)
    page.fill("#password", password)
    page.click("button")


def settle(page: Page) -> None:
    """Wait until the page has answered the last touch; what is read or dropped before may be from the page before."""
    page.wait_for_timeout(300)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")


@dataclass
class Watched:
    """What a page did that it should not have done."""

    outside: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def check(self) -> None:
        """Fail with everything that was seen."""
        assert not self.outside, f"requests left this machine: {self.outside}"
        assert not self.errors, f"errors in the browser: {self.errors}"


def watch(page: Page) -> Watched:
    """Collect outside requests, console errors, page errors and failed requests of a page; call ``check()`` at the end."""
    seen = Watched()

    def on_request(url: str) -> None:
        host = urlsplit(url).hostname
        if host is not None and host not in ("127.0.0.1", "localhost"):
            seen.outside.append(url)

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            seen.errors.append(f"console: {message.text} ({message.location.get('url', '')})")

    page.on("request", lambda request: on_request(request.url))
    page.on("websocket", lambda socket: on_request(socket.url))
    page.on("console", on_console)
    page.on("pageerror", lambda error: seen.errors.append(f"page: {error}"))
    page.on("response", lambda answer: seen.errors.append(f"{answer.status}: {answer.url}") if answer.status >= 400 else None)
    return seen


@dataclass(frozen=True)
class Server:
    """A running app: ``url`` without a slash at its end, ``home`` its WANGGE_HOME, ``log`` what it printed."""

    url: str
    home: Path
    log: Path


StartServer = Callable[..., Server]


@pytest.fixture(scope="session")
def app_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartServer]:
    """``app_server(home=..., script=..., **settings)`` starts ``streamlit run`` on a free port and stops it at the end.

    ``home`` defaults to an empty folder, ``script`` to ``app.py``; settings become WANGGE_* variables.
    """
    running: list[subprocess.Popen[bytes]] = []

    def start(home: Path | None = None, script: Path = ROOT / "app.py", **settings: str) -> Server:
        folder = home or tmp_path_factory.mktemp("home")
        log = tmp_path_factory.mktemp("log") / "app.log"
        port = _free_port()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("WANGGE_")}
        environment |= {"WANGGE_HOME": str(folder), "PYTHONPATH": str(ROOT)} | {f"WANGGE_{name.upper()}": value for name, value in settings.items()}
        with log.open("wb") as out:
            running.append(subprocess.Popen(_command(script, port), cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT))
        url = f"http://127.0.0.1:{port}"
        _wait_until_answering(url, running[-1], log)
        return Server(url, folder, log)

    yield start
    for process in running:
        process.terminate()
    for process in running:
        process.wait(timeout=20)


@dataclass(frozen=True)
class DemoCity:
    """The demo city as ``./wangge demo`` leaves it: ``url`` of its store, and the grids in force."""

    url: str
    home: Path
    grids: gpd.GeoDataFrame


@pytest.fixture(scope="session")
def demo_city(tmp_path_factory: pytest.TempPathFactory) -> DemoCity:
    """The demo city, made, divided, assigned and computed once for all workers of a run; each worker has its own copy."""
    base = tmp_path_factory.getbasetemp()
    made = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "demo-made"
    with (made.with_suffix(".lock")).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (made / "whole").exists():
            _make_demo(made)
            (made / "whole").touch()
    home = tmp_path_factory.mktemp("demo") / "home"
    shutil.copytree(made, home)
    url = f"sqlite:///{home / 'demo.sqlite'}"
    store = open_store(url)
    with SqlUnitOfWork(store) as uow:
        grids = uow.plans.grids()
    store.close()
    return DemoCity(url, home, grids)


def _make_demo(home: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WANGGE_")} | {"WANGGE_HOME": str(home)}
    made = subprocess.run([sys.executable, "cli.py", "demo", "--once"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=_DEMO_LIMIT_S)
    if made.returncode:
        pytest.fail(f"the demo city could not be made:\n{made.stdout[-2000:]}\n{made.stderr[-4000:]}")


@pytest.fixture(scope="session")
def demo_app(app_server: StartServer, demo_city: DemoCity) -> Server:
    """The app serving the demo city to anybody on this machine, as ``./wangge demo`` does."""
    return app_server(home=demo_city.home, database_url=demo_city.url, open_demo="1")


@pytest.fixture
def open_demo(chromium: Browser, demo_app: Server) -> Iterator[Callable[..., Page]]:
    """``open_demo("walk?lang=en", size=PHONE, ready=SELECTOR)`` opens a fresh browser context; what went wrong fails the test at its end."""
    SHOTS.mkdir(exist_ok=True)
    with ExitStack() as open_pages:

        def open_one(address: str = "", *, size: ViewportSize = DESK, ready: str = "") -> Page:
            page = open_pages.enter_context(fresh_page(chromium, size=size))
            page.goto(f"{demo_app.url}/{address}")
            if ready:
                page.wait_for_selector(ready)
            return page

        yield open_one


def _command(script: Path, port: int) -> list[str]:
    options = {
        "server.port": port,
        "server.address": "127.0.0.1",
        "server.headless": "true",
        "browser.gatherUsageStats": "false",
        "server.fileWatcherType": "none",
    }
    return [sys.executable, "-m", "streamlit", "run", str(script), *(f"--{name}={value}" for name, value in options.items())]


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_until_answering(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _START_LIMIT_S
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    pytest.fail(f"the app did not start; it printed:\n{log.read_text('utf-8', 'replace')[-4000:]}")
