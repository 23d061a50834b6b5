"""Legs of a walk: what is walked between a door and a facility, as rows with metres, seconds and geometry."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from shapely.ops import substring

from contracts.columns import FROM_M, GEOMETRY, KIND, SECONDS, TO_M
from gis.attachment import Attached
from gis.network import WalkNetwork

STREET = "street"
METRES = "metres"
TO_STREET, ALONG, WAIT, FROM_STREET = "to_street", "along", "wait", "from_street"
LEG_KINDS = (TO_STREET, ALONG, WAIT, FROM_STREET)

SAME_M = 1e-6  # stretches of one street that are no further apart go on
_COLUMNS = {KIND: "str", STREET: "object", FROM_M: "float", TO_M: "float", METRES: "float", SECONDS: "float", GEOMETRY: "object"}

Row = dict[str, Any]


@dataclass(frozen=True)
class Stretch:
    """Part of an edge as it is walked, from one share of it to another."""

    edge: int
    start: float
    end: float
    seconds: float


def legs_of(network: WalkNetwork, homes: Attached, door: int, stretches: list[Stretch], served: Attached, facility: int) -> gpd.GeoDataFrame:
    """Rows of ``Walk.legs``; stretches of one street walked on in one direction are one leg."""
    rows = [_access(network, homes, door, TO_STREET)]
    for stretch in stretches:
        row = _row(network, stretch)
        if row is None:
            continue
        last = rows[-1]
        if _goes_on(last, row):
            rows[-1] = {
                **last,
                TO_M: row[TO_M],
                METRES: last[METRES] + row[METRES],
                SECONDS: last[SECONDS] + row[SECONDS],
                GEOMETRY: _joined(last[GEOMETRY], row[GEOMETRY]),
            }
        else:
            rows.append(row)
    rows.append(_access(network, served, facility, FROM_STREET))
    table = pd.DataFrame({column: pd.Series([row[column] for row in rows], dtype=kind) for column, kind in _COLUMNS.items()})
    return gpd.GeoDataFrame(table, geometry=GEOMETRY, crs=network.crs).to_crs(network.streets.crs)


def _access(network: WalkNetwork, places: Attached, row: int, kind: str) -> Row:
    line = network.pieces.geometry[places.edge[row]]
    way = shapely.shortest_line(places.shapes[row], shapely.line_interpolate_point(line, places.share[row], normalized=True))
    shape = way if kind == TO_STREET else way.reverse()
    length_m, seconds = float(places.access_m[row]), float(places.access_s[row])
    return {KIND: kind, STREET: None, FROM_M: math.nan, TO_M: math.nan, METRES: length_m, SECONDS: seconds, GEOMETRY: shape}


def _row(network: WalkNetwork, stretch: Stretch) -> Row | None:
    pieces, edge = network.pieces, stretch.edge
    length_m, start_m = float(pieces.length_m[edge]), float(pieces.start_m[edge])
    shape = _cut(pieces.geometry[edge], stretch.start, stretch.end)
    if stretch.seconds == 0.0 and shape.length == 0.0:
        return None
    kind = WAIT if shape.length == 0.0 and length_m == 0.0 else ALONG
    return {
        KIND: kind,
        STREET: network.streets.index[pieces.row[edge]],
        FROM_M: start_m + stretch.start * length_m,
        TO_M: start_m + stretch.end * length_m,
        METRES: abs(stretch.end - stretch.start) * length_m,
        SECONDS: stretch.seconds,
        GEOMETRY: shape,
    }


def _goes_on(last: Row, row: Row) -> bool:
    """Whether one walks on along the same street in the same direction."""
    if last[KIND] != ALONG or row[KIND] != ALONG or last[STREET] != row[STREET]:
        return False
    same_way = (last[TO_M] - last[FROM_M]) * (row[TO_M] - row[FROM_M]) > 0.0
    return same_way and abs(last[TO_M] - row[FROM_M]) <= SAME_M


def _cut(line: shapely.LineString, start: float, end: float) -> shapely.LineString:
    """The line from one share of it to another, turned round where that runs backwards; a point as a line of no length."""
    shape = line if (start, end) == (0.0, 1.0) else substring(line, start, end, normalized=True)
    if isinstance(shape, shapely.Point):
        return shapely.LineString([shape, shape])
    return shape


def _joined(first: shapely.LineString, second: shapely.LineString) -> shapely.LineString:
    return shapely.LineString([*first.coords, *second.coords[1:]])
