"""The one catalogue of tables, and the columns every table of places has."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, Column, Identity, Index, Integer, MetaData, Table

from store.types import GeometryTypeIs, json_text, shape

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

POLYGONS = ("Polygon", "MultiPolygon")
LINES = ("LineString", "MultiLineString")


def number_column() -> Column[int]:
    """Row number: what R*Tree and foreign keys inside the store point to; never shown."""
    return Column("id", Integer, Identity(), primary_key=True)


def spatial_table(name: str, *columns: Any, types: tuple[str, ...], nullable: bool = False) -> Table:
    """A table with a geometry, a JSON column for all else a file may bring, and a spatial index.

    The types a geometry may have are kept in ``table.info["geometry_types"]`` for the check at the door.
    """
    table = Table(
        name,
        metadata,
        number_column(),
        *columns,
        Column("geom", shape(), nullable=nullable),
        Column("extra", json_text()),
        CheckConstraint(GeometryTypeIs("geom", types), name="geom"),
        info={"geometry_types": types, "spatial": True},
    )
    Index(f"ix_{name}_geom", table.c.geom, postgresql_using="gist").ddl_if(dialect="postgresql")
    return table


def at_least_zero(*names: str) -> list[CheckConstraint]:
    """One CHECK per counted or measured column."""
    return [CheckConstraint(f"{name} >= 0", name=name) for name in names]
