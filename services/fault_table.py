"""Faults as a table: one row each, in words, with the place as a point and the fix as a shape."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from services.fault_words import KINDS, CityFault

WGS84 = "EPSG:4326"
COLUMNS = ("kind", "what", "place", "people", "gained", "lost", "fault", "remedy", "effect", "lon", "lat", "fix")


def fault_table(faults: Sequence[CityFault], language: str) -> gpd.GeoDataFrame:
    """One row per fault in the order given, at its place; ``fix`` holds what to draw as WKT, figures are empty where unknown."""
    rows = [_row(fault, language) for fault in faults]
    points = shapely.points(np.array([(fault.lon, fault.lat) for fault in faults], dtype=float).reshape(-1, 2))
    figures = pd.DataFrame(rows, columns=list(COLUMNS)).astype(dict.fromkeys(("people", "gained", "lost"), float))
    return gpd.GeoDataFrame(figures, geometry=points, crs=WGS84)


def _row(fault: CityFault, language: str) -> tuple[object, ...]:
    return (
        fault.kind,
        KINDS[fault.kind].in_language(language),
        fault.place_in(language),
        fault.people,
        fault.gained,
        fault.lost,
        fault.message.in_language(language),
        "" if fault.remedy is None else fault.remedy.in_language(language),
        "" if fault.remedy is None else fault.effect.in_language(language),
        round(fault.lon, 6),
        round(fault.lat, 6),
        "" if fault.fix is None else shapely.to_wkt(fault.fix, rounding_precision=6),
    )
