"""Cases as far as the map shows them."""

from __future__ import annotations

from collections.abc import Collection

import geopandas as gpd
import shapely

from contracts.records import UpsertCount
from store.filters import Bounds, is_among
from store.models.places import case
from store.repositories.places import PlaceTable
from store.transaction import Transaction


class CaseTable:
    """Cases indexed by key."""

    def __init__(self, tx: Transaction) -> None:
        self._places = PlaceTable(tx, case, counts_as_data=False)

    def upsert(self, frame: gpd.GeoDataFrame) -> UpsertCount:
        """Add or replace cases by key."""
        return self._places.upsert(frame)

    def read(self, *, grid_codes: Collection[str] | None = None, bbox: Bounds | None = None, open_only: bool = False) -> gpd.GeoDataFrame:
        """Cases sorted by key; open ones have no closing moment."""
        conditions = [] if grid_codes is None else [is_among(case.c.grid_code, grid_codes, is_sqlite=self._places.tx.is_sqlite)]
        if open_only:
            conditions.append(case.c.closed_at.is_(None))
        return self._places.select(*conditions, window=None if bbox is None else shapely.box(*bbox))

    def count(self) -> int:
        """Number of cases."""
        return self._places.count()

    def state(self) -> str:
        """A word that is never the same for two different contents; ``""`` before the first change."""
        return self._places.state()
