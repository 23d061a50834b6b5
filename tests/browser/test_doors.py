"""Health, assets, tiles and headers of the running app."""

from __future__ import annotations

import urllib.error
import urllib.request
from pathlib import Path

import pytest

APP = Path(__file__).parent / "maps_app.py"


@pytest.fixture(scope="module")
def server(app_server):
    started = app_server(script=APP)
    folder = started.home / "tiles" / "7"
    folder.mkdir(parents=True)
    (folder / "grids.pmtiles").write_bytes(bytes(range(256)))
    return started


def get(url, **headers):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
        return answer.status, dict(answer.headers), answer.read()


def test_page_opens_without_an_error_in_the_browser(server, page):
    page.goto(f"{server.url}/?map=none")
    page.get_by_text("runs: 1").wait_for()


def test_tiles_answer_a_byte_range_uncompressed(server):
    status, headers, body = get(f"{server.url}/tiles/7/grids.pmtiles", Range="bytes=10-19", **{"Accept-Encoding": "gzip"})
    assert (status, body) == (206, bytes(range(10, 20)))
    assert headers["content-range"] == "bytes 10-19/256"


@pytest.mark.parametrize("path", ["7/other", "..%2F7/grids", "7/..%2Fgrids", "7/.grids", "8/grids"])
def test_tiles_outside_the_published_folder_are_not_found(server, path):
    with pytest.raises(urllib.error.HTTPError) as caught:
        get(f"{server.url}/tiles/{path}.pmtiles")
    assert caught.value.code in (400, 404)


@pytest.mark.parametrize("path", ["/", "/healthz", "/assets/leaflet/leaflet.js"])
def test_every_answer_carries_the_security_headers(server, path):
    _, headers, _ = get(server.url + path)
    names = {name.lower() for name in headers}
    assert {"content-security-policy", "x-frame-options", "x-content-type-options", "referrer-policy"} <= names


def test_pages_may_not_run_inline_scripts(server):
    _, headers, _ = get(f"{server.url}/")
    assert "'unsafe-inline'" not in headers["content-security-policy"].split("script-src")[1].split(";")[0]


def test_pages_connect_to_this_host_only(server):
    _, headers, _ = get(f"{server.url}/")
    allowed = headers["content-security-policy"].split("connect-src ")[1].split(";")[0].split()
    host = server.url.removeprefix("http://")
    assert set(allowed) == {"'self'", "data:", "blob:", f"ws://{host}", f"wss://{host}"}


def test_strange_host_header_stays_out_of_the_policy(server):
    _, headers, _ = get(f"{server.url}/healthz", Host="x; script-src *")
    assert "script-src *" not in headers["content-security-policy"]
