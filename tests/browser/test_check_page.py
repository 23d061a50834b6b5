"""The page of the data check as people meet it: it begins by itself, a row moves the map, and it fits a phone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import SHOTS, Server, fresh_page

READY = ".wangge-map[data-ready='1']"
ZOOM = "document.querySelector('.wangge-map').wanggeMap.getZoom()"


@pytest.fixture(params=[{"width": 1280, "height": 900}, {"width": 390, "height": 844}], ids=["desk", "phone"])
def check_page(request: pytest.FixtureRequest, chromium: Browser, demo_app: Server) -> Iterator[Page]:
    with fresh_page(chromium, size=request.param) as page:
        page.goto(f"{demo_app.url}/check?lang=zh")
        page.wait_for_selector(READY)
        yield page


def test_the_check_begins_by_itself_and_a_row_moves_the_map(check_page: Page) -> None:
    page = check_page
    expect(page.get_by_text("个问题，最严重的在前")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    before = page.evaluate(ZOOM)
    table = page.locator("[data-testid='stDataFrame']")
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    page.mouse.click(box["x"] + 14, box["y"] + 54)
    page.wait_for_function(f"before => {ZOOM} > before + 1", arg=before)
    expect(page.get_by_text("住宅未连接道路 ·").first).to_be_visible()
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"check_{page.viewport_size['width']}.png", full_page=True)


def test_a_kind_is_shown_alone(check_page: Page) -> None:
    kind = check_page.locator("[data-testid='stButtonGroup'] button").first
    kind.click()
    expect(kind).to_have_attribute("aria-pressed", "true")
    check_page.wait_for_selector(READY)
    expect(check_page.locator("[data-testid='stException']")).to_have_count(0)
