"""Fronts: where a wall runs along its nearest streets. Of its points, all equally near, the door is put into the middle.

Without this the end of the wall would be taken by chance, and a long building would be entered at one of its corners. The front
is measured on the wall, not on the street: cutting a street, or a side street on its far side, changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

Shapes = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

EVEN_M = 0.001  # a wall no farther from its streets than this more than where it is nearest is just as near
SHORTEST_M = 1.0  # a front; below it the wall stands askew, and its nearest point is as good
CORNER_COS = np.cos(np.radians(45.0))  # a wall that turns more than this is another front
SAME_M = 1e-6  # closer than this is the same place


@dataclass(frozen=True, eq=False)
class Fronts:
    """Stretches of wall, those of one place together, the longest first."""

    place: Ints  # number of the place
    place_in_turn: Ints  # 0 = the longest front of its place
    wall: Shapes  # the straight-on part of the wall it lies on
    start_m: Floats  # along ``wall``
    end_m: Floats

    def __len__(self) -> int:
        return len(self.place)

    def take(self, rows: Ints | Mask) -> Fronts:
        return Fronts(self.place[rows], self.place_in_turn[rows], self.wall[rows], self.start_m[rows], self.end_m[rows])

    def at(self, share: float) -> Shapes:
        """The point at a share of each front."""
        return shapely.line_interpolate_point(self.wall, self.start_m + share * (self.end_m - self.start_m))


def find_fronts(shapes: Shapes, lines: Shapes, place: Ints, edge: Ints, length_m: Floats) -> Fronts:
    """Fronts of all walls among the places.

    Parameters
    ----------
    shapes
        Points, and walls of polygons.
    lines
        All streets.
    place, edge, length_m
        Streets near the places: number of the place, of the street, and the distance between them; at least all within ``EVEN_M``
        of each place's nearest.
    """
    nearest_m = np.full(len(shapes), np.inf)
    np.minimum.at(nearest_m, place, length_m)
    tied = np.flatnonzero((shapely.get_dimensions(shapes[place]) == 1) & (length_m <= nearest_m[place] + EVEN_M))
    numbers = np.unique(place[tied])
    if not len(numbers):
        return Fronts(numbers, numbers, np.empty(0, dtype=object), np.empty(0), np.empty(0))
    sides = _sides_of(shapes[numbers])
    reach_m = nearest_m[numbers] + EVEN_M
    streets = straight_pieces(lines[np.unique(edge[tied])])
    wall, street = shapely.STRtree(shapely.linestrings(streets)).query(shapes[numbers], predicate="dwithin", distance=reach_m)
    first = np.searchsorted(sides.wall, np.arange(len(numbers) + 1))
    side, pair = each_with_all(first[wall], first[wall + 1])
    low, high = within_reach(sides.ends[side], streets[street[pair]], reach_m[wall[pair]])
    near = high >= low
    side, low, high = side[near], low[near] + sides.at_m[side[near]], high[near] + sides.at_m[side[near]]
    chain, start, end = merged(sides.chain[side], low, high)
    long = end - start >= SHORTEST_M
    chain, start, end = chain[long], start[long], end[long]
    _, chain_wall = np.unique(sides.chain, return_index=True)
    return _in_turn(numbers[sides.wall[chain_wall]][chain], sides.chains[chain], start, end)


def free_points(fronts: Fronts, strip: Shapes, row: Ints, obstacles: Shapes) -> tuple[Ints, Shapes]:
    """Middles of what of the fronts no obstacle in the strip between front and street stands before.

    ``strip`` is the ground before each front; ``row`` says before which front each obstacle stands. Returns fronts and points.
    """
    parts, part_of = shapely.get_parts(shapely.intersection(obstacles, strip[row]), return_index=True)
    solid = ~shapely.is_empty(parts)
    corners, corner_of = shapely.get_coordinates(parts[solid], return_index=True)
    front = row[part_of[solid]]
    at_m = shapely.line_locate_point(fronts.wall[front[corner_of]], shapely.points(corners))
    low, high = np.full(len(front), np.inf), np.full(len(front), -np.inf)
    np.minimum.at(low, corner_of, at_m)
    np.maximum.at(high, corner_of, at_m)
    both_ends = np.arange(len(fronts))
    of, start, end = merged(np.r_[front, both_ends, both_ends], np.r_[low, fronts.start_m, fronts.end_m], np.r_[high, fronts.start_m, fronts.end_m])
    gap = np.flatnonzero((of[1:] == of[:-1]) & (start[1:] - end[:-1] > EVEN_M))
    gap = gap[(end[gap] >= fronts.start_m[of[gap]] - SAME_M) & (start[gap + 1] <= fronts.end_m[of[gap]] + SAME_M)]
    return of[gap], shapely.line_interpolate_point(fronts.wall[of[gap]], (end[gap] + start[gap + 1]) / 2.0)


def merged(group: Ints, start: Floats, end: Floats) -> tuple[Ints, Floats, Floats]:
    """Intervals of each group put together where they touch; sorted."""
    order = np.lexsort((end, start, group))
    group, start, end = group[order], start[order], end[order]
    covered = np.array(pd.Series(end).groupby(group).cummax(), dtype=np.float64)
    is_new = np.r_[True, (group[1:] != group[:-1]) | (start[1:] > covered[:-1] + SAME_M)][: len(group)]
    first = np.flatnonzero(is_new)
    last = np.r_[first[1:], len(group)] - 1 if len(first) else first
    return group[first], start[first], covered[last]


@dataclass(frozen=True, eq=False)
class _Sides:
    """Straight pieces of walls, sorted by wall. Those that go on without a corner form a chain."""

    ends: Floats  # (n, 2, 2)
    wall: Ints
    chain: Ints
    at_m: Floats  # where on its chain each begins
    chains: Shapes


def _sides_of(walls: Shapes) -> _Sides:
    """Each ring is opened at a corner or, if it is round, at its most south-western point."""
    rings, wall_of = shapely.get_parts(walls, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    keep = (ring[1:] == ring[:-1]) & (xy[1:] != xy[:-1]).any(axis=1)
    ends, ring = np.stack([xy[:-1], xy[1:]], axis=1)[keep], ring[1:][keep]
    number = np.arange(len(ring))
    is_first = np.r_[True, ring[1:] != ring[:-1]]
    first = np.flatnonzero(is_first)
    count = np.diff(np.r_[first, len(ring)])
    before = np.where(is_first, np.repeat(first + count - 1, count), number - 1)
    step = ends[:, 1] - ends[:, 0]
    length_m = np.linalg.norm(step, axis=1)
    turns = (step * step[before]).sum(axis=1) < CORNER_COS * length_m * length_m[before]
    best = np.lexsort((ends[:, 0, 1], ends[:, 0, 0], ~turns, ring))[first]
    order = np.lexsort(((number - np.repeat(best, count)) % np.repeat(count, count), ring))
    ends, length_m = ends[order], length_m[order]
    chain = np.cumsum(turns[order] | is_first) - 1
    start = np.flatnonzero(np.r_[True, chain[1:] != chain[:-1]])
    before_m = np.cumsum(length_m) - length_m
    corners = np.concatenate([ends[:, 0], ends[np.r_[start[1:], len(chain)] - 1, 1]])
    of = np.concatenate([chain, np.arange(len(start))])
    inner = np.argsort(of, kind="stable")
    return _Sides(ends, wall_of[ring], chain, before_m - before_m[start][chain], shapely.linestrings(corners[inner], indices=of[inner]))


def straight_pieces(lines: Shapes) -> Floats:
    """Straight pieces of lines, shape (n, 2, 2)."""
    xy, line = shapely.get_coordinates(lines, return_index=True)
    inside = line[1:] == line[:-1]
    return np.stack([xy[:-1][inside], xy[1:][inside]], axis=1)


def each_with_all(first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """All numbers from ``first`` to before ``last`` of each row, and the row."""
    count = last - first
    row = np.repeat(np.arange(len(first)), count)
    return first[row] + np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count), row


def within_reach(sides: Floats, streets: Floats, reach_m: Floats) -> tuple[Floats, Floats]:
    """From where to where along each straight side it is within reach of a straight street; backwards where it is nowhere.

    What is within reach of a straight street is a strip with round ends. It bulges nowhere inwards, so a side enters it once.
    """
    step = sides[:, 1] - sides[:, 0]
    side_m = np.linalg.norm(step, axis=1)
    step = step / side_m[:, None]
    along = streets[:, 1] - streets[:, 0]
    street_m = np.linalg.norm(along, axis=1)
    along = np.divide(along, street_m[:, None], out=np.zeros_like(along), where=street_m[:, None] > 0)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    offset = sides[:, 0] - streets[:, 0]
    band = [_between(_dot(offset, along), _dot(step, along), 0.0 * street_m, street_m), _between(_dot(offset, across), _dot(step, across), -reach_m, reach_m)]
    has_strip = street_m > 0  # a street without extent is the rounds at its ends alone
    spans = [(np.where(has_strip, np.maximum(band[0][0], band[1][0]), np.inf), np.where(has_strip, np.minimum(band[0][1], band[1][1]), -np.inf))]
    spans += [_in_round(sides[:, 0] - streets[:, end], step, reach_m) for end in (0, 1)]
    spans = [(np.where(low <= high, low, np.inf), np.where(low <= high, high, -np.inf)) for low, high in spans]
    low = np.minimum.reduce([span[0] for span in spans])
    high = np.maximum.reduce([span[1] for span in spans])
    return np.maximum(low, 0.0), np.minimum(high, side_m)


def _dot(first: Floats, second: Floats) -> Floats:
    return (first * second).sum(axis=1)


def _between(value: Floats, rate: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """When ``value + t * rate`` lies between two bounds."""
    still = np.abs(rate) < SAME_M * EVEN_M
    inside = (value >= low) & (value <= high)
    rate = np.where(still, 1.0, rate)
    times = np.sort([(low - value) / rate, (high - value) / rate], axis=0)
    return np.where(still, np.where(inside, -np.inf, np.inf), times[0]), np.where(still, np.where(inside, np.inf, -np.inf), times[1])


def _in_round(offset: Floats, step: Floats, radius_m: Floats) -> tuple[Floats, Floats]:
    """When ``offset + t * step`` is no longer than the radius."""
    middle = -_dot(offset, step)
    left = radius_m**2 - _dot(offset, offset) + middle**2
    half = np.sqrt(np.maximum(left, 0.0))
    return np.where(left >= 0, middle - half, np.inf), np.where(left >= 0, middle + half, -np.inf)


def _in_turn(place: Ints, wall: Shapes, start_m: Floats, end_m: Floats) -> Fronts:
    """The longest front of each place first; of equal ones the one whose middle is most south-western."""
    middle = np.round(shapely.get_coordinates(shapely.line_interpolate_point(wall, (start_m + end_m) / 2.0)), 3).reshape(-1, 2)
    order = np.lexsort((middle[:, 1], middle[:, 0], -np.round(end_m - start_m, 3), place))
    place = place[order]
    first = np.searchsorted(place, place)
    return Fronts(place, np.arange(len(place)) - first, wall[order], start_m[order], end_m[order])
