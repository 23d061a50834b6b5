"""One request to an ASGI app, without a server."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode


@dataclass(frozen=True)
class Answer:
    """What came back; a refused websocket has the status of its close code."""

    status: int
    headers: dict[str, str]
    body: str


def ask(
    app: Any, path: str, *, method: str = "GET", form: dict[str, str] | None = None, kind: str = "http", client: str = "127.0.0.1", **headers: str
) -> Answer:
    """Send one request; header names use underscores for dashes."""
    sent: list[dict[str, Any]] = []
    body = urlencode(form or {}).encode()
    fields = {"host": "localhost:8501", **{name.replace("_", "-"): value for name, value in headers.items()}}
    path, _mark, query = path.partition("?")
    scope = {
        "type": kind,
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in fields.items()],
        "client": (client, 1),
        "server": ("127.0.0.1", 8501),
        "scheme": "http" if kind == "http" else "ws",
        "root_path": "",
        "http_version": "1.1",
        "app": None,
    }
    first = {"type": "http.request", "body": body, "more_body": False} if kind == "http" else {"type": "websocket.connect"}

    async def receive() -> dict[str, Any]:
        return first

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    with ThreadPoolExecutor(1) as thread:  # a browser test in the same process keeps a loop of its own running
        thread.submit(asyncio.run, app(scope, receive, send)).result()
    start = sent[0]
    content = b"".join(message.get("body", b"") for message in sent[1:])
    return Answer(start.get("status", start.get("code", 101)), {name.decode(): value.decode() for name, value in start.get("headers", [])}, content.decode())
