"""The doors: nobody passes unknown, forms come from this site, and the open demo is open on this machine only."""

from __future__ import annotations

from types import SimpleNamespace
from urllib.parse import quote

import pytest
from asgi import ask
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute

from contracts.settings import Settings
from services.access import SYSTEM, Grant
from services.accounts import add_user
from store.unit_of_work import SqlUnitOfWork
from views import auth_routes, doors, wiring
from views.auth_routes import _in_language

PASSWORD = "correct horse battery"
SAME_SITE = {"origin": "http://localhost:8501"}
FORM = {"login": "ming", "password": PASSWORD, "next": "/grids?area=1"}


async def page(request):
    return PlainTextResponse("secret")


async def socket(websocket):
    await websocket.accept()


APP = Starlette(
    routes=[*auth_routes.routes(), WebSocketRoute("/_stcore/stream", socket), Route("/{path:path}", page)], middleware=[Middleware(auth_routes.SessionGuard)]
)


@pytest.fixture
def accounts(empty_store):
    add_user(SqlUnitOfWork(empty_store), SYSTEM, "ming", PASSWORD, grants=[Grant("planner")], at=wiring.now())
    return empty_store


@pytest.fixture
def open_demo(accounts, monkeypatch):
    monkeypatch.setattr(wiring, "settings", lambda: Settings(open_demo=True))
    with SqlUnitOfWork(accounts) as uow:
        uow.city.put("is_demo", True)
        uow.commit()


def sign_in(**headers: str):
    return ask(APP, "/auth/login", method="POST", form=FORM, **(SAME_SITE | headers))


def cookie_of(answer) -> str:
    return answer.headers["set-cookie"].split(";")[0]


@pytest.mark.parametrize(
    "path",
    [
        "/media/x.csv",
        "/tiles/1/grids.pmtiles",
        "/component/x",
        "/_stcore/upload_file/1/2",
        "/_stcore/health/../x",
        "/authors",
        "/assetsx",
    ],
)
def test_nothing_passes_without_an_account(accounts, path):
    assert ask(APP, path).status == 401


@pytest.mark.parametrize("path", ["/healthz", "/_stcore/health", "/assets/map.js", "/static/js/index.js"])
def test_health_and_assets_are_open(accounts, path):
    assert ask(APP, path).body == "secret"


def test_a_websocket_is_refused_without_an_account(accounts):
    assert ask(APP, "/_stcore/stream", kind="websocket").status == 4401


def test_a_reader_of_pages_is_sent_to_the_form_and_back(accounts):
    answer = ask(APP, "/grids?area=1", accept="text/html")
    assert (answer.status, answer.headers["location"]) == (303, f"/auth/login?next={quote('/grids?area=1')}")


def test_signing_in_opens_everything(accounts):
    answer = sign_in()
    assert (answer.status, answer.headers["location"]) == (303, "/grids?area=1")
    assert ask(APP, "/media/x.csv", cookie=cookie_of(answer)).body == "secret"
    assert ask(APP, "/_stcore/stream", kind="websocket", cookie=cookie_of(answer)).status == 101


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(accounts):
    cookie = sign_in().headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


def test_signing_in_again_ends_the_earlier_session(accounts):
    first = cookie_of(sign_in())
    sign_in(cookie=first)
    assert ask(APP, "/media/x.csv", cookie=first).status == 401


def test_signing_out_ends_the_session(accounts):
    cookie = cookie_of(sign_in())
    assert ask(APP, "/auth/logout", method="POST", cookie=cookie, **SAME_SITE).status == 303
    assert ask(APP, "/media/x.csv", cookie=cookie).status == 401


@pytest.mark.parametrize("headers", [{"origin": "http://evil.example"}, {"origin": "null"}, {"origin": ""}])
def test_a_form_of_another_site_is_refused(accounts, headers):
    assert ask(APP, "/auth/login", method="POST", form=FORM, **headers).status == 403
    assert ask(APP, "/auth/logout", method="POST", **headers).status == 403


def test_a_wrong_password_shows_one_sentence_and_keeps_the_login_escaped(accounts):
    answer = ask(APP, "/auth/login", method="POST", form=FORM | {"login": '"><script>', "password": "wrong", "lang": "en"}, **SAME_SITE)
    assert answer.status == 401
    assert "The login or the password is not right." in answer.body
    assert "<script>" not in answer.body


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/auth/logout", "\t//evil.example", "evil"]
)
def test_nobody_is_led_to_another_site(target):
    assert auth_routes.safe_target(target) == "/"


