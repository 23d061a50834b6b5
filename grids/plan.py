"""Grids as the rest of the house takes them: shapes, codes, figures and a report, put together from the grid number of each atom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from contracts.columns import CODE, COMMUNITY_CODE, GRID_CODE, HOUSEHOLDS, KIND, NAME, RESIDENTS
from contracts.messages import Message
from grids import measures
from grids.choose import Finding
from grids.codes import order_of
from grids.faults import MULTIPART, pieces_message
from grids.fitting import fit_to_border
from grids.ground import Ground
from grids.outline import DrawnBorders, drop_vertices, vertex_restorer
from grids.rules import COMPREHENSIVE, DEDICATED, THROUGH_BLOCK, GridRule
from grids.units import Objects

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class PlanReport:
    """What was made and what could not be kept. ``findings`` is empty when every rule holds."""

    parts: int
    weight: float
    band: tuple[float, float]
    target: float
    in_band: int
    findings: tuple[Finding, ...]

    @property
    def keeps_rules(self) -> bool:
        """Whether every grid keeps the band and every building has its grid."""
        return not any(finding.rule in ("band", "walk", "building") for finding in self.findings)

    @property
    def messages(self) -> list[Message]:
        """The findings as sentences."""
        return [finding.message for finding in self.findings]

    def to_mapping(self) -> Mapping[str, Any]:
        """Plain values, to be kept with the plan."""
        return {
            "parts": self.parts,
            "weight": self.weight,
            "band": list(self.band),
            "target": self.target,
            "in_band": self.in_band,
            "findings": [
                {"rule": f.rule, "template": f.message.template, "details": {k: str(v) for k, v in f.message.details.items()}, "grids": list(f.grids)}
                for f in self.findings
            ],
        }


@dataclass(frozen=True)
class GridPlan:
    """Grids indexed by code in the community's system, the grid code of each building (missing = outside), the report."""

    grids: gpd.GeoDataFrame
    buildings: pd.Series
    report: PlanReport


@dataclass(frozen=True)
class Drawing:
    """Shapes of the grids by reading order: ``order`` holds the grid number of each, in metres and in the community's system."""

    order: Ints
    metric: Objects
    shapes: Objects


@dataclass(frozen=True)
class Names:
    """What the grids are called, one each by grid number: code, kind, name (None = the plan has no column of names)."""

    codes: Sequence[str]
    kinds: Sequence[str] | None = None
    names: Sequence[str] | None = None


def draw_grids(ground: Ground, label_of_atom: Ints) -> Drawing:
    """Dissolve the faces of each grid; atoms with the number -1 are left out."""
    label = label_of_atom[ground.atoms.of_face]
    sort = np.argsort(label, kind="stable")
    sort = sort[label[sort] >= 0]
    if not len(sort):
        return Drawing(np.empty(0, dtype=np.int64), np.empty(0, dtype=object), np.empty(0, dtype=object))
    starts = np.flatnonzero(np.diff(label[sort], prepend=-1))
    groups = np.split(ground.faces.shapes[sort], starts[1:])
    shapes = np.empty(len(groups), dtype=object)
    for number, group in enumerate(groups):
        shapes[number] = shapely.normalize(shapely.coverage_union_all(group))
    if ground.drawn is not None:
        shapes = drop_vertices(shapes, ground.drawn_metric)
    order = order_of(gpd.GeoSeries(shapes, crs=ground.place.metric_crs))
    return Drawing(label[sort][starts][order], shapes[order], _restore(shapes[order], ground))


def _restore(shapes: Objects, ground: Ground) -> Objects:
    """The shapes in the caller's system, vertex for vertex, and up to the border of the community."""
    place, buildings = ground.place, ground.buildings
    footprints = buildings.geometry.to_crs(place.crs).to_numpy() if len(buildings) else np.empty(0, dtype=object)
    drawn = None if ground.drawn is None else DrawnBorders(ground.drawn.to_numpy(), shapely.get_coordinates(shapes))
    return fit_to_border(shapely.transform(shapes, vertex_restorer(place, footprints, ground.segments.outer_xy, drawn)), place)


def put_together(ground: Ground, label_of_atom: Ints, drawing: Drawing, called: Names, rule: GridRule, findings: tuple[Finding, ...]) -> GridPlan:
    """The plan with all its figures; ``called`` by grid number, ``findings`` with codes. Each grid in pieces gets one more."""
    code = np.array(called.codes, dtype=object)
    number = ground.label_of_building(label_of_atom)
    grid_of_building = number.map(dict(enumerate(code))).astype("str").rename(GRID_CODE)
    grids = _frame(ground, drawing, called, grid_of_building, rule)
    place_of = np.full(len(code) + 1, -1, dtype=np.int64)
    place_of[drawing.order] = np.arange(len(drawing.order))
    grids = _with_borders(grids, ground, place_of[label_of_atom[ground.atoms.of_face]])
    return GridPlan(grids, grid_of_building, _report(grids, rule, (*findings, *_pieces_findings(grids, findings))))


