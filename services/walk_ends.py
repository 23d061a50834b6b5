"""Where walks start and end: the doors of buildings, the doors of facilities, and where streets leave the map."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import pandas as pd

from contracts.columns import BUILDING_KEY, CATEGORY, FACILITY_KEY, GEOMETRY, KIND, RESIDENTS, RESOLVED_BY, VERIFIED
from contracts.errors import NotFoundError
from contracts.messages import Message
from gis.attachment import Attached
from gis.map_edge import MapEdge
from gis.network import WalkNetwork
from services.ports import UnitOfWork

MAP_EDGE = "map_edge"  # city setting: where the streets that were imported end
DOOR, GATE = "door", "gate"  # kinds of entrances


@dataclass(frozen=True, eq=False)
class WalkEnds:
    """Where walks start and end, and what can stand between: the same for every figure, page and drawing.

    Attributes
    ----------
    homes
        Buildings walks start from.
    facilities
        Services they lead to.
    buildings
        Buildings a facility may be: all, or those of the facilities.
    """

    homes: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    entrances: gpd.GeoDataFrame
    barriers: gpd.GeoDataFrame

    @property
    def gates(self) -> gpd.GeoDataFrame:
        """Entrances that let people through walls."""
        return self.entrances[self.entrances[KIND] == GATE]

    @cached_property
    def doors(self) -> gpd.GeoDataFrame:
        """Doors of the homes, as ``building_doors`` gives them."""
        return building_doors(self.homes, self.entrances)

    @cached_property
    def served(self) -> gpd.GeoDataFrame:
        """Doors of the facilities, as ``facility_doors`` gives them."""
        return facility_doors(self.facilities, self.buildings, self.entrances)

    def attach(self, network: WalkNetwork) -> tuple[Attached, Attached]:
        """The doors of the homes and those of the facilities on the streets, never through a wall without a gate."""
        doors, served = (network.attach(places, barriers=self.barriers, gates=self.gates) for places in (self.doors, self.served))
        return doors, served


def read_walk_ends(uow: UnitOfWork, *, homes: gpd.GeoDataFrame | None = None, categories: Collection[str] | None = None) -> WalkEnds:
    """Homes (every building people live in, unless given) and facilities (of all kinds, unless named), in the open transaction."""
    facilities = uow.facilities.read()
    if categories is not None:
        facilities = facilities[facilities[CATEGORY].isin(set(categories))]
    buildings = uow.buildings.read() if homes is None else uow.buildings.read(keys=facilities.index.tolist())
    lived_in = buildings[buildings[RESIDENTS].fillna(0.0) > 0] if homes is None else homes
    return WalkEnds(lived_in, facilities, buildings, uow.entrances.read(), uow.barriers.read())


def require_places(streets: gpd.GeoDataFrame, ends: WalkEnds) -> None:
    """Pass where there is something to walk on, from and to.

    Raises
    ------
    NotFoundError
        There are no streets, no buildings or no facilities.
    """
    for frame, missing in ((streets, Message("streets")), (ends.buildings, Message("buildings")), (ends.facilities, Message("facilities"))):
        if not len(frame):
            raise NotFoundError("There are no {what} to compute with. Import them first.", what=missing)


def building_doors(buildings: gpd.GeoDataFrame, entrances: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Every known door of the buildings, and the building itself where none is known: its nearest wall is its door.

    Returns
    -------
        Index = key of the door; ``building_key``, ``resolved_by`` (door, wall, point), ``geometry``.
    """
    doors, rest = _own_doors(buildings, entrances), buildings[[GEOMETRY]]
    rest = rest[~rest.index.isin(doors[BUILDING_KEY])]
    walls = rest.assign(**{BUILDING_KEY: rest.index, RESOLVED_BY: _wall_or_point(rest)}).set_axis("building:" + rest.index.astype(str))
    return gpd.GeoDataFrame(pd.concat([doors, walls])[[BUILDING_KEY, RESOLVED_BY, GEOMETRY]], geometry=GEOMETRY, crs=buildings.crs)


def facility_doors(facilities: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, entrances: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Where each facility is entered: the known doors of the building it is, else that building's nearest wall, else its own point.

    A facility is a building where both carry the same key, as things of a street map do.

    Returns
    -------
        Index = key of the door; ``facility_key``, ``category``, ``verified``, ``resolved_by``, ``geometry``.
    """
    housed = buildings[[GEOMETRY]][buildings.index.isin(facilities.index)]
    doors = _own_doors(housed, entrances)
    walls = housed[~housed.index.isin(doors[BUILDING_KEY])]
    points = facilities[[GEOMETRY]][~facilities.index.isin(housed.index)]
    parts = [
        doors.rename(columns={BUILDING_KEY: FACILITY_KEY}),
        *(part.assign(**{FACILITY_KEY: part.index, RESOLVED_BY: _wall_or_point(part)}) for part in (walls.to_crs(facilities.crs), points)),
    ]
    found = gpd.GeoDataFrame(pd.concat(parts)[[FACILITY_KEY, RESOLVED_BY, GEOMETRY]], geometry=GEOMETRY, crs=facilities.crs)
    found[CATEGORY] = found[FACILITY_KEY].map(facilities[CATEGORY])
    found[VERIFIED] = found[FACILITY_KEY].map(is_verified(facilities)).astype(bool)
    return found.sort_index()


def is_verified(facilities: gpd.GeoDataFrame) -> pd.Series:
    """False where the data says that nobody has checked the facility; what says nothing counts as checked."""
    if VERIFIED not in facilities:
        return pd.Series(True, index=facilities.index)
    return facilities[VERIFIED].map(lambda value: value is None or pd.isna(value) or bool(value)).astype(bool)


def map_exits(uow: UnitOfWork, streets: gpd.GeoDataFrame | gpd.GeoSeries) -> gpd.GeoSeries:
    """Where the streets leave the map as far as the import knew."""
    return MapEdge.from_json(uow.city.get(MAP_EDGE)).exits(streets)


def _own_doors(buildings: gpd.GeoDataFrame, entrances: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    own = entrances[(entrances[KIND] == DOOR) & entrances[BUILDING_KEY].isin(buildings.index)][[BUILDING_KEY, GEOMETRY]]
    return own.set_axis("door:" + own.index.astype(str)).assign(**{RESOLVED_BY: DOOR})


def _wall_or_point(places: gpd.GeoDataFrame) -> pd.Series:
    return places.geometry.geom_type.map(lambda kind: "point" if kind == "Point" else "wall")
