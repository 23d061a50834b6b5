"""Refresh docs/real-cities.md: figures between its markers, and a picture of each city in the running app.

``python -m benchmarks.real_cities_page [CITY ...]``; needs the test requirements and Chromium.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from benchmarks.real_cities import AT, CITIES, City, make_cities
from contracts.settings import ROOT
from services.access import SYSTEM
from services.accounts import add_account
from services.coverage import category_names
from views.auth_routes import SIGN_IN

PAGE = ROOT / "docs" / "real-cities.md"
PICTURES = ROOT / "docs" / "pictures"
COUNTED = ("communities", "grids", "streets", "buildings", "facilities", "unsnapped_buildings", "unsnapped_facilities")
START_LIMIT_S, SETTLE_MS, COLOURS = 90.0, 2500, 250
BROWSER = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--enable-unsafe-swiftshader", "--use-angle=swiftshader"]


def refresh(cities: Mapping[str, City]) -> None:
    """Write the figures of the cities into the page and take their pictures."""
    text = PAGE.read_text("utf-8")
    for name, city in cities.items():
        text = with_figures(text, name, city.figures)
        if city.figures["buildings"]:
            take_picture(city, PICTURES / f"{name}.png")
    PAGE.write_text(text, "utf-8")


def with_figures(text: str, name: str, figures: Mapping[str, Any]) -> str:
    """The page with a city's tables between ``<!-- NAME -->`` and ``<!-- /NAME -->``."""
    block = f"<!-- {name} -->\n{_tables(figures)}\n<!-- /{name} -->"
    return re.sub(rf"<!-- {name} -->.*?<!-- /{name} -->", lambda _: block, text, flags=re.DOTALL)


def _tables(figures: Mapping[str, Any]) -> str:
    words = [name.replace("_", " ") for name in COUNTED]
    lines = [_row(words), _row(["---:"] * len(words)), _row([f"{figures[name]:,}" for name in COUNTED]), ""]
    lines += [
        f"{word}: " + ", ".join(f"{step} {spent}" for step, spent in figures[key].items()) + "."
        for word, key in (("Seconds", "seconds"), ("CPU seconds", "cpu_s"))
    ]
    lines += ["Faults: " + (", ".join(f"{kind} {count}" for kind, count in figures["plan_faults"].items()) or "none") + "."]
    if figures["shares"]:
        english = category_names()["category_en"]
        lines += ["", _row(["15 minutes to", "adults", "older people", "1000 m of street", "1000 m radius"]), _row(["---", *["---:"] * 4])]
        for category, share in sorted(figures["shares"].items()):
            lines.append(_row([english[category], *(f"{share[key]:.1%}" for key in ("adult", "older", "streets_1000_m", "radius"))]))
    return "\n".join(lines)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def take_picture(city: City, path: Path) -> None:
    """The map of a city as a planner sees it, 1280 x 800, few colours."""
    account = add_account(city.unit(), SYSTEM, "pictures", role="planner", at=AT)
    with _app(city.url) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=BROWSER)
        page = browser.new_page(viewport={"width": 1280, "height": 800}, locale="zh-CN")
        page.goto(f"{url}{SIGN_IN}")
        page.fill("#login", account.login)
        page.fill("#password", account.password)
        page.click("button")
        _wait_for_map(page)
        path.parent.mkdir(exist_ok=True)
        page.screenshot(path=path)
        browser.close()
    Image.open(path).convert("RGB").quantize(COLOURS).save(path, optimize=True)


def _wait_for_map(page: Page) -> None:
    page.wait_for_selector(".wangge-map[data-ready='1']", timeout=1000 * START_LIMIT_S)
    page.get_by_test_id("stStatusWidget").wait_for(state="detached", timeout=1000 * START_LIMIT_S)
    page.wait_for_timeout(SETTLE_MS)


@contextmanager
def _app(store_url: str) -> Iterator[str]:
    """The app for a store on a free port of this machine."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = int(listener.getsockname()[1])
    options = ["--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true", "--server.fileWatcherType", "none"]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", *options]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"WANGGE_DATABASE_URL": store_url}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_until_answering(f"http://127.0.0.1:{port}/healthz", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_until_answering(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_LIMIT_S
    while process.poll() is None and time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.3)
    raise TimeoutError(f"the app did not answer at {url}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        refresh(make_cities(Path(folder), sys.argv[1:] or tuple(CITIES)))
