"""Three months of invented cases, placed but not yet located in a grid."""

from __future__ import annotations

from datetime import datetime, timedelta

import geopandas as gpd
import numpy as np
import pandas as pd

from contracts.columns import CATEGORY, COMMUNITY_CODE, GRID_CODE, KEY, NAME, NAME_EN
from contracts.reference import reference_table

DAYS = 91
PER_COMMUNITY = 50
BUSY_DAYS, BUSY_SHARE = 2, 0.12
HOURS = {"urgent_hour": 1.0, "work_hour": 2.5, "work_day": 30.0}  # rough: the case core counts working time, the demo only needs something plausible
OPEN_STATES = ("reported", "checking", "filed", "dispatched", "in_progress", "suspended", "handled", "verifying")
ENDED_STATES = ("closed", "rejected", "duplicate")


def _arrivals(rng: np.random.Generator, count: int, until: datetime) -> pd.DatetimeIndex:
    """Times of report, mostly by day, more of them at the end, sorted: a board of today has something on it."""
    busy = rng.uniform(size=count) < BUSY_SHARE
    day = np.where(busy, rng.integers(DAYS - BUSY_DAYS, DAYS, count), rng.integers(0, DAYS, count))
    minute = np.clip(rng.normal(13.5, 4.0, count), 0.2, 23.8) * 60
    first = pd.Timestamp(until - timedelta(days=DAYS)).floor("D")
    times = first + pd.to_timedelta(day, unit="D") + pd.to_timedelta(minute.astype(int) - 8 * 60, unit="min")
    latest = pd.Timestamp(until - timedelta(minutes=5))
    return pd.DatetimeIndex(times.where(times < latest, latest)).sort_values().as_unit("s")


def _states(rng: np.random.Generator, age_h: np.ndarray, limit_h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """State today, and hours from report to the end (NaN while open). One case in eight takes longer than allowed."""
    need_h = limit_h * np.where(rng.uniform(size=len(age_h)) < 0.125, rng.uniform(1.05, 2.5, len(age_h)), rng.uniform(0.15, 0.98, len(age_h)))
    stuck = rng.uniform(size=len(age_h)) < 0.015
    ended = (age_h > need_h) & ~stuck
    done = np.clip(age_h / need_h, 0, 0.999)
    step = np.minimum((done * len(OPEN_STATES)).astype(int), len(OPEN_STATES) - 1)
    waiting = np.where(stuck, "suspended", np.array(OPEN_STATES)[step])
    ending = rng.choice(ENDED_STATES, len(age_h), p=[0.93, 0.04, 0.03])
    return np.where(ended, ending, waiting), np.where(ended, need_h, np.nan)


def case_frame(rng: np.random.Generator, buildings: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, doors: gpd.GeoDataFrame, *, until: datetime) -> gpd.GeoDataFrame:
    """Cases of the 91 days before ``until`` (aware UTC); columns as the store has them, ``grid_code`` empty."""
    kinds = reference_table("case_categories")
    kinds = kinds[kinds["level"] == "minor"].reset_index(drop=True)
    count = PER_COMMUNITY * int((areas["level"] == "community").sum())
    weight = rng.gamma(1.2, 1.0, len(kinds))
    kind = rng.choice(len(kinds), count, p=weight / weight.sum())
    reported = _arrivals(rng, count, until)
    limit_h = kinds["limit_amount"].astype(float).to_numpy()[kind] * kinds["limit_unit"].map(HOURS).to_numpy()[kind] + 2.0
    age_h = (pd.Timestamp(until) - reported).total_seconds().to_numpy() / 3600
    state, need_h = _states(rng, age_h, limit_h)
    homes = np.flatnonzero(buildings["households"].to_numpy() > 0)
    at = homes[rng.integers(len(homes), size=count)]
    place = areas.loc[buildings[COMMUNITY_CODE].to_numpy()[at]]
    day = reported.tz_convert("Asia/Shanghai").strftime("%Y%m%d")
    number = pd.Series(day).groupby(day).cumcount().to_numpy() + 1
    case_no = [f"{d}{n:05d}" for d, n in zip(day, number, strict=True)]
    return gpd.GeoDataFrame(
        {
            "case_no": case_no,
            CATEGORY: kinds["code"].to_numpy()[kind],
            "title": [f"{p}{b}附近: {k}" for p, b, k in zip(place[NAME], buildings[NAME].to_numpy()[at], kinds["zh"].to_numpy()[kind], strict=True)],
            "title_en": [f"{k} near {b}, {p}" for p, b, k in zip(place[NAME_EN], buildings[NAME_EN].to_numpy()[at], kinds["en"].to_numpy()[kind], strict=True)],
            "state": state,
            "reported_at": reported,
            "due_at": (reported + pd.to_timedelta(np.round(limit_h * 3600), unit="s")).as_unit("s"),
            "closed_at": (reported + pd.to_timedelta(np.round(need_h * 3600), unit="s")).as_unit("s"),
            COMMUNITY_CODE: buildings[COMMUNITY_CODE].to_numpy()[at],
            GRID_CODE: "",
        },
        geometry=doors.geometry.to_numpy()[at],
        crs="EPSG:4326",
        index=pd.Index([f"c{no}" for no in case_no], name=KEY),
    )
