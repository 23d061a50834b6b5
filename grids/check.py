"""What is wrong with a set of grids: every hard rule checked, every fault with its place and a sentence.

Shapes are compared in the caller's own system, where the community border is straight between its vertices, and the
differences are measured in metres.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from contracts.columns import GRID_CODE, KIND, NAME
from contracts.errors import GeometryError
from contracts.messages import Message
from gis.checks import require_columns, require_crs
from grids.check_walk import walk_faults
from grids.faults import COVERAGE, CUT, DUPLICATE, GAP, INVALID, ORPHAN, OUTSIDE, OVERLAP, WRONG_GRID, Fault, band_fault, multipart_fault, shared_fault
from grids.measures import HECTARE_M2
from grids.rules import DEDICATED, GridRule, rule_value
from grids.units import Objects, clean_polygon, read_community

__all__ = ["Fault", "find_faults"]

DEDICATED_NOISE = 0.02  # share of a dedicated area that a border may miss: a building on its edge goes to one side


@dataclass(frozen=True)
class _Sheet:
    """Everything on one sheet: grids, community and buildings in the grids' system, cleaned."""

    codes: list[str]
    shapes: Objects
    community: BaseGeometry
    crs: object
    m2_per_unit: float
    tolerance_m2: float
    cut_m2: float

    def area_m2(self, shape: BaseGeometry | Objects) -> np.ndarray:
        """Area of shapes in square metres: measured where they are drawn and scaled by that of the community.

        Projecting a sliver instead would count the bend a long straight border gets, up to square metres.
        """
        return np.atleast_1d(shapely.area(shape)) * self.m2_per_unit


def find_faults(
    grids: gpd.GeoDataFrame,
    community: object,
    buildings: gpd.GeoDataFrame | None,
    *,
    rule: GridRule | None = None,
    dedicated: gpd.GeoDataFrame | None = None,
    lines: gpd.GeoDataFrame | None = None,
    crossings: gpd.GeoDataFrame | gpd.GeoSeries | None = None,
) -> list[Fault]:
    """Every fault of a plan, an empty list where there is none.

    Parameters
    ----------
    grids
        Polygons indexed by code; loads are taken from the weight column (``households``) or else from the buildings. A
        grid whose ``kind`` is ``dedicated`` need not keep the band.
    community
        As for ``divide_community``; a bare polygon is taken to be in the grids' system.
    buildings
        Footprints; a column ``grid_code``, where there is one, is checked too.
    dedicated
        Areas (polygons, ``name``) that are to be a dedicated grid each and no other's ground.
    lines, crossings
        As for ``divide_community``; with them, grids joined only over a closed line without a crossing are found too.

    Raises
    ------
    CrsError, GeometryError, InputError
        Input that cannot be understood.
    """
    rule = GridRule() if rule is None else rule
    require_crs(grids, "grids")
    place = read_community(community, grids, rule)
    whole = clean_polygon(gpd.GeoSeries([place.given], crs=place.crs).to_crs(grids.crs).iloc[0])
    cleaned = np.array([clean_polygon(shape) or shapely.Polygon() for shape in grids.geometry], dtype=object)
    if whole is None:
        raise GeometryError("The community has no area: it is missing, empty, or not a polygon.")
    scale = place.metric.area / whole.area
    sheet = _Sheet([str(code) for code in grids.index], cleaned, whole, grids.crs, scale, rule_value("gap_tolerance"), rule_value("cut_tolerance"))
    faults = [*_shape_faults(sheet, grids), *_overlaps(sheet), *_border_faults(sheet), *_coverage_faults(sheet)]
    if buildings is not None and len(buildings):
        require_crs(buildings, "buildings")
        faults += _building_faults(sheet, buildings.to_crs(grids.crs))
    if dedicated is not None and len(dedicated):
        require_crs(dedicated, "dedicated areas")
        faults += _dedicated_faults(sheet, grids, dedicated.to_crs(grids.crs))
    if lines is not None and buildings is not None and len(grids):
        faults += walk_faults(grids, community, buildings, lines, crossings, rule)
    return [*faults, *_band_faults(sheet, grids, buildings, rule)]


