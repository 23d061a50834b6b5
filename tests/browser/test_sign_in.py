"""Signing in and out through the real browser, and what each reader then sees."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from services.access import SYSTEM, Grant
from services.accounts import add_user
from store.engine import open_store
from store.unit_of_work import SqlUnitOfWork
from tests.browser.conftest import PASSWORD, SHOTS, sign_in, watch
from views import wiring
from views.doors import PAGES

sys.path.insert(0, str(Path(__file__).parents[1] / "views"))
import city

LOGINS = ("planner", "coordinator", "leader", "worker")


@pytest.fixture(scope="module")
def made_home(tmp_path_factory):
    """A home with a small city and one account per role."""
    folder = tmp_path_factory.mktemp("sign-in-home")
    store = open_store(f"sqlite:///{folder / 'wangge.sqlite'}")
    city.fill(store)
    for login in LOGINS:
        add_user(SqlUnitOfWork(store), SYSTEM, login, PASSWORD, grants=[Grant(login)], at=wiring.now())
    store.close()
    return folder


@pytest.fixture(scope="module")
def server(app_server, made_home):
    SHOTS.mkdir(exist_ok=True)
    return app_server(home=made_home)


@pytest.fixture(scope="module")
def demo_server(app_server, made_home, tmp_path_factory):
    """The same city, marked as invented and open to look at."""
    folder = tmp_path_factory.mktemp("demo-home")
    shutil.copy(made_home / "wangge.sqlite", folder / "wangge.sqlite")
    store = open_store(f"sqlite:///{folder / 'wangge.sqlite'}")
    with SqlUnitOfWork(store) as uow:
        uow.city.put("is_demo", True)
        uow.commit()
    store.close()
    return app_server(home=folder, open_demo="1")


def offered(page: Page) -> str:
    """The names of the pages on offer, in the bar and in its menus."""
    page.get_by_test_id("stTopNavLink").first.wait_for(timeout=60_000)
    names = page.get_by_test_id("stTopNavLink").all_inner_texts()
    for menu in page.get_by_test_id("stTopNavSection").all():
        menu.click()
        page.get_by_test_id("stTopNavDropdownLink").first.wait_for()
        names += page.get_by_test_id("stTopNavDropdownLink").all_inner_texts()
        page.keyboard.press("Escape")
        page.get_by_test_id("stTopNavDropdownLink").first.wait_for(state="hidden")
    return " ".join(names)


@pytest.mark.parametrize(("language", "word"), [("zh_CN", "登录"), ("en", "Sign in")])
def test_the_form_asks_in_both_languages(server, page, language, word):
    page.goto(f"{server.url}/auth/login?lang={language}")
    assert page.get_by_role("button").inner_text() == word
    page.screenshot(path=SHOTS / f"sign_in_{language}.png")


def test_a_wrong_password_is_one_sentence_and_keeps_the_login(server, chromium):
    page = new_page(chromium)
    sign_in(page, f"{server.url}/grids", "planner", password="wrong password")
    assert page.get_by_role("alert").inner_text() == "登录名或密码不正确。"
    assert page.input_value("#login") == "planner"
    page.context.close()


def test_signing_in_leads_to_the_page_asked_for_and_signing_out_ends_it(server, page):
    sign_in(page, f"{server.url}/grids?area=990101001002", "planner")
    page.get_by_role("heading", name="网格", exact=True).wait_for(timeout=60_000)
    assert re.search(r"/grids\?area=990101001002", page.url)
    page.wait_for_load_state("networkidle")
    cookie = page.context.cookies()[0]
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["secure"]) == (True, "Lax", False)  # plain http here
    page.get_by_role("button", name="planner").click()
    page.get_by_role("button", name="退出").click()
    page.get_by_text("请先登录").wait_for(timeout=60_000)
    page.goto(f"{server.url}/grids")
    assert "/auth/login?next=/grids" in page.url


@pytest.mark.parametrize(("login", "sees"), [("planner", True), ("leader", False), ("coordinator", False), ("worker", False)])
def test_only_who_may_import_is_offered_it(server, page, login, sees):
    sign_in(page, server.url, login)
    assert ("导入数据" in offered(page)) is sees


def test_a_visitor_sees_the_demo_without_signing_in(demo_server, page):
    page.goto(demo_server.url)
    assert "导入数据" not in offered(page)
    page.get_by_text("程序生成的演示城市").first.wait_for()


def test_without_an_open_demo_a_visitor_meets_the_form(server, page):
    page.goto(server.url)
    page.locator("#login").wait_for()


@pytest.mark.parametrize("name", ["map", *PAGES])
def test_a_page_opens_at_its_own_address_without_an_error(server, page, name):
    sign_in(page, f"{server.url}/{name}?lang=en", "planner")
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=60_000)
    page.get_by_test_id("stTopNavLink").first.wait_for(timeout=60_000)
    assert page.url.startswith(f"{server.url}/?lang=en" if name == "map" else f"{server.url}/{name}?lang=en")
    assert not re.search("[一-鿿]", page.get_by_test_id("stTopNavLink").first.inner_text())


def new_page(chromium: Browser) -> Page:
    """A page whose refused sign-in may answer 401."""
    page = chromium.new_context(locale="zh-CN").new_page()
    watch(page)
    return page
