"""Layers of the map and the values drawn on them, within what the principal may see."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from contracts.columns import ANSWER, AREA_CODE, BUILDING_KEY, CATEGORY, COVERED_SHARE, LEVEL, LIMIT_S, PROFILE, SECONDS
from contracts.errors import InputError
from servicecircle.answers import COVERED, four_answers
from services.access import Principal, areas_for, authorize, is_within, may, significant
from services.cells import duty_grids_of
from services.circle_drawing import no_circles
from services.ports import Bounds, Places, UnitOfWork

LAYERS = (
    "areas",
    "communities",
    "grids",
    "cells",
    "duty_grids",
    "buildings",
    "streets",
    "barriers",
    "entrances",
    "grounds",
    "facilities",
    "circles",
    "uncovered_doors",
)
DEFAULT_LIMIT_S = 900.0  # the 15 minutes of the service circle; pages offer the limits a run was made with


def map_layer(
    uow: UnitOfWork,
    principal: Principal,
    layer: str,
    *,
    area_code: str = "",
    bbox: Bounds | None = None,
    profile: str | None = None,
    category: str | None = None,
    minutes: int | None = None,
) -> gpd.GeoDataFrame:
    """One layer as a frame in EPSG:4326, indexed by key or code, of one area (``""`` = all the principal may see).

    Raises
    ------
    NotAllowedError, InputError
    """
    authorize(principal, "view_map", area_code or None)
    if layer not in LAYERS:
        raise InputError("There is no map layer {layer}. There are: {layers}.", layer=layer, layers=", ".join(LAYERS))
    with uow:
        if layer == "circles":
            return _circles(uow, profile, category, minutes)
        if layer == "uncovered_doors":
            return _uncovered(uow, principal, area_code, profile, category, DEFAULT_LIMIT_S if minutes is None else 60.0 * minutes)
        return _places(uow, principal, layer, area_code, bbox)


def grid_values(uow: UnitOfWork, principal: Principal, *, category: str, profile: str, limit_s: float = DEFAULT_LIMIT_S, area_code: str = "") -> pd.Series:
    """Covered share of every grid and area the principal may see, by code: what the map colours.

    Raises
    ------
    NotAllowedError
    """
    authorize(principal, "view_map", area_code or None)
    with uow:
        latest = uow.circles.latest()
        table = uow.circles.coverage(latest[0]) if latest else pd.DataFrame({name: [] for name in (AREA_CODE, CATEGORY, PROFILE, LIMIT_S, COVERED_SHARE)})
    chosen = table[(table[CATEGORY] == category) & (table[PROFILE] == profile) & (table[LIMIT_S] == limit_s)]
    values = chosen.set_index(AREA_CODE)[COVERED_SHARE]
    return values[[_may_see(principal, str(code), area_code) for code in values.index]]


def _may_see(principal: Principal, code: str, area_code: str) -> bool:
    return is_within(code, area_code) and may(principal, "view_map", code)


def _communities(uow: UnitOfWork, principal: Principal, area_code: str) -> list[str] | None:
    """Codes to read by, ``None`` where nothing limits them."""
    if not area_code and areas_for(principal, "view_map") is None:
        return None
    codes = uow.areas.communities_within(significant(area_code) if area_code else "")
    return [code for code in codes if _may_see(principal, code, area_code)]


def _places(uow: UnitOfWork, principal: Principal, layer: str, area_code: str, bbox: Bounds | None) -> gpd.GeoDataFrame:
    communities = _communities(uow, principal, area_code)
    if layer in ("areas", "communities"):
        frame = uow.areas.read(bbox=bbox)
        if layer == "communities":
            frame = frame[frame[LEVEL] == "community"]
        return frame[[_may_see(principal, str(code), area_code) for code in frame.index]]
    if layer == "grids":
        return uow.plans.grids(communities=communities, bbox=bbox)
    if layer == "duty_grids":
        return duty_grids_of(uow, communities)
    table: Places = getattr(uow, layer)
    return table.read(communities=communities, bbox=bbox)


def _circles(uow: UnitOfWork, profile: str | None, category: str | None, minutes: int | None) -> gpd.GeoDataFrame:
    latest = uow.circles.latest()
    if latest is None:
        return no_circles()
    circles = uow.circles.circles(latest[0], profile=profile, category=category)
    return circles if minutes is None else circles[circles["minutes"] == minutes]


def _uncovered(uow: UnitOfWork, principal: Principal, area_code: str, profile: str | None, category: str | None, limit_s: float) -> gpd.GeoDataFrame:
    """Buildings whose answer is not ``covered``, as points."""
    communities = _communities(uow, principal, area_code)
    buildings = uow.buildings.read(communities=communities)
    latest = uow.circles.latest()
    if latest is None or not len(buildings):
        return buildings.iloc[:0]
    walks = uow.circles.door_walks(latest[0], communities=communities)
    asked = walks[(walks[PROFILE] == (profile or "adult")) & (walks[CATEGORY] == category)].set_index(BUILDING_KEY)
    far = asked[four_answers(asked, limit_s=limit_s)[ANSWER] != COVERED]
    doors = buildings.join(far[[SECONDS]], how="inner")
    return doors.set_geometry(doors.representative_point())[[*doors.columns]]
