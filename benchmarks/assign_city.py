"""An invented city for assignments: square grids in communities, workers who mostly live in their own, unevenly many."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from contracts.columns import CAPACITY, COMMUNITY, COMMUNITY_CODE, FULL_TIME, GRID_CODE, HOUSEHOLDS, SKILLS, WORKER_KEY

CRS = "EPSG:32650"
SIDE_M = 260.0  # of a grid: 400 households at some 6 000 to the square kilometre
PER_COMMUNITY = (2, 3)  # columns and rows of grids
WORDS = np.array(["mediation", "first aid", "sign language", "accounts"], dtype=object)
STRANGER_SHARE, SKILLED_SHARE, ASKING_SHARE = 0.1, 0.4, 0.2


@dataclass(frozen=True)
class City:
    """Grids and workers as ``assign_workers`` takes them."""

    grids: gpd.GeoDataFrame
    workers: gpd.GeoDataFrame


def make_city(grids: int, leads: int, members: int, seed: int = 0) -> City:
    """So many grids in a nearly square city, full-time workers with room for eight grids and part-time workers with one place."""
    rng = np.random.default_rng(seed)
    columns, rows = PER_COMMUNITY
    communities = -(-grids // (columns * rows))
    across = int(np.ceil(np.sqrt(communities * rows / columns)))
    number = np.arange(grids)
    community, inside = number // (columns * rows), number % (columns * rows)
    x = (community % across * columns + inside % columns) * SIDE_M
    y = (community // across * rows + inside // columns) * SIDE_M
    codes = np.array([f"110{code:09d}" for code in range(communities)], dtype=object)
    frame = gpd.GeoDataFrame(
        {
            COMMUNITY_CODE: codes[community],
            HOUSEHOLDS: rng.integers(300, 501, grids),
            SKILLS: np.where(rng.random(grids) < ASKING_SHARE, WORDS[rng.integers(0, len(WORDS), grids)], ""),
        },
        geometry=shapely.box(x, y, x + SIDE_M, y + SIDE_M),
        index=pd.Index([f"{codes[c]}{i + 1:03d}" for c, i in zip(community, inside, strict=True)], name=GRID_CODE),
        crs=CRS,
    )
    return City(frame, make_workers(frame, leads, members, rng))


def make_workers(grids: gpd.GeoDataFrame, leads: int, members: int, rng: np.random.Generator, prefix: str = "W") -> gpd.GeoDataFrame:
    """Workers at home in the grids, in some communities more than in others; a tenth belongs to a community elsewhere."""
    count = leads + members
    codes, number = np.unique(grids[COMMUNITY_CODE].to_numpy(dtype=str), return_inverse=True)
    weight = rng.lognormal(0.0, 0.35, len(codes))[number]
    home = rng.choice(len(grids), count, p=weight / weight.sum())
    corner = grids.geometry.bounds[["minx", "miny"]].to_numpy()[home]
    community = np.where(rng.random(count) < STRANGER_SHARE, codes[rng.integers(0, len(codes), count)], codes[number[home]])
    full_time = rng.permutation(count) < leads
    return gpd.GeoDataFrame(
        {
            FULL_TIME: full_time,
            CAPACITY: np.where(full_time, 8, 1),
            SKILLS: np.where(rng.random(count) < SKILLED_SHARE, WORDS[rng.integers(0, len(WORDS), count)], ""),
            COMMUNITY: community,
        },
        geometry=shapely.points(corner + rng.random((count, 2)) * SIDE_M),
        index=pd.Index([f"{prefix}{i:06d}" for i in range(count)], name=WORKER_KEY),
        crs=CRS,
    )


def changed(city: City, share: float, seed: int = 1) -> City:
    """The same city after ``share`` of the workers left and as many new ones, full-time or part-time as they were, began."""
    rng = np.random.default_rng(seed)
    left = rng.random(len(city.workers)) < share
    gone = city.workers[left]
    leads = int(gone[FULL_TIME].sum())
    new = make_workers(city.grids, leads, len(gone) - leads, rng, prefix="N")
    return City(city.grids, pd.concat([city.workers[~left], new]))
