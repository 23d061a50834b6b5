"""Streets widened to strips and joined: what circles are drawn of.

Most of a circle is whole streets that are whole in the circles of other categories too. They are joined once for all of
them, along a tree of neighbouring streets; only where a circle ends are single streets joined.
"""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from shapely.ops import substring

from gis.network import WalkNetwork

Shapes = npt.NDArray[np.object_]
Flags = npt.NDArray[np.bool_]

QUARTER_SEGMENTS = 3  # corners of a round end: a strip is at most 3 % too narrow there
BARRIER_SIDE_M = 0.1  # half the width at which a barrier cuts a strip
STREETS_IN_A_LEAF = 8  # neighbouring streets that are joined at once
SHARE_OF_WHOLE = 1.0 - 1e-9


class Strips:
    """Strips along the edges of a network, cut off at barriers.

    Safe to use from several threads: two may join the same streets, with the same result.

    Parameters
    ----------
    network
        Its edges, in metres.
    barriers
        Lines and areas in the network's system that a strip does not reach over.
    side_m
        Width to each side of a street.
    """

    def __init__(self, network: WalkNetwork, barriers: Shapes, side_m: float) -> None:
        cuts = shapely.buffer(barriers, BARRIER_SIDE_M, quad_segs=1, join_style="mitre")
        self._barriers = shapely.STRtree(cuts)
        self._lines, self._side_m = network.pieces.geometry, side_m
        self._whole = self._widened(self._lines)
        self._order = np.argsort(gpd.GeoSeries(self._lines).hilbert_distance().to_numpy(), kind="stable") if len(self._lines) else np.empty(0, np.int64)
        self._joined: dict[tuple[int, int], shapely.Geometry] = {}

    def joined(self, whole: Flags, drawn: Flags) -> list[shapely.Geometry]:
        """Shapes that together hold the strips of the edges marked ``whole``; those of edges ``drawn`` already may be left out."""
        size = 1 << max(len(whole) - 1, 1).bit_length()
        counts = np.concatenate([[0], np.cumsum(whole[self._order])]), np.concatenate([[0], np.cumsum((whole & ~drawn)[self._order])])
        return list(self._nodes(0, size, counts, whole & ~drawn))

    def parts(self, edge: npt.NDArray[np.int64], start: npt.NDArray[np.float64], end: npt.NDArray[np.float64]) -> Shapes:
        """Strips along stretches of edges, given as shares of their length."""
        lines = [substring(line, *stretch, normalized=True) for line, *stretch in zip(self._lines[edge], start, end, strict=True)]
        return self._widened(np.array(lines, dtype=object))

    def _nodes(self, first: int, size: int, counts: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]], wanted: Flags) -> Iterator[shapely.Geometry]:
        """Cached unions where a whole stretch of the order is reached, single strips where only some of it is."""
        end = min(first + size, len(wanted))
        if first >= end or counts[1][end] == counts[1][first]:
            return
        if counts[0][end] - counts[0][first] == end - first:
            yield self._union(first, size)
        elif size <= STREETS_IN_A_LEAF:
            edges = self._order[first:end]
            yield from self._whole[edges[wanted[edges]]]
        else:
            yield from self._nodes(first, size // 2, counts, wanted)
            yield from self._nodes(first + size // 2, size // 2, counts, wanted)

    def _union(self, first: int, size: int) -> shapely.Geometry:
        known = self._joined.get((first, size))
        if known is not None:
            return known
        if size <= STREETS_IN_A_LEAF:
            shape = shapely.union_all(self._whole[self._order[first : first + size]])
        else:
            halves = [self._union(start, size // 2) for start in (first, first + size // 2) if start < len(self._order)]
            shape = shapely.union_all(halves)
        self._joined[first, size] = shape
        return shape

    def _widened(self, lines: Shapes) -> Shapes:
        """Strips without what lies behind a barrier: of each cut strip, only the pieces its street runs through."""
        strips: Shapes = shapely.buffer(lines, self._side_m, quad_segs=QUARTER_SEGMENTS)
        row, barrier = self._barriers.query(strips, predicate="intersects")
        for number in np.unique(row):
            cut = shapely.union_all(self._barriers.geometries[barrier[row == number]])
            pieces = shapely.get_parts(shapely.difference(strips[number], cut))
            strips[number] = shapely.union_all(pieces[shapely.intersects(pieces, lines[number])])
        return strips
