"""Frames as GeoJSON text for the browser: chosen columns only, coordinates to about a tenth of a metre, numbers JSON knows."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from views.maps.layers import MapLayer
from views.maps.state import Bounds

WGS84 = "EPSG:4326"
_DECIMALS = 6


def geojson(frame: gpd.GeoDataFrame, *, key: str, columns: Sequence[str] = ()) -> str:
    """A FeatureCollection with ``key`` (the index) and ``columns`` as properties; places without geometry are left out."""
    placed = _placed(frame)
    properties = placed.loc[:, [column for column in dict.fromkeys(columns) if column in placed.columns and column != key]]
    rows = properties.to_dict("records") if len(properties.columns) else [{} for _ in range(len(placed))]
    shapes = shapely.to_geojson(shapely.transform(placed.geometry.to_numpy(), lambda xy: np.round(xy, _DECIMALS)))
    texts = (_feature(key, code, row, shape) for code, row, shape in zip(placed.index, rows, shapes, strict=True))
    return '{"type":"FeatureCollection","features":[' + ",".join(texts) + "]}"


def label_points(frame: gpd.GeoDataFrame, *, label: str) -> str:
    """One point inside each named place with its ``label``, for names on the map."""
    named = _placed(frame)
    named = named[named[label].notna() & (named[label].astype(str) != "")]
    points = gpd.GeoDataFrame({"label": named[label].astype(str)}, geometry=named.geometry.representative_point(), crs=WGS84)
    return geojson(points, key="key", columns=["label"])


def bounds_of_layers(layers: Sequence[MapLayer]) -> Bounds | None:
    """What a map shows at first: the managed areas where there are any, else everything."""
    areas = [layer.frame for layer in layers if layer.frame is not None and layer.kind in ("communities", "grids")]
    return bounds_of(areas) or bounds_of([layer.frame for layer in layers if layer.frame is not None])


def bounds_of(frames: Sequence[gpd.GeoDataFrame]) -> Bounds | None:
    """West, south, east, north of all frames in degrees; None where nothing lies anywhere."""
    boxes = np.array([_placed(frame).total_bounds for frame in frames if len(_placed(frame))])
    if not len(boxes):
        return None
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _placed(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    empty = frame.geometry.isna() | frame.geometry.is_empty
    return frame[~empty].to_crs(WGS84)


def _feature(key: str, code: Any, row: dict[Any, Any], shape: str) -> str:
    properties = {key: str(code)} | {str(name): plain(value) for name, value in row.items()}
    return '{"type":"Feature","properties":' + json.dumps(properties, ensure_ascii=False) + ',"geometry":' + shape + "}"


def plain(value: Any) -> str | float | int | bool | None:
    """A cell as JSON can carry it: missing and infinite numbers become null, anything unknown its text."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return None if value is None or value is pd.NA or value is pd.NaT else str(value)
