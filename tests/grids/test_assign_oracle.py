"""Somebody else's solver finds the same objective: scipy's ``linear_sum_assignment`` on copies of places and seats."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linear_sum_assignment

import grids.assign_near as near
import grids.assign_solve as solving
from grids.assign import AssignmentRule, assign_workers
from grids.assign_flow import _MOST_PENALTY_STEPS

CRS = "EPSG:32650"
FORBIDDEN = 1e15  # above all that seats and wanted grids weigh
BATCHES, CITIES = 20, 50  # a thousand cities; those of a batch are assigned together, each out of the others' reach


def small_city(rng, rule, is_lead):
    """Frames of one random city and the cost of each pair, NaN where it may not be."""
    workers, grids = (int(count) for count in rng.integers(1, 8, 2))
    homes, middles = rng.uniform(0, 3000, (workers, 2)), rng.uniform(0, 3000, (grids, 2))
    needs, offers = rng.random((grids, 3)) < 0.3, rng.random((workers, 3)) < 0.5
    there, own = rng.integers(0, 2, grids), rng.integers(0, 2, workers)
    today, excluded, beyond = rng.random((3, workers, grids)) < np.array([0.2, 0.15, 0.1])[:, None, None]
    walk = np.hypot(*(homes[:, None] - middles[None]).transpose(2, 0, 1))
    cost = walk + 300.0 * (needs[None] & ~offers[:, None]).sum(axis=2) + 600.0 * (own[:, None] != there[None]) + 300.0 * ~today
    city = {
        "grids": pd.DataFrame({"skills": [words(row) for row in needs], "community_code": there.astype(str), "x": middles[:, 0], "y": middles[:, 1]}),
        "workers": pd.DataFrame(
            {
                "full_time": is_lead,
                "capacity": rng.integers(1, 5, workers) if is_lead else 1,
                "languages": [words(row) for row in offers],
                "community": own.astype(str),
                "x": homes[:, 0],
                "y": homes[:, 1],
            }
        ),
        "today": np.argwhere(today),
        "excluded": np.argwhere(excluded),
        "walks": np.argwhere(~beyond),
        "walk_s": walk[~beyond],
    }
    return city, np.where(excluded | beyond, np.nan, cost)


def words(row):
    return ";".join(word for word, has in zip("abc", row, strict=True) if has)


def joined(cities):
    """Frames of many cities as one: rows of city 3 are g3-0, g3-1 ... and w3-0, w3-1 ..."""

    def places(kind, letter):
        frame = pd.concat([city[kind].set_axis([f"{letter}{number}-{i}" for i in range(len(city[kind]))]) for number, city in enumerate(cities)])
        return gpd.GeoDataFrame(frame.drop(columns=["x", "y"]), geometry=gpd.points_from_xy(frame["x"], frame["y"]), crs=CRS)

    def pairs(kind):
        rows = [(f"w{number}-{w}", f"g{number}-{g}") for number, city in enumerate(cities) for w, g in city[kind]]
        return pd.DataFrame(rows, columns=["worker_key", "grid_code"])

    walks = pairs("walks").assign(walk_s=np.concatenate([city["walk_s"] for city in cities]))
    return places("grids", "g"), places("workers", "w"), {"current": pairs("today"), "excluded": pairs("excluded"), "walk_s": walks}


def best_by_scipy(cost, room, low, seats, weights):
    """Number of pairs and their least cost in one city: every place of a worker against every seat of a grid."""
    wanted, first, further = weights
    owner = np.repeat(np.arange(len(room)), room)
    place = np.concatenate([np.arange(count) for count in room]) if len(room) else np.empty(0)
    table = np.repeat(np.rint(cost * 100)[owner], seats, axis=1) - np.where(place < low, wanted, 0)[:, None]
    table = table - np.tile(np.where(np.arange(seats) == 0, first, further), cost.shape[1])[None]
    stand_ins = np.zeros((len(owner), len(owner)))  # a place nobody takes
    row, column = linear_sum_assignment(np.hstack([np.where(np.isnan(table), FORBIDDEN, table), stand_ins]))
    real = column < table.shape[1]
    return int(real.sum()), float(cost[owner[row[real]], column[real] // seats].sum())


@pytest.mark.parametrize("batch", range(BATCHES))
def test_a_thousand_small_cities_cost_what_scipy_finds(batch):
    rng, is_lead = np.random.default_rng(batch), bool(batch % 2)
    rule = AssignmentRule(lead_load=(int(rng.integers(0, 3)), int(rng.integers(2, 5))), members_per_grid=int(rng.integers(1, 4)))
    cities, costs = zip(*(small_city(rng, rule, is_lead) for _ in range(CITIES)), strict=True)
    grids, workers, options = joined(cities)
    result = assign_workers(grids, workers, rule=rule, **options)

    dearest = int(max(np.nanmax(np.rint(cost * 100), initial=0) for cost in costs)) + 1
    nodes = len(grids) + int((np.minimum(workers["capacity"], rule.lead_load[1] if is_lead else 99) > 0).sum())
    empty = dearest * min(nodes, _MOST_PENALTY_STEPS)
    weights = (2 * dearest, (16 if is_lead else 32) * empty, 4 * empty)
    seats, high, low = (1, rule.lead_load[1], rule.lead_load[0]) if is_lead else (rule.members_per_grid, 99, 0)
    found = result.pairs["grid_code"].str[1:].str.partition("-")[0].astype(int).to_numpy()
    w, g = (result.pairs[name].str.partition("-")[2].astype(int).to_numpy() for name in ("worker_key", "grid_code"))
    for number, (city, cost) in enumerate(zip(cities, costs, strict=True)):
        count, least_s = best_by_scipy(cost, np.minimum(city["workers"]["capacity"], high), low, seats, weights)
        mine = found == number
        assert mine.sum() == count, number
        assert cost[w[mine], g[mine]].sum() == pytest.approx(least_s, abs=0.02 * (count + 1)), number
    assert set(grids.index) | set(workers.index) <= set(result.pairs["grid_code"]) | set(result.pairs["worker_key"]) | set(result.unplaced["key"])
    assert all(str(reason) for reason in result.unplaced["reason"])


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
