"""What the checks of a plan share: grids, community and measures on one sheet, in the grids' system."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from grids.units import Objects

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sheet:
    """Cleaned grids (``codes``, ``kinds``: None where nothing is said) and their community in the grids' system."""

    codes: list[str]
    kinds: list[str | None]
    shapes: Objects
    community: BaseGeometry
    crs: object
    m2_per_unit: float
    tolerance_m2: float
    cut_m2: float

    def area_m2(self, shape: BaseGeometry | Objects) -> Floats:
        """Area of shapes in square metres: measured where they are drawn and scaled by that of the community.

        Projecting a sliver instead would count the bend a long straight border gets, up to square metres.
        """
        return np.atleast_1d(shapely.area(shape)) * self.m2_per_unit
