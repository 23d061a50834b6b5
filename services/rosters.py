"""How much each grid asks of the people who work there, and, for those who assign them, where they live."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from contracts.columns import COMMUNITY, FULL_TIME, GRID_CODE, HOUSEHOLDS, NAME, PHONE, ROLE, text_of
from services.access import Principal, areas_for, authorize, is_within
from services.duty_facts import masked
from services.ports import UnitOfWork

WORKERS = "workers"
LOAD = "households_per_worker"
_STEPS = (0.2, 0.4, 0.6, 0.8)


def grid_load(uow: UnitOfWork, principal: Principal, *, area_code: str = "") -> gpd.GeoDataFrame:
    """Grids in force with their people: index = grid code, EPSG:4326.

    Columns name, households, lead (name, empty = nobody), workers (count) and ``households_per_worker`` (NaN = nobody).

    Raises
    ------
    NotAllowedError
    """
    authorize(principal, "view_workers", area_code or None)
    with uow:
        grids = uow.plans.grids(communities=_communities(uow, principal, "view_workers", area_code))
        pairs = uow.assignments.read(grid_codes=list(grids.index))
        names = uow.workers.read(keys=sorted(set(pairs["worker_key"])))[NAME]
    count = pairs.groupby(GRID_CODE)["worker_key"].nunique().reindex(grids.index).fillna(0).astype(int)
    leads = pairs[pairs[ROLE] == "lead"].drop_duplicates(GRID_CODE).set_index(GRID_CODE)["worker_key"].map(names)
    load = (grids[HOUSEHOLDS] / count.where(count > 0)).astype(float)
    return grids[[NAME, HOUSEHOLDS, "geometry"]].assign(lead=leads.reindex(grids.index).fillna(""), **{WORKERS: count, LOAD: load})


def load_breaks(load: pd.Series) -> tuple[float, ...]:
    """Round class breaks that part grids into about equal numbers; at least one, ascending."""
    known = load.dropna()
    if known.empty:
        return (1.0,)
    return tuple(float(value) for value in np.unique(np.maximum(np.round(known.quantile(list(_STEPS)), -1), 10.0)))


def worker_table(uow: UnitOfWork, principal: Principal, *, area_code: str = "") -> pd.DataFrame:
    """Workers whom the principal may see, by key; with their home points (EPSG:4326) only where all of them may be assigned by the principal.
    Telephone numbers of those the principal may not assign are masked.

    Workers without a community of their own are seen by those who see everywhere.

    Raises
    ------
    NotAllowedError
    """
    authorize(principal, "view_workers", area_code or None)
    with uow:
        seen = _workers_for(uow, principal, "view_workers", area_code)
        to_assign = _workers_for(uow, principal, "assign_workers", area_code).index
    is_theirs = seen.index.isin(to_assign)
    if is_theirs.all():
        return seen
    phones = seen[PHONE].where(is_theirs, seen[PHONE].map(lambda phone: masked(text_of(phone)) or None))
    return pd.DataFrame(seen.drop(columns="geometry").assign(**{PHONE: phones}))


def worker_homes(uow: UnitOfWork, principal: Principal, *, area_code: str = "") -> gpd.GeoDataFrame:
    """Where workers live, only for those who assign them: index = key, columns name and full_time, EPSG:4326.

    Workers without a community of their own belong to everywhere and are seen by those who may assign everywhere.

    Raises
    ------
    NotAllowedError
    """
    authorize(principal, "assign_workers", area_code or None)
    with uow:
        return _workers_for(uow, principal, "assign_workers", area_code)[[NAME, FULL_TIME, "geometry"]]


def _workers_for(uow: UnitOfWork, principal: Principal, action: str, area_code: str) -> gpd.GeoDataFrame:
    codes = _communities(uow, principal, action, area_code)
    at_work = set(uow.assignments.read(communities=codes)["worker_key"])
    workers = uow.workers.read()
    own = workers[COMMUNITY].isin(codes) | workers.index.isin(at_work)
    if not area_code and areas_for(principal, action) is None:
        own |= workers[COMMUNITY].isna()
    return workers.loc[own]


def _communities(uow: UnitOfWork, principal: Principal, action: str, area_code: str) -> list[str]:
    mine = areas_for(principal, action)
    codes = [str(code) for code in uow.areas.at_level("community").index]
    return [code for code in codes if (not area_code or is_within(code, area_code)) and (mine is None or any(is_within(code, area) for area in mine))]