def _shape_faults(sheet: _Sheet, grids: gpd.GeoDataFrame) -> Iterator[Fault]:
    for code, given, shape in zip(sheet.codes, grids.geometry, sheet.shapes, strict=True):
        if shape.is_empty or not given.is_valid:
            spot = None if shape.is_empty else shape.representative_point()
            yield Fault(INVALID, (code,), spot, 0.0, Message("Grid {grid} has no proper outline (empty, or crossing itself). Draw it again.", {"grid": code}))
        if shape.geom_type == "MultiPolygon":
            pieces = sorted(shapely.get_parts(shape), key=lambda part: part.area)
            yield multipart_fault(code, len(pieces), pieces[0].representative_point(), float(sheet.area_m2(pieces[0])[0]))
    for code in sorted({code for code in sheet.codes if sheet.codes.count(code) > 1}):
        yield Fault(DUPLICATE, (code,), None, 0.0, Message("Code {grid} is used by more than one grid. Give each a code of its own.", {"grid": code}))


def _overlaps(sheet: _Sheet) -> Iterator[Fault]:
    left, right = shapely.STRtree(sheet.shapes).query(sheet.shapes, predicate="intersects")
    keep = left < right
    for a, b in sorted(zip(left[keep], right[keep], strict=True)):
        shared = clean_polygon(shapely.intersection(sheet.shapes[a], sheet.shapes[b]))
        area = 0.0 if shared is None else float(sheet.area_m2(shared)[0])
        if shared is not None and area > sheet.tolerance_m2:
            facts = {"first": sheet.codes[a], "second": sheet.codes[b], "area": round(area, 2)}
            message = Message("Grids {first} and {second} overlap by {area} square metres. Move their border.", facts)
            yield Fault(OVERLAP, (sheet.codes[a], sheet.codes[b]), shared.representative_point(), area, message)


def _border_faults(sheet: _Sheet) -> Iterator[Fault]:
    covered = shapely.union_all(sheet.shapes)
    for part, area in _pieces(sheet, shapely.difference(sheet.community, covered)):
        yield Fault(
            GAP,
            (),
            part.representative_point(),
            area,
            Message("{area} square metres of the community belong to no grid. Add them to a neighbour.", {"area": round(area, 2)}),
        )
    for code, shape in zip(sheet.codes, sheet.shapes, strict=True):
        for part, area in _pieces(sheet, shapely.difference(shape, sheet.community)):
            facts = {"grid": code, "area": round(area, 2)}
            yield Fault(
                OUTSIDE, (code,), part.representative_point(), area, Message("Grid {grid} reaches {area} square metres over the community border.", facts)
            )


def _pieces(sheet: _Sheet, shape: BaseGeometry) -> list[tuple[BaseGeometry, float]]:
    """Parts of a difference that are more than rounding, largest first."""
    polygon = clean_polygon(shape)
    if polygon is None:
        return []
    parts = shapely.get_parts(polygon)
    found = [(part, float(area)) for part, area in zip(parts, sheet.area_m2(parts), strict=True) if area > sheet.tolerance_m2]
    return sorted(found, key=lambda piece: (-piece[1], piece[0].bounds))


def _coverage_faults(sheet: _Sheet) -> Iterator[Fault]:
    """Borders of neighbours that do not run through the same vertices, though no overlap is worth naming.

    Gaps are the area's matter: a narrow one may well be the community's own, as where its outline doubles back.
    """
    usable = np.flatnonzero(~shapely.is_empty(sheet.shapes))
    for number, edge in zip(usable, shapely.coverage_invalid_edges(sheet.shapes[usable]), strict=True):
        if not edge.is_empty:
            code = sheet.codes[number]
            message = Message(
                "The border of grid {grid} does not run through the same points as its neighbour's. Take over the neighbour's points.", {"grid": code}
            )
            yield Fault(COVERAGE, (code,), shapely.point_on_surface(edge), float(shapely.length(edge)), message)


def _building_faults(sheet: _Sheet, buildings: gpd.GeoDataFrame) -> list[Fault]:
    """Buildings with more than drawing noise outside their grid, in no grid, or noted in another one."""
    faults: list[Fault] = []
    shapes = np.array([clean_polygon(shape) or shapely.Polygon() for shape in buildings.geometry], dtype=object)
    shapes = np.where(shapely.is_empty(shapes), shapes, shapely.intersection(shapes, sheet.community))
    building, grid = shapely.STRtree(sheet.shapes).query(shapes, predicate="intersects")
    area = sheet.area_m2(shapely.intersection(shapes[building], sheet.shapes[grid])) if len(building) else np.empty(0)
    noted = buildings[GRID_CODE] if GRID_CODE in buildings.columns else pd.Series(None, index=buildings.index, dtype="str")
    whole = sheet.area_m2(shapes)
    for number, key in enumerate(buildings.index):
        own = np.flatnonzero(building == number)
        shares = sorted(((float(area[row]), int(grid[row])) for row in own), key=lambda share: (-share[0], share[1]))
        faults += _faults_of_building(sheet, key, shapes[number], float(whole[number]), shares, noted.iloc[number])
    return faults


