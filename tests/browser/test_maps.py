"""Both maps in a real Chromium, offline: not blank, clickable, alive across reruns, deaf to hostile names."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.browser.conftest import SHOTS, fresh_page
from tests.browser.town import HOSTILE, make_town
from views.maps.folium_maps import community_map
from views.maps.layers import MapLayer
from views.maps.palette import COVERAGE, DARK, SEQUENTIAL
from views.maps.standalone import standalone_html

HERE = Path(__file__).parent
CENTRE = "view=116.31100,39.78400,14.00"
READY = ".wangge-map[data-ready='1']"


@pytest.fixture(scope="module")
def server(app_server):
    SHOTS.mkdir(exist_ok=True)
    return app_server(script=HERE / "maps_app.py")


@pytest.fixture(scope="module")
def city(server, chromium):
    """One page with the city map for all tests that only look and click: a map takes seconds to open in software."""
    with fresh_page(chromium, size={"width": 1100, "height": 820}) as page:
        open_map(page, server, f"map=city&{CENTRE}")
        page.evaluate("document.querySelector('.wangge-map canvas').dataset.mark = 'same'")
        yield page
        assert page.locator(".wangge-map canvas").get_attribute("data-mark") == "same", "the map was built again"


def open_map(page, server, query):
    page.goto(f"{server.url}/?{query}")
    page.wait_for_selector(READY, timeout=60_000)


def runs(page):
    return int(page.get_by_text(re.compile("^runs: ")).inner_text().removeprefix("runs: "))


def pixels(locator):
    return np.asarray(Image.open(io.BytesIO(locator.screenshot())).convert("RGB")).reshape(-1, 3)


def near(colours, colour, tolerance=40):
    wanted = np.array([int(colour[start : start + 2], 16) for start in (1, 3, 5)])
    return (np.abs(colours.astype(int) - wanted).max(axis=1) <= tolerance).mean()


def spot(page, longitude, latitude):
    """Where a place lies in the window, by the map's own projection from the permalink view of the test town."""
    box = page.locator(".wangge-map").bounding_box()
    view = page.url.split("view=")[1].split("&")[0].replace("%2C", ",").split(",")
    scale = 512 * 2 ** float(view[2])

    def mercator(lon, lat):
        return scale * (lon + 180) / 360, scale * (0.5 - np.arctanh(np.sin(np.radians(lat))) / (2 * np.pi))

    x, y = mercator(longitude, latitude)
    middle_x, middle_y = mercator(float(view[0]), float(view[1]))
    return box["x"] + box["width"] / 2 + x - middle_x, box["y"] + box["height"] / 2 + y - middle_y


def test_city_map_shows_its_classes(city):
    city.screenshot(path=SHOTS / "city_map.png")
    seen = pixels(city.locator(".wangge-map-canvas canvas"))
    assert len(np.unique(seen, axis=0)) > 200
    assert near(seen, SEQUENTIAL[0]) > 0.05
    assert near(seen, SEQUENTIAL[-2]) > 0.002


def test_click_on_a_grid_comes_back_with_one_rerun(city):
    before, grid = runs(city), make_town().grids.iloc[[70]]
    middle = grid.geometry.iloc[0].representative_point()
    city.mouse.click(*spot(city, middle.x, middle.y))
    city.get_by_text(f"selected: grids/{grid.index[0]}").wait_for()
    city.screenshot(path=SHOTS / "city_map_selected.png")
    assert runs(city) == before + 1


def test_figures_change_on_the_living_map(city):
    before = near(pixels(city.locator(".wangge-map-canvas canvas")), SEQUENTIAL[0])
    city.get_by_text("low", exact=True).click()
    city.wait_for_timeout(800)
    city.wait_for_selector(READY)
    assert near(pixels(city.locator(".wangge-map-canvas canvas")), SEQUENTIAL[0]) > before + 0.1
    assert city.locator(".wangge-map canvas").get_attribute("data-mark") == "same"


def test_moving_the_map_writes_the_address_and_reruns_nothing(city):
    before, address, box = runs(city), city.url, city.locator(".wangge-map").bounding_box()
    city.mouse.move(box["x"] + 400, box["y"] + 300)
    city.mouse.down()
    city.mouse.move(box["x"] + 440, box["y"] + 320, steps=3)
    city.mouse.up()
    city.wait_for_function("before => location.href !== before", arg=address)
    assert runs(city) == before


def test_layer_list_hides_a_layer_without_a_rerun(city):
    before = runs(city)
    city.locator("input[data-layer='grids']").uncheck()  # the coloured layer stands in the legend, unfolded
    city.wait_for_timeout(500)
    assert near(pixels(city.locator(".wangge-map-canvas canvas")), SEQUENTIAL[0], 12) < 0.01
    city.locator("input[data-layer='grids']").check()
    assert runs(city) == before


def test_search_goes_to_a_named_grid_and_selects_it(city):
    city.locator(".wangge-map-search input").fill("第71网")
    city.locator(".wangge-map-search input").press("Enter")
    city.get_by_text("selected: grids/990101000070").wait_for()
    city.wait_for_selector(READY)
    city.screenshot(path=SHOTS / "city_map_search.png")
    longitude = float(city.url.split("view=")[1].split("%2C")[0])
    assert longitude == pytest.approx(make_town().grids.geometry.iloc[70].representative_point().x, abs=1e-4)


