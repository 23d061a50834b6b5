"""Packed files without surprises: sizes are judged before and while unpacking, nothing is written outside its folder."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from functools import cache
from pathlib import Path, PurePosixPath
from typing import IO

from contracts.errors import UnreadableFileError
from contracts.reference import reference_table

_CHUNK = 1 << 20
_MB = 1_000_000


@cache
def limit(name: str) -> float:
    """One figure of ``import_limits.csv``."""
    table = reference_table("import_limits")
    return float(table.loc[table["name"] == name, "value"].iloc[0])


def require_readable_size(path: Path, max_mb: float) -> None:
    """Pass where the file is there, not empty, and neither it nor what is packed in it is too large.

    Zip files (also ``.xlsx``) and gzip files are judged by what they declare and then by counting while unpacking,
    since what they declare may be a lie.

    Raises
    ------
    UnreadableFileError
        Not there, empty, too large, a bomb, or damaged.
    """
    if not path.is_file():
        raise UnreadableFileError("There is no file {file}. Check the path.", file=path.name)
    size = path.stat().st_size
    if size == 0:
        raise UnreadableFileError("{file} is empty. Save or download it again.", file=path.name)
    if size > max_mb * _MB:
        raise UnreadableFileError(
            "{file} has {size_mb} MB, more than the {max_mb} MB allowed. Split it or raise the limit.", file=path.name, size_mb=round(size / _MB), max_mb=max_mb
        )
    if zipfile.is_zipfile(path):
        _require_modest_zip(path, max_mb)
    elif path.suffix.lower() == ".gz":
        with path.open("rb") as raw, gzip.open(raw) as unpacked:
            _count(path, unpacked, max_mb, size)


def unpack_zip(path: Path, folder: Path, max_mb: float) -> list[Path]:
    """Files of a zip, written flat into the folder; folders inside, hidden files and nested archives are left out.

    Raises
    ------
    UnreadableFileError
        As ``require_readable_size``; also for encrypted files and names that point outside.
    """
    require_readable_size(path, max_mb)
    written = []
    with _open_zip(path) as archive:
        for entry in archive.infolist():
            name = PurePosixPath(_name(entry).replace("\\", "/"))
            if entry.is_dir() or name.name.startswith(".") or "__MACOSX" in name.parts:
                continue
            if name.is_absolute() or ".." in name.parts or ":" in name.parts[0]:
                raise UnreadableFileError("{file} holds a file that points outside of it ({name}). It was not unpacked.", file=path.name, name=str(name))
            target = folder / name.name
            target.write_bytes(archive.read(entry))
            written.append(target)
    return sorted(written)


def _name(entry: zipfile.ZipInfo) -> str:
    """Name of an entry; Chinese Windows packs names in GBK without saying so."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return entry.filename


def _open_zip(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise _damaged(path) from error


def _require_modest_zip(path: Path, max_mb: float) -> None:
    with _open_zip(path) as archive:
        entries = archive.infolist()
        if any(entry.flag_bits & 1 for entry in entries):
            raise UnreadableFileError("{file} is locked with a password. Unlock it and save it again.", file=path.name)
        _require_modest(path, sum(entry.file_size for entry in entries), max_mb, path.stat().st_size)
        for entry in entries:
            try:
                with archive.open(entry) as unpacked:
                    _count(path, unpacked, max_mb, path.stat().st_size)
            except (zipfile.BadZipFile, NotImplementedError, EOFError, zlib.error) as error:
                raise _damaged(path) from error


def _count(path: Path, unpacked: IO[bytes] | gzip.GzipFile, max_mb: float, packed: int) -> None:
    total = 0
    try:
        while chunk := unpacked.read(_CHUNK):
            total += len(chunk)
            _require_modest(path, total, max_mb, packed)
    except (OSError, EOFError, zlib.error) as error:
        raise _damaged(path) from error


def _require_modest(path: Path, unpacked: int, max_mb: float, packed: int) -> None:
    is_dense = unpacked > limit("ratio_from_mb") * _MB and unpacked > limit("largest_ratio") * packed
    if unpacked > max_mb * limit("unpacked_factor") * _MB or is_dense:
        raise UnreadableFileError(
            "{file} would unpack to more than is safe ({size_mb} MB or more). It was not unpacked.", file=path.name, size_mb=round(unpacked / _MB)
        )


def _damaged(path: Path) -> UnreadableFileError:
    return UnreadableFileError("{file} is damaged and cannot be unpacked. Save or download it again.", file=path.name)
