"""Doors to an account: the sign-in page, signing in and out, and the guard before every other door.

The session token lives in a cookie no script can read. A form is taken only from a page of this very site (``Origin``),
which with ``SameSite`` keeps other sites from signing people in or out.
"""

from __future__ import annotations

import string
from html import escape
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit

from anyio import to_thread
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from contracts.errors import NotAllowedError, StoreError, http_status
from contracts.messages import LANGUAGES, Message, translate
from contracts.settings import settings
from services.accounts import DEFAULT_RULE, sign_in, sign_out
from views import wiring
from views.i18n import LANGUAGE_NAMES, known_language

SIGN_IN = "/auth/login"
SIGN_OUT = "/auth/logout"
SIGN_IN_STYLE = "/auth/sign_in.css"
OPEN_PATHS = ("/healthz", "/_stcore/health", SIGN_IN, SIGN_OUT, SIGN_IN_STYLE)
OPEN_FOLDERS = ("/assets/", "/static/")  # vendored files and the frame of the pages: no data of the city
LONGEST_FORM = 8192
_PAGE = Path(__file__).with_name("sign_in.html")
_STYLE = Path(__file__).with_name("sign_in.css")


def routes() -> list[Route]:
    """Routes of the accounts, for the door of the app."""
    return [
        Route(SIGN_IN, _show_form, methods=["GET"]),
        Route(SIGN_IN, _take_form, methods=["POST"]),
        Route(SIGN_OUT, _leave, methods=["POST"]),
        Route(SIGN_IN_STYLE, _show_style, methods=["GET"]),
    ]