def test_tooltip_tells_a_hostile_name_as_text(city):
    middle = make_town().grids.geometry.iloc[5].representative_point()
    city.locator(".wangge-map-search input").fill("<img")
    city.locator(".wangge-map-search input").press("Enter")
    city.wait_for_timeout(500)
    city.mouse.move(*spot(city, middle.x, middle.y), steps=2)
    city.locator(".wangge-map-tooltip strong").wait_for()
    city.screenshot(path=SHOTS / "city_map_tooltip.png")
    assert city.locator(".wangge-map-tooltip strong").inner_text() == HOSTILE
    assert "15 分钟覆盖率" in city.locator(".wangge-map-tooltip").inner_text()


def test_tiles_of_the_demo_city_draw_streets_and_values(server, page):
    open_map(page, server, "map=tiles")
    page.screenshot(path=SHOTS / "city_map_tiles.png")
    seen = pixels(page.locator(".wangge-map-canvas canvas"))
    assert near(seen, SEQUENTIAL[1]) > 0.03
    assert near(seen, "#ffffff", 4) > 0.01


def test_dark_map_in_english_opens(server, page):
    open_map(page, server, "map=city&theme=dark&lang=en")
    page.screenshot(path=SHOTS / "city_map_dark.png")
    assert near(pixels(page.locator(".wangge-map-canvas canvas")), DARK.ground, 8) > 0.1
    assert page.get_by_text("More layers").is_visible()


def test_missing_webgl_is_said_on_the_map(server, chromium):
    context = chromium.new_context()
    page = context.new_page()
    page.add_init_script(
        "HTMLCanvasElement.prototype.getContext = new Proxy(HTMLCanvasElement.prototype.getContext, "
        "{apply: (get, canvas, given) => given[0].startsWith('webgl') ? null : get.apply(canvas, given)})"
    )
    page.goto(f"{server.url}/?map=city")
    page.wait_for_selector(".wangge-map[data-ready='failed']", timeout=60_000)
    assert "WebGL" in page.locator(".wangge-map-notice").inner_text()
    context.close()


def test_community_map_draws_and_a_click_comes_back(server, page):
    page.goto(f"{server.url}/?map=folium")
    frame = page.frame_locator("iframe")
    frame.locator("canvas").first.wait_for(timeout=30_000)
    page.wait_for_timeout(800)
    page.screenshot(path=SHOTS / "community_map.png")
    policy = page.request.get(page.locator("iframe").get_attribute("src")).headers["content-security-policy"]
    assert "'unsafe-inline'" in policy
    assert "default-src 'self'" in policy
    canvas = frame.locator(".leaflet-container")
    assert near(pixels(canvas), SEQUENTIAL[2]) > 0.01
    label = frame.locator(".wangge-label.grids span").first.bounding_box()
    page.mouse.click(label["x"] + label["width"] / 2, label["y"] + label["height"] + 8)
    page.get_by_text(re.compile("^selected: grids/9901")).wait_for()
    page.wait_for_timeout(800)
    page.screenshot(path=SHOTS / "community_map_selected.png")


def test_community_map_is_not_drawn_again_by_an_unrelated_widget(server, page):
    page.goto(f"{server.url}/?map=folium")
    frame = page.frame_locator("iframe")
    frame.locator("canvas").first.wait_for(timeout=30_000)
    frame.locator("canvas").first.evaluate("canvas => { canvas.dataset.mark = 'same'; }")
    page.get_by_text("unrelated").click()
    page.get_by_text("runs: 2").wait_for()
    page.wait_for_timeout(500)
    assert frame.locator("canvas").first.get_attribute("data-mark") == "same"


def test_exported_map_opens_from_a_file_without_a_network(page, tmp_path):
    town = make_town()
    path = tmp_path / "map.html"
    path.write_text(
        standalone_html(community_map([MapLayer("grids", town.grids, figures=town.coverage, classes=COVERAGE, label="name")]), title="地图"), "utf-8"
    )
    page.goto(path.as_uri())
    page.locator("canvas").first.wait_for()
    page.wait_for_timeout(500)
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / "exported_map.png")
    assert near(pixels(page.locator(".leaflet-container")), SEQUENTIAL[1]) > 0.02


@pytest.mark.parametrize("size", [(1, 1), (20, 300), (300, 20)])
def test_a_map_without_room_waits_for_it(chromium, tmp_path, size):
    """A page that is left or not yet laid out gives its map no room at all."""
    file = tmp_path / "map.html"
    file.write_text(standalone_html(community_map([MapLayer("grids", make_town().grids, label="name")]), title="map"), "utf-8")
    with fresh_page(chromium, size={"width": size[0], "height": size[1]}) as page:
        page.goto(file.as_uri())
        page.set_viewport_size({"width": 800, "height": 600})
        page.wait_for_function(
            "() => { const map = Object.values(window).find(value => value instanceof L.Map); return map.getZoom() > 12 && map.getZoom() < 20; }"
        )
