"""Grids and workers of an assignment read once into arrays, with what may hinder each row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from contracts.columns import CAPACITY, COMMUNITY, COMMUNITY_CODE, FULL_TIME, GRID_CODE, HOUSEHOLDS, LANGUAGES, SKILLS, WALK_S, WORKER_KEY
from gis.checks import require_columns
from gis.crs import metric_crs

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Words = npt.NDArray[np.uint64]
Objects = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Walks:
    """Pairs whose walk is known from streets, one row per pair, sorted: positions of worker and grid, seconds."""

    worker: Ints
    grid: Ints
    walk_s: Floats


@dataclass(frozen=True)
class Site:
    """Grids and workers as arrays, sorted by key. ``today`` and ``excluded`` hold pairs as ``worker * grids + grid``, sorted.

    Communities are numbers, -1 = not known; needs and offers are bits, 64 words to a column.
    """

    grid_keys: Objects
    grid_shapes: Objects
    grid_xy: Floats
    grid_located: Bools
    grid_repeated: Bools
    grid_vacant: Bools
    grid_community: Ints
    grid_needs: Words
    worker_keys: Objects
    worker_xy: Floats
    worker_located: Bools
    worker_repeated: Bools
    worker_community: Ints
    worker_offers: Words
    full_time: Bools
    capacity: Floats
    has_today: bool
    today: Ints
    excluded: Ints
    walks: Walks | None

    def pair_numbers(self, worker: Ints, grid: Ints) -> Ints:
        """One number per pair, as ``today`` and ``excluded`` hold them."""
        return worker * max(len(self.grid_keys), 1) + grid


def make_site(
    grids: gpd.GeoDataFrame, workers: gpd.GeoDataFrame, current: pd.DataFrame | None, excluded: pd.DataFrame | None, walk_s: pd.DataFrame | None
) -> Site:
    """Read all frames once, sorted by key so that the order of rows does not matter."""
    grids, workers = grids.iloc[_by_key(grids.index)], workers.iloc[_by_key(workers.index)]
    metres = metric_crs(grids if len(grids) else workers)
    shapes = grids.geometry.to_crs(metres).to_numpy()
    grid_xy, grid_located = _middles(shapes)
    worker_xy, worker_located = _middles(workers.geometry.to_crs(metres).to_numpy())
    communities = pd.Series(np.concatenate([_community_of(grids), _texts(workers, COMMUNITY)]))
    community = pd.factorize(communities.where(communities != ""), sort=True)[0].astype(np.int64)
    needs, offers = _bits(_words(grids), _words(workers))
    return Site(
        grid_keys=grids.index.to_numpy(dtype=object),
        grid_shapes=shapes,
        grid_xy=grid_xy,
        grid_located=grid_located,
        grid_repeated=grids.index.duplicated(),
        grid_vacant=_vacant(grids),
        grid_community=community[: len(grids)],
        grid_needs=needs,
        worker_keys=workers.index.to_numpy(dtype=object),
        worker_xy=worker_xy,
        worker_located=worker_located,
        worker_repeated=workers.index.duplicated(),
        worker_community=community[len(grids) :],
        worker_offers=offers,
        full_time=workers[FULL_TIME].fillna(value=False).astype(bool).to_numpy(),
        capacity=pd.to_numeric(workers[CAPACITY], errors="coerce").to_numpy(dtype=float),
        has_today=current is not None and len(current) > 0,
        today=_listed_pairs(current, grids.index, workers.index, "current pairs"),
        excluded=_listed_pairs(excluded, grids.index, workers.index, "excluded pairs"),
        walks=None if walk_s is None else _walks(walk_s, grids.index, workers.index),
    )


def _by_key(index: pd.Index) -> Ints:
    return np.argsort(index.astype(str).to_numpy(dtype=object), kind="stable").astype(np.int64)


def _middles(shapes: Objects) -> tuple[Floats, Bools]:
    """Centroid of each shape, and whether it has one."""
    middle = shapely.centroid(shapes)
    middle[shapely.is_empty(middle)] = None  # an empty point has no x to ask for
    xy = np.column_stack([shapely.get_x(middle), shapely.get_y(middle)])
    return xy, np.isfinite(xy).all(axis=1)


def _vacant(grids: pd.DataFrame) -> Bools:
    """Grids known to have no household: zero or less. Where the number is missing somebody may live there."""
    if HOUSEHOLDS not in grids.columns:
        return np.zeros(len(grids), dtype=bool)
    return (pd.to_numeric(grids[HOUSEHOLDS], errors="coerce") <= 0).to_numpy(dtype=bool)


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


def _bits(needs: list[frozenset[str]], offers: list[frozenset[str]]) -> tuple[Words, Words]:
    """What grids ask for and workers offer, one bit per word that any grid asks for, 64 to a column."""
    asked = {word: number for number, word in enumerate(sorted(frozenset().union(*needs)))}
    columns = (len(asked) + 63) // 64
    return _bits_of(needs, asked, columns), _bits_of(offers, asked, columns)


def _bits_of(sets: list[frozenset[str]], asked: dict[str, int], columns: int) -> Words:
    bits = np.zeros((len(sets), columns), dtype=np.uint64)
    for row, words in enumerate(sets):
        for number in (asked[word] for word in words if word in asked):
            bits[row, number // 64] |= np.uint64(1 << number % 64)
    return bits


def _positions(index: pd.Index, keys: pd.Series | pd.Index) -> Ints:
    """Row of each key, the first one where keys repeat; -1 where there is none."""
    names = index.astype(str)
    first = np.flatnonzero(~names.duplicated())
    found = names[first].get_indexer(pd.Index(keys).astype(str))
    return np.where(found >= 0, first[found] if len(first) else -1, -1).astype(np.int64)


def _listed_pairs(pairs: pd.DataFrame | None, grids: pd.Index, workers: pd.Index, what: str) -> Ints:
    if pairs is None or not len(pairs):
        return np.empty(0, dtype=np.int64)
    require_columns(pairs, GRID_CODE, WORKER_KEY, what=what)
    worker, grid = _positions(workers, pairs[WORKER_KEY]), _positions(grids, pairs[GRID_CODE])
    known = (worker >= 0) & (grid >= 0)
    return np.unique(worker[known] * max(len(grids), 1) + grid[known])


def _walks(walk_s: pd.DataFrame, grids: pd.Index, workers: pd.Index) -> Walks:
    """Times as a list of pairs (worker_key, grid_code, walk_s) or as a table workers x grids; only real, finite ones."""
    if {WORKER_KEY, GRID_CODE, WALK_S} <= set(walk_s.columns):
        worker, grid = _positions(workers, walk_s[WORKER_KEY]), _positions(grids, walk_s[GRID_CODE])
        seconds = walk_s[WALK_S].to_numpy(dtype=float)
    else:
        table = walk_s.to_numpy(dtype=float)
        worker = np.repeat(_positions(workers, walk_s.index), table.shape[1])
        grid = np.tile(_positions(grids, walk_s.columns), table.shape[0])
        seconds = table.ravel()
    known = (worker >= 0) & (grid >= 0) & np.isfinite(seconds) & (seconds >= 0)
    worker, grid, seconds = worker[known], grid[known], seconds[known]
    order = np.lexsort([seconds, grid, worker])
    worker, grid, seconds = worker[order], grid[order], seconds[order]
    is_first = np.ones(len(worker), dtype=bool)
    is_first[1:] = (worker[1:] != worker[:-1]) | (grid[1:] != grid[:-1])
    return Walks(worker[is_first], grid[is_first], seconds[is_first])
