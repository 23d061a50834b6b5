"""The page of one door in Chromium: pick a building, see its walk and why it is too long, in both languages, on a desk and on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from store.engine import open_store
from store.unit_of_work import SqlUnitOfWork
from tests.browser.conftest import PHONE, SHOTS, SLOW_MS, DemoCity

UNWANTED = re.compile(r"\bnan\b|\bNone\b|\binf\b|\{\w+\}|\bb99\d+", re.IGNORECASE)
WORDS = {
    "zh": ("从家门到街道", "合计", "直线距离", "能走到的设施", "时限内可达"),
    "en": ("From the door to the street", "In all", "straight line", "Services from", "in time"),
}


@pytest.fixture(scope="module")
def far_door(demo_city: DemoCity) -> tuple[str, str, str]:
    """A building, a service a little too far from it, and another building of its community."""
    store = open_store(demo_city.url)
    with SqlUnitOfWork(store) as uow:
        walks = uow.circles.door_walks(uow.circles.latest()[0])
        row = walks[(walks["profile"] == "adult") & walks["seconds"].between(960, 1300)].iloc[0]
        community = uow.buildings.read(keys=[row["building_key"]])["community_code"].iloc[0]
        other = next(key for key in uow.buildings.read(communities=[community]).index if key != row["building_key"])
    store.close()
    return row["building_key"], row["category"], str(other)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_door_shows_its_walk_its_reason_and_every_service(open_demo, far_door, language):
    building, category, _other = far_door
    page = open_demo(f"walk?lang={language}&building={building}&category={category}")
    page.wait_for_selector(".wangge-answers")
    main = page.locator("[data-testid='stMain']")
    text = main.inner_text()
    assert all(word in text for word in WORDS[language])
    assert not UNWANTED.search(text)
    assert page.locator("[data-testid='stException']").count() == 0
    page.screenshot(path=SHOTS / f"walk_{language}.png", full_page=True)


def test_the_minutes_of_the_legs_add_up(open_demo, far_door):
    building, category, _other = far_door
    page = open_demo(f"walk?lang=en&building={building}&category={category}")
    rows = page.locator(".wangge-legs tbody tr")
    rows.last.wait_for()
    metres = [float(row.locator("td").nth(1).inner_text().replace(",", "")) for row in rows.all()]
    assert sum(metres[:-1]) == pytest.approx(metres[-1], abs=len(metres))


def test_a_building_is_chosen_by_a_click_on_the_map(open_demo, far_door):
    building, category, other = far_door
    page = open_demo(f"walk?lang=en&building={other}&category={category}")
    page.wait_for_selector(".wangge-answers")
    frame = page.frame_locator(".st-key-walk_picture iframe")
    frame.locator(".leaflet-container").wait_for()
    script = """(element, key) => {
        const [found] = [window].map(view => Object.values(view).find(value => value instanceof view.L.Map));
        let at = null;
        found.eachLayer(layer => { if (layer.getBounds && layer.feature?.properties?.id === key) { at = layer.getBounds().getCenter(); } });
        found.setView(at, 19, {animate: false});
        const point = found.latLngToContainerPoint(at);
        return [point.x, point.y];
    }"""
    container = frame.locator(".leaflet-container")
    x, y = container.evaluate(script, building)
    container.click(position={"x": x, "y": y})
    page.wait_for_function("key => location.search.includes(key)", arg=building)


def test_without_a_building_the_page_says_what_to_do(open_demo):
    page = open_demo("walk?lang=zh")
    expect(page.get_by_text("在地图上点选")).to_be_visible(timeout=SLOW_MS)


def test_on_a_phone_nothing_runs_out_of_the_window(open_demo, far_door):
    building, category, _other = far_door
    page = open_demo(f"walk?lang=zh&building={building}&category={category}", size=PHONE)
    page.wait_for_selector(".wangge-answers")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.screenshot(path=SHOTS / "walk_phone_zh.png")
