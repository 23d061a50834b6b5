"""What it costs to put a worker into a grid: the walk from home, plus seconds for what does not fit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from contracts.columns import CAPACITY, COMMUNITY, COMMUNITY_CODE, FULL_TIME, GRID_CODE, LANGUAGES, SKILLS, WORKER_KEY
from contracts.errors import InputError
from contracts.reference import reference_table
from gis.checks import require_columns
from gis.crs import metric_crs

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Objects = npt.NDArray[np.object_]

_DENSE_PAIRS = 1_000_000  # above this only near pairs are looked at: 75 700 seats x 41 800 grids would not fit into memory
_NEAR_GRIDS, _NEAR_WORKERS = 48, 16


@cache
def _figure(name: str) -> float:
    table = reference_table("assignment_rules")
    return float(table.loc[table["rule"] == name, "value"].iloc[0])


def _setting(name: str) -> float:
    return field(default_factory=lambda: _figure(name))


@dataclass(frozen=True)
class AssignmentRule:
    """Loads and penalties, with defaults from ``assignment_rules.csv``. Penalties are seconds added to the walk."""

    lead_load: tuple[int, int] = field(default_factory=lambda: (int(_figure("lead_load_low")), int(_figure("lead_load_high"))))
    members_per_grid: int = field(default_factory=lambda: int(_figure("members_per_grid")))
    speed_m_s: float = _setting("walk_speed")
    detour: float = _setting("detour")
    other_community_s: float = _setting("other_community")
    missing_skill_s: float = _setting("missing_skill")
    change_s: float = _setting("change")

    def __post_init__(self) -> None:
        penalties = (self.other_community_s, self.missing_skill_s, self.change_s, self.members_per_grid)
        if not (0 <= self.lead_load[0] <= self.lead_load[1] and self.speed_m_s > 0 and self.detour >= 1 and min(penalties) >= 0):
            raise InputError("The load must be 0 <= low <= high, the speed above zero, the detour at least 1, penalties zero or more.")


@dataclass(frozen=True)
class Site:
    """Grids and workers as arrays in the caller's order, with what may hinder each row."""

    grid_keys: Objects
    grid_xy: Floats
    grid_located: Bools
    grid_repeated: Bools
    grid_community: Objects
    grid_needs: list[frozenset[str]]
    worker_keys: Objects
    worker_xy: Floats
    worker_located: Bools
    worker_repeated: Bools
    worker_community: Objects
    worker_offers: list[frozenset[str]]
    full_time: Bools
    capacity: Floats
    today: frozenset[tuple[str, str]]
    has_today: bool
    walk_s: pd.DataFrame | None


@dataclass(frozen=True)
class Costs:
    """Pairs that are possible: positions among the chosen workers and grids, walk and full cost in seconds."""

    worker: Ints
    grid: Ints
    walk_s: Floats
    cost_s: Floats
    is_screened: bool


def make_site(grids: gpd.GeoDataFrame, workers: gpd.GeoDataFrame, current: pd.DataFrame | None, walk_s: pd.DataFrame | None) -> Site:
    """Read both frames once, sorted by key so that the order of rows does not matter."""
    grids, workers = grids.iloc[_by_key(grids.index)], workers.iloc[_by_key(workers.index)]
    metres = metric_crs(grids if len(grids) else workers)
    grid_xy, grid_located = _middles(grids.geometry.to_crs(metres).to_numpy())
    worker_xy, worker_located = _middles(workers.geometry.to_crs(metres).to_numpy())
    if current is not None:
        require_columns(current, GRID_CODE, WORKER_KEY, what="current pairs")
    return Site(
        grid_keys=grids.index.to_numpy(dtype=object),
        grid_xy=grid_xy,
        grid_located=grid_located,
        grid_repeated=grids.index.duplicated(),
        grid_community=_community_of(grids),
        grid_needs=_words(grids),
        worker_keys=workers.index.to_numpy(dtype=object),
        worker_xy=worker_xy,
        worker_located=worker_located,
        worker_repeated=workers.index.duplicated(),
        worker_community=_texts(workers, COMMUNITY),
        worker_offers=_words(workers),
        full_time=workers[FULL_TIME].fillna(value=False).astype(bool).to_numpy(),
        capacity=pd.to_numeric(workers[CAPACITY], errors="coerce").to_numpy(dtype=float),
        today=frozenset() if current is None else frozenset(zip(current[GRID_CODE].astype(str), current[WORKER_KEY].astype(str), strict=True)),
        has_today=current is not None and len(current) > 0,
        walk_s=walk_s,
    )


