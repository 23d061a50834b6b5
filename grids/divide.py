"""Divide one community into management grids that keep the rules, or say which rule cannot be kept and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from contracts.columns import CODE, COMMUNITY_CODE, GRID_CODE, HOUSEHOLDS, KIND, RESIDENTS
from contracts.errors import InputError
from contracts.messages import Message
from gis.checks import require_crs
from grids import measures
from grids.atoms import Atoms, make_atoms
from grids.borders import Segments, crossing_points, kinds_of, neighbours_of, shared_segments
from grids.choose import Finding, choose_grids, labels_before
from grids.codes import keep_codes, number_codes, order_of
from grids.faces import Faces, make_faces, read_lines
from grids.outline import vertex_restorer
from grids.rules import THROUGH_BLOCK, GridRule
from grids.units import Objects, Place, Units, make_units, read_community

__all__ = ["DivisionReport", "Finding", "GridPlan", "GridRule", "divide_community"]

COMPREHENSIVE = "comprehensive"
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class DivisionReport:
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
    report: DivisionReport


def divide_community(
    community: object,
    buildings: gpd.GeoDataFrame,
    lines: gpd.GeoDataFrame | None,
    *,
    rule: GridRule | None = None,
    seed: int = 0,
    crossings: gpd.GeoDataFrame | gpd.GeoSeries | None = None,
    previous: pd.Series | None = None,
) -> GridPlan:
    """Grids that tile the community exactly, cut no building, hang together and hold the band of households.

    Parameters
    ----------
    community
        A shapely polygon in the buildings' system, a GeoSeries, or a frame of one row; its text index or ``code``
        column begins the grid codes.
    buildings
        Footprints with the weight column (``households``); the index is kept.
    lines
        Lines with ``kind`` river, rail, expressway, major, minor or wall; polygons count by their outline.
    rule
        Band, target and border costs; the reference tables where not given.
    seed
        Start of the random search; equal input gives equal grids, in whatever order the rows come.
    crossings
        Points (gates, bridges, underpasses) where a closed line can be walked over.
    previous
        Grid code of each building in the plan in force: a code stays with the grid that keeps most of its households.

    Returns
    -------
        A plan that is always a valid coverage. Rules that cannot be kept are findings of its report.

    Raises
    ------
    InputError, CrsError, GeometryError, MissingColumnError
        Input that cannot be understood. Never for a rule that cannot be kept.
    """
    rule = GridRule() if rule is None else rule
    if not isinstance(buildings, gpd.GeoDataFrame):
        raise InputError("The buildings must be a GeoDataFrame, not {kind}.", kind=type(buildings).__name__)
    place = read_community(community, buildings, rule)
    units = make_units(buildings, place, rule)
    drawn = read_lines(lines, place, rule)

    faces = make_faces(place, units, drawn, rule)
    segments = shared_segments(faces.shapes)
    kinds = kinds_of(segments, drawn, rule)
    atoms = make_atoms(faces, segments, units)
    gates = crossing_points(drawn, rule, _crossing_xy(crossings, place))
    before = None if previous is None or not len(previous) else labels_before(previous, units, atoms)
    choice = choose_grids(atoms.weights, neighbours_of(segments, kinds, atoms.of_face, rule, gates), rule, seed, previous_label=before)

    label_of_face = choice.labels[atoms.of_face]
    order, shapes = _shapes(faces, label_of_face, place)
    label_of_building = _label_of_building(buildings.index, units, choice.labels[atoms.of_unit])
    code_of_label = _codes(order, label_of_building, buildings[rule.weight], previous, place, rule)
    grid_of_building = label_of_building.map(dict(enumerate(code_of_label))).astype("str").rename(GRID_CODE)
    codes = code_of_label[order]
    grids = _frame(codes, shapes, _restore(shapes, place, buildings, segments), place, buildings, grid_of_building, rule)
    grids = _with_borders(grids, segments, kinds, np.argsort(order)[label_of_face])
    named = [replace(finding, grids=tuple(code_of_label[label] for label in finding.grids)) for finding in choice.findings]
    findings = (*named, *_input_findings(place, units, atoms))
    return GridPlan(grids, grid_of_building, _report(grids, buildings, grid_of_building, rule, findings))


def _crossing_xy(crossings: gpd.GeoDataFrame | gpd.GeoSeries | None, place: Place) -> npt.NDArray[np.float64]:
    """Crossings as metric points; lines and areas count by every vertex of theirs."""
    if crossings is None or not len(crossings):
        return np.empty((0, 2))
    require_crs(crossings, "crossings")
    return shapely.get_coordinates(crossings.geometry.to_crs(place.metric_crs).to_numpy())


def _shapes(faces: Faces, label: Ints, place: Place) -> tuple[Ints, Objects]:
    """Labels in reading order and the dissolved metric shape of each."""
    sort = np.argsort(label, kind="stable")
    starts = np.flatnonzero(np.diff(label[sort], prepend=-1))
    groups = np.split(faces.shapes[sort], starts[1:])
    shapes = np.empty(len(groups), dtype=object)
    for number, group in enumerate(groups):
        shapes[number] = shapely.normalize(shapely.coverage_union_all(group))
    order = order_of(gpd.GeoSeries(shapes, crs=place.metric_crs))
    return order, shapes[order]


def _restore(shapes: Objects, place: Place, buildings: gpd.GeoDataFrame, segments: Segments) -> Objects:
    """The shapes in the caller's system, vertex for vertex; plainly projected where that would spoil one below a centimetre."""
    footprints = buildings.geometry.to_crs(place.crs).to_numpy() if len(buildings) else np.empty(0, dtype=object)
    exact = shapely.transform(shapes, vertex_restorer(place, footprints, segments.outer_xy))
    if shapely.is_valid(exact).all() and shapely.coverage_is_valid(exact):
        return exact
    return gpd.GeoSeries(shapes, crs=place.metric_crs).to_crs(place.crs).to_numpy()


