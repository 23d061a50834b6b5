"""A planner gives a community new grids: plans as cards, a move seen before it is made, locks, balance, undo, publication, sheets."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from services.access import SYSTEM, Grant
from services.accounts import add_user
from store.engine import open_store
from store.unit_of_work import SqlUnitOfWork
from tests.browser.conftest import PASSWORD, SHOTS, DemoCity, Server, StartServer, fresh_page, settle, sign_in
from views import wiring

COMMUNITY = "990101001001"
UNWANTED = re.compile(r"\bnan\b|\bNone\b|\binf\b|\{\w+\}", re.IGNORECASE)


@pytest.fixture(scope="module")
def home(demo_city: DemoCity, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the demo city with a planner who knows the password."""
    folder = tmp_path_factory.mktemp("editing") / "home"
    shutil.copytree(demo_city.home, folder)
    store = open_store(f"sqlite:///{folder / 'demo.sqlite'}")
    add_user(SqlUnitOfWork(store), SYSTEM, "lin", PASSWORD, grants=[Grant("planner")], at=wiring.now())
    store.close()
    return folder


@pytest.fixture(scope="module")
def server(app_server: StartServer, home: Path) -> Server:
    SHOTS.mkdir(exist_ok=True)
    return app_server(home=home, database_url=f"sqlite:///{home / 'demo.sqlite'}")


@pytest.fixture
def planner(server: Server, chromium: Browser) -> Iterator[Page]:
    """Signed in, at the choice of drafts of one community."""
    with fresh_page(chromium) as page:
        sign_in(page, f"{server.url}/auth/login?next=/edit%3Fcommunity%3D{COMMUNITY}%26lang%3Den", "lin")
        page.get_by_text("Plans to choose from").wait_for()
        yield page


def choose(page: Page, label: str, option: str) -> None:
    box = page.get_by_test_id("stSelectbox").filter(has_text=label).get_by_role("combobox")
    box.click()
    box.fill(option)
    page.get_by_role("option", name=option, exact=True).click()
    settle(page)


