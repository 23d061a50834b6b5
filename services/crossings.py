"""Where a planner allows or forbids a crossing, in words: the line there and the grids beside it."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd

from contracts.columns import KIND, NAME, NAME_EN, text_of
from contracts.errors import InputError
from gis.crs import metric_crs
from grids.edits_wishes import pairs_of_crossing
from services.access import Principal, authorize
from services.editing import WGS84, Desk
from services.ports import UnitOfWork

ALLOW, FORBID = "allow_crossing", "forbid_crossing"
STREET = "street"
_DEGREES_PER_M = 1.0 / 80_000.0  # generous: a box that surely holds the reach


@dataclass(frozen=True)
class CrossingPlace:
    """The nearest line (``kind``: street or a kind of barrier, empty without one), its names, and the codes of the grids on both sides."""

    kind: str
    name: str
    name_en: str
    grids: tuple[str, ...]


def crossing_place(uow: UnitOfWork, principal: Principal, desk: Desk, point: tuple[float, float], *, kind: str) -> CrossingPlace:
    """What lies at a point (longitude, latitude) where a crossing is to be allowed or forbidden (``kind`` of the edit).

    Raises
    ------
    NotAllowedError
    """
    authorize(principal, "divide", desk.community)
    reach_m = float(desk.sketch.ground.rule.gate_reach_m)
    margin = reach_m * _DEGREES_PER_M
    box = (point[0] - margin, point[1] - margin, point[0] + margin, point[1] + margin)
    with uow:
        barriers, streets = uow.barriers.read(bbox=box), uow.streets.read(bbox=box)
    spot = gpd.GeoSeries(gpd.points_from_xy([point[0]], [point[1]]), crs=WGS84)
    grids = _grids_beside(desk, point, kind)
    for lines in (barriers, streets):
        near = _nearest(lines, spot, reach_m)
        if near is not None:
            row = lines.loc[near]
            return CrossingPlace(STREET if lines is streets else text_of(row.get(KIND)), text_of(row.get(NAME)), text_of(row.get(NAME_EN)), grids)
    return CrossingPlace("", "", "", grids)


def _nearest(lines: gpd.GeoDataFrame, spot: gpd.GeoSeries, reach_m: float) -> str | None:
    """Key of the nearest line within reach, the first of equals."""
    if not len(lines):
        return None
    metric = metric_crs(spot)
    away = lines.geometry.to_crs(metric).distance(spot.to_crs(metric).iloc[0]).sort_index()
    return str(away.idxmin()) if float(away.min()) <= reach_m else None


def _grids_beside(desk: Desk, point: tuple[float, float], kind: str) -> tuple[str, ...]:
    try:
        pairs = pairs_of_crossing(desk.sketch, {"point": list(point)}, is_open=kind == FORBID)
    except InputError:  # said by the preview of the edit
        return ()
    labels = {int(desk.sketch.label_of_atom[atom]) for pair in pairs for atom in pair}
    return tuple(sorted(desk.sketch.codes[label] for label in labels if label >= 0))
