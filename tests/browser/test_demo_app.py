"""The map page of the demo city as people meet it: in Chromium, in both languages, on a desk and on a phone, offline."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, ViewportSize, expect

from tests.browser.conftest import DESK, PHONE, SHOTS, DemoCity, settle

MAP = ".wangge-map"
READY = f"{MAP}[data-ready='1']"
BESIDE = ".st-key-map_beside"
UNWANTED = re.compile(r"\bnan\b|\bNone\b|\binf\b|\{\w+\}", re.IGNORECASE)  # what a reader never sees

Open = Callable[..., Page]


@pytest.fixture
def open_page(open_demo: Open) -> Open:
    """``open_page("lang=en", size=PHONE)`` opens the map page and waits for its map."""

    def open_one(query: str = "", *, size: ViewportSize = DESK, ready: str = READY) -> Page:
        return open_demo(f"?{query}", size=size, ready=ready)

    return open_one


def pixels(locator: Locator) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(locator.screenshot())).convert("RGB")).reshape(-1, 3)


def place_on_screen(page: Page, demo: DemoCity, grid: str) -> tuple[float, float]:
    """Where a point inside the grid lies in the window, as the map itself says."""
    middle = demo.grids.geometry[grid].representative_point()
    script = """([longitude, latitude]) => {
        const element = document.querySelector('.wangge-map');
        const [at, box] = [element.wanggeMap.project([longitude, latitude]), element.getBoundingClientRect()];
        return [box.x + at.x, box.y + at.y];
    }"""
    x, y = page.evaluate(script, [middle.x, middle.y])
    return x, y


def largest_grid(demo: DemoCity) -> str:
    return str(demo.grids.geometry.to_crs("EPSG:3857").area.idxmax())


def mark_canvas(page: Page) -> None:
    page.evaluate("document.querySelector('.wangge-map canvas').dataset.mark = 'same'")


def has_same_canvas(page: Page) -> bool:
    return page.locator(f"{MAP} canvas").get_attribute("data-mark") == "same"


def expect_address(page: Page, part: str) -> None:
    page.wait_for_function("part => decodeURIComponent(location.search).includes(part)", arg=part)


def test_the_map_is_drawn_and_a_click_on_a_grid_opens_its_panel(open_page, demo_city):
    page, grid = open_page("lang=zh"), largest_grid(demo_city)
    page.screenshot(path=SHOTS / "demo_map_zh.png")
    assert len(np.unique(pixels(page.locator(f"{MAP}-canvas canvas")), axis=0)) > 200

    page.mouse.click(*place_on_screen(page, demo_city, grid))
    beside = page.locator(BESIDE)
    expect(beside).to_contain_text(grid)
    settle(page)
    expect(beside.get_by_text("数据版本")).to_have_count(1)
    text = beside.inner_text()
    assert all(word in text for word in ("户数", "人口", "网格员", "网格长", "成年人", "老年人", "卫生服务中心", "分钟", "这是怎么算出来的"))
    assert not UNWANTED.search(text)
    expect_address(page, f"grid={grid}")
    page.screenshot(path=SHOTS / "demo_grid_zh.png")


def test_a_link_to_a_grid_opens_its_panel_in_english(open_page, demo_city):
    grid = largest_grid(demo_city)
    page = open_page(f"lang=en&grid={grid}&profile=older&minutes=10")
    beside = page.locator(BESIDE)
    expect(beside).to_contain_text(grid)
    settle(page)
    beside.get_by_text("How is this computed?").click()
    expect(beside).to_contain_text("metres a second")
    text = beside.inner_text()
    assert all(word in text for word in ("Households", "Residents", "Grid leader", "Residents within 10 minutes", "min walk", "Source:", "Data version"))
    assert not UNWANTED.search(text)
    assert not re.search("[\u4e00-\u9fff]", page.locator(".st-key-map_question").inner_text())
    page.screenshot(path=SHOTS / "demo_grid_en.png")


def test_another_pace_minutes_or_service_keeps_the_map_and_the_link_brings_all_back(open_page):
    page = open_page("lang=zh")
    mark_canvas(page)
    before = pixels(page.locator(f"{MAP}-canvas canvas"))
    question = page.locator(".st-key-map_question")
    question.get_by_text("老年人步速").click()
    expect_address(page, "profile=older")
    question.get_by_text("10 分钟").click()
    expect_address(page, "minutes=10")
    question.locator("[data-testid='stSelectbox']").nth(1).locator("input").click()
    page.get_by_role("option", name="小学", exact=True).click()
    expect_address(page, "category=EDU")
    expect(page.locator(BESIDE)).to_contain_text("小学")
    page.wait_for_selector(READY)
    assert has_same_canvas(page)
    assert (pixels(page.locator(f"{MAP}-canvas canvas")) != before).any()

    again = open_page(page.url.split("?")[1])
    expect(again.locator(BESIDE)).to_contain_text("小学，步行 10 分钟以内")
    settle(page)
    settle(again)
    assert again.locator(BESIDE).inner_text() == page.locator(BESIDE).inner_text()


def test_the_map_fills_the_window_and_its_panel_stays_clear(open_page):
    page = open_page("lang=en")
    box, legend = page.locator(MAP).bounding_box(), page.locator(f"{MAP}-panel").bounding_box()
    assert 760 <= box["y"] + box["height"] <= 800
    assert box["width"] >= 0.6 * 1280
    assert legend["width"] * legend["height"] < 0.2 * box["width"] * box["height"]
    assert not page.locator("input[data-layer='streets']").is_visible()
    page.get_by_text("More layers").click()
    assert page.locator("input[data-layer='streets']").is_visible()
    page.locator("input[data-layer='circles']").check()
    page.screenshot(path=SHOTS / "demo_layers_en.png")


def test_a_community_is_shown_and_clicked(open_page, demo_city):
    grid = largest_grid(demo_city)
    page = open_page(f"lang=zh&area={grid[:12]}", ready="iframe")
    frame = page.frame_locator("iframe")
    frame.locator("canvas").first.wait_for()
    label = frame.locator(".wangge-label.grids span").first
    label.wait_for()
    name = label.inner_text()
    expect(page.locator(BESIDE)).to_contain_text("社区")
    page.wait_for_function("() => Math.abs(document.querySelector('iframe').getBoundingClientRect().bottom - innerHeight) < 24")
    page.screenshot(path=SHOTS / "demo_community_zh.png")
    assert len(np.unique(pixels(frame.locator(".leaflet-container")), axis=0)) > 200

    at = label.bounding_box()
    page.mouse.click(at["x"] + at["width"] / 2, at["y"] + at["height"] / 2)
    expect(page.locator(BESIDE)).to_contain_text(name)
    expect_address(page, f"grid={grid[:12]}")
    page.screenshot(path=SHOTS / "demo_community_grid_zh.png")


def test_on_a_phone_the_legend_is_folded_and_nothing_runs_off_the_side(open_page, demo_city):
    page, grid = open_page("lang=zh", size=PHONE), largest_grid(demo_city)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert not page.locator("input[data-layer='grids']").is_visible()
    assert page.locator(MAP).bounding_box()["height"] < 0.7 * PHONE["height"]
    page.touchscreen.tap(*place_on_screen(page, demo_city, grid))
    expect(page.locator(BESIDE)).to_contain_text(grid)
    page.screenshot(path=SHOTS / "demo_phone_zh.png", full_page=True)
    page.locator(f"{MAP}-legend summary").first.click()
    assert page.locator("input[data-layer='grids']").is_visible()
    page.screenshot(path=SHOTS / "demo_phone_legend_zh.png")


BAR = {"Grid workers": "Grid workers", "Service circles": "Service circles", "From my door": "What can I walk to from here?"}
MENUS = {
    "Grids": {"All communities": "Grids", "Plan versions": "Plan versions"},
    "Data": {"Data check": "Data check"},
    "About the numbers": {"Accuracy": "How far off are circles, junctions and rounded minutes here?", "How numbers are made": "How numbers are made"},
}


def expect_page(page: Page, name: str, heading: str) -> None:
    page.locator("[data-testid='stMain'] [data-testid='stHeading']").get_by_text(heading).first.wait_for()
    assert page.locator("[data-testid='stException'], [data-testid='stAlertContentError']").count() == 0
    page.screenshot(path=SHOTS / f"demo_page_{name.lower().replace(' ', '_')}.png")


def test_every_page_opens_from_the_bar_without_an_error(open_page):
    page = open_page("lang=en")
    for name, heading in BAR.items():
        page.get_by_role("link", name=name, exact=True).click()
        expect_page(page, name, heading)
    for menu, pages in MENUS.items():
        for name, heading in pages.items():
            page.get_by_test_id("stTopNavSection").get_by_text(menu, exact=True).click()
            page.get_by_test_id("stTopNavDropdownLink").get_by_text(name, exact=True).click()
            expect_page(page, name, heading)
            if name == "Data check":  # begins by itself and draws the page anew at its end, which can swallow a click
                page.get_by_text("faults found").first.wait_for()


@pytest.mark.parametrize("width", [1280, 1440])
def test_the_bar_shows_every_page_and_menu_and_folds_none(open_page, width):
    page = open_page("lang=en", size={"width": width, "height": 800})
    bar = page.get_by_test_id("stTopNavLink")
    assert [link.inner_text().split("\n")[-1] for link in bar.all()] == ["Map", *BAR]
    assert page.get_by_test_id("stTopNavSection").all_inner_texts() == list(MENUS)
