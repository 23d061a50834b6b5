"""Whether dedicated areas and dedicated grids are the same: one grid per area, nobody else's homes in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from contracts.columns import NAME
from contracts.messages import Message
from grids.check_sheet import Sheet
from grids.faults import SHARED, Fault, joined_fault, shared_fault, strangers_fault
from grids.rules import DEDICATED, rule_value
from grids.units import Objects, clean_polygon

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Area:
    """A connected piece of the dedicated area in ``row``, as far as it lies in the community, and what each grid holds of its ground."""

    row: int
    name: str
    shape: BaseGeometry
    m2: float
    held_m2: Floats

    @property
    def grid(self) -> int:
        """Number of the grid that holds most of it, -1 where none holds any."""
        return int(np.argmax(self.held_m2)) if self.held_m2.any() else -1


def dedicated_faults(sheet: Sheet, dedicated: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame | None, weight: str, loads: Sequence[float]) -> Iterator[Fault]:
    """Areas that several grids share or that lie in a grid for everybody, that overlap each other or share one grid; dedicated grids beyond or without areas.

    Areas and buildings are in the sheet's system. A share of ``dedicated_tolerance`` (``grid_rules.csv``) counts as drawing
    noise, all that a border misses taken together. Buildings without ``weight`` are nobody's homes: ground without people that
    only dedicated areas border on goes with one of them. ``loads`` of the grids say who lives there where no buildings are known.
    """
    noise = rule_value("dedicated_tolerance")
    footprints = np.array([] if buildings is None else [shape for shape in map(clean_polygon, buildings.geometry) if shape is not None], dtype=object)
    areas = list(_areas(sheet, dedicated, footprints))
    overlapping = list(_overlapping(sheet, areas, noise))
    for one, other, place, area_m2 in overlapping:
        facts = {"first": one.name, "second": other.name, "area": round(area_m2, 2)}
        message = Message("The dedicated areas {first} and {second} overlap by {area} square metres. Move the border of one.", facts)
        yield Fault(SHARED, (), place, area_m2, message)
    for area in areas:
        rest = float(area.held_m2.sum() - area.held_m2.max(initial=0.0))
        if area.grid >= 0 and (rest > noise * area.m2 or sheet.kinds[area.grid] != DEDICATED):
            codes = tuple(sheet.codes[number] for number in np.flatnonzero(area.held_m2 > min(sheet.tolerance_m2, area.held_m2.max())))
            yield shared_fault(area.name, codes or (sheet.codes[area.grid],), area.shape.representative_point(), rest)
    twice = {(one.row, other.row) for one, other, _, _ in overlapping}
    homes = None if buildings is None else _homes_outside(dedicated, buildings, weight, noise)
    for number in sorted({area.grid for area in areas if area.grid >= 0 and sheet.kinds[area.grid] == DEDICATED}):
        own = [area for area in areas if area.grid == number]
        yield from _joined(sheet, number, own, twice)
        yield from _swollen(sheet, number, areas, homes)
    yield from _without_area(sheet, areas, homes, loads, noise)


def _areas(sheet: Sheet, dedicated: gpd.GeoDataFrame, footprints: Objects) -> Iterator[_Area]:
    """The pieces of all areas; what each grid holds is counted without the ground of buildings on the edge, which go to one side."""
    named = dedicated[NAME].astype(object).tolist() if NAME in dedicated.columns else [""] * len(dedicated)
    tree = shapely.STRtree(footprints)
    for row, (key, name, drawn) in enumerate(zip(dedicated.index, named, dedicated.geometry, strict=True)):
        whole = clean_polygon(drawn)
        inside = None if whole is None else clean_polygon(shapely.intersection(whole, sheet.community))
        for part in () if inside is None else shapely.get_parts(inside):
            on_edge = footprints[tree.query(shapely.boundary(part), predicate="intersects")]
            ground = (clean_polygon(shapely.difference(part, shapely.union_all(on_edge))) if len(on_edge) else part) or part
            held = np.zeros(len(sheet.codes))
            near = np.flatnonzero(shapely.intersects(sheet.shapes, ground))
            if len(near):
                held[near] = sheet.area_m2(shapely.intersection(sheet.shapes[near], ground))
            yield _Area(row, name if isinstance(name, str) and name else str(key), part, float(sheet.area_m2(ground)[0]), held)


def _overlapping(sheet: Sheet, areas: Sequence[_Area], noise: float) -> Iterator[tuple[_Area, _Area, BaseGeometry, float]]:
    """Pairs of areas of different rows with common ground, a spot there and how much it is."""
    shapes: Objects = np.array([area.shape for area in areas], dtype=object)
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    for a, b in sorted(zip(left.tolist(), right.tolist(), strict=True)):
        if a < b and areas[a].row != areas[b].row:
            shared = clean_polygon(shapely.intersection(shapes[a], shapes[b]))
            area_m2 = 0.0 if shared is None else float(sheet.area_m2(shared)[0])
            if shared is not None and area_m2 > noise * min(areas[a].m2, areas[b].m2):
                yield areas[a], areas[b], shared.representative_point(), area_m2


def _joined(sheet: Sheet, number: int, own: Sequence[_Area], twice: set[tuple[int, int]]) -> Iterator[Fault]:
    """Several areas in one dedicated grid; one drawn twice is told as an overlap."""
    apart: list[_Area] = []
    for area in own:
        if all(area.row != other.row and (other.row, area.row) not in twice for other in apart):
            apart.append(area)
    if len(apart) > 1:
        yield joined_fault(sheet.codes[number], [area.name for area in apart], apart[1].shape.representative_point(), apart[1].m2)


def _homes_outside(dedicated: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, weight: str, noise: float) -> Objects:
    """Places (points) of buildings with people that stand outside of every dedicated area; on the edge of one is not outside."""
    peopled = buildings[pd.to_numeric(buildings[weight], errors="coerce") > 0] if weight in buildings.columns else buildings
    shapes = np.array([shape for shape in map(clean_polygon, peopled.geometry) if shape is not None], dtype=object)
    inside = shapely.union_all([shape for shape in map(clean_polygon, dedicated.geometry) if shape is not None])
    shapely.prepare(inside)
    outside = ~shapely.contains(inside, shapes)
    outside[outside] = shapely.area(shapely.intersection(shapes[outside], inside)) <= noise * shapely.area(shapes[outside])
    return np.asarray(shapely.point_on_surface(shapes[outside]), dtype=object)


def _swollen(sheet: Sheet, number: int, areas: Sequence[_Area], homes: Objects | None) -> Iterator[Fault]:
    """A dedicated grid with homes from outside its areas; where no buildings are known, one that is more than twice its areas."""
    shape, code = sheet.shapes[number], sheet.codes[number]
    beyond_m2 = float(sheet.area_m2(shape)[0] - sum(area.held_m2[number] for area in areas))
    if homes is None:
        if beyond_m2 > sum(area.held_m2[number] for area in areas):
            facts = {"grid": code, "area": round(beyond_m2)}
            message = Message("Dedicated grid {grid} reaches {area} square metres beyond its area, more than the area itself. Cut it down.", facts)
            yield Fault(SHARED, (code,), shape.representative_point(), beyond_m2, message)
        return
    strangers = homes[shapely.intersects(shape, homes)]
    if len(strangers):
        yield strangers_fault(code, len(strangers), strangers[0], beyond_m2)


def _without_area(sheet: Sheet, areas: Sequence[_Area], homes: Objects | None, loads: Sequence[float], noise: float) -> Iterator[Fault]:
    """Dedicated grids with people that hold nothing of any area."""
    whole_m2 = sheet.area_m2(sheet.shapes)
    held_m2 = np.sum([np.zeros(len(whole_m2)), *(area.held_m2 for area in areas)], axis=0)
    for number in np.flatnonzero((held_m2 <= noise * whole_m2) & np.array([kind == DEDICATED for kind in sheet.kinds], dtype=bool)).tolist():
        shape, code = sheet.shapes[number], sheet.codes[number]
        if loads[number] > 0 if homes is None else shapely.intersects(shape, homes).any():
            message = Message(
                "Dedicated grid {grid} holds no dedicated area, so its people have no comprehensive grid. Describe it as comprehensive.", {"grid": code}
            )
            yield Fault(SHARED, (code,), None if shape.is_empty else shape.representative_point(), float(whole_m2[number]), message)
