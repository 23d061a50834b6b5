"""An uploaded file as a path for the readers, in a folder that vanishes with it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Protocol, overload

_LONGEST_NAME = 100


class Upload(Protocol):
    """What the uploader gives."""

    name: str

    def getvalue(self) -> bytes: ...


@overload
def saved(upload: Upload) -> AbstractContextManager[Path]: ...
@overload
def saved(upload: None) -> AbstractContextManager[None]: ...


def saved(upload: Upload | None) -> AbstractContextManager[Path | None]:
    """Write the upload under its own name, stripped of folders, and remove it afterwards; no path where there is none."""
    return nullcontext() if upload is None else _written(upload)


@contextmanager
def _written(upload: Upload) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="wangge-upload-") as folder:
        path = Path(folder) / safe_name(upload.name)
        path.write_bytes(upload.getvalue())
        yield path


def safe_name(name: str) -> str:
    """The last part of a file name without anything that could point elsewhere; its ending stays."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(sign for sign in last if sign.isprintable()).lstrip(".")
    return plain[-_LONGEST_NAME:] or "upload"