def _label_of_building(index: pd.Index, units: Units, label_of_unit: Ints) -> pd.Series:
    """Grid label of each building on the caller's index, missing where it has none."""
    placed = units.of_building >= 0
    labels = np.full(len(units.keys), -1, dtype=np.int64)
    labels[placed] = label_of_unit[units.of_building[placed]]
    return pd.Series(labels, index=units.keys, dtype="Int64").where(placed).reindex(index)


def _codes(order: Ints, label_of_building: pd.Series, weights: pd.Series, previous: pd.Series | None, place: Place, rule: GridRule) -> Objects:
    """Code of each label: numbered in reading order, or kept from the plan in force as far as grids live on."""
    codes = np.empty(len(order), dtype=object)
    if previous is None or not len(previous):
        codes[order] = number_codes(place.code, len(order), rule.taken_codes)
        return codes
    old = previous.reindex(label_of_building.index)
    kept = keep_codes(label_of_building, old, weights, order, community_code=place.code, taken=rule.taken_codes)
    codes[order] = [kept[label] for label in order]
    return codes


def _frame(
    codes: Objects, metric: Objects, shapes: Objects, place: Place, buildings: gpd.GeoDataFrame, grid_of_building: pd.Series, rule: GridRule
) -> gpd.GeoDataFrame:
    """Grids with their loads and shape figures."""
    index = pd.Index(codes, dtype="str", name=CODE)
    measured = gpd.GeoSeries(metric, index=index, crs=place.metric_crs)
    columns: dict[str, Any] = {KIND: COMPREHENSIVE, COMMUNITY_CODE: place.code}
    for column in dict.fromkeys([HOUSEHOLDS, RESIDENTS, rule.weight]):
        if column in buildings.columns:
            values = pd.to_numeric(buildings[column], errors="coerce").fillna(0)
            columns[column] = measures.sum_by_grid(values, grid_of_building, index)
    columns[measures.BUILDINGS] = measures.sum_by_grid(pd.Series(1, index=buildings.index), grid_of_building, index)
    columns[measures.AREA_M2] = measured.area
    columns[measures.DEVIATION_SHARE] = measures.deviation_share(columns[rule.weight], target=rule.target)
    columns[measures.COMPACTNESS] = measures.polsby_popper(measured)
    return gpd.GeoDataFrame(columns, index=index, geometry=shapes, crs=place.crs)


def _with_borders(grids: gpd.GeoDataFrame, segments: Segments, kinds: npt.NDArray[np.str_], grid_of_face: Ints) -> gpd.GeoDataFrame:
    left, right = grid_of_face[segments.left], grid_of_face[segments.right]
    inner = left != right
    length, share = measures.street_share(segments.length_m[inner], kinds[inner] != THROUGH_BLOCK, left[inner], right[inner], len(grids))
    return grids.assign(**{measures.INNER_BORDER_M: length.to_numpy(), measures.STREET_SHARE: share.to_numpy()})


def _input_findings(place: Place, units: Units, atoms: Atoms) -> list[Finding]:
    """What the input made necessary, each with the buildings concerned."""
    torn = tuple(units.keys[np.isin(units.of_building, atoms.torn)])
    found: list[tuple[str, tuple[Any, ...], Message]] = [
        (
            "building",
            units.outside,
            Message("{count} building(s) lie outside the community and got no grid. Check their place or the border.", _count(units.outside)),
        ),
        ("building", units.shapeless, Message("{count} building(s) have no usable footprint and got no grid. Draw them again.", _count(units.shapeless))),
        (
            "building",
            torn,
            Message("{count} building(s) stand on ground that nothing connects and count where most of them stands. Divide them.", _count(torn)),
        ),
        (
            "border",
            units.crossing_border,
            Message("{count} building(s) reach over the community border and count with the part inside. Check the border.", _count(units.crossing_border)),
        ),
        (
            "overlap",
            units.tied,
            Message("{count} building(s) overlap others and were kept together with them. Check for footprints drawn twice.", _count(units.tied)),
        ),
    ]
    findings = [Finding(rule, message, (), keys) for rule, keys, message in found if keys]
    if place.was_mended:
        findings.append(Finding("outline", Message("The community's outline crosses itself and was mended. Check the border.")))
    return findings


def _count(keys: tuple[Any, ...]) -> dict[str, int]:
    return {"count": len(keys)}


def _report(grids: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, grid_of_building: pd.Series, rule: GridRule, findings: tuple[Finding, ...]) -> DivisionReport:
    loads = grids[rule.weight].to_numpy(dtype=float)
    inside = (loads >= rule.band[0]) & (loads <= rule.band[1])
    return DivisionReport(len(grids), float(loads.sum()), rule.band, rule.target, int(inside.sum()), findings)
