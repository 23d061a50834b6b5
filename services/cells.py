"""Unit cells as a layer of their own, duty grids as sets of them, and how both relate to the grids in force."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from contracts.columns import CODE, COMMUNITY_CODE, NAME, text_of
from contracts.errors import InputError, NotFoundError
from contracts.messages import Message
from contracts.progress import Progress, silent
from gis.tables import read_csv_cells, read_xlsx_cells
from grids.cells import unit_cells
from grids.conversion import CELL, cell_grid_table, duty_of_cells
from grids.measures import AREA_M2
from services.access import Principal, authorize, is_within, may
from services.ports import UnitOfWork

DUTY_GRID, DUTY_NAME = "duty_grid", "duty_name"
CELLS = "cells"
_AT_ONCE = 100  # communities read and kept at a time
_CELL_HEADINGS = (CELL, "单元网格", "单元网格编码")
_DUTY_HEADINGS = (DUTY_GRID, "责任网格", "责任网格编码")
_NAME_HEADINGS = (DUTY_NAME, NAME, "责任网格名称", "名称")


@dataclass(frozen=True)
class CellsReport:
    """What was made."""

    communities: int
    cells: int
    duty_grids: int
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return {**self.__dict__, "seconds": round(self.seconds, 2)}

    def sentences(self) -> list[Message]:
        """For people."""
        return [
            Message(
                "{communities:community has|communities have} {cells:unit cell|unit cells} in {duty_grids:duty grid|duty grids} ({seconds:.1f} s).",
                self.__dict__,
            )
        ]


@dataclass(frozen=True)
class DutyReport:
    """Cells that changed their duty grid."""

    rows: int
    changed: int
    duty_grids: int

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return dict(self.__dict__)

    def sentences(self) -> list[Message]:
        """For people."""
        return [Message("{rows} rows read; {changed} cells have another duty grid than before. There are {duty_grids} duty grids.", self.__dict__)]


def make_cells(uow: UnitOfWork, principal: Principal, *, communities: Collection[str] | None = None, at: datetime, progress: Progress = silent) -> CellsReport:
    """Draw the unit cells of communities (all the principal may divide, unless named) anew.

    A cell that was there before keeps its duty grid; a new one goes to that of the grid in force which holds most of it.

    Raises
    ------
    NotAllowedError, NotFoundError, CancelledError
    """
    started = time.monotonic()
    authorize(principal, "divide")
    with uow:
        areas = _chosen(uow, principal, communities)
        cells, duties = 0, set()
        for start in range(0, len(areas), _AT_ONCE):
            progress(start, len(areas), Message("Drawing unit cells"))
            made = _made(uow, areas.iloc[start : start + _AT_ONCE])
            cells += len(made)
            duties |= set(made[DUTY_GRID].dropna())
        details = {"communities": len(areas), "cells": cells}
        uow.audit.append(at=at, login=principal.login, action="make_cells", subject=",".join(areas.index[:20]), details=details)
        progress(len(areas), len(areas), Message("Drawing unit cells"))
        uow.commit()
    return CellsReport(len(areas), cells, len(duties), time.monotonic() - started)


def import_duty_grids(uow: UnitOfWork, principal: Principal, path: Path, *, at: datetime) -> DutyReport:
    """Give cells their duty grids from a table (CSV or XLSX) with columns cell, duty_grid and perhaps duty_name.

    Cells the table does not name stay as they are; an empty duty grid takes a cell out of its own.

    Raises
    ------
    NotAllowedError
    InputError
        A column is missing, a cell is named twice or is not known; nothing is changed then.
    """
    authorize(principal, "divide")
    wanted = _duty_rows(path)
    with uow:
        cells = uow.cells.read(keys=wanted.index.tolist())
        unknown = sorted(set(wanted.index) - set(cells.index))
        if unknown:
            raise InputError("There is no unit cell {cell}. Make the unit cells first, and take their codes from the export.", cell=unknown[0])
        for code in sorted(set(cells[COMMUNITY_CODE])):
            authorize(principal, "divide", str(code))
        before = cells[DUTY_GRID].fillna("")
        cells[DUTY_GRID] = wanted[DUTY_GRID].reindex(cells.index)
        cells[DUTY_NAME] = wanted[DUTY_NAME].reindex(cells.index)
        uow.cells.upsert(cells[[COMMUNITY_CODE, AREA_M2, DUTY_GRID, DUTY_NAME, "geometry"]])
        changed = int((before != cells[DUTY_GRID].fillna("")).sum())
        uow.audit.append(at=at, login=principal.login, action="import_duty_grids", subject=path.name, details={"rows": len(wanted), "changed": changed})
        uow.commit()
        duties = uow.cells.read()[DUTY_GRID].dropna().nunique()
    return DutyReport(len(wanted), changed, int(duties))


def cells_of(uow: UnitOfWork, communities: Collection[str] | None) -> gpd.GeoDataFrame:
    """Unit cells, indexed by code, inside the open transaction."""
    return uow.cells.read(communities=communities)


def duty_grids_of(uow: UnitOfWork, communities: Collection[str] | None) -> gpd.GeoDataFrame:
    """Duty grids as the ground of their cells, indexed by code: duty_name, cells, area_m2, community_code of the first cell."""
    cells = uow.cells.read(communities=communities)
    cells = cells[cells[DUTY_GRID].notna()]
    names = {DUTY_NAME: (DUTY_NAME, "first"), COMMUNITY_CODE: (COMMUNITY_CODE, "first"), CELLS: (AREA_M2, "size"), AREA_M2: (AREA_M2, "sum")}
    facts = pd.DataFrame(cells).groupby(DUTY_GRID).agg(**names)
    shapes = cells.dissolve(DUTY_GRID).geometry if len(cells) else cells.geometry
    return gpd.GeoDataFrame(facts, geometry=shapes.reindex(facts.index), crs=cells.crs).rename_axis(CODE)


def conversion_table(uow: UnitOfWork, principal: Principal, *, area_code: str = "") -> pd.DataFrame:
    """How cells and grids in force relate, as ``grids.conversion.cell_grid_table`` gives it, of all communities in an area.

    Raises
    ------
    NotAllowedError
    """
    authorize(principal, "view_map", area_code or None)
    with uow:
        codes = [code for code in uow.areas.communities_within("") if is_within(code, area_code) and may(principal, "view_map", code)]
        tables = [_table(uow, codes[start : start + _AT_ONCE]) for start in range(0, len(codes), _AT_ONCE)]
    return pd.concat(tables, ignore_index=True) if tables else cell_grid_table(_no_places(), _no_places())


def _chosen(uow: UnitOfWork, principal: Principal, communities: Collection[str] | None) -> gpd.GeoDataFrame:
    areas = uow.areas.at_level("community")
    for code in sorted(set(communities or ())):
        authorize(principal, "divide", code)
        if code not in areas.index:
            raise NotFoundError("There is no community with the code {code}.", code=code)
    if not len(areas):
        raise NotFoundError("There are no communities yet. Import a street map or an area file first.")
    return areas[[may(principal, "divide", str(code)) if communities is None else code in communities for code in areas.index]]


def _made(uow: UnitOfWork, areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Cells of some communities drawn and kept."""
    codes = [str(code) for code in areas.index]
    before, grids = uow.cells.read(communities=codes), uow.plans.grids(communities=codes)
    cells = gpd.GeoDataFrame(pd.concat([unit_cells(areas.loc[[code]]) for code in codes]), crs=areas.crs)
    most = duty_of_cells(cell_grid_table(cells, grids))
    names = grids[NAME].map(text_of) if NAME in grids else pd.Series("", index=grids.index)
    duty = pd.Series(cells.index, index=cells.index).map(most)
    cells[DUTY_GRID] = before[DUTY_GRID].reindex(cells.index).fillna(duty)
    cells[DUTY_NAME] = before[DUTY_NAME].reindex(cells.index).fillna(duty.map(names))
    uow.cells.delete(sorted(set(before.index) - set(cells.index)))
    uow.cells.upsert(cells)
    return cells