class SessionGuard:
    """Lets a request pass when somebody known stands behind it; a reader of pages is sent to the sign-in form.

    It stands before pages, their websocket, uploads, media and tiles alike: only health, assets and the account's own
    doors are open, and everything is on this machine while the demo is open (see ``wiring.is_open_demo``).
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or is_open(scope["path"]):
            await self.app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        try:
            who = await to_thread.run_sync(_visitor, connection)
        except StoreError as error:
            await _refuse(scope, receive, send, PlainTextResponse(str(error), status_code=http_status(error)))
            return
        if who is not None:
            scope.setdefault("state", {})["principal"] = who
            await self.app(scope, receive, send)
            return
        await _refuse(scope, receive, send, ask_to_sign_in(connection))


def is_open(path: str) -> bool:
    """Whether a path needs no account."""
    return path in OPEN_PATHS or (path.startswith(OPEN_FOLDERS) and ".." not in path)


def is_same_site(request: Request) -> bool:
    """Whether a form came from a page of this site: by its origin, or by what the browser says where it gives none."""
    origin = request.headers.get("origin")
    if origin is None or origin == "null":
        return request.headers.get("sec-fetch-site") == "same-origin"
    return urlsplit(origin).netloc == request.headers.get("host")


def safe_target(target: str) -> str:
    """A path of this site to go on to; anything that could lead elsewhere becomes the front page."""
    parts = urlsplit(target)
    is_plain = target.isprintable() and not parts.scheme and not parts.netloc and "\\" not in target
    return target if is_plain and target.startswith("/") and not target.startswith(("//", "/auth/")) else "/"


def _visitor(connection: HTTPConnection) -> object | None:
    address = connection.client.host if connection.client else "unknown"
    return wiring.visitor(connection.cookies.get(wiring.COOKIE, ""), connection.headers, address)


async def _refuse(scope: Scope, receive: Receive, send: Send, response: Response) -> None:
    if scope["type"] == "websocket":
        await WebSocketClose(code=4401)(scope, receive, send)
    else:
        await response(scope, receive, send)


def ask_to_sign_in(connection: HTTPConnection) -> Response:
    """Lead a reader of pages to the form, which leads back to the page asked for; refuse anything else."""
    if connection.scope.get("method") == "GET" and "text/html" in connection.headers.get("accept", ""):
        target = connection.url.path + (f"?{connection.url.query}" if connection.url.query else "")
        return RedirectResponse(f"{SIGN_IN}?next={quote(target)}", status_code=303)
    return PlainTextResponse(translate("Please sign in first.", _language("")), status_code=401)


async def _show_form(request: Request) -> Response:
    target = request.query_params.get("next", "/")
    asked = request.query_params.get("lang") or "".join(parse_qs(urlsplit(target).query).get("lang", [])[:1])
    return _form(_language(asked), target=target)


async def _show_style(request: Request) -> Response:
    return Response(_STYLE.read_bytes(), media_type="text/css")


async def _take_form(request: Request) -> Response:
    fields = await _fields(request)
    spoken = _language(fields.get("lang", ""))
    target = safe_target(fields.get("next", "/"))
    if not is_same_site(request):
        return _form(spoken, target=target, fault=Message("The form did not come from this site. Please sign in here."), status=403)
    try:
        token = await to_thread.run_sync(_open_session, fields.get("login", ""), fields.get("password", ""), request.cookies.get(wiring.COOKIE, ""))
    except NotAllowedError as error:
        return _form(spoken, target=target, login=fields.get("login", ""), fault=error.message, status=401)
    response = RedirectResponse(_in_language(target, spoken), status_code=303)
    response.set_cookie(
        wiring.COOKIE, token, max_age=int(DEFAULT_RULE.absolute.total_seconds()), httponly=True, samesite="lax", secure=request.url.scheme == "https", path="/"
    )
    return response


async def _leave(request: Request) -> Response:
    if not is_same_site(request):
        return PlainTextResponse("", status_code=403)
    token = request.cookies.get(wiring.COOKIE, "")
    if token:
        await to_thread.run_sync(_close_session, token)
    response = RedirectResponse(SIGN_IN, status_code=303)
    response.delete_cookie(wiring.COOKIE, path="/", httponly=True, samesite="lax")
    return response


def _in_language(target: str, spoken: str) -> str:
    """The page asked for, in the language of the form where that is not the usual one and its address says none."""
    address = urlsplit(target)
    if spoken == _language("") or "lang" in parse_qs(address.query):
        return target
    return urlunsplit(address._replace(query="&".join(filter(None, [address.query, f"lang={spoken}"]))))


def _open_session(login: str, password: str, earlier: str) -> str:
    token = sign_in(wiring.unit_of_work(), login, password, at=wiring.now())
    if earlier:
        _close_session(earlier)
    return token


def _close_session(token: str) -> None:
    sign_out(wiring.unit_of_work(), token, at=wiring.now())


async def _fields(request: Request) -> dict[str, str]:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_FORM:
            return {}
    values = parse_qs(body.decode("utf-8", errors="replace"), keep_blank_values=True)
    return {name: value[0] for name, value in values.items()}


def _language(asked: str) -> str:
    return known_language(asked) or known_language(settings().language) or LANGUAGES[0]


def _form(spoken: str, *, target: str, login: str = "", fault: Message | None = None, status: int = 200) -> Response:
    other = next(name for name in LANGUAGES if name != spoken)
    words = {
        "language": spoken.replace("_", "-"),
        "title": translate("Sign in", spoken),
        "login_label": translate("Login", spoken),
        "password_label": translate("Password", spoken),
        "button": translate("Sign in", spoken),
        "purpose": translate("Grids, grid workers and 15-minute service circles on a map", spoken),
        "fault": fault.in_language(spoken) if fault else "",
        "login": login,
        "target": safe_target(target),
        "action": SIGN_IN,
        "lang": spoken,
        "other_link": f"{SIGN_IN}?lang={other}&next={quote(safe_target(target))}",
        "other_name": LANGUAGE_NAMES[other],
        "other_language": other.replace("_", "-"),
    }
    page = string.Template(_PAGE.read_text(encoding="utf-8")).substitute({name: escape(text) for name, text in words.items()})
    return HTMLResponse(page, status_code=status, headers={"Cache-Control": "no-store"})
