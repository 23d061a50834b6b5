"""Somebody else's solver finds the same objective: scipy's ``linear_sum_assignment`` on copies of places and seats."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linear_sum_assignment
from shapely.geometry import Point

import grids.assign_near as near
import grids.assign_solve as solving
from grids.assign import AssignmentRule, assign_workers

CRS = "EPSG:32650"
FORBIDDEN = 1e9  # above all that seats and wanted grids weigh
CASES = 1000


def case_of(seed):
    """A random small city: homes, grids, skills, communities, today's pairs, exclusions, walks out of reach, and its costs."""
    rng = np.random.default_rng(seed)
    workers, grids = int(rng.integers(1, 8)), int(rng.integers(1, 8))
    homes, middles = rng.uniform(0, 3000, (workers, 2)), rng.uniform(0, 3000, (grids, 2))
    rule = AssignmentRule(lead_load=tuple(sorted(rng.integers(0, 5, 2).tolist())), members_per_grid=int(rng.integers(1, 4)))
    is_lead = bool(seed % 2)
    capacity = rng.integers(1, 5, workers) if is_lead else np.ones(workers, dtype=int)
    codes, ids = [f"g{i}" for i in range(grids)], [f"w{i}" for i in range(workers)]
    needs, offers = rng.random((grids, 3)) < 0.3, rng.random((workers, 3)) < 0.5
    word = lambda row: ";".join(np.array(["a", "b", "c"])[row])  # noqa: E731
    there, own = rng.integers(0, 2, grids), rng.integers(0, 2, workers)
    draw = rng.random((3, workers, grids))
    today, excluded, beyond = draw[0] < 0.2, draw[1] < 0.15, draw[2] < 0.1
    walk = np.hypot(*(homes[:, None] - middles[None]).transpose(2, 0, 1)) * 1.3 / 1.2
    cost = walk + 300.0 * (needs[None] & ~offers[:, None]).sum(axis=2) + 600.0 * (own[:, None] != there[None])
    cost = cost + (300.0 * ~today if today.any() else 0.0)
    listed = lambda pairs: pd.DataFrame([(codes[g], ids[w]) for w, g in np.argwhere(pairs)], columns=["grid_code", "worker_key"])  # noqa: E731
    grid_frame = gpd.GeoDataFrame(
        {"skills": [word(row) for row in needs], "community_code": there.astype(str)}, index=codes, geometry=[Point(xy) for xy in middles], crs=CRS
    )
    worker_frame = gpd.GeoDataFrame(
        {"full_time": is_lead, "capacity": capacity, "languages": [word(row) for row in offers], "community": own.astype(str)},
        index=ids,
        geometry=[Point(xy) for xy in homes],
        crs=CRS,
    )
    seconds = pd.DataFrame(np.where(beyond, np.inf, walk), index=ids, columns=codes)
    options = {"current": listed(today), "excluded": listed(excluded), "walk_s": seconds, "rule": rule}
    return grid_frame, worker_frame, options, np.where(excluded | beyond, np.nan, cost)


def best_by_scipy(cost, capacity, rule, is_lead):
    """Pairs and their least cost: every place of a worker against every seat of a grid, what is wanted more made cheaper."""
    price = np.rint(cost * 100)
    dearest = np.nanmax(price, initial=0) + 1 if np.isfinite(price).any() else 1
    low, high = rule.lead_load
    room = np.minimum(capacity, high) if is_lead else capacity
    seats = 1 if is_lead else rule.members_per_grid
    empty = dearest * min(sum(cost.shape), 1000)
    worth = np.concatenate([np.where(np.arange(r) < low, 2.0 * dearest, 0.0) if is_lead else np.zeros(r) for r in room] or [np.empty(0)])
    owner = np.repeat(np.arange(len(room)), room)
    weight = np.tile(np.where(np.arange(seats) == 0, (16 if is_lead else 32) * empty, 4 * empty), cost.shape[1])
    table = np.repeat(price[owner], seats, axis=1) - worth[:, None] - weight[None]
    table = np.where(np.isnan(table), FORBIDDEN * 1e3, np.minimum(table, 0))
    row, column = linear_sum_assignment(np.hstack([table, np.zeros((len(owner), len(owner)))]))
    real = column < table.shape[1]
    return int(real.sum()), float(cost[owner[row[real]], column[real] // seats].sum())


@pytest.mark.parametrize("part", range(10))
def test_a_thousand_small_cities_cost_what_scipy_finds(part):
    for seed in range(part, CASES, 10):
        grids, workers, options, cost = case_of(seed)
        result = assign_workers(grids, workers, **options)
        count, least_s = best_by_scipy(cost, workers["capacity"].to_numpy(), options["rule"], bool(seed % 2))
        assert len(result.pairs) == count, seed
        assert result.objective == pytest.approx(least_s, abs=0.02 * (count + 1)), seed
        assert set(grids.index) <= set(result.pairs["grid_code"]) | set(result.unplaced["key"]), seed
        assert set(workers.index) <= set(result.pairs["worker_key"]) | set(result.unplaced["key"]), seed


def town(seed, grids=70, leads=12, members=100):
    rng = np.random.default_rng(seed)
    middles = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*rng.uniform(0, 6000, (2, grids))), index=[f"g{i:03d}" for i in range(grids)], crs=CRS)
    places = rng.normal(2500, 900, (2, leads + members))
    full_time = np.arange(leads + members) < leads
    columns = {"full_time": full_time, "capacity": np.where(full_time, 8, 1)}
    return middles, gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy(*places), index=[f"w{i:03d}" for i in range(leads + members)], crs=CRS)


@pytest.mark.parametrize("seed", range(6))
def test_screening_misses_nothing(seed, monkeypatch):
    grids, workers = town(seed)
    whole = assign_workers(grids, workers)
    monkeypatch.setattr(near, "_DENSE_PAIRS", 0)
    monkeypatch.setattr(near, "_NEAR_GRIDS", 3)
    monkeypatch.setattr(near, "_GRIDS_PER_PLACE", 1)
    screened = assign_workers(grids, workers)
    assert screened.status == whole.status == "optimal"
    assert screened.objective == pytest.approx(whole.objective, abs=1)


@pytest.mark.parametrize("seed", range(6))
def test_beginning_from_today_ends_where_beginning_from_nothing_does(seed, monkeypatch):
    monkeypatch.setattr(near, "_DENSE_PAIRS", 0)
    grids, workers = town(seed)
    before = assign_workers(grids, workers)
    grids, workers = grids.iloc[3:], pd.concat([workers.iloc[4:], town(seed + 50)[1].iloc[:6].set_axis([f"n{i}" for i in range(6)])])
    warm = assign_workers(grids, workers, current=before.pairs)
    monkeypatch.setattr(solving, "_WARM_SHARE", 2.0)
    cold = assign_workers(grids, workers, current=before.pairs)
    assert warm.status == "optimal"
    assert warm.objective == pytest.approx(cold.objective, abs=1)
