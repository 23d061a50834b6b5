"""What a track shows: which share of each street lies near it, which streets are due, which cells were passed."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from contracts.columns import COVERED_SHARE
from gis.checks import require_crs
from gis.crs import metric_crs
from gis.facing import merged, within_reach
from gis.track_files import PART, TIME
from grids.patrol_rules import PatrolRule
from grids.patrol_streets import INTERVAL_DAYS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Shapes = npt.NDArray[np.object_]

LAST_DAY, DAYS_SINCE, SHARE, DAY = "last_day", "days_since", "share", "day"


def walked_lines(track: gpd.GeoDataFrame, *, rule: PatrolRule | None = None) -> gpd.GeoSeries:
    """The track as lines, without the steps nobody walked.

    A step faster than ``fastest_m_s`` is a jump of the receiver, one longer than ``longest_step_m`` a gap in the record: the
    track is cut there. A point left alone stays as a line without extent: somebody was there.

    Parameters
    ----------
    track
        Points in order with ``part`` and ``time``, as ``gis.track_files.read_track`` gives them.

    Raises
    ------
    CrsError
        The track has no system.
    """
    require_crs(track, "track")
    rule = rule or PatrolRule()
    metres = metric_crs(track)
    xy = shapely.get_coordinates(track.geometry.to_crs(metres).to_numpy())
    if not len(xy):
        return gpd.GeoSeries([], crs=track.crs)
    step_m = np.linalg.norm(np.diff(xy, axis=0), axis=1)
    seconds = track[TIME].diff().dt.total_seconds().to_numpy()[1:] if TIME in track else np.full(len(step_m), np.nan)
    with np.errstate(invalid="ignore"):
        jumps = (step_m > rule.longest_step_m) | (step_m > rule.fastest_m_s * np.maximum(seconds, 0.0)) & np.isfinite(seconds)
    parts = track[PART].to_numpy() if PART in track else np.zeros(len(xy), dtype=np.int64)
    run = np.cumsum(np.r_[0, (parts[1:] != parts[:-1]) | jumps])
    alone = np.bincount(run)[run] == 1
    order = np.sort(np.r_[np.arange(len(xy)), np.flatnonzero(alone)])  # a lone point counts twice: a line needs two
    lines = shapely.linestrings(xy[order], indices=run[order])
    return gpd.GeoSeries(lines, crs=metres).to_crs(track.crs)


def covered_share(walked: gpd.GeoSeries, pieces: gpd.GeoDataFrame, *, within_m: float = 30.0) -> pd.Series:
    """Share of the length of each piece that lies within a distance of the lines, exactly and not by samples.

    The direction of a walk does not count. What lies on the limit is covered. Overlapping passes count once.

    Returns
    -------
        ``covered_share`` in [0, 1] on the index of the pieces.

    Raises
    ------
    CrsError
        A frame has no system.
    """
    require_crs(pieces, "pieces")
    share = pd.Series(0.0, index=pieces.index, name=COVERED_SHARE)
    if not len(pieces) or not len(walked):
        return share
    require_crs(walked, "track")
    metres = metric_crs(pieces)
    sides, of = _sides(pieces.geometry.to_crs(metres).to_numpy())
    ways = _all_sides(walked.to_crs(metres).to_numpy())
    side, way = _near(sides, ways, within_m)
    low, high = within_reach(sides[side], ways[way], np.full(len(side), within_m))
    real = low < high
    group, start, end = merged(side[real], low[real], high[real])
    side_m = np.linalg.norm(sides[:, 1] - sides[:, 0], axis=1)
    covered = np.bincount(of[group], weights=np.minimum(end, side_m[group]) - start, minlength=len(pieces))
    whole = np.bincount(of, weights=side_m, minlength=len(pieces))
    share[:] = np.clip(np.divide(covered, whole, out=np.zeros(len(pieces)), where=whole > 0), 0.0, 1.0)
    return share


def _near(sides: Floats, ways: Floats, within_m: float) -> tuple[Ints, Ints]:
    """Pairs of a piece's and a track's straight stretch whose boxes come near enough."""
    tree = shapely.STRtree(shapely.linestrings(sides))
    boxes = shapely.box(*(np.r_[side] for side in _grown(ways, within_m)))
    way, side = tree.query(boxes)
    order = np.lexsort((way, side))
    return side[order].astype(np.int64), way[order].astype(np.int64)


def _grown(ways: Floats, by_m: float) -> tuple[Floats, Floats, Floats, Floats]:
    low, high = ways.min(axis=1) - by_m, ways.max(axis=1) + by_m
    return low[:, 0], low[:, 1], high[:, 0], high[:, 1]


def _all_sides(lines: Shapes) -> Floats:
    """Straight stretches of lines, shape (n, 2, 2), those without extent kept: a lone point has a surrounding, too."""
    xy, line = shapely.get_coordinates(lines, return_index=True)
    inside = line[1:] == line[:-1]
    return np.stack([xy[:-1][inside], xy[1:][inside]], axis=1)


def _sides(lines: Shapes) -> tuple[Floats, Ints]:
    """Straight stretches with extent of lines, and the position of their line."""
    parts, part_of = shapely.get_parts(lines, return_index=True)
    xy, line = shapely.get_coordinates(parts, return_index=True)
    inside = (line[1:] == line[:-1]) & (xy[1:] != xy[:-1]).any(axis=1)
    return np.stack([xy[:-1][inside], xy[1:][inside]], axis=1), part_of[line[1:][inside]].astype(np.int64)


def passed_cells(walked: gpd.GeoSeries, cells: gpd.GeoDataFrame) -> pd.Series:
    """Whether the lines pass through each unit cell; touching its border is enough."""
    passed = pd.Series(False, index=cells.index, name="passed")
    if len(cells) and len(walked):
        require_crs(cells, "cells")
        lines = walked.to_crs(cells.crs).to_numpy()
        passed.iloc[np.unique(shapely.STRtree(cells.geometry.to_numpy()).query(lines, predicate="intersects")[1])] = True
    return passed


def last_passes(pieces: gpd.GeoDataFrame, passes: pd.DataFrame, *, today: date, rule: PatrolRule | None = None) -> pd.DataFrame:
    """When each piece was last passed, and for how many days it has not been.

    Parameters
    ----------
    pieces
        Index = key of the piece.
    passes
        Facts with ``piece``, ``day`` (date) and ``share``: a piece counts as passed where the share reaches ``passed_share``;
        days after ``today`` do not count.
    today
        The day asked about.

    Returns
    -------
        ``last_day`` (missing = never) and ``days_since`` (``inf`` = never) on the index of the pieces.
    """
    rule = rule or PatrolRule()
    known = passes[passes[DAY] <= today]
    enough = known[known[SHARE] >= rule.passed_share]
    last: dict[str, date] = {}
    for piece, day in zip(enough["piece"], enough[DAY], strict=True):
        last[piece] = max(day, last.get(piece, day))
    found = [last.get(str(piece)) for piece in pieces.index]
    days = [float("inf") if day is None else float((today - day).days) for day in found]
    return pd.DataFrame({LAST_DAY: pd.Series(found, index=pieces.index, dtype=object), DAYS_SINCE: days}, index=pieces.index)


def not_passed(pieces: gpd.GeoDataFrame, passes: pd.DataFrame, *, days: float, today: date, rule: PatrolRule | None = None) -> gpd.GeoDataFrame:
    """The pieces not passed within the last ``days`` days, today included, longest first; with ``last_day`` and ``days_since``."""
    return _late(pieces, last_passes(pieces, passes, today=today, rule=rule), pd.Series(float(days), index=pieces.index))


def due_pieces(pieces: gpd.GeoDataFrame, passes: pd.DataFrame, *, today: date, rule: PatrolRule | None = None) -> gpd.GeoDataFrame:
    """The pieces whose own interval has passed, longest overdue first: what a worker should walk today."""
    return _late(pieces, last_passes(pieces, passes, today=today, rule=rule), pieces[INTERVAL_DAYS])


def _late(pieces: gpd.GeoDataFrame, last: pd.DataFrame, days: pd.Series) -> gpd.GeoDataFrame:
    late = pieces.join(last)[last[DAYS_SINCE] >= days]
    overdue = late[DAYS_SINCE] - days.reindex(late.index)
    return late.assign(overdue=overdue).sort_values("overdue", ascending=False, kind="stable").drop(columns="overdue")
