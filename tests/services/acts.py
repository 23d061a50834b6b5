"""What tests of services share: people, a stop button, everything a store holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import geopandas as gpd
from sqlalchemy import select

from contracts.errors import CancelledError
from contracts.messages import Message
from services.access import Grant, Principal
from store.models import metadata
from store.unit_of_work import SqlUnitOfWork
from tests.small_city import AT

NOBODY = Principal("nobody")


def person(*grants: tuple[str, str]) -> Principal:
    """Somebody with roles over areas."""
    return Principal("lin", tuple(Grant(role, area) for role, area in grants))


def contents(uow: SqlUnitOfWork) -> dict[str, list[Any]]:
    """All rows of all tables."""
    with uow:
        return {table.name: list(uow._connection.execute(select(table).order_by(*table.primary_key))) for table in metadata.sorted_tables}


def give_own_grid(uow: SqlUnitOfWork, community: str, shape: Any, name: str) -> str:
    """Publish the plan in force once more with a dedicated grid cut out of it (``shape`` in degrees); its code."""
    with uow:
        grids, homes = uow.plans.grids(communities=[community]), uow.plans.grid_of_building(communities=[community])
        houses = uow.buildings.read(communities=[community])
        part, code = grids.union_all().intersection(shape), f"{community}{len(grids) + 1:03d}"
        homes = homes.mask(houses.representative_point().within(part).reindex(homes.index), code)
        codes = [*grids.index, code]
        columns = {"kind": [*grids["kind"], "dedicated"], "name": [*grids["name"].fillna(""), name]}
        columns["households"] = houses["households"].groupby(homes).sum().reindex(codes).fillna(0).astype(int).tolist()
        drawn = gpd.GeoDataFrame(columns, index=codes, geometry=[*grids.geometry.difference(part), part], crs=grids.crs)
        draft = uow.plans.save_draft(community, drawn, homes, rule={}, report={}, author="林", reason="单列", at=AT)
        uow.plans.publish([draft], valid_from=AT.date(), at=AT)
        uow.commit()
    return code


def audited(uow: SqlUnitOfWork) -> dict[str, Any]:
    """The newest audit row."""
    with uow:
        return dict(uow.audit.read(limit=1).iloc[0])


class Stop:
    """A progress callback that cancels at its n-th call, or only counts."""

    def __init__(self, at_call: int | None = None) -> None:
        self.at_call, self.calls, self.said = at_call, 0, []

    def __call__(self, done: int, total: int, what: Message) -> None:
        assert 0 <= done <= total
        self.said.append(what)
        if self.calls == self.at_call:
            raise CancelledError("Stopped. Nothing of this run was kept.")
        self.calls += 1


def calls_of(act: Callable[[Stop], object]) -> int:
    """How often an act reports progress."""
    counting = Stop()
    act(counting)
    return counting.calls
