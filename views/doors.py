"""The ASGI doors beside the pages: vendored assets, published tiles, health, and the headers every answer carries."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import streamlit
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contracts.settings import settings
from services.access import DEMO_VISITOR, areas_for
from views.auth_routes import ask_to_sign_in
from views.page_list import ADDRESSES, RIGHTS

ASSETS = Path(__file__).parent / "assets"
PRODUCT = "网格 Wangge"
_SERVER_SCRIPT = "/assets/wangge/server.js"
FRONT = "map"  # this page stands at the address of the site itself
PAGES = tuple(name for name in ADDRESSES if name != FRONT)
_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:]+\](:[0-9]{1,5})?")
_SAFE_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


async def tiles(request: Request) -> Response:
    """One published PMTiles file, whole or by byte ranges; 404 for anything that is not a plain name."""
    version, name = request.path_params["version"], request.path_params["name"]
    if not (_SAFE_PART.fullmatch(version) and _SAFE_PART.fullmatch(name)):
        return PlainTextResponse("not found", status_code=404)
    path = settings().tiles / version / f"{name}.pmtiles"
    if not path.is_file():
        return PlainTextResponse("not found", status_code=404)
    # Identity keeps the compressing layer away: byte ranges must be ranges of the file itself.
    headers = {"Cache-Control": "private, max-age=31536000, immutable", "Content-Encoding": "identity"}
    return FileResponse(path, media_type="application/vnd.pmtiles", headers=headers)


async def health(_request: Request) -> Response:
    """200 while the process answers."""
    return PlainTextResponse("ok")


async def page(request: Request) -> Response:
    """Streamlit's own page under the address of one of ours, told where its server is.

    Left alone it looks for the server below ``/grids`` first and leaves an error in the browser for every miss. A visitor
    of the open demo who asks for a page that needs an account is led to the sign-in form, and from there back.
    """
    right = RIGHTS.get(request.url.path.strip("/"))
    if request.scope.get("state", {}).get("principal") == DEMO_VISITOR and right is not None and areas_for(DEMO_VISITOR, right) == ():
        return ask_to_sign_in(request)
    return HTMLResponse(_page(), headers={"Cache-Control": "no-cache"})


async def front(request: Request) -> Response:
    """The map under its name, led to where it is."""
    return RedirectResponse(str(request.url.replace(scheme="", netloc="", path="/")), status_code=307)


def routes() -> list[BaseRoute]:
    """Routes of this module, for ``st.App``."""
    return [
        Route("/map", front),
        *(Route(path, page) for path in ("/", *(f"/{name}" for name in PAGES))),
        Route("/healthz", health),
        Route("/tiles/{version}/{name}.pmtiles", tiles),
        Mount("/assets", StaticFiles(directory=ASSETS), name="assets"),
    ]


def _policy(path: str, host: str) -> str:
    """Content-Security-Policy of an answer: only this host, and its WebSocket by name for browsers older than CSP 3.

    Pages run no inline script but Streamlit's own, by its hash, and no ``eval``. The frame of a component needs both:
    st_folium writes a script element and evaluates text there.
    """
    scripts = "'unsafe-inline' 'unsafe-eval'" if path.startswith("/component/") else " ".join(_inline_script_hashes())
    sockets = f"ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
    rules = (
        "default-src 'self'",
        f"script-src 'self' blob: 'wasm-unsafe-eval' {scripts}",
        "worker-src 'self' blob:",
        "style-src 'self' 'unsafe-inline'",  # Streamlit, MapLibre and Leaflet set styles at run time
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "media-src 'self' data: blob:",
        f"connect-src 'self' data: blob: {sockets}",
        "frame-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
    return "; ".join(rule.strip() for rule in rules)


@cache
def _inline_script_hashes() -> tuple[str, ...]:
    """CSP sources for the inline scripts in Streamlit's page."""
    scripts = re.findall(r"<script>(.*?)</script>", _page(), flags=re.DOTALL)
    digests = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    return tuple(f"'sha256-{digest}'" for digest in digests)


@cache
def _page() -> str:
    """Streamlit's page from the installed package, with our script before its own and our name in the tab while it loads."""
    text = (Path(streamlit.__file__).parent / "static" / "index.html").read_text("utf-8")
    return text.replace("<head>", f'<head>\n    <script src="{_SERVER_SCRIPT}"></script>', 1).replace("<title>Streamlit</title>", f"<title>{PRODUCT}</title>")


class SecurityHeaders:
    """ASGI middleware: policy, framing, sniffing and referrer headers on every HTTP answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path, host = scope["path"], Headers(scope=scope).get("host", "")

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                _set_headers(MutableHeaders(scope=message), path, host)
            await send(message)

        await self.app(scope, receive, send_with_headers)


class OwnSocketsOnly:
    """ASGI middleware: a page of another site cannot open our socket.

    Streamlit would refuse it as well, but only after asking a machine outside what its own address is.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope) if scope["type"] == "websocket" else Headers()
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != headers.get("host"):
            await receive()
            await send({"type": "websocket.close", "code": 4403})
            return
        await self.app(scope, receive, send)


def _set_headers(headers: MutableHeaders, path: str, host: str) -> None:
    headers["Content-Security-Policy"] = _policy(path, host)
    headers["X-Frame-Options"] = "SAMEORIGIN"
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    if path.startswith("/assets/"):
        headers["Cache-Control"] = "no-cache"  # ask again each time, answered by 304: an update is seen at once


def middleware() -> list[Middleware]:
    """Middleware of this module, outermost first, for ``st.App``."""
    return [Middleware(SecurityHeaders), Middleware(OwnSocketsOnly)]
