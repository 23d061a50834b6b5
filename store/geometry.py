"""The check at the door for geometries: what is stored is in EPSG:4326, two-dimensional, whole and of the right type."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from sqlalchemy import Table

from contracts.errors import CrsError, GeometryError
from contracts.messages import Message
from store.frames import CRS


def geometries_of(frame: gpd.GeoDataFrame, table: Table) -> list[Any]:
    """Geometries ready to be stored, one per row; missing ones only where the table allows it.

    Raises
    ------
    CrsError
        Without a reference system, or when coordinates are no degrees although it says so.
    GeometryError
        For a missing, empty or self-crossing geometry or one of a type the table does not hold; names the row.
    """
    if frame.crs is None:
        raise CrsError("The frame for table {table} has no coordinate reference system.", table=table.name)
    shapes = shapely.force_2d(frame.geometry.to_crs(CRS).to_numpy())
    missing = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    if not table.c.geom.nullable:
        _refuse(missing, frame, GeometryError, Message("Row {row} of table {table} has no geometry."), table)
    _require_types(shapes, ~missing, frame, table)
    _require_degrees(shapes, ~missing, frame, table)
    _refuse(
        ~missing & ~shapely.is_valid(shapes),
        frame,
        GeometryError,
        Message("The outline of row {row} of table {table} crosses itself. Mend it before it is stored."),
        table,
    )
    shapes[missing] = None
    return list(shapes)


def _require_types(shapes: np.ndarray, present: np.ndarray, frame: gpd.GeoDataFrame, table: Table) -> None:
    types = table.info["geometry_types"]
    wrong = present & ~frame.geometry.geom_type.isin(types).to_numpy(dtype=bool, na_value=False)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise GeometryError(
            "Row {row} of table {table} is a {found}; it should be one of: {allowed}.",
            row=frame.index[row],
            table=table.name,
            found=shapes[row].geom_type,
            allowed=", ".join(types),
        )


def _require_degrees(shapes: np.ndarray, present: np.ndarray, frame: gpd.GeoDataFrame, table: Table) -> None:
    west, south, east, north = shapely.bounds(shapes).T
    within = (west >= -180) & (east <= 180) & (south >= -90) & (north <= 90)
    _refuse(
        present & ~within, frame, CrsError, Message("Coordinates of row {row} of table {table} are no degrees. Check the coordinate reference system."), table
    )


def _refuse(wrong: np.ndarray, frame: gpd.GeoDataFrame, kind: type[GeometryError] | type[CrsError], message: Message, table: Table) -> None:
    if wrong.any():
        raise kind(message.template, row=frame.index[int(np.argmax(wrong))], table=table.name)
