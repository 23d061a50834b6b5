"""A plan as a file: its grids with their measures, and which building is in which grid."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import geopandas as gpd
import pandas as pd

from contracts.columns import BUILDING_KEY, CODE, COMMUNITY_CODE, GRID_CODE, HOUSEHOLDS, KIND, NAME, PLAN_ID, RESIDENTS, text_of
from contracts.errors import InputError
from grids import measures
from services.access import Principal, authorize
from services.exports import defused, write_frame, write_whole
from services.plan_history import require_plan
from services.ports import UnitOfWork

FIRST = [
    NAME,
    KIND,
    COMMUNITY_CODE,
    "community",
    HOUSEHOLDS,
    RESIDENTS,
    measures.BUILDINGS,
    measures.AREA_M2,
    measures.DEVIATION_SHARE,
    measures.COMPACTNESS,
    measures.INNER_BORDER_M,
    measures.STREET_SHARE,
]
FACTS = [PLAN_ID, "status", "valid_from", "valid_to", "author", "reason"]
ENDINGS = (".geojson", ".gpkg", ".csv", ".xlsx")


def export_plan(uow: UnitOfWork, principal: Principal, plan_id: int, path: Path, *, at: datetime) -> int:
    """Write the grids of a plan or draft in the format of the file's ending; returns the rows written.

    GeoPackage and XLSX also hold the buildings with the grid of each; CSV holds outlines as text, XLSX none.

    Raises
    ------
    NotAllowedError, NotFoundError, InputError
    """
    authorize(principal, "export_data")
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise InputError("The file {name} should end in one of {endings}.", name=path.name, endings=ENDINGS)
    with uow:
        community = require_plan(uow, principal, plan_id, action="export_data")
        grids = _with_facts(uow, plan_id, uow.plans.grids(plan_ids=[plan_id]), community)
        homes = uow.plans.grid_of_building(plan_ids=[plan_id])
        buildings = uow.buildings.read(keys=homes.index.tolist())
    noted = buildings[[name for name in (NAME, HOUSEHOLDS, RESIDENTS) if name in buildings]].assign(**{GRID_CODE: homes.reindex(buildings.index)})
    noted = gpd.GeoDataFrame(noted, geometry=buildings.geometry).rename_axis(BUILDING_KEY)
    if ending in (".gpkg", ".xlsx"):
        writer: Callable[[pd.DataFrame, Path], None] = _two_layers(noted) if ending == ".gpkg" else _two_sheets(noted)
        write_whole(grids, path, writer)
    else:
        write_frame(grids, path)
    with uow:
        uow.audit.append(at=at, login=principal.login, action="export_plan", subject=str(plan_id), details={"rows": len(grids), "format": ending})
        uow.commit()
    return len(grids)


def _with_facts(uow: UnitOfWork, plan_id: int, grids: gpd.GeoDataFrame, community: str) -> gpd.GeoDataFrame:
    """Grids with what a stranger needs to understand them, measures first."""
    plan = uow.plans.list_plans(plan_ids=[plan_id]).iloc[0]
    area = uow.areas.read(keys=[community])
    known = {"community": text_of(area[NAME].iloc[0]) if len(area) else ""}
    known |= {name: str(plan[name]) if plan[name] is not None and not pd.isna(plan[name]) else "" for name in FACTS[1:]}
    full = grids.assign(**known)
    ordered = [name for name in FIRST if name in full] + [name for name in grids.columns if name not in (*FIRST, *FACTS, "geometry")]
    return full[[*ordered, *FACTS, "geometry"]].rename_axis(CODE)


def _two_layers(buildings: gpd.GeoDataFrame) -> Callable[[pd.DataFrame, Path], None]:
    def write(grids: pd.DataFrame, path: Path) -> None:
        for frame, layer in ((grids, "grids"), (buildings, "buildings")):
            plain = frame.reset_index()
            lists = [str(name) for name in plain.columns if name != "geometry" and plain[name].map(lambda value: isinstance(value, list | dict)).any()]
            gpd.GeoDataFrame(plain.assign(**{name: plain[name].map(str) for name in lists})).to_file(path, layer=layer, driver="GPKG")

    return write


def _two_sheets(buildings: gpd.GeoDataFrame) -> Callable[[pd.DataFrame, Path], None]:
    def write(grids: pd.DataFrame, path: Path) -> None:
        with pd.ExcelWriter(path, engine="openpyxl") as book:
            for frame, sheet in ((grids, "grids"), (buildings, "buildings")):
                plain = pd.DataFrame(frame.drop(columns="geometry")).reset_index()
                lists = [str(name) for name in plain.columns if plain[name].map(lambda value: isinstance(value, list | dict)).any()]
                defused(plain.assign(**{name: plain[name].map(str) for name in lists})).to_excel(book, sheet_name=sheet, index=False)

    return write
