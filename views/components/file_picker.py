"""A place to drop a file, in the reader's language: Streamlit's own words for it are English only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from contracts.settings import settings
from views.i18n import _, number

_STYLE = """<style>
.st-key-{key} [data-testid="stFileUploaderDropzone"] button[data-testid="stBaseButton-secondary"] {{ font-size: 0; }}
.st-key-{key} [data-testid="stFileUploaderDropzone"] button[data-testid="stBaseButton-secondary"] * {{ display: none; }}
.st-key-{key} [data-testid="stFileUploaderDropzone"] button[data-testid="stBaseButton-secondary"]::after {{ content: "{choose}"; font-size: 1rem; }}
.st-key-{key} [data-testid="stFileUploaderDropzoneInstructions"] * {{ display: none; }}
.st-key-{key} [data-testid="stFileUploaderDropzoneInstructions"]::after {{ content: "{limits}"; font-size: .875rem; opacity: .75; }}
</style>"""


def show(label: str, endings: Sequence[str], *, key: str, help_text: str | None = None) -> Any:
    """The uploaded file or ``None``.

    The service refuses a file over the limit, in a sentence; Streamlit would mark it red without a word, so it only does
    so from twice the limit on.
    """
    most = settings().max_upload_mb
    kinds = " ".join(f".{ending}" for ending in endings)
    words = {
        "choose": _("Choose a file"),
        "limits": _("or drop it here · at most {most} MB · {kinds}", most=number(most), kinds=kinds),
    }
    st.html(_STYLE.format(key=key, **words))
    with st.container(key=key):
        return st.file_uploader(label, type=list(endings), max_upload_size=2 * most, key=f"{key}_file", help=help_text)
