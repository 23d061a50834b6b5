"""Chinese map coordinates: WGS-84 (also CGCS2000, the same to centimetres), GCJ-02 of state map services, BD-09 of Baidu.

GCJ-02 moves a point by 100 to 700 m; both systems are public formulas without a published inverse, so the inverse is
iterated here until it is exact to well under a centimetre (the usual one-step inverse errs by 1-2 m).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from contracts.errors import InputError
from gis.checks import require_choice

Points: TypeAlias = npt.NDArray[np.float64]
_Map: TypeAlias = Callable[[Points], Points]

SYSTEMS = ("wgs84", "gcj02", "bd09")

_SHIFTED = (72.004, 0.8293, 137.8347, 55.8271)  # west, south, east, north: the box in which the published formula moves points
_SEMI_MAJOR_M = 6_378_245.0  # Krasovsky 1940, part of the formula
_ECCENTRICITY_2 = 0.006_693_421_622_965_943_23
_BD_WAVE = np.pi * 3000.0 / 180.0
_BD_OFFSET = np.array([0.0065, 0.006])
_CLOSE_ENOUGH_DEG = 1e-11  # about a micrometre
_MOST_ROUNDS = 30  # both maps pull together by 1/50 per round; 6 rounds do in practice


def convert(xy: npt.ArrayLike, source: str, target: str) -> Points:
    """Coordinates of one system in another.

    Points outside the box of the GCJ-02 formula (72.004-137.8347 E, 0.8293-55.8271 N, roughly China and its
    neighbours) are not moved by the GCJ-02 step; the BD-09 step applies everywhere. Rows with a missing or infinite
    value come back as they are.

    Parameters
    ----------
    xy
        Longitude and latitude in degrees, shape (n, 2); empty is fine. Not changed.
    source, target
        "wgs84", "gcj02" or "bd09".

    Returns
    -------
        Shape (n, 2), a new array; the inverse steps are exact to well below 0.01 m.

    Raises
    ------
    InputError
        Unknown system or another shape.
    """
    require_choice("source", source, SYSTEMS)
    require_choice("target", target, SYSTEMS)
    points = _as_points(xy)
    known = np.isfinite(points).all(axis=1)
    points[known] = _convert(points[known], source, target)
    return points


def _convert(xy: Points, source: str, target: str) -> Points:
    if source == target:
        return xy
    gcj = _TO_GCJ[source](xy) if source in _TO_GCJ else xy
    return _FROM_GCJ[target](gcj) if target in _FROM_GCJ else gcj


def _as_points(xy: npt.ArrayLike) -> Points:
    try:
        points = np.array(xy, dtype=float)
    except (TypeError, ValueError) as error:
        raise InputError("Coordinates must be numbers, shape (n, 2).") from error
    if points.size == 0:
        return points.reshape(0, 2)
    if points.ndim != 2 or points.shape[1] != 2:
        raise InputError("Coordinates must have the shape (n, 2), longitude and latitude; these have {shape}.", shape=points.shape)
    return points


def is_shifted(xy: Points) -> npt.NDArray[np.bool_]:
    """Whether the GCJ-02 formula moves a WGS-84 point, shape (n,)."""
    west, south, east, north = _SHIFTED
    lon, lat = xy[:, 0], xy[:, 1]
    return (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)


def _waves(x: Points) -> Points:
    return (20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)) * 2.0 / 3.0


def _gcj_shift(xy: Points) -> Points:
    """What the formula adds to a WGS-84 point, in degrees, inside and outside the box alike."""
    x, y = xy[:, 0] - 105.0, xy[:, 1] - 35.0
    bend = np.sqrt(np.abs(x))
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * bend + _waves(x)
    north_m += (20.0 * np.sin(np.pi * y) + 40.0 * np.sin(np.pi * y / 3.0) + 160.0 * np.sin(np.pi * y / 12.0) + 320.0 * np.sin(np.pi * y / 30.0)) * 2.0 / 3.0
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * bend + _waves(x)
    east_m += (20.0 * np.sin(np.pi * x) + 40.0 * np.sin(np.pi * x / 3.0) + 150.0 * np.sin(np.pi * x / 12.0) + 300.0 * np.sin(np.pi * x / 30.0)) * 2.0 / 3.0

    lat = np.radians(xy[:, 1])
    magic = 1.0 - _ECCENTRICITY_2 * np.sin(lat) ** 2
    meridian_m = _SEMI_MAJOR_M * (1.0 - _ECCENTRICITY_2) / (magic * np.sqrt(magic))
    parallel_m = _SEMI_MAJOR_M / np.sqrt(magic) * np.cos(lat)
    return np.degrees(np.column_stack([east_m / parallel_m, north_m / meridian_m]))


def _wgs_to_gcj(xy: Points) -> Points:
    inside = is_shifted(xy)
    moved = xy.copy()
    moved[inside] += _gcj_shift(xy[inside])
    return moved


def _gcj_to_wgs(xy: Points) -> Points:
    near = is_shifted(xy) | is_shifted(xy - 0.01) | is_shifted(xy + 0.01)  # a shift is below 0.01 degrees
    back = xy.copy()
    found = _invert(lambda guess: guess + _gcj_shift(guess), xy[near])
    back[near] = np.where(is_shifted(found)[:, None], found, xy[near])
    return back


def _gcj_to_bd(xy: Points) -> Points:
    lon, lat = xy[:, 0], xy[:, 1]
    radius = np.hypot(lon, lat) + 2e-5 * np.sin(lat * _BD_WAVE)
    angle = np.arctan2(lat, lon) + 3e-6 * np.cos(lon * _BD_WAVE)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]) + _BD_OFFSET


def _bd_to_gcj(xy: Points) -> Points:
    return _invert(_gcj_to_bd, xy)


def _invert(forward: _Map, target: Points) -> Points:
    """The points that ``forward`` takes to ``target``, by fixed-point rounds; each row settles on its own."""
    guess = target.copy()
    for _ in range(_MOST_ROUNDS):
        miss = target - forward(guess)
        open_rows = (np.abs(miss) > _CLOSE_ENOUGH_DEG).any(axis=1)
        if not open_rows.any():
            break
        guess[open_rows] += miss[open_rows]
    return guess


_TO_GCJ: dict[str, _Map] = {"wgs84": _wgs_to_gcj, "bd09": _bd_to_gcj}
_FROM_GCJ: dict[str, _Map] = {"wgs84": _gcj_to_wgs, "bd09": _gcj_to_bd}
