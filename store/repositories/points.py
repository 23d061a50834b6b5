"""Which grid in force holds a point: one query by the spatial index, then exact geometry."""

from __future__ import annotations

from functools import cache
from typing import Any

import shapely
from sqlalchemy import Float, Select, bindparam, select

from contracts.records import GridSpot
from store.filters import may_touch
from store.frames import plain_column
from store.models.plans import grid, grid_plan
from store.transaction import Transaction

_SIDES = ("west", "south", "east", "north")
_HAIR_DEG = 1e-6  # a decimetre: borders kept in rounded degrees may leave a crack this wide


@cache
def _near(is_sqlite: bool) -> Select[Any]:
    """Grids in force whose bounds meet a box; made once, for it is asked with every report."""
    sides: Any = tuple(bindparam(name, type_=Float) for name in _SIDES)
    columns = (grid.c.code, grid.c.community_code, grid.c.name, plain_column(grid.c.geom, is_sqlite=is_sqlite))
    chosen = select(*columns).join(grid_plan, grid_plan.c.id == grid.c.plan_id)
    return chosen.where(may_touch(grid, sides, is_sqlite=is_sqlite), grid_plan.c.status == "active")


def grid_at(tx: Transaction, lon: float, lat: float) -> GridSpot | None:
    """The grid in force that covers a point; on a border the lowest code, in a crack between two the nearest."""
    box = (lon - _HAIR_DEG, lat - _HAIR_DEG, lon + _HAIR_DEG, lat + _HAIR_DEG)
    rows = tx.read(_near(tx.is_sqlite), dict(zip(_SIDES, box, strict=True)))
    point = shapely.Point(lon, lat)
    near = sorted((float(shapely.distance(shapely.from_wkb(row.geom), point)), row.code, row) for row in rows)
    if not near or near[0][0] > _HAIR_DEG:
        return None
    found = near[0][2]
    return GridSpot(found.code, found.community_code, found.name or "")
