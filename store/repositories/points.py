"""Which grid in force holds a point: one query by the spatial index, then exact geometry."""

from __future__ import annotations

import shapely
from sqlalchemy import select

from contracts.records import GridSpot
from store.filters import may_touch
from store.frames import plain_column
from store.models.plans import grid, grid_plan
from store.transaction import Transaction

_HAIR_DEG = 1e-6  # a decimetre: borders kept in rounded degrees may leave a crack this wide


def grid_at(tx: Transaction, lon: float, lat: float) -> GridSpot | None:
    """The grid in force that covers a point; on a border the lowest code, in a crack between two the nearest."""
    box = (lon - _HAIR_DEG, lat - _HAIR_DEG, lon + _HAIR_DEG, lat + _HAIR_DEG)
    columns = (grid.c.code, grid.c.community_code, grid.c.name, plain_column(grid.c.geom, is_sqlite=tx.is_sqlite))
    chosen = select(*columns).join(grid_plan, grid_plan.c.id == grid.c.plan_id)
    rows = tx.read(chosen.where(may_touch(grid, box, is_sqlite=tx.is_sqlite), grid_plan.c.status == "active"))
    point = shapely.Point(lon, lat)
    near = sorted((float(shapely.distance(shapely.from_wkb(row.geom), point)), row.code, row) for row in rows)
    if not near or near[0][0] > _HAIR_DEG:
        return None
    found = near[0][2]
    return GridSpot(found.code, found.community_code, found.name or "")
