"""Column types that mean the same on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import shapely
from geoalchemy2 import Geometry
from sqlalchemy import DateTime, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import Boolean, TypeDecorator, TypeEngine, UserDefinedType

SRID = 4326
# second to fifth byte of little-endian two-dimensional WKB
_WKB_TYPE = {"Point": 1, "LineString": 2, "Polygon": 3, "MultiPoint": 4, "MultiLineString": 5, "MultiPolygon": 6}


class WKB(TypeDecorator[Any]):
    """A shapely geometry as little-endian two-dimensional WKB (SQLite)."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        if value is None or isinstance(value, bytes):
            return value
        encoded: bytes = shapely.to_wkb(value, output_dimension=2, byte_order=1)
        return encoded

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else shapely.from_wkb(value)


class Utc(TypeDecorator[datetime]):
    """A moment: aware on the way in, UTC on the way out; naive UTC inside SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class RawGeometry(UserDefinedType[Any]):
    """A geometry column of a staging table, filled by the driver without conversion."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "GEOMETRY"


@compiles(RawGeometry, "sqlite")
def _raw_on_sqlite(element: RawGeometry, compiler: Any, **_: Any) -> str:
    return "BLOB"


def shape() -> TypeEngine[Any]:
    """Type of a geometry column in EPSG:4326; what it may hold is said by ``GeometryTypeIs``."""
    return WKB().with_variant(Geometry("GEOMETRY", srid=SRID, spatial_index=False), "postgresql")


def text_key() -> TypeEngine[str]:
    """Type of a key or code: sorted by bytes on both databases, whatever the locale of the server."""
    return Text().with_variant(Text(collation="C"), "postgresql")


def json_text() -> TypeEngine[Any]:
    """Type of a JSON value: canonical text on SQLite, ``jsonb`` on PostgreSQL."""
    return Text().with_variant(JSONB(), "postgresql")


class GeometryTypeIs(ColumnElement[bool]):
    """CHECK that a geometry column holds only some types, in the terms of each database."""

    inherit_cache = False
    type = Boolean()

    def __init__(self, column: str, names: Sequence[str]) -> None:
        self.column = column
        self.names = tuple(names)


@compiles(GeometryTypeIs, "postgresql")
def _on_postgresql(element: GeometryTypeIs, compiler: Any, **_: Any) -> str:
    return f"GeometryType({element.column}) IN ({', '.join(repr(name.upper()) for name in element.names)})"


@compiles(GeometryTypeIs)
def _on_sqlite(element: GeometryTypeIs, compiler: Any, **_: Any) -> str:
    heads = ", ".join(f"x'01{_WKB_TYPE[name]:02d}000000'" for name in element.names)
    return f"substr({element.column}, 1, 5) IN ({heads})"