def _faults_of_building(sheet: _Sheet, key: object, shape: BaseGeometry, whole_m2: float, shares: list[tuple[float, int]], noted: Any) -> Iterator[Fault]:
    spot = None if shape.is_empty else shape.representative_point()
    if not shares or shares[0][0] <= min(sheet.tolerance_m2, 0.5 * whole_m2):
        yield Fault(ORPHAN, (), spot, whole_m2, Message("Building {building} lies in no grid. Check its place, or extend a grid.", {"building": key}), key)
        return
    code = sheet.codes[shares[0][1]]
    cut = sum(area for area, _ in shares[1:])
    if cut > sheet.cut_m2:
        touched = tuple(sheet.codes[number] for area, number in shares if area > sheet.tolerance_m2)
        facts = {"building": key, "grids": touched, "area": round(cut, 2)}
        yield Fault(
            CUT, touched, spot, cut, Message("Building {building} is cut: grids {grids} share it, {area} square metres lie outside the main one.", facts), key
        )
    if noted is not None and not pd.isna(noted) and str(noted) != code:
        facts = {"building": key, "noted": noted, "grid": code}
        yield Fault(
            WRONG_GRID, (code,), spot, whole_m2, Message("Building {building} is noted in grid {noted} but stands in {grid}. Correct the note.", facts), key
        )


def _dedicated_faults(sheet: _Sheet, grids: gpd.GeoDataFrame, dedicated: gpd.GeoDataFrame) -> Iterator[Fault]:
    """Dedicated areas that several grids share, or that lie in a grid for everybody."""
    names = dedicated[NAME] if NAME in dedicated.columns else pd.Series("", index=dedicated.index)
    kinds = grids[KIND].astype(object).tolist() if KIND in grids.columns else [None] * len(grids)
    parts = [(name, part) for name, shape in zip(names, dedicated.geometry, strict=True) for part in shapely.get_parts(clean_polygon(shape))]
    for name, part in parts:
        own = np.flatnonzero(shapely.intersects(sheet.shapes, part))
        area = sheet.area_m2(shapely.intersection(sheet.shapes[own], part)) if len(own) else np.empty(0)
        touched = own[area > DEDICATED_NOISE * sheet.area_m2(part)[0]]
        if len(touched) > 1 or any(kinds[number] != DEDICATED for number in touched):
            codes = tuple(sheet.codes[number] for number in touched)
            yield shared_fault(str(name), codes, part.representative_point(), float(area.sum() - area.max()))


def _band_faults(sheet: _Sheet, grids: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame | None, rule: GridRule) -> Iterator[Fault]:
    loads = _loads(sheet, grids, buildings, rule)
    exempt = (grids[KIND] == DEDICATED).to_numpy(dtype=bool) if KIND in grids.columns else np.zeros(len(grids), dtype=bool)
    for code, shape, load, is_exempt in zip(sheet.codes, sheet.shapes, loads, exempt, strict=True):
        fault = None if is_exempt else band_fault(code, load, None if shape.is_empty else shape.representative_point(), rule)
        if fault is not None:
            yield fault


def _loads(sheet: _Sheet, grids: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame | None, rule: GridRule) -> list[float]:
    """Load of each grid: its own column, else the buildings whose middle lies in it; nothing is known without either."""
    if rule.weight in grids.columns:
        return [float(load) for load in grids[rule.weight]]
    if buildings is None or not len(buildings):
        return [0.0] * len(sheet.codes)
    require_columns(buildings, rule.weight, what="buildings")
    middle = shapely.point_on_surface(buildings.geometry.to_crs(sheet.crs).to_numpy())
    building, grid = shapely.STRtree(sheet.shapes).query(middle, predicate="intersects")
    order = np.lexsort((-grid, building))
    home = np.full(len(buildings), -1, dtype=np.int64)
    home[building[order]] = grid[order]
    placed = home >= 0
    loads = np.bincount(home[placed], weights=buildings[rule.weight].to_numpy(dtype=float)[placed], minlength=len(sheet.codes))
    return list(loads + sheet.area_m2(sheet.shapes) * (rule.weight_per_hectare / HECTARE_M2))
