"""Where to measure: a metric system for any frame, and the way back.

Inside China the 3-degree zones of CGCS2000 (EPSG:4534-4554, scale within 0.0004 of one), elsewhere the UTM zone
(within 0.001). Never web mercator: its metres are 1/cos(latitude) too long. Axis order is always x, y.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TypeVar

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Geod, Proj, Transformer

from contracts.errors import CrsError, GeometryError
from gis.checks import Spatial, require_crs

Frame = TypeVar("Frame", gpd.GeoDataFrame, gpd.GeoSeries)

WGS84 = CRS.from_epsg(4326)
CHINA = (73.5, 18.0, 135.0, 53.6)  # west, south, east, north in degrees: where the CGCS2000 zones are meant for
LARGEST_SCALE_ERROR = 0.005  # a zone used a little past its edge stays the caller's choice; web mercator is off by more beyond 6 degrees of latitude


def metric_crs(places: Spatial) -> CRS:
    """The system to measure these places in: their own where it is true to scale there, else the local zone.

    The zone follows from the middle of the places' bounds, so frames of one city agree; pass the answer on with
    ``to_metric(other, crs=...)`` where two frames must share one. A frame without any geometry gets a fixed zone.

    Raises
    ------
    CrsError
        No system, or degrees outside the globe (metres labelled as degrees, swapped axes).
    GeometryError
        Coordinates that are infinite.
    """
    require_crs(places)
    bounds = np.asarray(places.total_bounds, dtype=float)
    if np.isnan(bounds).all():
        return local_crs(0.0, 0.0)
    if not np.isfinite(bounds).all():
        raise GeometryError("Some coordinates are not finite numbers. Mend or leave out these rows.")
    own = CRS.from_user_input(places.crs)
    lon, lat = _middle_in_degrees(own, bounds)
    return own if _is_true_to_scale(own, lon, lat) else local_crs(lon, lat)


def local_crs(lon: float, lat: float) -> CRS:
    """The zone a place lies in: CGCS2000 3-degree inside China, UTM elsewhere."""
    west, south, east, north = CHINA
    if west <= lon <= east and south <= lat <= north:
        return CRS.from_epsg(4534 + math.floor((lon - 75.0) / 3.0 + 0.5))
    zone = min(int((lon + 180.0) // 6.0) + 1, 60)
    return CRS.from_epsg((32600 if lat >= 0 else 32700) + zone)


def to_metric(places: Frame, *, crs: CRS | None = None) -> Frame:
    """The places in their metric system (or the one given), same index, as a new frame; ``back_to`` undoes it.

    Raises
    ------
    CrsError, GeometryError
        As ``metric_crs``.
    """
    require_crs(places)
    return places.to_crs(metric_crs(places) if crs is None else crs)


def back_to(places: Frame, like: Spatial) -> Frame:
    """The places in the system of the caller's frame ``like``.

    Raises
    ------
    CrsError
        Either has no system.
    """
    require_crs(places)
    require_crs(like)
    return places.to_crs(like.crs)


def geodesic_length_m(lines: npt.NDArray[np.object_]) -> npt.NDArray[np.float64]:
    """Length of each line on the WGS84 ellipsoid in metres; lines are shapely geometries in lon/lat, missing ones give 0."""
    xy, line = shapely.get_coordinates(lines, return_index=True)
    inside = line[1:] == line[:-1]
    start, end = xy[:-1][inside], xy[1:][inside]
    step_m = _ELLIPSOID.inv(start[:, 0], start[:, 1], end[:, 0], end[:, 1])[2] if len(start) else np.empty(0)
    return np.bincount(line[1:][inside], weights=step_m, minlength=len(lines)).astype(float)


_ELLIPSOID = Geod(ellps="WGS84")


@lru_cache(maxsize=64)
def _to_degrees(crs: CRS) -> Transformer:
    return Transformer.from_crs(crs, WGS84, always_xy=True)


def _middle_in_degrees(own: CRS, bounds: npt.NDArray[np.float64]) -> tuple[float, float]:
    x, y = (bounds[0] + bounds[2]) / 2.0, (bounds[1] + bounds[3]) / 2.0
    lon, lat = (x, y) if own.is_geographic else _to_degrees(own).transform(x, y)
    if not (-180.0 <= lon <= 180.0 and -90.0 <= lat <= 90.0):
        raise CrsError(
            "The coordinates do not fit their system {crs}: the middle would be at longitude {lon}, latitude {lat}. Check the system and the order of the axes.",
            crs=own.to_string(),
            lon=round(float(lon), 3),
            lat=round(float(lat), 3),
        )
    return float(lon), float(lat)


def _is_true_to_scale(own: CRS, lon: float, lat: float) -> bool:
    if not own.is_projected or any(axis.unit_conversion_factor != 1.0 for axis in own.axis_info[:2]):
        return False
    factors = Proj(own).get_factors(lon, lat)
    scales = np.array([factors.meridional_scale, factors.parallel_scale])
    return bool((np.abs(scales - 1.0) <= LARGEST_SCALE_ERROR).all())
