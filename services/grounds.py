"""Communities made ready to be divided, kept for as long as their data stay as they are.

Making one ready takes as long as several edits. A ground belongs to one state of the buildings, lines and borders of the
store, one rule, and the borders somebody drew; the store gives every state of a table a word that never comes back.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import replace
from threading import Lock
from typing import Any, Generic, TypeVar

import geopandas as gpd
import shapely

from contracts.columns import HOUSEHOLDS, RESIDENTS
from grids.ground import Ground, prepare_ground, with_dedicated
from grids.imported import Repairs, open_grids
from grids.rules import GridRule
from grids.sketch import Sketch
from services.community_data import TABLES, CommunityData, community_data, data_states, dedicated_in_force
from services.division import city_rule
from services.ports import UnitOfWork

MOST_KEPT = 12
Kept = TypeVar("Kept")


class Grounds:
    """Grounds made lately, by what they were made of. Safe to share between threads; whoever may not see a community must not ask."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._data: _Lately[CommunityData] = _Lately(most)
        self._grounds: _Lately[Ground] = _Lately(most)

    def of(self, uow: UnitOfWork, community: str, *, drawn: gpd.GeoSeries | None = None) -> Ground:
        """The ground of a community under today's rule, with further borders where a draft has them. Inside an entered transaction.

        Raises
        ------
        NotFoundError
            There is no such community.
        """
        rule = city_rule(uow)
        states = data_states(uow, rule)
        work = b"" if rule.weight in (HOUSEHOLDS, RESIDENTS) else _work(self._read(uow, community, rule, states), rule)
        borders = b"" if drawn is None else b"".join(shapely.to_wkb(drawn.to_numpy()))
        key = _key(states, community, states[: len(TABLES)], repr(rule), borders, work)
        found = self._grounds.find(key)
        if found is None:
            data = self._read(uow, community, rule, states)
            found = prepare_ground(data.area, data.buildings, data.lines, rule=rule, crossings=data.gates, drawn=drawn)
            self._grounds.keep(key, found)
        return _as_today(uow, found)

    def to_divide(self, uow: UnitOfWork, community: str) -> Ground:
        """As ``of``, with the outlines of the dedicated grids in force among its borders: a new plan leaves them as they are.

        Raises
        ------
        NotFoundError
            There is no such community.
        """
        dedicated = dedicated_in_force(uow, [community])
        return self.of(uow, community, drawn=dedicated.boundary if len(dedicated) else None)

    def data(self, uow: UnitOfWork, community: str) -> CommunityData:
        """What a community's ground is made of. Inside an entered transaction.

        Raises
        ------
        NotFoundError
            There is no such community.
        """
        rule = city_rule(uow)
        return self._read(uow, community, rule, data_states(uow, rule))

    def open_grids(self, uow: UnitOfWork, community: str, grids: gpd.GeoDataFrame) -> tuple[Sketch, Repairs]:
        """A sketch of any polygons, and what had to be mended for it. Inside an entered transaction.

        Raises
        ------
        NotFoundError, CrsError, InputError
        """
        plain, data = self.of(uow, community), self.data(uow, community)
        sketch, repairs = open_grids(data.area, data.buildings, data.lines, grids, rule=plain.rule, crossings=data.gates, ground=plain)
        return replace(sketch, ground=_as_today(uow, sketch.ground)), repairs

    def _read(self, uow: UnitOfWork, community: str, rule: GridRule, states: tuple[str, ...]) -> CommunityData:
        key = _key(states, community, states, rule.weight)
        found = self._data.find(key)
        if found is None:
            found = community_data(uow, community, rule)
            self._data.keep(key, found)
        return found


class _Lately(Generic[Kept]):
    """A few things by what they were made of, the latest ones; nothing where that is not known (no key)."""

    def __init__(self, most: int) -> None:
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()
        self._most = most
        self._lock = Lock()

    def find(self, key: Hashable | None) -> Kept | None:
        with self._lock:
            return None if key is None else self._kept.get(key)

    def keep(self, key: Hashable | None, made: Kept) -> None:
        if key is None:
            return
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


def _as_today(uow: UnitOfWork, ground: Ground) -> Ground:
    """The same ground, knowing the codes that must not be given again, and the dedicated grids in force."""
    community = ground.place.code
    known = with_dedicated(ground, dedicated_in_force(uow, [community]))
    return replace(known, rule=replace(ground.rule, taken_codes=frozenset(uow.plans.used_codes(community))))


def _work(data: CommunityData, rule: GridRule) -> bytes:
    """The weight of each building. Cases and shops come in all day long: of those only the work they make at each building counts."""
    return data.buildings[rule.weight].to_numpy(dtype=float).tobytes()


def _key(states: tuple[str, ...], *facts: Any) -> Hashable | None:
    """What something depends on; ``None`` where the store does not say which state its tables are in."""
    return facts if states[TABLES.index("buildings")] else None
