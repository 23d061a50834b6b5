"""What is wrong with a set of grids: every hard rule checked, every fault with its place and a sentence.

Shapes are compared in the caller's own system, where the community border is straight between its vertices, and the
differences are measured in metres.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from contracts.columns import GRID_CODE, KIND
from contracts.errors import GeometryError, InputError
from contracts.messages import Message
from gis.checks import require_columns, require_crs, require_finite, require_nonnegative
from grids.beyond import parts_beyond
from grids.check_dedicated import dedicated_faults
from grids.check_ground import require_same_ground
from grids.check_sheet import Sheet
from grids.check_walk import walk_faults
from grids.faults import COVERAGE, CUT, DUPLICATE, GAP, INVALID, ORPHAN, OUTSIDE, OVERLAP, WRONG_GRID, Fault, all_dedicated_fault, band_fault, multipart_fault
from grids.ground import Ground, prepare_ground
from grids.measures import HECTARE_M2
from grids.rules import DEDICATED, GridRule, rule_value
from grids.units import clean_polygon, read_community

__all__ = ["Fault", "find_faults"]


def find_faults(
    grids: gpd.GeoDataFrame,
    community: object,
    buildings: gpd.GeoDataFrame | None,
    *,
    rule: GridRule | None = None,
    dedicated: gpd.GeoDataFrame | None = None,
    lines: gpd.GeoDataFrame | None = None,
    crossings: gpd.GeoDataFrame | gpd.GeoSeries | None = None,
    ground: Ground | None = None,
) -> list[Fault]:
    """Every fault of a plan, an empty list where there is none.

    Parameters
    ----------
    grids
        Polygons indexed by code; loads are taken from the weight column (``households``) or else from the buildings. A
        grid whose ``kind`` is ``dedicated`` need not keep the band, but not every grid can be of that kind where people live.
    community
        As for ``divide_community``; a bare polygon is taken to be in the grids' system.
    buildings
        Footprints; a column ``grid_code``, where there is one, is checked too.
    dedicated
        Areas (polygons, ``name``) that are to be a dedicated grid each, without homes of others, and no other's ground; no
        other grid with people is dedicated then.
    lines, crossings
        As for ``divide_community``; with them (and buildings with the weight column, which this rule needs) grids joined only
        over a closed line without a crossing are found too. Without lines (and ``ground``) that rule is left out.
    ground
        The community as ``prepare_ground`` made it ready from these buildings and lines, where somebody has it: for the rule
        of walks, instead of ``lines`` and ``crossings``. What is measured are the grids' own shapes all the same.

    Raises
    ------
    CrsError, GeometryError, InputError, MissingColumnError
        Input that cannot be understood; a load that is missing, below zero or no number, with its row.
    """
    rule = GridRule() if rule is None else rule
    require_crs(grids, "grids")
    _require_loads(grids, buildings, rule, walks=lines is not None and ground is None)
    sheet = _sheet_of(grids, community, rule)
    if ground is not None:
        require_same_ground(sheet, ground, buildings, rule)
    near = None if buildings is None else _in_system(buildings, "buildings", grids.crs)
    faults = [*_shape_faults(sheet, grids), *_overlaps(sheet), *_border_faults(sheet), *_coverage_faults(sheet)]
    if near is not None and len(near):
        faults += _building_faults(sheet, near)
    loads = _loads(sheet, grids, buildings, rule)
    if dedicated is not None and len(dedicated):
        faults += dedicated_faults(sheet, _in_system(dedicated, "dedicated areas", grids.crs), near, rule.weight, loads)
    if ground is None and lines is not None and buildings is not None:
        ground = prepare_ground(community, buildings, lines, rule=rule, crossings=crossings)
    if ground is not None and len(grids):
        faults += walk_faults(grids, ground)
    return [*faults, *_band_faults(sheet, loads, rule)]


def _require_loads(grids: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame | None, rule: GridRule, *, walks: bool) -> None:
    """Pass where every load that a rule needs is there and a number, zero or more.

    Raises
    ------
    InputError, MissingColumnError
        Which one is not; or walks are to be checked and nobody says where people live.
    """
    if walks and buildings is None:
        raise InputError("Whether people can walk inside their grids takes buildings with {column}. Give them, or leave the lines out.", column=rule.weight)
    asked = [grids] if rule.weight in grids.columns else []
    if buildings is not None and (walks or (not asked and len(buildings))):
        require_columns(buildings, rule.weight, what="buildings")
        asked.append(buildings)
    for table in asked:
        require_finite(rule.weight, table[rule.weight])
        require_nonnegative(rule.weight, table[rule.weight])


def _sheet_of(grids: gpd.GeoDataFrame, community: object, rule: GridRule) -> Sheet:
    place = read_community(community, grids, rule)
    whole = clean_polygon(gpd.GeoSeries([place.given], crs=place.crs).to_crs(grids.crs).iloc[0])
    if whole is None:
        raise GeometryError("The community has no area: it is missing, empty, or not a polygon.")
    cleaned = np.array([clean_polygon(shape) or shapely.Polygon() for shape in grids.geometry], dtype=object)
    kinds = grids[KIND].astype(object).tolist() if KIND in grids.columns else [None] * len(grids)
    scale = place.metric.area / whole.area
    codes = [str(code) for code in grids.index]
    return Sheet(codes, kinds, cleaned, whole, grids.crs, scale, rule_value("gap_tolerance"), rule_value("cut_tolerance"))


def _in_system(places: gpd.GeoDataFrame, what: str, crs: object) -> gpd.GeoDataFrame:
    if len(places):
        require_crs(places, what)
    return places if places.crs is None else places.to_crs(crs)


def _shape_faults(sheet: Sheet, grids: gpd.GeoDataFrame) -> Iterator[Fault]:
    for code, given, shape in zip(sheet.codes, grids.geometry, sheet.shapes, strict=True):
        if shape.is_empty or not given.is_valid:
            spot = None if shape.is_empty else shape.representative_point()
            yield Fault(INVALID, (code,), spot, 0.0, Message("Grid {grid} has no proper outline (empty, or crossing itself). Draw it again.", {"grid": code}))
        if shape.geom_type == "MultiPolygon":
            pieces = sorted(shapely.get_parts(shape), key=lambda part: part.area)
            yield multipart_fault(code, len(pieces), pieces[0].representative_point(), float(sheet.area_m2(pieces[0])[0]))
    for code in sorted({code for code in sheet.codes if sheet.codes.count(code) > 1}):
        yield Fault(DUPLICATE, (code,), None, 0.0, Message("Code {grid} is used by more than one grid. Give each a code of its own.", {"grid": code}))


def _overlaps(sheet: Sheet) -> Iterator[Fault]:
    left, right = shapely.STRtree(sheet.shapes).query(sheet.shapes, predicate="intersects")
    keep = left < right
    for a, b in sorted(zip(left[keep], right[keep], strict=True)):
        shared = clean_polygon(shapely.intersection(sheet.shapes[a], sheet.shapes[b]))
        area = 0.0 if shared is None else float(sheet.area_m2(shared)[0])
        if shared is not None and area > sheet.tolerance_m2:
            facts = {"first": sheet.codes[a], "second": sheet.codes[b], "area": round(area, 2)}
            message = Message("Grids {first} and {second} overlap by {area} square metres. Move their border.", facts)
            yield Fault(OVERLAP, (sheet.codes[a], sheet.codes[b]), shared.representative_point(), area, message)


def _border_faults(sheet: Sheet) -> Iterator[Fault]:
    for spot, area in _pieces(sheet, sheet.community, shapely.union_all(sheet.shapes)):
        message = Message("{area} square metres of the community belong to no grid. Add them to a neighbour.", {"area": round(area, 2)})
        yield Fault(GAP, (), spot, area, message)
    for code, shape in zip(sheet.codes, sheet.shapes, strict=True):
        for spot, area in _pieces(sheet, shape, sheet.community):
            facts = {"grid": code, "area": round(area, 2)}
            message = Message("Grid {grid} reaches {area} square metres over the community border.", facts)
            yield Fault(OUTSIDE, (code,), spot, area, message)


def _pieces(sheet: Sheet, one: BaseGeometry, other: BaseGeometry) -> list[tuple[Point, float]]:
    """Spots on the parts of a shape beyond another that are more than rounding, and their areas, largest first."""
    parts, spots = parts_beyond(one, other)
    found = [(spot, float(area)) for spot, area in zip(spots, sheet.area_m2(parts), strict=True) if area > sheet.tolerance_m2]
    return sorted(found, key=lambda piece: (-piece[1], piece[0].x, piece[0].y))


def _coverage_faults(sheet: Sheet) -> Iterator[Fault]:
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


def _building_faults(sheet: Sheet, buildings: gpd.GeoDataFrame) -> list[Fault]:
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


def _faults_of_building(sheet: Sheet, key: object, shape: BaseGeometry, whole_m2: float, shares: list[tuple[float, int]], noted: Any) -> Iterator[Fault]:
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


def _band_faults(sheet: Sheet, loads: list[float], rule: GridRule) -> Iterator[Fault]:
    exempt = [kind == DEDICATED for kind in sheet.kinds]
    for code, shape, load, is_exempt in zip(sheet.codes, sheet.shapes, loads, exempt, strict=True):
        fault = None if is_exempt else band_fault(code, load, None if shape.is_empty else shape.representative_point(), rule)
        if fault is not None:
            yield fault
    if exempt and all(exempt) and sum(loads) > 0:
        yield all_dedicated_fault(tuple(sheet.codes), sheet.community.representative_point(), sum(loads))


def _loads(sheet: Sheet, grids: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame | None, rule: GridRule) -> list[float]:
    """Load of each grid: its own column, else the buildings whose middle lies in it; nothing is known without either."""
    if rule.weight in grids.columns:
        return [float(load) for load in grids[rule.weight]]
    if buildings is None or not len(buildings):
        return [0.0] * len(sheet.codes)
    middle = shapely.point_on_surface(buildings.geometry.to_crs(sheet.crs).to_numpy())
    building, grid = shapely.STRtree(sheet.shapes).query(middle, predicate="intersects")
    order = np.lexsort((-grid, building))
    home = np.full(len(buildings), -1, dtype=np.int64)
    home[building[order]] = grid[order]
    placed = home >= 0
    loads = np.bincount(home[placed], weights=buildings[rule.weight].to_numpy(dtype=float)[placed], minlength=len(sheet.codes))
    return list(loads + sheet.area_m2(sheet.shapes) * (rule.weight_per_hectare / HECTARE_M2))
