"""Filters both databases can answer in bulk: long lists of keys without parameter limits, boxes by the spatial index."""

from __future__ import annotations

import json
from collections.abc import Collection
from functools import cache
from typing import Any

from sqlalchemy import ARRAY, Column, ColumnElement, Float, Integer, MetaData, Table, Text, any_, bindparam, func, select

from store.bulk import BOX
from store.types import SRID

Bounds = tuple[float, float, float, float]


def is_among(column: Column[Any], keys: Collection[Any], *, is_sqlite: bool) -> ColumnElement[bool]:
    """Whether a column is one of many values, given as one parameter."""
    values = sorted(set(keys))
    if is_sqlite:
        listed = func.json_each(json.dumps(values)).table_valued("value")
        return column.in_(select(listed.c.value))
    kind = Integer() if isinstance(column.type, Integer) else Text()
    return column == any_(bindparam(None, values, type_=ARRAY(kind)))


def may_touch(table: Table, box: Bounds, *, is_sqlite: bool) -> ColumnElement[bool]:
    """Whether the bounds of a geometry meet a box (west, south, east, north); an exact test comes after."""
    west, south, east, north = box
    if not is_sqlite:
        return table.c.geom.op("&&")(func.ST_MakeEnvelope(west, south, east, north, SRID))
    tree = rtree_of(table)
    return table.c.id.in_(select(tree.c.id).where(tree.c.minx <= east, tree.c.maxx >= west, tree.c.miny <= north, tree.c.maxy >= south))


@cache
def rtree_of(table: Table) -> Table:
    """The R*Tree beside a table on SQLite."""
    return Table(f"{table.name}_rtree", MetaData(), Column("id", Integer, primary_key=True), *[Column(name, Float) for name in BOX])
