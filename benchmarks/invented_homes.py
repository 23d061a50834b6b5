"""Invented homes for real communities whose map has none, so that their borders can be divided. Never shown as a city's own."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from contracts.columns import HOUSEHOLDS
from gis.crs import metric_crs

HOUSEHOLDS_EACH = 2_300  # about what a li of Taipei counts
MOST_HOMES = 80
LEAST_STEP_M = 30.0
WIDTH_M, DEPTH_M, TURN_DEGREES = 22.0, 11.0, 15.0


def invented_homes(communities: gpd.GeoDataFrame, *, seed: int = 7) -> gpd.GeoDataFrame:
    """Slabs on a jittered lattice inside each community, at most 80, with 2,300 households together.

    Parameters
    ----------
    communities
        Polygons indexed by code.

    Returns
    -------
        ``households`` and footprints in the communities' system, indexed by code and number.
    """
    metric = communities.geometry.to_crs(metric_crs(communities))
    keys, shapes, households = [], [], []
    for number, (code, shape) in enumerate(metric.items()):
        own = _slabs(shape, np.random.default_rng([seed, number]))
        if not len(own):
            continue
        weight = np.random.default_rng([seed, number, 1]).gamma(4.0, 1.0, len(own))
        keys += [f"{code}-h{place:02d}" for place in range(len(own))]
        shapes += list(own)
        households += np.maximum(np.rint(HOUSEHOLDS_EACH * weight / weight.sum()), 1).astype(int).tolist()
    return gpd.GeoDataFrame({HOUSEHOLDS: households}, index=keys, geometry=shapes, crs=metric.crs).to_crs(communities.crs)


def _slabs(community: BaseGeometry, rng: np.random.Generator) -> np.ndarray:
    """Footprints wholly inside, as many as fit at a distance that suits the size of the community."""
    step = max(LEAST_STEP_M, float(np.sqrt(community.area / MOST_HOMES)))
    west, south, east, north = community.bounds
    x, y = (grid.ravel() for grid in np.meshgrid(np.arange(west, east, step), np.arange(south, north, step)))
    x, y = x + rng.uniform(0.3, 0.7, len(x)) * step, y + rng.uniform(0.3, 0.7, len(y)) * step
    turn = np.radians(rng.uniform(-TURN_DEGREES, TURN_DEGREES, len(x)))
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * (WIDTH_M / 2, DEPTH_M / 2)
    ways = np.stack([np.stack([np.cos(turn), -np.sin(turn)], axis=-1), np.stack([np.sin(turn), np.cos(turn)], axis=-1)], axis=-2)
    slabs = shapely.polygons(np.einsum("nij,kj->nki", ways, corners) + np.column_stack([x, y])[:, None, :])
    return np.asarray(slabs[shapely.contains_properly(community, slabs)])
