"""Whether people can walk everywhere inside their grid: a plan read onto the ground the division would use."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import shapely

from contracts.columns import KIND
from grids.faults import Fault, walk_fault
from grids.ground import Ground, prepare_ground
from grids.reading import Reading, read_atoms
from grids.walks import grids_apart_on_foot, hold_of, sides_on_foot


def walk_faults(grids: gpd.GeoDataFrame, ground: Ground) -> list[Fault]:
    """Grids joined only over a river, railway, expressway or wall without a crossing; ``place`` is on the smaller side.

    The grids are read from their shapes; where their borders do not lie in the ground, on one made with their borders.
    """
    reading = read_atoms(ground, grids)
    if reading.strayed_m2.any():
        ground = _with_borders_of(grids, ground)
        reading = read_atoms(ground, grids)
    hold = hold_of(ground, reading.label_of_atom, ground.near.is_open)
    found = grids_apart_on_foot(ground, reading.label_of_atom, hold)
    sides = [sides_on_foot(ground, reading.label_of_atom, hold, int(number)) for number in found]
    places = gpd.GeoSeries([place for _, place in sides], crs=ground.place.crs).to_crs(grids.crs)
    return [walk_fault(str(grids.index[number]), place, count) for number, (count, _), place in zip(found, sides, places, strict=True)]


def _with_borders_of(grids: gpd.GeoDataFrame, ground: Ground) -> Ground:
    """The same community, buildings, lines and crossings, its faces along the borders of these grids."""
    place = ground.place
    whole = gpd.GeoSeries([place.given], index=pd.Index([place.code], dtype="str"), crs=place.crs)
    lines = gpd.GeoDataFrame({KIND: ground.lines.kinds}, geometry=list(ground.lines.shapes), crs=place.metric_crs)
    crossings = gpd.GeoSeries(shapely.points(ground.gates), crs=place.metric_crs)
    return prepare_ground(whole, ground.buildings, lines, rule=ground.rule, crossings=crossings, drawn=grids.geometry)


def read_on_ground(
    grids: gpd.GeoDataFrame,
    ground: Ground,
    community: object,
    buildings: gpd.GeoDataFrame,
    lines: gpd.GeoDataFrame | None,
    crossings: gpd.GeoDataFrame | gpd.GeoSeries | None,
) -> tuple[Ground, Reading]:
    """The grids on this ground where their borders lie in it, else on one made with their borders."""
    reading = read_atoms(ground, grids)
    if not reading.strayed_m2.any() or ground.drawn is not None:
        return ground, reading
    ground = prepare_ground(community, buildings, lines, rule=ground.rule, crossings=crossings, drawn=grids.geometry)
    return ground, read_atoms(ground, grids)
