"""Read a plan somebody drew onto the ground of a community: the same way for drafts, plans in force and imported files.

Every atom goes to the grid that covers most of it, so what comes out has no gap, no overlap and cuts no building. What
had to be changed for that is listed.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
from shapely.geometry import Point

from contracts.messages import Message
from grids.ground import Ground
from grids.rules import GridRule
from grids.sketch import Sketch


@dataclass(frozen=True)
class Repair:
    """One thing that was mended: ``kind`` is overlap, gap, multipart, building_cut, duplicate, outside, invalid, empty or border."""

    kind: str
    grids: tuple[str, ...]
    place: Point | None
    area_m2: float
    message: Message
    building: object = None


@dataclass(frozen=True)
class Repairs:
    """What was mended in reading a plan; empty when it came back as it was drawn."""

    items: tuple[Repair, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing had to be mended."""
        return not self.items

    def table(self) -> pd.DataFrame:
        """One row per repair: kind, grids (text), x, y (the community's system), area_m2, message (a ``Message``)."""
        raise NotImplementedError


def sketch_of_grids(ground: Ground, grids: gpd.GeoDataFrame) -> tuple[Sketch, Repairs]:
    """A sketch of any polygons (index = code; ``name``, ``kind``, ``locked`` columns are taken where there), and the repairs.

    Raises
    ------
    CrsError, InputError
        Grids without a system; none of them touches the community.
    """
    raise NotImplementedError


def open_grids(
    community: object,
    buildings: gpd.GeoDataFrame,
    lines: gpd.GeoDataFrame | None,
    grids: gpd.GeoDataFrame,
    *,
    rule: GridRule | None = None,
    crossings: gpd.GeoDataFrame | gpd.GeoSeries | None = None,
    ground: Ground | None = None,
) -> tuple[Sketch, Repairs]:
    """Read grids on the plain ground (given, or prepared here); where their borders do not lie in it, on one that holds them as drawn lines.

    This is the one door for a page: it opens a plan in force, a draft whose data changed, and an imported file alike.
    """
    raise NotImplementedError