def pair_costs(site: Site, rule: AssignmentRule, who: Ints, where: Ints) -> Costs:
    """Cost of every possible pair of these workers and grids, or of near pairs only where there are too many."""
    is_screened = len(who) * len(where) > _DENSE_PAIRS and site.walk_s is None
    worker, grid = _near_pairs(site.worker_xy[who], site.grid_xy[where]) if is_screened else _all_pairs(len(who), len(where))
    walk_s = _walk(site, rule, who[worker], where[grid])
    possible = np.isfinite(walk_s)
    worker, grid, walk_s = worker[possible], grid[possible], walk_s[possible]
    return Costs(worker, grid, walk_s, walk_s + _penalties(site, rule, who[worker], where[grid]), is_screened)


def _walk(site: Site, rule: AssignmentRule, worker: Ints, grid: Ints) -> Floats:
    if site.walk_s is None:
        straight_m = np.hypot(*(site.worker_xy[worker] - site.grid_xy[grid]).T)
        return straight_m * rule.detour / rule.speed_m_s
    given = site.walk_s.reindex(index=site.worker_keys[np.unique(worker)], columns=site.grid_keys[np.unique(grid)]).to_numpy(dtype=float)
    row, column = np.unique(worker, return_inverse=True)[1], np.unique(grid, return_inverse=True)[1]
    seconds = given[row, column]
    return np.where(seconds >= 0, seconds, np.inf)


def _penalties(site: Site, rule: AssignmentRule, worker: Ints, grid: Ints) -> Floats:
    own, there = site.worker_community[worker], site.grid_community[grid]
    penalty = np.where((own != there) & (own != "") & (there != ""), rule.other_community_s, 0.0)
    if any(site.grid_needs):
        missing = [len(site.grid_needs[g] - site.worker_offers[w]) for w, g in zip(worker, grid, strict=True)]
        penalty = penalty + rule.missing_skill_s * np.array(missing, dtype=float)
    if site.has_today:
        stays = np.array([(str(site.grid_keys[g]), str(site.worker_keys[w])) in site.today for w, g in zip(worker, grid, strict=True)], dtype=bool)
        penalty = penalty + np.where(stays, 0.0, rule.change_s)
    return penalty.astype(float)


def _all_pairs(workers: int, grids: int) -> tuple[Ints, Ints]:
    return np.repeat(np.arange(workers), grids).astype(np.int64), np.tile(np.arange(grids), workers).astype(np.int64)


def _near_pairs(homes: Floats, middles: Floats) -> tuple[Ints, Ints]:
    """The nearest grids of each worker and the nearest workers of each grid."""
    grids = cKDTree(middles).query(homes, k=min(_NEAR_GRIDS, len(middles)))[1].reshape(len(homes), -1)
    workers = cKDTree(homes).query(middles, k=min(_NEAR_WORKERS, len(homes)))[1].reshape(len(middles), -1)
    one = np.column_stack([np.repeat(np.arange(len(homes)), grids.shape[1]), grids.ravel()])
    two = np.column_stack([workers.ravel(), np.repeat(np.arange(len(middles)), workers.shape[1])])
    pairs = np.unique(np.vstack([one, two]), axis=0).astype(np.int64)
    return pairs[:, 0], pairs[:, 1]


def _by_key(index: pd.Index) -> Ints:
    return np.argsort(index.astype(str).to_numpy(dtype=object), kind="stable").astype(np.int64)


def _middles(shapes: Objects) -> tuple[Floats, Bools]:
    """Centroid of each shape, and whether it has one."""
    middle = shapely.centroid(shapes)
    middle[shapely.is_empty(middle)] = None  # an empty point has no x to ask for
    xy = np.column_stack([shapely.get_x(middle), shapely.get_y(middle)])
    return xy, np.isfinite(xy).all(axis=1)


def _texts(frame: pd.DataFrame, column: str) -> Objects:
    if column not in frame.columns:
        return np.full(len(frame), "", dtype=object)
    return frame[column].astype(object).where(frame[column].notna(), "").astype(str).to_numpy(dtype=object)


def _community_of(grids: gpd.GeoDataFrame) -> Objects:
    """Community of each grid: its column, else the first 12 digits of a 15-digit code."""
    if COMMUNITY_CODE in grids.columns:
        return _texts(grids, COMMUNITY_CODE)
    return np.array([str(key)[:12] if len(str(key)) == 15 else "" for key in grids.index], dtype=object)


def _words(frame: pd.DataFrame) -> list[frozenset[str]]:
    """Skills and languages of each row as one set; lists, or text with ``;`` or ``,`` between."""
    sets: list[frozenset[str]] = [frozenset()] * len(frame)
    for column in (SKILLS, LANGUAGES):
        if column in frame.columns:
            sets = [own | _split(value) for own, value in zip(sets, frame[column], strict=True)]
    return sets


def _split(value: object) -> frozenset[str]:
    if isinstance(value, str):
        return frozenset(word.strip() for word in value.replace(",", ";").replace("、", ";").split(";") if word.strip())
    return frozenset(map(str, value)) if isinstance(value, Iterable) else frozenset()