def test_a_huge_form_is_not_read(accounts):
    assert ask(APP, "/auth/login", method="POST", form=FORM | {"login": "x" * 20_000}, **SAME_SITE).status == 401


@pytest.mark.parametrize(("language", "word"), [("zh_CN", "登录"), ("en", "Sign in")])
def test_the_form_speaks_both_languages(accounts, language, word):
    assert word in ask(APP, f"/auth/login?lang={language}").body


def test_an_open_demo_is_open_on_this_machine(open_demo):
    assert ask(APP, "/media/x.csv").body == "secret"


@pytest.mark.parametrize("request_", [{"client": "10.0.0.5"}, {"host": "evil.example"}, {"x_forwarded_for": "10.0.0.5"}, {"host": "192.168.1.1:8501"}])
def test_an_open_demo_is_closed_to_the_outside(open_demo, request_):
    assert ask(APP, "/media/x.csv", **request_).status == 401


def test_a_real_city_is_never_open(open_demo, accounts):
    with SqlUnitOfWork(accounts) as uow:
        uow.city.put("is_demo", False)
        uow.commit()
    assert ask(APP, "/media/x.csv").status == 401


def test_the_doors_of_accounts_are_open_by_name_only(accounts):
    assert ask(APP, "/auth/anything", accept="application/json").status == 401


@pytest.mark.parametrize(("origin", "status"), [("http://localhost:8501", 101), ("http://evil.example", 4403), ("null", 4403)])
def test_a_page_of_another_site_cannot_open_our_socket(origin, status):
    async def accept(scope, receive, send):
        await send({"type": "websocket.accept", "code": 101})

    assert ask(doors.OwnSocketsOnly(accept), "/_stcore/stream", kind="websocket", origin=origin).status == status


@pytest.mark.parametrize("headers", [{"via": "1.1 proxy"}, {"x-forwarded-host": "city.example"}, {"host": "evil.example@127.0.0.1"}])
def test_an_open_demo_is_closed_to_what_came_through_a_proxy_or_under_another_name(headers, monkeypatch):
    monkeypatch.setattr(wiring, "settings", lambda: SimpleNamespace(open_demo=True))
    assert not wiring.is_open_demo({"host": "127.0.0.1:8501", **headers}, "127.0.0.1")


@pytest.mark.parametrize(
    ("target", "spoken", "expected"),
    [("/", "en", "/?lang=en"), ("/grids?community=1", "en", "/grids?community=1&lang=en"), ("/?lang=zh", "en", "/?lang=zh"), ("/grids", "zh_CN", "/grids")],
)
def test_the_language_of_the_form_goes_on_to_the_page(target, spoken, expected):
    assert _in_language(target, spoken) == expected


PAGES = Starlette(routes=[*auth_routes.routes(), *doors.routes()], middleware=[Middleware(auth_routes.SessionGuard)])


def test_a_page_that_needs_an_account_leads_a_visitor_to_the_form_and_back(open_demo):
    answer = ask(PAGES, "/edit?community=990101001001&lang=en", accept="text/html")
    assert (answer.status, answer.headers["location"]) == (303, f"/auth/login?next={quote('/edit?community=990101001001&lang=en')}")


@pytest.mark.parametrize(("query", "language"), [("next=/map%3Flang%3Den", "en"), ("next=/map", "zh-CN"), ("next=/map%3Flang%3Den&lang=zh", "zh-CN")])
def test_the_form_speaks_as_the_page_asked_for(query, language):
    assert f'lang="{language}"' in ask(PAGES, f"/auth/login?{query}", accept="text/html").body


@pytest.mark.parametrize("path", ["/", "/grids", "/plans", "/help"])
def test_pages_for_everybody_stay_open_to_visitors(open_demo, path):
    assert ask(PAGES, path, accept="text/html").status == 200


def test_who_is_signed_in_reaches_the_page_that_needs_an_account(open_demo):
    assert ask(PAGES, "/edit", accept="text/html", cookie=cookie_of(sign_in())).status == 200
