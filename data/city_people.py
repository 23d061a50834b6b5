"""Buildings with their households, entrances, and the workers of the city."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from contracts.columns import (
    BUILDING_KEY,
    BUILDING_USE,
    CAPACITY,
    COMMUNITY,
    COMMUNITY_CODE,
    COMMUNITY_TYPE,
    FULL_TIME,
    HOUSEHOLDS,
    KEY,
    KIND,
    LANGUAGES,
    LEVELS,
    NAME,
    NAME_EN,
    OLDER_RESIDENTS,
    OPENING_HOURS,
    RESIDENTS,
    SKILLS,
)
from data.city_names import person_names

OLDER_SHARE = {"old_estate": 0.27, "commodity_estate": 0.14, "affordable_estate": 0.19, "village_return_estate": 0.23}
SKILL_WORDS = ("mediation", "first_aid", "fire_safety", "accounts", "sign_language")
LARGEST_TOWER = 430  # households; the one building per tile that nearly fills a grid of its own


def share_households(rng: np.random.Generator, weight: np.ndarray, group: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """Whole households per building in proportion to weight, adding up to the total of each group."""
    weight = weight * rng.uniform(0.9, 1.1, len(weight))
    quota = weight / np.bincount(group, weights=weight, minlength=len(totals))[group] * totals[group]
    whole = np.floor(quota).astype(int)
    missing = totals - np.bincount(group, weights=whole, minlength=len(totals)).astype(int)
    order = np.lexsort([np.arange(len(group)), whole - quota, group])
    first = np.searchsorted(group[order], np.arange(len(totals)))
    rank = np.arange(len(group)) - first[group[order]]
    whole[order] += rank < missing[group[order]]
    return whole


def building_frame(rng: np.random.Generator, shapes: tuple[np.ndarray, np.ndarray], facts: pd.DataFrame, communities: pd.DataFrame) -> gpd.GeoDataFrame:
    """Buildings in degrees; ``shapes`` in metres and degrees, ``facts`` has levels, use and the row of the community."""
    metres, degrees = shapes
    group = facts["community_row"].to_numpy()
    homes = (facts["use"] == "residential").to_numpy()
    totals = (1500 + 1170 * (rng.permutation(len(communities)) + 0.5) / len(communities)).astype(int)
    weight = np.where(homes, shapely.area(metres) * facts["levels"].to_numpy(), 0.0)
    towers = _largest_tower(weight, group, communities)
    weight[towers] = 0.0
    households = share_households(rng, weight, group, np.maximum(totals - np.bincount(group[towers], minlength=len(totals)) * LARGEST_TOWER, 0))
    households[towers] = LARGEST_TOWER
    residents = np.round(households * rng.uniform(2.2, 2.9, len(group))).astype(int)
    older = communities[COMMUNITY_TYPE].map(OLDER_SHARE).to_numpy()[group] * rng.uniform(0.8, 1.2, len(group))
    codes = communities["code"].to_numpy()[group]
    number = facts.groupby("community_row").cumcount().to_numpy() + 1
    return gpd.GeoDataFrame(
        {
            NAME: [f"{n}号楼" for n in number],
            NAME_EN: [f"Building {n}" for n in number],
            COMMUNITY_CODE: codes,
            BUILDING_USE: facts["use"].to_numpy(),
            LEVELS: np.where(np.isin(np.arange(len(group)), towers), 33, facts["levels"].to_numpy()),
            HOUSEHOLDS: households,
            RESIDENTS: residents,
            OLDER_RESIDENTS: np.round(residents * older).astype(int),
        },
        geometry=degrees,
        crs="EPSG:4326",
        index=pd.Index([f"b{code}{n:03d}" for code, n in zip(codes, number, strict=True)], name=KEY),
    )


def _largest_tower(weight: np.ndarray, group: np.ndarray, communities: pd.DataFrame) -> np.ndarray:
    """The heaviest building of the first affordable estate of each tile."""
    chosen = communities[communities[COMMUNITY_TYPE] == "affordable_estate"].groupby("tile").head(1).index.to_numpy()
    order = np.lexsort([np.arange(len(group)), -weight, group])
    first = np.searchsorted(group[order], chosen)
    return order[first]


def door_frame(points: np.ndarray, buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """One door per building."""
    return _entrances(
        points,
        [f"d{key}" for key in buildings.index],
        "door",
        buildings[COMMUNITY_CODE].to_numpy(),
        buildings.index.to_numpy(),
        np.zeros(len(points), dtype=bool),
    )


def gate_frame(points: np.ndarray, codes: np.ndarray, residents_only: np.ndarray) -> gpd.GeoDataFrame:
    """Gates of the walls, numbered within their community."""
    number = pd.Series(codes).groupby(codes).cumcount().to_numpy() + 1
    keys = [f"g{code}{n:03d}" for code, n in zip(codes, number, strict=True)]
    frame = _entrances(points, keys, "gate", codes, np.full(len(points), ""), residents_only)
    frame[NAME] = [f"{n}号门" for n in number]
    frame[NAME_EN] = [f"Gate {n}" for n in number]
    frame[OPENING_HOURS] = np.where(residents_only, "Mo-Su 06:00-23:00", "24/7")
    return frame


def _entrances(points: np.ndarray, keys: list[str], kind: str, codes: np.ndarray, building: np.ndarray, residents_only: np.ndarray) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {KIND: kind, NAME: "", NAME_EN: "", COMMUNITY_CODE: codes, BUILDING_KEY: building, OPENING_HOURS: "24/7", "residents_only": residents_only},
        geometry=points,
        crs="EPSG:4326",
        index=pd.Index(keys, name=KEY),
    )


def worker_frame(rng: np.random.Generator, doors: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, communities: pd.DataFrame) -> gpd.GeoDataFrame:
    """Workers at the doors they live behind: 100 to 12 communities, 8 of them full-time."""
    count = max(1, round(len(communities) * 100 / 12))
    lived = np.flatnonzero(buildings[HOUSEHOLDS].to_numpy() > 0)
    home = np.sort(rng.choice(lived, size=count, replace=count > len(lived)))
    full_time = np.isin(np.arange(count), np.linspace(0, count - 1, max(1, round(0.08 * count))).round().astype(int))
    zh, en = person_names(rng, count)
    skills = [";".join(np.array(SKILL_WORDS)[np.sort(rng.choice(5, int(n), replace=False))]) for n in rng.integers(0, 3, count)]
    return gpd.GeoDataFrame(
        {
            NAME: zh,
            NAME_EN: en,
            FULL_TIME: full_time,
            CAPACITY: np.where(full_time, 8, 1),
            SKILLS: skills,
            LANGUAGES: np.where(rng.uniform(size=count) < 0.2, "zh;en", "zh"),
            COMMUNITY: buildings[COMMUNITY_CODE].to_numpy()[home],
        },
        geometry=doors.geometry.to_numpy()[home],
        crs="EPSG:4326",
        index=pd.Index([f"w{n:06d}" for n in range(1, count + 1)], name=KEY),
    )
