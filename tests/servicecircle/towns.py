"""Random towns as plain arrays: streets, and places already on them, cheap enough for thousands of cases."""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.attachment import Attached
from gis.network import WalkNetwork
from tests.servicecircle.worlds import CRS, ORIGIN


@dataclass(frozen=True)
class Town:
    """Streets of a town; ``seconds_back`` differs from ``seconds`` where the town has slopes and one-way paths."""

    xy: np.ndarray
    edges: np.ndarray
    length_m: np.ndarray
    seconds: np.ndarray
    seconds_back: np.ndarray

    def network(self) -> WalkNetwork:
        return WalkNetwork.from_arrays(self.xy, self.edges, self.length_m, crs=CRS, seconds=self.seconds, seconds_back=self.seconds_back)

    def take(self, order) -> Town:
        """The same streets in another order."""
        return replace(self, edges=self.edges[order], length_m=self.length_m[order], seconds=self.seconds[order], seconds_back=self.seconds_back[order])


@dataclass(frozen=True)
class Spots:
    """Places on edges: edge number, share of it, metres beside it, key, category."""

    edge: np.ndarray
    share: np.ndarray
    access_m: np.ndarray
    key: np.ndarray
    category: np.ndarray

    def on(self, network: WalkNetwork) -> Attached:
        count = len(self.edge)
        edge = self.edge.astype(np.int64)
        words = np.full(count, "", dtype=object)
        frame = pd.DataFrame({"category": self.category}, index=pd.Index(self.key))
        return Attached(
            network,
            frame.index,
            frame,
            edge,
            self.share,
            self.share * network.pieces.length_m[edge],
            self.access_m,
            edge * 0,
            words,
            words,
            np.full(count, None, dtype=object),
        )

    def take(self, rows) -> Spots:
        return Spots(self.edge[rows], self.share[rows], self.access_m[rows], self.key[rows], self.category[rows])


def random_town(seed: int, *, two_way: bool = False, nodes: int = 14) -> Town:
    """A tangle with parallel streets, loops, streets of no length, slopes, one-way and closed streets, in one part or several."""
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 200, (nodes, 2)) + ORIGIN
    edges = rng.integers(0, nodes, (int(nodes * 1.5), 2))
    edges = np.concatenate([edges, edges[:2], [[0, 0], [1, 2]]])
    length_m = rng.integers(0, 120, len(edges)) * rng.choice([1.0, 1.37], len(edges))
    seconds = length_m / 1.2
    if two_way:
        return Town(xy, edges, length_m, seconds, seconds)
    closed = rng.random((2, len(edges))) < 0.12
    slope = rng.choice([1.0, 1.0, 1.25], (2, len(edges)))
    return Town(xy, edges, length_m, *np.where(closed, np.inf, seconds * slope))


def random_spots(seed: int, town: Town, count: int, prefix: str = "p") -> Spots:
    """Places anywhere on the streets, many of them at corners and some at one point."""
    rng = np.random.default_rng([seed, count])
    share = rng.choice([0.0, 0.5, 1.0, *rng.random(6)], count)
    key = np.array([f"{prefix}{number:03d}" for number in range(count)], dtype=object)
    return Spots(
        rng.integers(0, len(town.edges), count), share, rng.choice([0.0, 3.0, 7.7], count), key, rng.choice(["clinic", "market"], count).astype(object)
    )


def town_and_people(seed: int, *, two_way: bool = False) -> tuple[Town, Spots, Spots]:
    """Town, facilities, doors."""
    town = random_town(seed, two_way=two_way)
    return town, random_spots(seed, town, 6, "f"), random_spots(seed, town, 20, "d")


def point_frame(town: Town, spots: Spots) -> gpd.GeoDataFrame:
    """The places as points on the straight lines of the town, for tests that attach them."""
    line = shapely.linestrings(town.xy[town.edges[spots.edge]])
    return gpd.GeoDataFrame({"category": spots.category}, geometry=shapely.line_interpolate_point(line, spots.share, normalized=True), index=spots.key, crs=CRS)
