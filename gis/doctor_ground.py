"""The ground the data doctor walks over: a network with what is needed to judge its joints."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.attachment import find_islands
from gis.detours import Spots
from gis.doctor_rules import Ints, Mask, Shapes
from gis.network import WalkNetwork
from gis.street_levels import is_excepted, may_cross_unseen, street_levels

_ON_STREET_M = 1.0  # a place on a street is off it by no more, after it was turned from one system into another


@dataclass(frozen=True, eq=False)
class Ground:
    """A network with what the joints need to know of its streets and of what stands between them."""

    network: WalkNetwork
    streets: gpd.GeoDataFrame  # the rows the network was built from
    obstacles: Shapes
    exits: Shapes = field(default_factory=lambda: np.empty(0, dtype=object))  # points where streets leave the map

    @cached_property
    def level(self) -> Ints:
        """Number of the level of each edge."""
        return pd.factorize(street_levels(self.streets), sort=True)[0][self.network.pieces.row]

    @cached_property
    def is_judged(self) -> Mask:
        """Edges whose joints count."""
        return ~is_excepted(self.streets)[self.network.pieces.row]

    @cached_property
    def may_pass(self) -> Mask:
        """Edges that may cross others on a bridge the data are silent about."""
        return may_cross_unseen(self.streets)[self.network.pieces.row]

    @cached_property
    def is_island(self) -> Mask:
        """Edges of islands."""
        return find_islands(self.network)

    @cached_property
    def rank(self) -> Ints:
        """Rank of each edge by street key and place along it, for ties: the same for any order of the rows."""
        pieces = self.network.pieces
        key_rank = self.streets.index.argsort().argsort()[pieces.row]
        return np.lexsort((pieces.start_m, key_rank)).argsort()

    @cached_property
    def single(self) -> Ints:
        """Walkable edges, of equal ones only the first."""
        pieces = self.network.pieces
        edges = np.flatnonzero(self.network.is_walkable)
        edges = edges[np.argsort(self.rank[edges], kind="stable")]
        shape = shapely.to_wkb(shapely.normalize(pieces.geometry[edges]))
        ends = np.sort(pieces.edges[edges], axis=1)
        twins = pd.DataFrame({"shape": shape, "u": ends[:, 0], "v": ends[:, 1]})
        return edges[~twins.duplicated().to_numpy()]

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Index of the single edges."""
        return shapely.STRtree(self.network.pieces.geometry[self.single])

    @cached_property
    def neighbours(self) -> Ints:
        """How many other nodes each node is joined to."""
        ends = np.sort(self.network.pieces.edges[self.single], axis=1)
        pairs = np.unique(ends[ends[:, 0] != ends[:, 1]], axis=0)
        return np.bincount(pairs.ravel(), minlength=len(self.network.pieces.xy))

    @cached_property
    def parts_off_map(self) -> Ints:
        """Connected parts that lead off the map: what joins them to the city may lie out there."""
        if not len(self.exits) or not len(self.single):
            return np.empty(0, dtype=np.int64)
        found = self.tree.query(self.exits, predicate="dwithin", distance=_ON_STREET_M)[1]
        return np.unique(self.network.component[self.single[found]])

    def is_exit(self, points: Shapes) -> Mask:
        """Points at which a street leaves the map."""
        off = np.zeros(len(points), dtype=bool)
        if len(self.exits) and len(points):
            off[np.unique(shapely.STRtree(self.exits).query(points, predicate="dwithin", distance=_ON_STREET_M)[0])] = True
        return off

    def is_blocked(self, lines: Shapes) -> Mask:
        """Lines that cross what cannot be walked through."""
        blocked = np.zeros(len(lines), dtype=bool)
        if len(self.obstacles) and len(lines):
            blocked[np.unique(self.obstacle_tree.query(lines, predicate="intersects")[0])] = True
        return blocked

    @cached_property
    def obstacle_tree(self) -> shapely.STRtree:
        """Index of the obstacles."""
        return shapely.STRtree(self.obstacles)

    def key(self, edge: int) -> object:
        """Key of the street an edge belongs to."""
        return self.streets.index[self.network.pieces.row[edge]]

    def spots(self, edge: Ints, points: Shapes) -> Spots:
        """Where points lie on edges."""
        return Spots(edge, shapely.line_locate_point(self.network.pieces.geometry[edge], points, normalized=True))
