"""Ways out of a wall that runs along its streets: from the middle of the front, from other points of it, through gaps in what stands before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import shapely

from gis.facing import Fronts, each_with_all, free_points

Shapes = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]

SAME_M = 1e-6  # closer than this is the same distance
PLAIN_TURN = 10_000  # the shortest connector comes after those from fixed points of the fronts, before those through gaps
TRIES = ((0.5,), (0.25, 0.75), (0.0, 1.0))  # shares of a front, in the order in which they are tried
MIDDLE = 0.5


@dataclass(frozen=True, eq=False)
class Ways:
    """Connectors from points of fronts. ``turn`` says which of a place's is tried first."""

    place: Ints
    edge: Ints
    connector: Shapes
    turn: Ints

    @classmethod
    def together(cls, ways: list[Self]) -> Self:
        """All of them."""
        names = ("place", "edge", "connector", "turn")
        return cls(*(np.concatenate([getattr(each, name) for each in ways]) for name in names))


@dataclass(frozen=True, eq=False)
class Doorways:
    """The fronts of some places and the streets they run along."""

    fronts: Fronts
    lines: Shapes  # all streets
    place: Ints  # of each pair of place and street, sorted by place
    edge: Ints

    def from_middle(self) -> Ways:
        """From the middle of each place's longest front."""
        longest = self.fronts.take(self.fronts.place_in_turn == 0)
        return self._from(longest.at(MIDDLE), longest.place, np.zeros(len(longest), dtype=np.int64))

    def from_everywhere(self, barriers: Shapes, tree: shapely.STRtree, street: Ints) -> Ways:
        """From fixed points of all fronts, and from the middles of what neither a barrier nor another street stands before.

        ``tree`` holds the streets that may stand in the way, ``street`` their numbers.
        """
        fronts = self.fronts
        if not len(fronts):
            return self.from_middle()
        ways, corners = [], []
        for number, shares in enumerate(TRIES):
            for share in shares:
                points = fronts.at(share)
                ways.append(self._from(points, fronts.place, len(TRIES) * fronts.place_in_turn + number))
                corners.append(points)
        strip = self._strips(np.array(corners, dtype=object).reshape(-1, len(fronts)))
        row, obstacle = tree.query(strip, predicate="intersects")
        other = ~self._is_own(fronts.place[row], street[obstacle])
        before, shapes = [row[other]], [self.lines[street[obstacle[other]]]]
        if len(barriers):
            row, obstacle = shapely.STRtree(barriers).query(strip, predicate="intersects")
            before, shapes = [*before, row], [*shapes, barriers[obstacle]]
        front, points = free_points(fronts, strip, np.concatenate(before), np.concatenate(shapes))
        return Ways.together([*ways, self._from(points, fronts.place[front], PLAIN_TURN + 1 + fronts.place_in_turn[front])])

    def _from(self, points: Shapes, place: Ints, turn: Ints) -> Ways:
        """The shortest way from each point to the streets of its place; several where they meet."""
        row, of = each_with_all(np.searchsorted(self.place, place), np.searchsorted(self.place, place, side="right"))
        connector = shapely.shortest_line(points[of], self.lines[self.edge[row]])
        length_m = shapely.length(connector)
        least_m = np.full(len(points), np.inf)
        np.minimum.at(least_m, of, length_m)
        nearest = length_m <= least_m[of] + SAME_M
        return Ways(place[of[nearest]], self.edge[row[nearest]], connector[nearest], turn[of[nearest]])

    def _strips(self, points: Shapes) -> Shapes:
        """The ground between fronts and streets, from points (tries, fronts) of them."""
        tries, count = points.shape
        front = np.tile(np.arange(count), tries)
        ways = self._from(points.ravel(), self.fronts.place[front], front)
        order = np.argsort(ways.turn, kind="stable")
        corners, way = shapely.get_coordinates(ways.connector[order], return_index=True)
        return shapely.convex_hull(shapely.multipoints(corners, indices=ways.turn[order][way]))

    def _is_own(self, place: Ints, edge: Ints) -> npt.NDArray[np.bool_]:
        """Whether the street is one the place's fronts run along."""
        most = int(max(self.edge.max(initial=0), edge.max(initial=0))) + 1
        return np.isin(place * most + edge, self.place * most + self.edge)
