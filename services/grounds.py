"""Communities made ready to be divided, kept for as long as their data stay as they are.

Making one ready takes as long as several edits. A ground belongs to one state of the buildings, lines and borders of the
store, one rule, and the borders somebody drew; the store gives every state of a table a word that never comes back.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

import geopandas as gpd
import shapely

from contracts.columns import KIND
from contracts.errors import NotFoundError
from grids.ground import Ground, prepare_ground, with_dedicated
from grids.imported import Repairs, open_grids
from grids.rules import GridRule
from grids.sketch import Sketch
from grids.workload import WORKLOAD
from services.division import city_rule
from services.division_read import dedicated_in_force
from services.lines import boundary_lines
from services.ports import UnitOfWork
from services.workload import with_weights

MOST_KEPT = 12
GATE = "gate"
_TABLES = ("areas", "buildings", "streets", "barriers", "entrances")


class Grounds:
    """Grounds made lately, by what they were made of. Safe to share between threads; whoever may not see a community must not ask."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._kept: OrderedDict[tuple[Any, ...], Ground] = OrderedDict()
        self._most = most
        self._lock = Lock()

    def of(self, uow: UnitOfWork, community: str, *, drawn: gpd.GeoSeries | None = None) -> Ground:
        """The ground of a community under today's rule, with further borders where a draft has them. Inside an entered transaction.

        Raises
        ------
        NotFoundError
            There is no such community.
        """
        rule = city_rule(uow)
        weighed = _weighed_data(uow, community, rule) if rule.weight == WORKLOAD else None
        key = _key(uow, community, rule, drawn, weighed)
        with self._lock:
            found = None if key is None else self._kept.get(key)
        if found is None:
            found = _prepared(weighed or community_data(uow, community), rule, drawn)
            if key is not None:
                self._keep(key, found)
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

    def open_grids(self, uow: UnitOfWork, community: str, grids: gpd.GeoDataFrame) -> tuple[Sketch, Repairs]:
        """A sketch of any polygons, and what had to be mended for it. Inside an entered transaction.

        Raises
        ------
        NotFoundError, CrsError, InputError
        """
        plain = self.of(uow, community)
        found = _weighed_data(uow, community, plain.rule)
        sketch, repairs = open_grids(found.area, found.buildings, found.lines, grids, rule=plain.rule, crossings=found.gates, ground=plain)
        return replace(sketch, ground=_as_today(uow, sketch.ground)), repairs

    def _keep(self, key: tuple[Any, ...], ground: Ground) -> None:
        with self._lock:
            self._kept[key] = ground
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


@dataclass(frozen=True)
class CommunityData:
    """What the store holds about one community: its outline as a frame of one row, buildings, lines to follow, gates."""

    area: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    lines: gpd.GeoDataFrame
    gates: gpd.GeoDataFrame


def community_data(uow: UnitOfWork, community: str) -> CommunityData:
    """Read one community. Inside an entered transaction.

    Raises
    ------
    NotFoundError
        There is no such community.
    """
    area = uow.areas.read(keys=[community])
    if not len(area):
        raise NotFoundError("There is no community with the code {code}.", code=community)
    west, south, east, north = (float(value) for value in area.total_bounds)
    bounds = (west, south, east, north)
    entrances = uow.entrances.read(bbox=bounds)
    lines = boundary_lines(uow.streets.read(bbox=bounds), uow.barriers.read(bbox=bounds))
    return CommunityData(area, uow.buildings.read(communities=[community]), lines, entrances[entrances[KIND] == GATE])


def _weighed_data(uow: UnitOfWork, community: str, rule: GridRule) -> CommunityData:
    """One community with the column the rule balances."""
    found = community_data(uow, community)
    return replace(found, buildings=with_weights(uow, found.area, found.buildings, rule))


def _as_today(uow: UnitOfWork, ground: Ground) -> Ground:
    """The same ground, knowing the codes that must not be given again, and the dedicated grids in force."""
    community = ground.place.code
    known = with_dedicated(ground, dedicated_in_force(uow, [community]))
    return replace(known, rule=replace(ground.rule, taken_codes=frozenset(uow.plans.used_codes(community))))


def _prepared(data: CommunityData, rule: GridRule, drawn: gpd.GeoSeries | None) -> Ground:
    return prepare_ground(data.area, data.buildings, data.lines, rule=rule, crossings=data.gates, drawn=drawn)


def _key(uow: UnitOfWork, community: str, rule: GridRule, drawn: gpd.GeoSeries | None, weighed: CommunityData | None) -> tuple[Any, ...] | None:
    """What a ground depends on; ``None`` where the store does not say which state its tables are in.

    Cases and shops come in all day long: of those only the work they make at each building counts.
    """
    states = tuple(getattr(uow, table).state() for table in _TABLES)
    if not states[1]:
        return None
    borders = b"" if drawn is None else b"".join(shapely.to_wkb(drawn.to_numpy()))
    work = b"" if weighed is None else weighed.buildings[WORKLOAD].to_numpy(dtype=float).tobytes()
    return community, states, repr(rule), borders, work
