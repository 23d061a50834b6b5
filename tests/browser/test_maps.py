"""Both maps in a real Chromium, offline: not blank, clickable, alive across reruns, deaf to hostile names."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent
SHOTS = HERE.parents[1] / "screenshots"


@pytest.fixture(scope="module")
def server(app_server):
    SHOTS.mkdir(exist_ok=True)
    return app_server(script=HERE / "maps_app.py")


def open_city(page, server, query=""):
    page.goto(f"{server.url}/?map=city{query}")
    page.wait_for_selector(".wangge-map[data-ready='1']", timeout=60_000)


def test_city_map_draws(server, page):
    open_city(page, server)
    page.screenshot(path=SHOTS / "city_map.png")
