"""Whether a ground that somebody kept is still that of the community and the buildings to be checked."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from contracts.errors import InputError
from grids.check_sheet import Sheet
from grids.faces import GRID_M
from grids.ground import Ground
from grids.rules import GridRule

Floats = npt.NDArray[np.float64]
_BEND = 0.001  # share of a community that its border, straight in another system, may bend over


def require_same_ground(sheet: Sheet, ground: Ground, buildings: gpd.GeoDataFrame | None, rule: GridRule) -> None:
    """Pass where a ground is of this community, these buildings and what the rule weighs and holds closed.

    Raises
    ------
    InputError
        It is not.
    """
    whole = gpd.GeoSeries([ground.place.given], crs=ground.place.crs).to_crs(sheet.crs).iloc[0]
    is_here = shapely.symmetric_difference(whole, sheet.community).area <= _BEND * sheet.community.area
    same_rule = (ground.rule.weight, ground.rule.closed) == (rule.weight, rule.closed)
    same_keys = buildings is None or (len(buildings) == len(ground.buildings) and set(buildings.index) == set(ground.buildings.index))
    if not (is_here and same_rule and same_keys):
        raise InputError("The ground was prepared for another community, other buildings or another rule. Prepare it from what is to be checked.")
    if buildings is not None and len(buildings) and buildings is not ground.buildings:
        _require_same_buildings(buildings, ground, rule)


def _require_same_buildings(buildings: gpd.GeoDataFrame, ground: Ground, rule: GridRule) -> None:
    """Pass where buildings stand where they stood when the ground was prepared, with the loads of then.

    Raises
    ------
    InputError
        One does not; the first by key is named.
    """
    then = ground.buildings.loc[buildings.index]
    now_m, then_m = _stand(buildings, ground), _stand(then, ground)
    changed = ~np.isclose(now_m, then_m, rtol=0, atol=GRID_M, equal_nan=True).all(axis=1)
    if rule.weight in buildings.columns:
        now, before = (pd.to_numeric(frame[rule.weight], errors="coerce").to_numpy(dtype=float) for frame in (buildings, then))
        changed |= ~np.isclose(now, before, equal_nan=True)
    if changed.any():
        raise InputError(
            "Building {building} has another place or load than when the ground was prepared. Prepare it from what is to be checked.",
            building=min(buildings.index[changed], key=str),
        )


def _stand(buildings: gpd.GeoDataFrame, ground: Ground) -> Floats:
    """Bounds and area of each footprint in metres, shape (n, 5); no number where there is none."""
    shapes = buildings.geometry.to_crs(ground.place.metric_crs).to_numpy()
    return np.column_stack([shapely.bounds(shapes), shapely.area(shapes)])
