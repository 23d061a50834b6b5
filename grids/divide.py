"""Divide one community into management grids that keep the rules, or say which rule cannot be kept and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from grids.borders import Neighbours, connected_pieces, neighbours_among
from grids.choose import Choice, Finding, choose_grids
from grids.codes import keep_codes, number_codes
from grids.ground import Ground, prepare_ground
from grids.plan import Drawing, GridPlan, Names, PlanReport, draw_grids, input_findings, put_together
from grids.rules import COMPREHENSIVE, DEDICATED, GridRule
from grids.units import Objects

__all__ = ["Finding", "GridPlan", "GridRule", "PlanReport", "choose_on_ground", "codes_of_labels", "divide_community", "divide_ground", "with_dedicated"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def divide_community(
    community: object,
    buildings: gpd.GeoDataFrame,
    lines: gpd.GeoDataFrame | None,
    *,
    rule: GridRule | None = None,
    seed: int = 0,
    crossings: gpd.GeoDataFrame | gpd.GeoSeries | None = None,
    previous: pd.Series | None = None,
    dedicated: gpd.GeoDataFrame | None = None,
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
    dedicated
        Polygons (a school, a hospital, a park) with a ``name``: each is cut out first as a dedicated grid, outside the
        band and not divided; a building goes with the side most of it stands on.

    Returns
    -------
        A plan that is always a valid coverage. Rules that cannot be kept are findings of its report.

    Raises
    ------
    InputError, CrsError, GeometryError, MissingColumnError
        Input that cannot be understood. Never for a rule that cannot be kept.
    """
    ground = prepare_ground(community, buildings, lines, rule=rule, crossings=crossings, dedicated=dedicated)
    return divide_ground(ground, seed=seed, previous=previous, with_names=dedicated is not None)


def divide_ground(ground: Ground, *, seed: int = 0, previous: pd.Series | None = None, with_names: bool = False) -> GridPlan:
    """``divide_community`` on a ground that is ready, by its rule; who keeps the ground can hand it to ``find_faults`` too.

    ``with_names`` gives the plan its column of names even where the ground has no dedicated areas.
    """
    rule = ground.rule
    choice, kinds, names = choose_on_ground(ground, rule, seed, previous)
    drawing = draw_grids(ground, choice.labels)
    codes = codes_of_labels(ground, choice.labels, drawing, previous, rule)
    called = Names(codes.tolist(), kinds, names) if with_names or ground.dedicated_names else Names(codes.tolist())
    named = [replace(finding, grids=tuple(codes[label] for label in finding.grids)) for finding in choice.findings]
    return put_together(ground, choice.labels, drawing, called, rule, (*named, *input_findings(ground)))


def choose_on_ground(ground: Ground, rule: GridRule, seed: int, previous: pd.Series | None = None) -> tuple[Choice, list[str], list[str]]:
    """Grid number of each atom with findings, and kind and name of each grid; near the plan in force where there is one."""
    weights, today = ground.atoms.weights, labels_today(ground, previous)
    has_plan = bool((today >= 0).any())
    return with_dedicated(
        ground, ground.near, lambda atoms, near: choose_grids(weights[atoms], near, rule, seed, previous_label=today[atoms] if has_plan else None)
    )


def labels_today(ground: Ground, previous: pd.Series | None) -> Ints:
    """Number of the grid in force that holds most of the weight of each atom, shape (atoms,), -1 where there is none."""
    label = np.full(len(ground.atoms.weights), -1, dtype=np.int64)
    if previous is None:
        return label
    table = pd.DataFrame(
        {"atom": ground.atom_of_building, "old": previous.reindex(ground.buildings.index), "weight": ground.buildings[ground.rule.weight].astype(float)}
    )
    table = table[(table["atom"] >= 0) & table["old"].notna()]
    table["old"] = pd.factorize(table["old"], sort=True)[0]
    sums = table.groupby(["atom", "old"])["weight"].sum().reset_index().sort_values(["weight", "old"], ascending=[True, False])
    label[sums["atom"].to_numpy(dtype=np.int64)] = sums["old"].to_numpy(dtype=np.int64)
    return label


def with_dedicated(ground: Ground, near: Neighbours, choose: Callable[[Ints, Neighbours], Choice]) -> tuple[Choice, list[str], list[str]]:
    """Choose grids for all atoms that are not dedicated; dedicated areas come last. Also kind and name of each grid.

    ``choose`` is given the numbers of the atoms and the neighbours among them.
    """
    weights = ground.atoms.weights
    if not ground.dedicated_names:
        choice = choose(np.arange(len(weights)), near)
        count = int(choice.labels.max()) + 1
        return choice, [COMPREHENSIVE] * count, [""] * count
    area = _with_enclosed_ground(ground.dedicated_of_atom, weights, near)
    rest = np.flatnonzero(area < 0)
    choice = choose(rest, neighbours_among(near, rest)) if len(rest) else Choice(np.empty(0, dtype=np.int64), ())
    count, more = int(choice.labels.max(initial=-1)) + 1, len(ground.dedicated_names)
    labels = area + count
    labels[rest] = choice.labels
    return Choice(labels, choice.findings), [COMPREHENSIVE] * count + [DEDICATED] * more, [""] * count + list(ground.dedicated_names)


def _with_enclosed_ground(area: Ints, weights: Floats, near: Neighbours) -> Ints:
    """Empty ground that only dedicated areas border on goes to the one with the longest common border."""
    outside = (area[near.pairs[:, 0]] < 0) & (area[near.pairs[:, 1]] < 0)
    piece = connected_pieces(len(area), near.pairs[outside])
    area = area.copy()
    loads = np.bincount(piece, weights=weights)
    for number in np.unique(piece[area < 0]):
        beside = (piece[near.pairs] == number).any(axis=1) & ~outside
        hosts = area[near.pairs[beside]].max(axis=1)
        if loads[number] == 0 and len(hosts):
            area[piece == number] = int(np.argmax(np.bincount(hosts, weights=near.length_m[beside])))
    return area


def codes_of_labels(ground: Ground, labels: Ints, drawing: Drawing, previous: pd.Series | None, rule: GridRule) -> Objects:
    """Code of each grid number: numbered in reading order, or kept from the plan in force as far as grids live on."""
    codes = np.empty(len(drawing.order), dtype=object)
    if previous is None or not len(previous):
        codes[drawing.order] = number_codes(ground.place.code, len(drawing.order), rule.taken_codes)
        return codes
    new = ground.label_of_building(labels)
    weights = ground.buildings[rule.weight].astype(float)
    kept = keep_codes(new, previous.reindex(new.index), weights, drawing.order, community_code=ground.place.code, taken=rule.taken_codes)
    codes[drawing.order] = [kept[label] for label in drawing.order]
    return codes
