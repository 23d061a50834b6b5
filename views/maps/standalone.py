"""A map as one HTML file that opens anywhere without a network, and the check that nothing in a page asks another host."""

from __future__ import annotations

import base64
import html
import mimetypes
import re
from pathlib import Path

import folium

_ASSETS = Path(__file__).parents[1] / "assets"
_SCRIPT = re.compile(r'<script src="/assets/([^"]+)"></script>')
_STYLE = re.compile(r'<link rel="stylesheet" href="/assets/([^"]+)"\s*/>')
_IMAGE = re.compile(r"url\(['\"]?(?!data:|#)([^'\")]+)['\"]?\)")
_TAG = re.compile(
    r"<(?:script|link|img|iframe|source|object|embed|video|audio)\b[^>]*?\b(?:src|href|data)\s*=\s*[\"']?((?:https?:)?//[^\"'\s>]+)", re.IGNORECASE
)
_CSS = re.compile(r"(?:url\(\s*[\"']?|@import\s+[\"'])((?:https?:)?//[^\"')\s]+)", re.IGNORECASE)
_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"


def find_outside_addresses(page: str) -> list[str]:
    """Addresses on other hosts from which a page would load a script, style, picture or frame, sorted."""
    return sorted({*_TAG.findall(page), *_CSS.findall(page)})


def standalone_html(community_map: folium.Map, *, title: str) -> str:
    """The map with every script, style and picture inside; its own policy forbids it to ask any host."""
    page = community_map.get_root().render()
    page = _STYLE.sub(lambda found: f"<style>{_style(found[1])}</style>", page)
    page = _SCRIPT.sub(lambda found: f"<script>{_script(found[1])}</script>", page)
    head = f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"><title>{html.escape(title)}</title>'
    return page.replace("<head>", f"<head>{head}", 1)


def _script(name: str) -> str:
    return (_ASSETS / name).read_text("utf-8").replace("</script", "<\\/script")


def _style(name: str) -> str:
    """A style sheet with its pictures as data addresses; pictures that are not shipped are left empty."""
    folder = (_ASSETS / name).parent

    def inline(found: re.Match[str]) -> str:
        picture = folder / found[1]
        if not picture.is_file():
            return "none"
        kind = mimetypes.guess_type(picture.name)[0] or "application/octet-stream"
        return f"url(data:{kind};base64,{base64.b64encode(picture.read_bytes()).decode()})"

    return _IMAGE.sub(inline, (_ASSETS / name).read_text("utf-8"))
