"""Where walks start and end: the doors of buildings, the doors of facilities, and where streets leave the map."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from contracts.columns import BUILDING_KEY, CATEGORY, FACILITY_KEY, GEOMETRY, KIND, RESOLVED_BY, VERIFIED
from gis.map_edge import MapEdge
from services.ports import UnitOfWork

MAP_EDGE = "map_edge"  # city setting: where the streets that were imported end


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
    own = entrances[(entrances[KIND] == "door") & entrances[BUILDING_KEY].isin(buildings.index)][[BUILDING_KEY, GEOMETRY]]
    return own.set_axis("door:" + own.index.astype(str)).assign(**{RESOLVED_BY: "door"})


def _wall_or_point(places: gpd.GeoDataFrame) -> pd.Series:
    return places.geometry.geom_type.map(lambda kind: "point" if kind == "Point" else "wall")
