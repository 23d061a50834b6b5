"""A planner brings data in through the real browser: borders, buildings with three bad rows, facilities, a street map."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from services.access import SYSTEM, Grant
from services.accounts import add_user
from store.engine import open_store
from store.unit_of_work import SqlUnitOfWork
from tests.browser import import_files
from tests.browser.conftest import PASSWORD, SHOTS, fresh_page, settle, sign_in
from views import wiring

SLOW_MS = 150_000  # the first division compiles its kernels


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home with an empty store, a planner and a leader."""
    folder = tmp_path_factory.mktemp("import-home")
    store = open_store(f"sqlite:///{folder / 'wangge.sqlite'}")
    for login in ("planner", "leader"):
        add_user(SqlUnitOfWork(store), SYSTEM, login, PASSWORD, grants=[Grant(login)], at=wiring.now())
    store.close()
    return folder


@pytest.fixture(scope="module")
def server(app_server, home):
    SHOTS.mkdir(exist_ok=True)
    return app_server(home=home, max_upload_mb="1")


@pytest.fixture(scope="module")
def planner(server, chromium):
    """One signed-in page for the whole journey."""
    with fresh_page(chromium) as page:
        sign_in(page, f"{server.url}/import", "planner")
        page.get_by_role("heading", name="导入数据").wait_for()
        yield page


def open_import(page: Page, server, kind: str) -> None:
    page.goto(f"{server.url}/import")
    page.get_by_role("heading", name="导入数据").wait_for()
    settle(page)
    page.get_by_test_id("stButtonGroup").get_by_text(kind, exact=True).click()
    settle(page)


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_test_id("stSelectbox").filter(has_text=label).get_by_role("combobox").click()
    page.get_by_role("option", name=option).click()
    settle(page)


def drop(page: Page, path: Path, key: str) -> None:
    page.locator(f".st-key-{key} input[type=file]").set_input_files(str(path))
    settle(page)


def check(page: Page) -> None:
    page.get_by_role("button", name="检查文件").click()
    page.get_by_text("这只是检查").wait_for()


def store(page: Page) -> None:
    button = page.get_by_role("button", name="导入", exact=True)
    expect(button).to_be_enabled(timeout=SLOW_MS)
    button.click()


def wait_for_map(page: Page) -> None:
    page.wait_for_selector(".wangge-map[data-ready='1']", timeout=SLOW_MS)


def counts(home: Path) -> dict[str, int]:
    opened = open_store(f"sqlite:///{home / 'wangge.sqlite'}")
    with SqlUnitOfWork(opened) as uow:
        found = {name: getattr(uow, name).count() for name in ("areas", "buildings", "facilities", "streets")}
    opened.close()
    return found


def test_borders_in_gcj02_are_seen_on_the_map_and_stored(planner, server, home, tmp_path):
    open_import(planner, server, "区域")
    choose(planner, "坐标系", "GCJ-02（高德、腾讯）")
    drop(planner, import_files.area_zip(tmp_path), "import_areas")
    check(planner)
    wait_for_map(planner)
    planner.screenshot(path=SHOTS / "import_areas_zh.png")
    assert counts(home)["areas"] == 0
    store(planner)
    planner.get_by_text("communities.zip 已导入").wait_for()
    assert counts(home)["areas"] >= 1


def test_three_bad_rows_of_212_come_back_and_mended_ones_double_nothing(planner, server, home, tmp_path):
    open_import(planner, server, "楼栋")
    drop(planner, import_files.buildings_csv(tmp_path), "import_buildings")
    check(planner)
    wait_for_map(planner)
    planner.get_by_text("有 3 行未被接受").wait_for()
    planner.screenshot(path=SHOTS / "import_buildings_zh.png", full_page=True)
    store(planner)
    planner.get_by_text("buildings.csv 已导入").wait_for()
    assert counts(home)["buildings"] == import_files.GOOD_ROWS
    with planner.expect_download() as download:
        planner.get_by_role("button", name="下载未接受的行").click()
    rows = list(csv.reader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig"))))
    assert [int(row[0]) for row in rows[1:]] == sorted(import_files.BAD_ROWS)
    assert all(row[-1] == f"'{import_files.HOSTILE}" for row in rows[1:])
    drop(planner, import_files.buildings_csv(tmp_path, mended=True), "import_buildings")
    check(planner)
    store(planner)
    planner.get_by_text("buildings-mended.csv 已导入").wait_for()
    assert counts(home)["buildings"] == 212


def test_a_heading_nobody_knows_is_named_by_hand(planner, server, home, tmp_path):
    open_import(planner, server, "设施")
    drop(planner, import_files.facilities_xlsx(tmp_path), "import_facilities")
    planner.get_by_text("未能识别：名称").wait_for()
    choose(planner, "名称 *", "叫什么")
    check(planner)
    wait_for_map(planner)
    store(planner)
    planner.get_by_text("facilities.xlsx 已导入").wait_for()
    assert counts(home)["facilities"] == 3


def test_a_street_map_leads_on_to_a_computed_city(planner, server, home, tmp_path):
    open_import(planner, server, "街道地图（OpenStreetMap）")
    drop(planner, import_files.street_map(tmp_path), "import_osm")
    check(planner)
    wait_for_map(planner)
    planner.screenshot(path=SHOTS / "import_osm_zh.png")
    store(planner)
    planner.get_by_text("下一步").wait_for()
    assert counts(home)["streets"] > 20
    planner.get_by_role("button", name="一并完成这三步").click()
    planner.get_by_role("button", name="停止").or_(planner.get_by_text("查看地图")).first.wait_for()
    planner.get_by_text("查看地图").wait_for()
    planner.screenshot(path=SHOTS / "import_planned_zh.png")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("broken.xlsx", b"PK\x03\x04 not a sheet", "broken.xlsx"),
        ("nothing.csv", b"", "nothing.csv"),
        ("strange.geojson", b"{]", "strange.geojson"),
        ("large.csv", b"x" * 1_200_000, "large.csv"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence(planner, server, tmp_path, name, content, sentence):
    open_import(planner, server, "楼栋")
    path = tmp_path / name
    path.write_bytes(content)
    drop(planner, path, "import_buildings")
    alert = planner.get_by_test_id("stAlert").filter(has_text=sentence)
    alert.wait_for()
    assert "Traceback" not in planner.inner_text("body")