def _table(uow: UnitOfWork, codes: list[str]) -> pd.DataFrame:
    cells, grids = uow.cells.read(communities=codes), uow.plans.grids(communities=codes)
    homes = uow.plans.grid_of_building(communities=codes)
    return cell_grid_table(cells, grids, uow.buildings.read(communities=codes), homes)


def _duty_rows(path: Path) -> pd.DataFrame:
    cells = (read_xlsx_cells if path.suffix.lower() == ".xlsx" else read_csv_cells)(path)
    cell, duty = (_heading(cells, names) for names in (_CELL_HEADINGS, _DUTY_HEADINGS))
    name = next((heading for heading in _NAME_HEADINGS if heading in cells.columns), None)
    codes = cells[cell].str.strip().str.lstrip("'")
    twice = codes[codes.duplicated() | (codes == "")]
    if len(twice):
        raise InputError(
            "Row {row} of {file} names no cell, or one that another row names already ({cell}).", row=twice.index[0], file=path.name, cell=twice.iloc[0]
        )
    rows = pd.DataFrame({DUTY_GRID: cells[duty].str.strip().str.lstrip("'").to_numpy()}, index=pd.Index(codes, dtype="str"))
    rows[DUTY_NAME] = cells[name].str.strip().to_numpy() if name else ""
    return rows.replace({"": None})


def _heading(cells: pd.DataFrame, names: tuple[str, ...]) -> str:
    for name in names:
        if name in cells.columns:
            return name
    raise InputError("The table of duty grids needs a column {column}; it has {columns}.", column=names[0], columns=list(cells.columns))


def _no_places() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=[], index=pd.Index([], dtype="str"), crs="EPSG:4326")
