"""Lines a grid may follow or must not cross: streets by class, and barriers, with the kinds of the division."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from contracts.columns import GEOMETRY, HIGHWAY, KIND
from contracts.reference import reference_table


def boundary_lines(streets: gpd.GeoDataFrame, barriers: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Streets and barriers as one frame of lines with ``kind``; footways and steps are no borders and left out.

    The class of a street decides its kind by ``data/reference/street_kinds.csv``. A tunnel is no line on the ground.
    """
    kinds = reference_table("street_kinds").set_index(HIGHWAY)[KIND]
    street_kind = streets[HIGHWAY].map(kinds).fillna("") if len(streets) else pd.Series([], dtype="object")
    above_ground = ~streets["tunnel"].fillna(False).astype(bool) if "tunnel" in streets else pd.Series(True, index=streets.index)
    chosen = streets.loc[(street_kind != "") & above_ground, [GEOMETRY]].assign(**{KIND: street_kind})
    walls = barriers[[KIND, GEOMETRY]] if len(barriers) else gpd.GeoDataFrame({KIND: [], GEOMETRY: []}, geometry=GEOMETRY, crs=streets.crs)
    return gpd.GeoDataFrame(pd.concat([chosen[[KIND, GEOMETRY]], walls], ignore_index=True), geometry=GEOMETRY, crs=streets.crs)
