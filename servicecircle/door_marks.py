"""What a drawn circle says of single doors: houses in reach are drawn in, houses out of reach are cut out.

A door counts by its own walking time. Its house goes in or out whole where it can; at the door itself a small spot makes
sure of it, less than half as wide as the way to the next door that is told otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from contracts.columns import BUILDING_KEY
from gis.attachment import Attached

Shapes = npt.NDArray[np.object_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

SPOT_M = 0.5  # radius of the spot at a door
SMALLEST_SPOT_M = 0.01  # where a door in reach and one out of reach are closer than twice this, both are drawn in
SAME_PLACE_M = 0.001  # doors this near to each other are drawn as one
SPOT_SHARE = 0.45  # of the way to the next door that is told otherwise
WALL_M = 0.02  # a house is drawn in and cut out with its walls
NESTING_M = 0.06  # by how much the largest circle reaches past the smallest at least, so that rounding cannot turn them round
RIM_SHARE = 0.4  # by how much of its radius a spot changes from the smallest circle to the largest
CONNECTOR_SIDE_M = 1.0  # half the width at which the way from a door to its street is drawn


@dataclass(frozen=True, eq=False)
class DoorMarks:
    """Doors to draw in or cut out. One entry per door that has a place; houses by number, -1 = none known."""

    row: Ints  # position among the caller's doors
    spot: Shapes
    connector: Shapes  # None where no street was found
    house: Ints
    houses: Shapes  # areas
    is_crossed: Mask  # houses a street passes through: never cut out whole
    place: Ints  # number of the door's place; doors closer than ``SAME_PLACE_M`` share one
    pairs: Ints  # (n, 2) places so close that their spots could touch
    distance_m: Floats  # of the pairs
    spots_near: shapely.STRtree
    houses_near: shapely.STRtree

    @classmethod
    def of(cls, doors: Attached, footprints: gpd.GeoSeries | None = None) -> DoorMarks:
        """Marks of attached doors.

        ``footprints``, indexed by building key, are the houses of doors with a column ``building_key``; otherwise a door
        given as a polygon is its own house.
        """
        row = np.flatnonzero(~shapely.is_missing(doors.shapes))
        connector, shapes = doors.connectors[row], doors.shapes[row]
        is_wall = shapely.get_dimensions(shapes) == 1
        areas = shapes.copy()
        areas[is_wall] = shapely.build_area(shapes[is_wall])
        inside = shapely.point_on_surface(np.where(shapely.is_empty(areas), shapes, areas))
        spot = np.where(shapely.is_missing(connector), inside, shapely.get_point(connector, 0))
        own = np.where(is_wall & ~shapely.is_empty(areas), np.arange(len(row)), -1)
        if footprints is None or BUILDING_KEY not in doors.attributes.columns:
            house, houses = own, areas
        else:
            named = footprints.index.get_indexer(pd.Index(doors.attributes[BUILDING_KEY].to_numpy()[row]))
            known = footprints.to_crs(doors.network.crs).to_numpy()
            house, houses = np.where(named >= 0, named, np.where(own >= 0, own + len(known), -1)), np.concatenate([known, areas])
        houses = np.where(np.isin(np.arange(len(houses)), house), _sound(houses), shapely.Polygon())  # a house nobody has a door to says nothing
        streets = shapely.STRtree(doors.network.pieces.geometry[doors.network.can_attach])
        is_crossed = np.zeros(len(houses), dtype=bool)
        is_crossed[streets.query(houses, predicate="intersects")[0]] = True
        return cls(row, spot, connector, house, houses, is_crossed, *_close_places(spot), shapely.STRtree(spot), shapely.STRtree(houses))

    def told(self, seconds: Floats, times_s: Floats) -> Telling:
        """The marks with the circle each door first lies in; ``seconds`` has one entry per door of the caller."""
        first = np.searchsorted(times_s, seconds[self.row], side="left")
        of_house = np.full(len(self.houses), len(times_s))
        np.minimum.at(of_house, self.house[self.house >= 0], first[self.house >= 0])
        places = int(self.place.max(initial=-1)) + 1
        earliest, latest = np.full(places, len(times_s)), np.zeros(places, dtype=np.int64)
        np.minimum.at(earliest, self.place, first)
        np.maximum.at(latest, self.place, first)
        radius_m = np.where(earliest == latest, SPOT_M, 0.0)
        differ = np.minimum(*earliest[self.pairs.T]) != np.maximum(*latest[self.pairs.T])
        for side in (0, 1):
            np.minimum.at(radius_m, self.pairs[differ, side], SPOT_SHARE * self.distance_m[differ])
        return Telling(self, first, of_house, np.maximum(radius_m, SMALLEST_SPOT_M)[self.place])


@dataclass(frozen=True, eq=False)
class Telling:
    """Marks of doors for the circles of one search: the number of the first circle each door and each house lies in."""

    marks: DoorMarks
    first: Ints
    first_of_house: Ints
    radius_m: Floats

    def marked(self, circle: shapely.Geometry, number: int, *, past_m: float, rim_share: float) -> shapely.Geometry:
        """The circle of this number with every door in it that belongs to it, and no other.

        What is added grows and what is cut out shrinks with ``past_m`` and ``rim_share``, so that a later circle
        contains the earlier ones.
        """
        shape = self._with_houses(circle, number, past_m)
        if shape.is_empty:
            return shape
        shape = self._without_strangers(shape, number, past_m, 1.0 - RIM_SHARE * rim_share)
        return self._with_spots(shape, number, 1.0 - RIM_SHARE + RIM_SHARE * rim_share)

    def _with_houses(self, circle: shapely.Geometry, number: int, past_m: float) -> shapely.Geometry:
        shapely.prepare(circle)
        marks = self.marks
        houses = marks.houses[self.first_of_house <= number]
        ways = marks.connector[self.first <= number]
        bands = shapely.buffer(ways, CONNECTOR_SIDE_M + past_m, quad_segs=1)
        new = np.concatenate([shapely.buffer(houses, WALL_M + past_m, join_style="mitre"), bands])
        new = new[~shapely.contains_properly(circle, new)]
        return shapely.union_all(np.append(new, circle)) if len(new) else circle

    def _without_strangers(self, shape: shapely.Geometry, number: int, past_m: float, size: float) -> shapely.Geometry:
        marks = self.marks
        near = marks.houses_near.query(shape, predicate="dwithin", distance=NESTING_M + WALL_M)
        houses = marks.houses[near[(self.first_of_house[near] > number) & ~marks.is_crossed[near]]]
        door = marks.spots_near.query(shape, predicate="dwithin", distance=SPOT_M)
        door = door[self.first[door] > number]
        door = self._one_of_each_place(door)
        spots = shapely.buffer(marks.spot[door], size * self.radius_m[door], quad_segs=2)
        cut = np.concatenate([shapely.buffer(houses, NESTING_M + WALL_M - past_m, join_style="mitre"), spots])
        return shapely.difference(shape, shapely.union_all(cut)) if len(cut) else shape

    def _with_spots(self, shape: shapely.Geometry, number: int, size: float) -> shapely.Geometry:
        marks = self.marks
        at_rim = np.zeros(len(marks.spot), dtype=bool)
        at_rim[marks.spots_near.query(shapely.boundary(shape), predicate="dwithin", distance=SPOT_M)] = True
        shapely.prepare(shape)
        door = self._one_of_each_place(np.flatnonzero((self.first <= number) & (at_rim | ~shapely.contains(shape, marks.spot))))
        spots = shapely.buffer(marks.spot[door], size * self.radius_m[door], quad_segs=2)
        return shapely.union_all(np.append(spots, shape)) if len(spots) else shape

    def _one_of_each_place(self, doors: Ints) -> Ints:
        return doors[np.unique(self.marks.place[doors], return_index=True)[1]]


def _close_places(spot: Shapes) -> tuple[Ints, Ints, Floats]:
    """The place of each door, and the pairs of places that are close, with their distance."""
    if not len(spot):
        return np.empty(0, dtype=np.int64), np.empty((0, 2), dtype=np.int64), np.empty(0)
    xy, place = np.unique(np.round(shapely.get_coordinates(spot) / SAME_PLACE_M), axis=0, return_inverse=True)
    xy *= SAME_PLACE_M
    pairs = cKDTree(xy).query_pairs(SPOT_M / SPOT_SHARE, output_type="ndarray")
    return place.ravel(), pairs, np.linalg.norm(xy[pairs[:, 0]] - xy[pairs[:, 1]], axis=1)


def _sound(houses: Shapes) -> Shapes:
    """Outlines that cannot be used as an area become empty."""
    is_sound = shapely.is_valid(houses) & (shapely.get_dimensions(houses) == 2)
    return np.where(is_sound, houses, shapely.Polygon())