def button(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    settle(page)


def the_map(page: Page) -> Frame:
    """The frame of the map, once its grids are drawn."""
    page.frame_locator(".st-key-edit_picture iframe").locator(".wangge-label.grids span").first.wait_for()
    return next(frame for frame in page.frames if "streamlit_folium" in frame.url)


def place_of(page: Page, longitude: float, latitude: float) -> tuple[float, float]:
    """Where a place of the map lies in the window."""
    script = "([lon, lat]) => { const at = window.map.latLngToContainerPoint([lat, lon]); return [at.x, at.y]; }"
    x, y = the_map(page).evaluate(script, [longitude, latitude])
    box = page.locator(".st-key-edit_picture iframe").bounding_box()
    return box["x"] + x, box["y"] + y


def a_view(page: Page) -> list[float]:
    return the_map(page).evaluate("() => [window.map.getZoom(), window.map.getCenter().lat, window.map.getCenter().lng]")


def border_house(home: Path) -> tuple[tuple[float, float], str]:
    """A house of the first grid beside another one, and the name of that."""
    store = open_store(f"sqlite:///{home / 'demo.sqlite'}")
    with SqlUnitOfWork(store) as uow:
        grids = uow.plans.grids(communities=[COMMUNITY]).to_crs(3857)
        homes = uow.plans.grid_of_building(communities=[COMMUNITY])
        houses = uow.buildings.read(communities=[COMMUNITY])
    store.close()
    own = houses.loc[homes.index[homes == f"{COMMUNITY}001"]].to_crs(3857)
    distance = {code: own.distance(grids.geometry[code]) for code in grids.index if not code.endswith("001")}
    nearest = min(distance, key=lambda code: distance[code].min())
    middle = houses.geometry[distance[nearest].idxmin()].representative_point()
    return (middle.x, middle.y), f"Grid {int(nearest[12:])}"


def test_from_five_plans_to_one_in_force(planner: Page, home: Path) -> None:
    page = planner
    button(page, "Make plans")
    page.locator("[class*=st-key-offer_] img").nth(1).wait_for()
    settle(page)
    page.screenshot(path=SHOTS / "edit_cards_en.png")

    button(page, "Edit the plan in force")
    the_map(page).evaluate("() => window.map.setZoom(window.map.getZoom() + 0.25, {animate: false})")
    before = a_view(page)
    house, beside = border_house(home)
    choose(page, "Tool", "Move a building or block")
    page.mouse.click(*place_of(page, *house))
    page.get_by_text("picked on the map").wait_for()
    choose(page, "Into", beside)
    effect = page.locator(".st-key-edit_effect")
    expect(effect).to_contain_text("→")
    expect(effect).to_contain_text("Against today")
    the_map(page).locator("path[stroke-dasharray='9 6']").first.wait_for(state="attached")
    page.screenshot(path=SHOTS / "edit_effect_en.png")
    button(page, "Do it")
    page.get_by_role("button", name="Undo (1)").wait_for()
    assert a_view(page) == before  # the map was not built anew

    choose(page, "Tool", "Lock or unlock")
    for grid in ("Grid 3", "Grid 4"):
        page.get_by_test_id("stMultiSelect").get_by_role("combobox").click()
        page.get_by_role("option", name=grid, exact=True).click()
        settle(page)
    page.keyboard.press("Escape")
    button(page, "Do it")
    the_map(page).locator(".wangge-label.locked").nth(1).wait_for(state="attached")
    choose(page, "Tool", "Re-balance")
    settle(page)
    if page.get_by_role("button", name="Do it").count():
        button(page, "Do it")
        button(page, "Undo (3)")
    page.get_by_role("button", name="Undo (2)").wait_for()

    page.reload()
    page.get_by_role("button", name="Undo (2)").wait_for()  # nothing is lost
    page.get_by_role("tab", name="Against today").click()
    page.get_by_text("differ from the plan in force").wait_for()
    settle(page)
    assert not UNWANTED.search(page.get_by_test_id("stMain").inner_text())
    button(page, "Publish")
    page.get_by_label("Reason").fill("house 1 belongs to its neighbours")
    page.get_by_test_id("stFormSubmitButton").get_by_role("button").click()
    page.get_by_text("is published").wait_for()

    page.goto(f"{page.url.split('/edit')[0]}/plans?community={COMMUNITY}&lang=en")
    page.get_by_text("house 1 belongs to its neighbours").first.wait_for(state="attached")
    with page.expect_download() as download:
        page.get_by_role("button", name="Sheets to print").click()
    assert Path(download.value.path()).read_text("utf-8").count("<svg") >= 4


def test_a_line_drawn_on_the_map_splits_a_grid(planner: Page, home: Path) -> None:
    page = planner
    button(page, "Edit the plan in force")
    store = open_store(f"sqlite:///{home / 'demo.sqlite'}")
    with SqlUnitOfWork(store) as uow:
        west, south, east, north = uow.plans.grids(communities=[COMMUNITY]).geometry[f"{COMMUNITY}003"].bounds
    store.close()
    choose(page, "Tool", "Split along a line")
    page.get_by_test_id("stMultiSelect").get_by_role("combobox").click()
    page.get_by_role("option", name="Grid 3", exact=True).click()
    settle(page)
    middle, margin = (west + east) / 2, (north - south) / 10
    the_map(page).wait_for_selector("[data-mode=polyline]", state="attached")
    for latitude in (north + margin, south - margin, south - margin):
        x, y = place_of(page, middle, latitude)
        page.mouse.move(x, y)
        page.mouse.click(x, y)
        page.wait_for_timeout(150)
    effect = page.locator(".st-key-edit_effect")
    expect(effect).to_contain_text("+ Grid")
    button(page, "Leave it")
    expect(effect).to_have_count(0)
    page.screenshot(path=SHOTS / "edit_line_en.png")
