"""An uploaded file as a path for the readers, in a folder that vanishes with it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

_LONGEST_NAME = 100


class Upload(Protocol):
    """What the uploader gives."""

    name: str

    def getvalue(self) -> bytes: ...


@contextmanager
def saved(upload: Upload) -> Iterator[Path]:
    """Write the upload under its own name, stripped of folders, and remove it afterwards."""
    with tempfile.TemporaryDirectory(prefix="wangge-upload-") as folder:
        path = Path(folder) / safe_name(upload.name)
        path.write_bytes(upload.getvalue())
        yield path


def safe_name(name: str) -> str:
    """The last part of a file name without anything that could point elsewhere; its ending stays."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(sign for sign in last if sign.isprintable()).lstrip(".")
    return plain[-_LONGEST_NAME:] or "upload"
