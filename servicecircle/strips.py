"""Streets widened to strips: what circles are drawn of.

A block whose streets are all in reach and which is so narrow that their strips fill it is taken whole. That leaves the
strips of the outer streets to join, a fifth of all in a dense city, and says the same.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely
from shapely.ops import substring

from gis.network import WalkNetwork

Shapes = npt.NDArray[np.object_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

QUARTER_SEGMENTS = 3  # corners of a round end: a strip is at most 3 % too narrow there
BARRIER_SIDE_M = 0.1  # half the width at which a barrier cuts a strip
SHARE_OF_WHOLE = 1.0 - 1e-9


class Strips:
    """Strips along the edges of a network, ``side_m`` to each side, cut off at barriers. Safe to use from several threads."""

    def __init__(self, network: WalkNetwork, barriers: Shapes, side_m: float) -> None:
        self._lines, self._side_m = network.pieces.geometry, side_m
        self._barriers = shapely.STRtree(shapely.buffer(barriers, BARRIER_SIDE_M, quad_segs=1, join_style="mitre"))
        self._whole: Shapes = np.full(len(self._lines), None, dtype=object)

    def along(self, edge: Ints, start: Floats, end: Floats) -> list[shapely.Geometry]:
        """Shapes that together are the strips along stretches of edges, given as shares of their length."""
        is_whole = (start <= 0.0) & (end >= SHARE_OF_WHOLE)
        parts = self._widened(_stretches(self._lines[edge[~is_whole]], start[~is_whole], end[~is_whole]))
        blocks = self._filled_blocks(self._lines[edge[is_whole]])
        outer = edge[is_whole]
        if blocks is None:
            return [*self._whole_strips(outer), *parts]
        shapely.prepare(blocks)
        west, south, east, north = shapely.bounds(self._lines[outer]).T
        side_m = self._side_m
        is_inside = shapely.contains_properly(blocks, shapely.box(west - side_m, south - side_m, east + side_m, north + side_m))
        return [blocks, *self._whole_strips(outer[~is_inside]), *parts]

    def _filled_blocks(self, lines: Shapes) -> shapely.Geometry | None:
        """Blocks between these streets, without those at barriers and those with ground out of the strips' reach in the middle."""
        blocks = shapely.get_parts(shapely.polygonize(_noded(lines[shapely.length(lines) > 0.0])))
        blocks = np.delete(blocks, np.unique(self._barriers.query(blocks, predicate="intersects")[0]))
        bounds = shapely.bounds(blocks)
        is_wide = (bounds[:, 2:] - bounds[:, :2]).min(axis=1, initial=np.inf) > 2.0 * self._side_m
        is_hollow = is_wide.copy()
        is_hollow[is_wide] = ~shapely.is_empty(shapely.buffer(blocks[is_wide], -self._side_m, quad_segs=QUARTER_SEGMENTS))
        filled = blocks[~is_hollow]
        return shapely.coverage_union_all(filled) if len(filled) else None

    def _whole_strips(self, edge: Ints) -> Shapes:
        """Strips of whole edges, kept for the next circle."""
        new = edge[shapely.is_missing(self._whole[edge])]
        self._whole[new] = self._widened(self._lines[new])
        return self._whole[edge]

    def _widened(self, lines: Shapes) -> Shapes:
        """Strips without what lies behind a barrier: of each cut strip, only the pieces its street runs through."""
        strips: Shapes = shapely.buffer(lines, self._side_m, quad_segs=QUARTER_SEGMENTS)
        row, barrier = self._barriers.query(strips, predicate="intersects")
        order = np.argsort(row, kind="stable")
        cut_rows, first = np.unique(row[order], return_index=True)
        for number, behind in zip(cut_rows, np.split(barrier[order], first[1:]), strict=False):
            cut = shapely.union_all(self._barriers.geometries[behind])
            pieces = shapely.get_parts(shapely.difference(strips[number], cut))
            strips[number] = shapely.union_all(pieces[shapely.intersects(pieces, lines[number])])
        return strips


def _noded(lines: Shapes) -> Shapes:
    """The lines cut where they cross, so that blocks between them do not overlap."""
    try:
        return shapely.get_parts(shapely.node(shapely.multilinestrings(lines)))
    except shapely.GEOSException:  # the quick way can fail on lines that all but touch; joining them is three times as slow
        return shapely.get_parts(shapely.union_all(lines))


def _stretches(lines: Shapes, start: Floats, end: Floats) -> Shapes:
    """Stretches of lines between two shares of their length; straight lines all at once."""
    cut: Shapes = np.empty(len(lines), dtype=object)
    is_straight = shapely.get_num_coordinates(lines) == 2
    ends = [shapely.line_interpolate_point(lines[is_straight], share[is_straight], normalized=True) for share in (start, end)]
    cut[is_straight] = shapely.linestrings(np.stack([shapely.get_coordinates(points) for points in ends], axis=1))
    bent = np.flatnonzero(~is_straight)
    cut[bent] = [substring(line, *share, normalized=True) for line, *share in zip(lines[bent], start[bent], end[bent], strict=True)]
    return cut
