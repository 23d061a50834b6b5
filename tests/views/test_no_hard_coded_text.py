"""No page says a sentence that the catalogue does not know: words go through ``_`` or ``Message``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

VIEWS = Path(__file__).resolve().parents[2] / "views"
SAYING = frozenset(
    (
        "title",
        "header",
        "subheader",
        "markdown",
        "caption",
        "info",
        "warning",
        "error",
        "success",
        "badge",
        "metric",
        "button",
        "form_submit_button",
        "download_button",
        "link_button",
        "selectbox",
        "multiselect",
        "segmented_control",
        "pills",
        "radio",
        "checkbox",
        "toggle",
        "text_input",
        "text_area",
        "number_input",
        "date_input",
        "file_uploader",
        "expander",
        "popover",
        "status",
        "toast",
        "spinner",
        "tabs",
        "write",
        "text",
        "help",
    )
)
SPOKEN_KEYWORDS = frozenset({"help", "placeholder", "label", "text", "title"})


def said_literals(source: str) -> Iterator[str]:
    """Literal words handed to an element of a page."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SAYING:
            spoken = [*node.args[:1], *(keyword.value for keyword in node.keywords if keyword.arg in SPOKEN_KEYWORDS)]
            yield from (text for value in spoken for text in literal_words(value))


def literal_words(value: ast.expr) -> Iterator[str]:
    parts = value.values if isinstance(value, ast.JoinedStr) else [value]
    for part in parts:
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and any(sign.isalpha() for sign in part.value):
            yield part.value


def test_pages_say_nothing_of_their_own():
    files = [*VIEWS.glob("*_page.py"), VIEWS / "frame.py", *(VIEWS / "components").glob("*.py")]
    assert len(files) > 15
    assert not {file.name: found for file in files if (found := list(said_literals(file.read_text("utf-8"))))}


def test_the_search_finds_what_it_should():
    assert list(said_literals('st.title("Grids")\nst.info(f"{n} grids")\nst.button(_("Go"), help="why")\nst.caption(f"**{x}**")')) == ["Grids", " grids", "why"]