def _frame(ground: Ground, drawing: Drawing, called: Names, grid_of_building: pd.Series, rule: GridRule) -> gpd.GeoDataFrame:
    """Grids with their loads and shape figures."""
    buildings, place = ground.buildings, ground.place
    index = pd.Index([called.codes[number] for number in drawing.order], dtype="str", name=CODE)
    measured = gpd.GeoSeries(drawing.metric, index=index, crs=place.metric_crs)
    columns: dict[str, Any] = {} if called.names is None else {NAME: [called.names[number] for number in drawing.order]}
    columns |= {KIND: COMPREHENSIVE if called.kinds is None else [called.kinds[number] for number in drawing.order], COMMUNITY_CODE: place.code}
    for column in dict.fromkeys([HOUSEHOLDS, RESIDENTS, rule.weight]):
        if column in buildings.columns:
            values = pd.to_numeric(buildings[column], errors="coerce").fillna(0)
            columns[column] = measures.sum_by_grid(values, grid_of_building, index)
    if rule.weight_per_hectare:
        columns[rule.weight] = columns[rule.weight] + measured.area * (rule.weight_per_hectare / measures.HECTARE_M2)
    columns[measures.BUILDINGS] = measures.sum_by_grid(pd.Series(1, index=buildings.index), grid_of_building, index)
    columns[measures.AREA_M2] = measured.area
    deviation = measures.deviation_share(columns[rule.weight], target=rule.target)
    columns[measures.DEVIATION_SHARE] = deviation if called.kinds is None else deviation.where(np.array(columns[KIND]) != DEDICATED)
    columns[measures.COMPACTNESS] = measures.polsby_popper(measured)
    return gpd.GeoDataFrame(columns, index=index, geometry=drawing.shapes, crs=place.crs)


def _with_borders(grids: gpd.GeoDataFrame, ground: Ground, grid_of_face: Ints) -> gpd.GeoDataFrame:
    segments = ground.segments
    left, right = grid_of_face[segments.left], grid_of_face[segments.right]
    inner = (left != right) & (left >= 0) & (right >= 0)
    length, share = measures.street_share(segments.length_m[inner], ground.kinds[inner] != THROUGH_BLOCK, left[inner], right[inner], len(grids))
    return grids.assign(**{measures.INNER_BORDER_M: length.to_numpy(), measures.STREET_SHARE: share.to_numpy()})


def _report(grids: gpd.GeoDataFrame, rule: GridRule, findings: tuple[Finding, ...]) -> PlanReport:
    loads = grids[rule.weight].to_numpy(dtype=float)
    inside = ((loads >= rule.band[0]) & (loads <= rule.band[1])) | (grids[KIND] == DEDICATED).to_numpy()
    return PlanReport(len(grids), float(loads.sum()), rule.band, rule.target, int(inside.sum()), findings)


def _pieces_findings(grids: gpd.GeoDataFrame, findings: tuple[Finding, ...]) -> list[Finding]:
    """Grids that hang together only over ground the community has not, as over a slit thinner than the 1 cm grid; those told already left out."""
    told = {code for finding in findings if finding.rule == MULTIPART for code in finding.grids}
    count = shapely.get_num_geometries(grids.geometry.to_numpy())
    torn = [(str(code), int(pieces)) for code, pieces in zip(grids.index, count, strict=True) if pieces > 1 and code not in told]
    return [Finding(MULTIPART, pieces_message(code, pieces), (code,)) for code, pieces in torn]


def input_findings(ground: Ground) -> list[Finding]:
    """What the input made necessary, each with the buildings concerned."""
    units = ground.units
    torn = tuple(units.keys[np.isin(units.of_building, ground.atoms.torn)])
    found: list[tuple[str, tuple[Any, ...], Message]] = [
        (
            "building",
            units.outside,
            Message("{count:building lies|buildings lie} outside the community and got no grid. Check their place or the border.", _count(units.outside)),
        ),
        (
            "building",
            units.shapeless,
            Message("{count:building has|buildings have} no usable footprint and got no grid. Draw the footprint again.", _count(units.shapeless)),
        ),
        (
            "building",
            torn,
            Message(
                "{count:building stands|buildings stand} on ground that nothing connects, counted where most of it lies. Draw each part as a building of its own.",
                _count(torn),
            ),
        ),
        (
            "border",
            units.crossing_border,
            Message(
                "{count:building reaches|buildings reach} over the community border, counted with the part inside. Check the border.",
                _count(units.crossing_border),
            ),
        ),
        (
            "overlap",
            units.tied,
            Message("{count:building overlaps|buildings overlap} others and got the same grid. Check for footprints drawn twice.", _count(units.tied)),
        ),
    ]
    findings = [Finding(rule, message, (), keys) for rule, keys, message in found if keys]
    if ground.place.was_mended:
        findings.append(Finding("outline", Message("The community's outline crosses itself and was mended. Check the border.")))
    return findings


def _count(keys: tuple[Any, ...]) -> dict[str, int]:
    return {"count": len(keys)}
