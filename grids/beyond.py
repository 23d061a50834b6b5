"""What of one shape lies beyond another that nearly coincides with it, without ground that only rounding makes up.

Where outlines run within a hair of each other over hundreds of metres, an overlay far from the origin of its coordinates
can fold a needle over and report square metres that are not there.
"""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from grids.units import Objects, clean_polygon


def parts_beyond(one: BaseGeometry, other: BaseGeometry) -> tuple[Objects, Objects]:
    """The polygons that make up ``one`` without ``other``, moved to near the origin, and a spot (point) on each in their own place.

    Only polygons whose spot lies in ``one`` and outside ``other`` count; the order is that of their places.
    """
    nothing: Objects = np.empty(0, dtype=object)
    if one.is_empty:
        return nothing, nothing
    corner = np.array(one.bounds[:2])
    near, far = (shapely.transform(shape, lambda xy: xy - corner) for shape in (one, other))
    rest = clean_polygon(shapely.difference(near, far))
    if rest is None:
        return nothing, nothing
    parts = shapely.get_parts(rest)
    x, y = shapely.get_coordinates(shapely.point_on_surface(parts)).T
    shapely.prepare(near)
    shapely.prepare(far)
    real = shapely.intersects_xy(near, x, y) & ~shapely.contains_xy(far, x, y)
    order = np.lexsort((y[real], x[real]))
    return parts[real][order], shapely.points(x[real] + corner[0], y[real] + corner[1])[order]
