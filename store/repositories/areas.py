"""Areas as a tree, read from their 12-digit codes."""

from __future__ import annotations

import geopandas as gpd
from sqlalchemy import ColumnElement, func, select, true

from contracts.codes import significant
from store.models.places import area
from store.repositories.places import PlaceTable
from store.transaction import Transaction


class AreaTable(PlaceTable):
    """City, districts, streets and communities, indexed by code."""

    def __init__(self, tx: Transaction) -> None:
        super().__init__(tx, area)

    def at_level(self, level: str, *, within: str = "") -> gpd.GeoDataFrame:
        """Areas of one level, all or those in (or equal to) the area ``within``."""
        return self.select(area.c.level == level, _is_within(within))

    def communities_within(self, code: str) -> list[str]:
        """Codes of the communities in an area, itself included; all for an empty code."""
        chosen = select(area.c.code).where(area.c.level == "community", _is_within(code)).order_by(area.c.code)
        return [row[0] for row in self.tx.read(chosen)]


def _is_within(code: str) -> ColumnElement[bool]:
    prefix = significant(code)
    return func.substr(area.c.code, 1, len(prefix)) == prefix if prefix else true()
