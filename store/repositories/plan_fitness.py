"""Whether drafts may come into force: nothing left out, and drawn from the data as they are. Asked in the transaction that publishes.

Services say much more about a plan before it is published; this holds for whoever calls the repository.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import Column, and_, exists, func, select

from contracts.columns import HOUSEHOLDS
from contracts.errors import ConflictError
from store.filters import is_among
from store.frames import plain_column
from store.models.places import area, building
from store.models.plans import grid, grid_building, grid_plan
from store.repositories.values import json_out
from store.transaction import Transaction

_AT_ONCE = 500  # plans whose ground is in memory
_LEAST_COVER = 0.999  # of the community's ground, in square degrees; services measure gaps to the decimetre
_SAME = 0.01  # of a sum of residents, which need not be whole
_HAS_GRIDS = exists().where(grid.c.plan_id == grid_plan.c.id)


def require_fit(tx: Transaction, plan_ids: Collection[int]) -> None:
    """Pass where every plan holds all ground and all buildings of its community, with the households they have
    today, and the residents where the plan balances them or their work.
    Of plans without any grid the database says so itself.

    Raises
    ------
    ConflictError
        With the first plan that does not.
    """
    _require_fresh(tx, plan_ids, building.c.households, grid.c.households)
    _require_fresh(tx, _balancing_people(tx, plan_ids), building.c.residents, grid.c.residents)
    _require_homes(tx, plan_ids)
    wanted = sorted(plan_ids)
    for start in range(0, len(wanted), _AT_ONCE):
        _require_ground(tx, wanted[start : start + _AT_ONCE])


def _balancing_people(tx: Transaction, plan_ids: Collection[int]) -> list[int]:
    rules = tx.read(select(grid_plan.c.id, grid_plan.c.rule).where(is_among(grid_plan.c.id, plan_ids, is_sqlite=tx.is_sqlite)))
    return [row.id for row in rules if json_out(tx, row.rule).get("weight", HOUSEHOLDS) != HOUSEHOLDS]


def _require_fresh(tx: Transaction, plan_ids: Collection[int], counted: Column[Any], noted: Column[Any]) -> None:
    """What is noted of each grid is what its buildings have; figures of nobody are not compared, but for households."""
    home = and_(grid_building.c.plan_id == grid.c.plan_id, grid_building.c.grid_code == grid.c.code)
    today, kept = func.coalesce(func.sum(counted), 0), noted if noted is grid.c.residents else func.coalesce(noted, 0)
    changed = (
        select(grid.c.plan_id, grid.c.community_code)
        .outerjoin(grid_building, home)
        .outerjoin(building, building.c.key == grid_building.c.building_key)
        .where(is_among(grid.c.plan_id, plan_ids, is_sqlite=tx.is_sqlite))
        .group_by(grid.c.id, grid.c.plan_id, grid.c.community_code, noted)
        .having(func.abs(kept - today) > _SAME)
        .order_by(grid.c.plan_id)
        .limit(1)
    )
    for row in tx.read(changed):
        raise ConflictError(
            "The data of {community} changed since draft {plan} was made. Open it and save it again.", community=row.community_code, plan=row.plan_id
        )


def _require_homes(tx: Transaction, plan_ids: Collection[int]) -> None:
    """Every building that stands in the community has its grid; one noted there that stands elsewhere needs none."""
    noted = and_(grid_building.c.plan_id == grid_plan.c.id, grid_building.c.building_key == building.c.key)
    spots = [plain_column(table.c.geom, is_sqlite=tx.is_sqlite).label(name) for table, name in ((building, "spot"), (area, "ground"))]
    left_out = (
        select(grid_plan.c.id, grid_plan.c.community_code, building.c.key, *spots)
        .join(building, building.c.community_code == grid_plan.c.community_code)
        .join(area, area.c.code == grid_plan.c.community_code)
        .outerjoin(grid_building, noted)
        .where(is_among(grid_plan.c.id, plan_ids, is_sqlite=tx.is_sqlite), grid_building.c.plan_id.is_(None), _HAS_GRIDS)
        .order_by(grid_plan.c.id, building.c.key)
    )
    rows = tx.read(left_out)
    inside = shapely.within(shapely.point_on_surface(_shapes(rows, "spot")), _shapes(rows, "ground"))
    for place in np.flatnonzero(inside)[:1]:
        row = rows[place]
        raise ConflictError(
            "Draft {plan} of community {community} has building {building} in no grid. Open it, give the building to a grid and save it again.",
            plan=row.id,
            community=row.community_code,
            building=row.key,
        )


def _require_ground(tx: Transaction, plan_ids: Collection[int]) -> None:
    """The grids together are as large as the community."""
    column = plain_column(grid.c.geom, is_sqlite=tx.is_sqlite)
    pieces = tx.read(select(grid.c.plan_id, column).where(is_among(grid.c.plan_id, plan_ids, is_sqlite=tx.is_sqlite)))
    covered: dict[int, float] = {}
    for row, size in zip(pieces, shapely.area(_shapes(pieces, "geom")).tolist(), strict=True):
        covered[row.plan_id] = covered.get(row.plan_id, 0.0) + size
    ground = plain_column(area.c.geom, is_sqlite=tx.is_sqlite)
    of_plan = select(grid_plan.c.id, grid_plan.c.community_code, ground).join(area, area.c.code == grid_plan.c.community_code)
    rows = tx.read(of_plan.where(is_among(grid_plan.c.id, plan_ids, is_sqlite=tx.is_sqlite)).order_by(grid_plan.c.id))
    for row, size in zip(rows, shapely.area(_shapes(rows, "geom")).tolist(), strict=True):
        if covered.get(row.id, size) < _LEAST_COVER * size:
            raise ConflictError(
                "Draft {plan} of community {community} leaves ground in no grid. Open it, give all ground to grids and save it again.",
                plan=row.id,
                community=row.community_code,
            )


def _shapes(rows: Collection[Any], name: str) -> npt.NDArray[np.object_]:
    return np.asarray(shapely.from_wkb(np.array([getattr(row, name) for row in rows], dtype=object)), dtype=object)
