"""Missing crossings: homes that face each other across a major road and are far apart on foot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from contracts.columns import HIGHWAY, KIND
from contracts.messages import Message
from contracts.reference import reference_table
from gis.attachment import Attached
from gis.detours import Spots, walk_between_m
from gis.doctor_ground import Ground
from gis.doctor_rules import MISSING_CROSSING, DoctorRule, Fix, Floats, Joint, Shapes, StreetFault

MAJOR = "major"


@dataclass(frozen=True, eq=False)
class Homes:
    """Where people live: a point each in the network's system, how they are attached, and how many they are."""

    points: Shapes
    attached: Attached
    people: Floats


def find_missing_crossings(ground: Ground, homes: Homes, rule: DoctorRule) -> list[StreetFault]:
    """One fault per stretch of a major road where the walk across is ``crossing_index`` times the straight line or more."""
    pairs = _facing_pairs(ground, homes, rule)
    if not len(pairs):
        return []
    pairs = pairs[_is_far_round(ground, homes, pairs, rule)]
    return [_fault(ground, homes, row, rule) for row in _spread_out(pairs, rule).itertuples()]


def _facing_pairs(ground: Ground, homes: Homes, rule: DoctorRule) -> pd.DataFrame:
    """The two homes nearest to the road, left and right of each stretch of a major road, that are near enough to each other.

    Columns left, right (rows of homes), edge, straight_m, people (of all homes along the stretch), x, y.
    """
    network = ground.network
    kinds = reference_table("street_kinds").set_index(HIGHWAY)[KIND]
    is_major = (ground.streets[HIGHWAY].map(kinds) == MAJOR).to_numpy()[network.pieces.row] if HIGHWAY in ground.streets else np.zeros(0, bool)
    major = ground.single[is_major[ground.single]] if len(is_major) else np.empty(0, np.int64)
    usable = np.flatnonzero(homes.attached.is_snapped & (homes.people > 0))
    if not len(major) or not len(usable):
        return pd.DataFrame()
    lines = network.pieces.geometry[major]
    row, found = shapely.STRtree(lines).query(homes.points[usable], predicate="dwithin", distance=rule.roadside_m)
    home, line = usable[row], lines[found]
    beside = pd.DataFrame({"home": home, "edge": major[found], "along_m": shapely.line_locate_point(line, homes.points[home])})
    beside = beside.assign(side=_side(line, homes.points[home], beside["along_m"].to_numpy()), away_m=shapely.distance(line, homes.points[home]))
    beside = beside.assign(stretch=(beside["along_m"] // rule.stretch_m).astype(int), people=homes.people[home], rank=_home_rank(homes)[home])
    beside = beside[beside["side"] != 0]
    where = ["edge", "stretch"]
    nearest = beside.sort_values(["away_m", "rank"], kind="stable").drop_duplicates([*where, "side"])
    left, right = (nearest[nearest["side"] == side].set_index(where) for side in (1, -1))
    pairs = left[["home", "along_m"]].join(right[["home"]].rename(columns={"home": "right"}), how="inner").rename(columns={"home": "left"})
    pairs = pairs.join(beside.groupby(where)["people"].sum()).reset_index()
    ends = homes.points[pairs["left"].to_numpy()], homes.points[pairs["right"].to_numpy()]
    place = shapely.get_coordinates(shapely.line_interpolate_point(network.pieces.geometry[pairs["edge"].to_numpy()], pairs["along_m"].to_numpy()))
    pairs = pairs.assign(straight_m=shapely.distance(*ends), x=place[:, 0], y=place[:, 1])
    return pairs[pairs["straight_m"].between(1.0, rule.facing_m)]


def _home_rank(homes: Homes) -> np.ndarray:
    return homes.attached.index.argsort().argsort()


def _side(lines: Shapes, points: Shapes, along_m: Floats) -> np.ndarray:
    """1 left of the line, -1 right of it, 0 beyond its ends or on it."""
    length_m = shapely.length(lines)
    inside = (along_m > 0.0) & (along_m < length_m)
    step_m = np.minimum(1.0, length_m / 4.0)
    before = shapely.get_coordinates(shapely.line_interpolate_point(lines, np.maximum(along_m - step_m, 0.0)))
    after = shapely.get_coordinates(shapely.line_interpolate_point(lines, np.minimum(along_m + step_m, length_m)))
    way, out = after - before, shapely.get_coordinates(points) - before
    turn = way[:, 0] * out[:, 1] - way[:, 1] * out[:, 0]
    return np.where(inside, np.sign(np.round(turn, 6)), 0).astype(int)


def _is_far_round(ground: Ground, homes: Homes, pairs: pd.DataFrame, rule: DoctorRule) -> np.ndarray:
    at = homes.attached
    left, right = pairs["left"].to_numpy(), pairs["right"].to_numpy()
    limit_m = max(rule.crossing_index * rule.facing_m, rule.crossing_walk_m)
    walked_m = walk_between_m(ground.network, Spots(at.edge[left], at.share[left]), Spots(at.edge[right], at.share[right]), limit_m=limit_m)
    walked_m = walked_m + at.access_m[left] + at.access_m[right]
    is_far = (walked_m >= rule.crossing_walk_m) & (walked_m >= rule.crossing_index * pairs["straight_m"].to_numpy())
    return is_far & ~ground.is_blocked(_links(homes, left, right))


def _links(homes: Homes, left: np.ndarray, right: np.ndarray) -> Shapes:
    """The crossing to draw: straight from one side's street to the other's."""
    at, ends = homes.attached, []
    for rows in (left, right):
        line = at.network.pieces.geometry[at.edge[rows]]
        ends.append(shapely.get_coordinates(shapely.line_interpolate_point(line, at.share[rows], normalized=True)))
    return shapely.linestrings(np.stack(ends, axis=1)) if len(left) else np.empty(0, dtype=object)


def _spread_out(pairs: pd.DataFrame, rule: DoctorRule) -> pd.DataFrame:
    """The stretches with most people, none nearer to another than ``crossing_spacing_m``; people of those near by go to it."""
    rest = pairs.sort_values(["people", "x", "y"], ascending=[False, True, True], kind="stable")
    kept = []
    while len(rest):
        near = np.hypot(rest["x"] - rest["x"].iloc[0], rest["y"] - rest["y"].iloc[0]) < rule.crossing_spacing_m
        kept.append(rest.iloc[[0]].assign(people=rest.loc[near].drop_duplicates("left")["people"].sum()))
        rest = rest[~near]
    return pd.concat(kept) if kept else pairs


def _fault(ground: Ground, homes: Homes, row: Any, rule: DoctorRule) -> StreetFault:
    at = homes.attached
    fix = Fix(
        _links(homes, np.array([row.left]), np.array([row.right]))[0],
        tuple(Joint(int(at.edge[home]), float(at.share[home])) for home in (row.left, row.right)),
    )
    text = Message(
        "Homes {straight:.0f} m apart face each other across this major road, but the walk is at least {times:.0f} times as long.",
        {"straight": float(row.straight_m), "times": rule.crossing_index},
    )
    place = shapely.Point(row.x, row.y)
    return StreetFault(MISSING_CROSSING, place, (ground.key(row.edge),), text, Message("Look for a crossing here and draw it, or plan one."), fix)
