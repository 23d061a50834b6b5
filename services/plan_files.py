"""Grids somebody drew elsewhere, out of a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from os import PathLike

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from contracts.columns import CODE, KIND, NAME
from contracts.errors import InputError
from contracts.messages import Message
from gis.crs import metric_crs
from gis.files import read_places
from grids.codes import is_grid_code, number_codes
from grids.imported import CODE as REPLACED
from grids.imported import Repair, why_new
from grids.sketch import COMPREHENSIVE, DEDICATED
from services.access import Principal, authorize
from services.ports import UnitOfWork

LEAST_SHARE = 0.01  # of a grid that must lie in the community for it to be one of its grids: neighbours that only touch it stay out
HEIR_SHARE = 0.5  # of a grid in force: who takes over more than half of its ground goes on with its code
GIVEN_CODE = "given_code"
_KINDS = {COMPREHENSIVE, DEDICATED}


def grids_of_file(uow: UnitOfWork, principal: Principal, community: str, path: str | PathLike[str], *, crs: str | None = None) -> gpd.GeoDataFrame:
    """The grids of a community out of a layer of polygons: index = code, name, kind, given_code (as the file has it); EPSG:4326.

    A code that is not the community's, or is spent, becomes the name where there is none; such a grid goes on with the code of the grid
    in force most of whose ground it takes over, else it gets a new one. Free codes of the community are kept.

    Raises
    ------
    NotAllowedError, UnreadableFileError, CrsError
    InputError
        No polygon of the file lies in the community.
    """
    authorize(principal, "divide", community)
    table = read_places(path, "areas", crs=crs or "wgs84")
    with uow:
        area = uow.areas.read(keys=[community])
    grids = gpd.GeoDataFrame(_columns(table.cells, dict(table.fields)), geometry=table.geometry, crs="EPSG:4326")
    grids = grids[shapely.get_dimensions(grids.geometry.to_numpy()) == 2]
    grids = grids[_lies_in(grids, area)]
    if grids.empty:
        raise InputError("No area of the file lies in this community. Choose the community the grids belong to, or check the coordinates.")
    given = [str(code) for code in grids.pop(CODE)]
    with uow:
        own = _kept(uow, community, given)
        codes = usable_codes(uow, community, _with_heirs(own, grids, uow.plans.grids(communities=[community])))
    grids[NAME] = [name or ("" if kept else code) for name, kept, code in zip(grids[NAME], own, given, strict=True)]
    grids[GIVEN_CODE] = given
    return grids.set_index(pd.Index(codes, dtype="str", name=CODE))


def usable_codes(uow: UnitOfWork, community: str, codes: Sequence[str]) -> list[str]:
    """The codes a new draft may use: those of this community that live or were never given stay, the rest get new ones.

    Inside an entered transaction. A code written twice stays twice: reading the grids says so.
    """
    kept = _kept(uow, community, codes)
    live = uow.plans.grids(communities=[community]).index
    fresh = iter(number_codes(community, kept.count(""), {*uow.plans.used_codes(community), *live, *kept}))
    return [code or next(fresh) for code in kept]


def code_repairs(community: str, grids: gpd.GeoDataFrame) -> Iterator[Repair]:
    """What ``grids_of_file`` did about codes that could not stay; nothing for grids from elsewhere."""
    if GIVEN_CODE not in grids.columns:
        return
    for given, code in zip(grids[GIVEN_CODE], grids.index, strict=True):
        if given and given != code:
            spent = is_grid_code(given) and given.startswith(community)
            was = Message("Code {grid} belonged to a grid that is gone.", {"grid": given}) if spent else why_new(given, community)
            yield Repair(REPLACED, (str(code),), None, 0.0, was, Message("The grid goes by the code {grid} now.", {"grid": str(code)}))


def _kept(uow: UnitOfWork, community: str, codes: Sequence[str]) -> list[str]:
    """The codes of this community that live or were never given; "" for the rest."""
    spent = uow.plans.used_codes(community) - set(uow.plans.grids(communities=[community]).index)
    return [code if is_grid_code(code) and code.startswith(community) and code not in spent else "" for code in codes]


def _with_heirs(own: Sequence[str], grids: gpd.GeoDataFrame, live: gpd.GeoDataFrame) -> list[str]:
    """The codes that stay; where there is none, the code of the grid in force most of whose ground the grid takes over."""
    codes = list(own)
    if live.empty or all(codes):
        return codes
    metric = metric_crs(live)
    new, old = (shapely.make_valid(frame.geometry.to_crs(metric).to_numpy()) for frame in (grids, live))
    rows, columns = shapely.STRtree(old).query(new, predicate="intersects")
    share = shapely.area(shapely.intersection(new[rows], old[columns])) / shapely.area(old[columns])
    for place in np.lexsort((columns, rows, -share)):
        code = str(live.index[columns[place]])
        if share[place] > HEIR_SHARE and not codes[rows[place]] and code not in codes:
            codes[rows[place]] = code
    return codes


def _columns(cells: pd.DataFrame, fields: dict[str, str]) -> pd.DataFrame:
    """Code, name and kind as the file says, empty where it says nothing."""
    nothing = pd.Series("", index=cells.index, dtype="str")
    kind = cells.get(KIND, nothing)
    return pd.DataFrame(
        {
            CODE: cells[fields[CODE]] if CODE in fields else nothing,
            NAME: cells[fields[NAME]] if NAME in fields else nothing,
            KIND: kind.where(kind.isin(_KINDS), COMPREHENSIVE),
        }
    )


def _lies_in(grids: gpd.GeoDataFrame, area: gpd.GeoDataFrame) -> pd.Series:
    metric = metric_crs(area)
    ground = shapely.make_valid(area.geometry.to_crs(metric).iloc[0])
    shapes = shapely.make_valid(grids.geometry.to_crs(metric).to_numpy())
    inside = shapely.area(shapely.intersection(shapes, ground))
    return pd.Series(inside > LEAST_SHARE * shapely.area(shapes), index=grids.index)
