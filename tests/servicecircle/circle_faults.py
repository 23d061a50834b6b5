"""What can be wrong with a drawn circle, found with plain geometry: apart from the code that draws."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely


def door_spots(doors) -> np.ndarray:
    """Where a door is: the start of its way to the street, or anywhere on its shape."""
    return np.where(doors.is_snapped, shapely.get_point(doors.connectors, 0), shapely.point_on_surface(doors.shapes))


def wrong_doors(circles: gpd.GeoDataFrame, doors, seconds, tolerance_m: float = 0.0) -> list:
    """Doors of which a circle says something else than their walking time: category, minutes, row."""
    spots = door_spots(doors)
    faults = []
    for row in circles.to_crs(doors.network.crs).itertuples():
        reached = seconds[row.category].to_numpy() <= row.minutes * 60.0
        inside = shapely.intersects(row.geometry, spots)
        depth_m = np.minimum(shapely.distance(shapely.boundary(row.geometry), spots), np.inf)
        wrong = (reached != inside) & ~shapely.is_missing(spots) & ~(depth_m <= tolerance_m)
        faults += [(row.category, row.minutes, int(number)) for number in np.flatnonzero(wrong & ~(shapely.is_empty(spots)))]
    return faults


def broken_shapes(circles: gpd.GeoDataFrame) -> list:
    """Circles that are no valid polygons, or do not contain the one before them."""
    faults = [("invalid", row.category, row.minutes) for row in circles.itertuples() if not row.geometry.is_valid or "Polygon" not in row.geometry.geom_type]
    for category, group in circles.groupby("category"):
        shapes = group.geometry.to_numpy()
        nested = shapely.is_empty(shapes[:-1]) | shapely.contains(shapes[1:], shapes[:-1])
        faults += [("not nested", category, minutes) for minutes in group["minutes"].to_numpy()[:-1][~nested]]
    return faults
