"""Layers and tables as files that other programs read."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import geopandas as gpd
import pandas as pd

from contracts.errors import InputError
from services.access import Principal, authorize
from services.cells import conversion_table
from services.coverage import coverage_table
from services.maplayers import map_layer
from services.ports import UnitOfWork
from services.rosters import worker_table

Writer = Callable[[pd.DataFrame, Path], None]
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def export_layer(uow: UnitOfWork, principal: Principal, layer: str, path: Path, *, area_code: str = "", at: datetime) -> int:
    """Write a map layer, or ``coverage``, ``workers`` or ``cell_grid`` as a table, in the format of the file's ending; returns the rows written.

    The file appears whole or not at all. Text that a spreadsheet would run as a formula is defused.

    Raises
    ------
    NotAllowedError, InputError
    """
    authorize(principal, "export_data", area_code or None)
    require_known_ending(path)
    frame = _frame(uow, principal, layer, area_code)
    write_frame(frame, path)
    with uow:
        uow.audit.append(
            at=at, login=principal.login, action="export_data", subject=layer, details={"rows": len(frame), "area_code": area_code, "format": path.suffix}
        )
        uow.commit()
    return len(frame)


def require_known_ending(path: Path) -> None:
    """Pass where the file's ending names a format we write.

    Raises
    ------
    InputError
        Lists the endings.
    """
    if path.suffix.lower() not in _WRITERS:
        raise InputError("The file {name} should end in one of {endings}.", name=path.name, endings=list(_WRITERS))


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write a table or layer in the format of the file's ending; the file appears whole or not at all.

    Raises
    ------
    InputError
        The ending is unknown or the file cannot be written.
    """
    require_known_ending(path)
    write_whole(frame, path, _WRITERS[path.suffix.lower()])


def write_whole(frame: pd.DataFrame, path: Path, writer: Writer) -> None:
    """Write a file with any writer; it appears whole or not at all.

    Raises
    ------
    InputError
        The file cannot be written.
    """
    try:
        _write_whole(frame, path, writer)
    except OSError as error:
        raise InputError("The file {name} cannot be written: {reason}.", name=path.name, reason=error.strerror or str(error)) from error


def _frame(uow: UnitOfWork, principal: Principal, layer: str, area_code: str) -> pd.DataFrame:
    if layer == "coverage":
        return coverage_table(uow, principal, area_code=area_code, profile="adult")
    if layer == "workers":
        return worker_table(uow, principal, area_code=area_code)
    if layer == "cell_grid":
        return conversion_table(uow, principal, area_code=area_code)
    return map_layer(uow, principal, layer, area_code=area_code)


def _write_whole(frame: pd.DataFrame, path: Path, writer: Writer) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".export") as folder:
        made = Path(folder) / path.name
        writer(frame, made)
        made.replace(path)


def defused(table: pd.DataFrame) -> pd.DataFrame:
    """The table with an apostrophe before every text that a spreadsheet would take for a formula."""
    text = table.select_dtypes(include=["object", "string", "category"])
    return table.assign(**{str(name): column.map(_defuse) for name, column in text.items()})


def _defuse(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_STARTS) else value


def _flat(frame: pd.DataFrame) -> pd.DataFrame:
    """As plain columns: geometry as WKT, the key as the first column."""
    table = pd.DataFrame(frame.to_wkt(rounding_precision=-1)) if isinstance(frame, gpd.GeoDataFrame) else frame
    lists = {str(name): table[name].map(_joined) for name in table.columns if table[name].dtype == object}
    table = table.assign(**lists)
    return defused(table.reset_index() if table.index.name else table)


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, dict) else _joined(value)


def _joined(value: object) -> object:
    return "、".join(map(str, value)) if isinstance(value, list | tuple) else value


def _as_layer(frame: pd.DataFrame, driver: str, path: Path) -> None:
    if not isinstance(frame, gpd.GeoDataFrame):
        raise InputError("A table without places cannot be written as {driver}. Choose CSV or XLSX.", driver=driver)
    plain = frame.reset_index()
    lists = [name for name in plain.columns if name != plain.geometry.name and plain[name].map(lambda value: isinstance(value, list | dict | tuple)).any()]
    plain.assign(**{name: plain[name].map(_as_text) for name in lists}).to_file(path, driver=driver)


_WRITERS: dict[str, Writer] = {
    ".geojson": lambda frame, path: _as_layer(frame, "GeoJSON", path),
    ".gpkg": lambda frame, path: _as_layer(frame, "GPKG", path),
    ".csv": lambda frame, path: _flat(frame).to_csv(path, index=False, encoding="utf-8-sig", quoting=csv.QUOTE_MINIMAL),
    ".xlsx": lambda frame, path: _flat(frame).to_excel(path, index=False, engine="openpyxl"),
    ".parquet": lambda frame, path: frame.to_parquet(path),
}
