"""Who is responsible for a grid, and when nobody is.

A *shift* puts one worker on the list of one grid, as primary or backup, for a period. Whoever is on leave or outside the
term does not answer. Responsible is the primary, else the backup with the lowest key, else nobody: that is a *hole*.
Frames of shifts have ``grid_code``, ``duty_role``, ``worker_key``, ``starts_at``, ``ends_at``; of absences ``worker_key``,
``starts_at``, ``ends_at``, ``why`` (leave, term). Moments are ``datetime64[us, UTC]``; periods hold from the first moment to just before the second.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from contracts.columns import BACKUP, DUTY_ROLE, ENDS_AT, GRID_CODE, MINUTES, PRIMARY, STARTS_AT, WHY, WORKER_KEY
from contracts.errors import InputError
from contracts.messages import Message
from gis.checks import require_columns

PRESENT, LEAVE, TERM, NOBODY = "present", "leave", "term", "none"
HOUR_AT = "hour_at"
MOMENT = "datetime64[us, UTC]"

_REASONS: Mapping[tuple[str, str], Message] = {
    (PRIMARY, NOBODY): Message("no primary is on the list"),
    (PRIMARY, LEAVE): Message("the primary is on leave"),
    (PRIMARY, TERM): Message("the primary is outside the term"),
    (BACKUP, NOBODY): Message("no backup is on the list"),
    (BACKUP, LEAVE): Message("the backup is on leave"),
    (BACKUP, TERM): Message("the backup is outside the term"),
}
_MICROSECONDS_PER_HOUR = 3_600_000_000

Numbers = npt.NDArray[np.int64]
_Row = tuple[str, str, int, int]  # duty_role, worker_key, start, end
_Away = Mapping[str, Sequence[tuple[int, int, str]]]  # worker -> start, end, why


@dataclass(frozen=True)
class Post:
    """A worker on the list of a grid at a moment; ``absence`` is ``""``, ``leave`` or ``term``."""

    duty_role: str
    worker_key: str
    absence: str = ""


@dataclass(frozen=True)
class Cover:
    """Who answers at a moment, and how it stands with the two roles: present, leave, term, none."""

    responsible: Post | None
    primary: str
    backup: str


def cover_of(posts: Collection[Post]) -> Cover:
    """Who answers, out of those on the list of one grid at one moment."""
    present = sorted((post for post in posts if not post.absence), key=lambda post: (post.duty_role != PRIMARY, post.worker_key))
    return Cover(present[0] if present else None, _state(posts, PRIMARY), _state(posts, BACKUP))


def reasons_of(primary: str, backup: str) -> tuple[Message, ...]:
    """The states of the two roles in words; empty where the primary is present."""
    if primary == PRESENT:
        return ()
    if primary == backup == NOBODY:
        return (Message("nobody is on the list"),)
    said = [(PRIMARY, primary), (BACKUP, backup)]
    return tuple(_REASONS[pair] for pair in said if pair[1] != PRESENT)


def timeline(shifts: pd.DataFrame, absences: pd.DataFrame, *, starts: datetime, ends: datetime) -> pd.DataFrame:
    """Who is responsible for one grid over a time: starts_at, ends_at, worker_key (empty = nobody), duty_role, primary, backup; without gaps.

    Raises
    ------
    InputError
        The shifts are of several grids, or the time has no length.
    """
    first, last = _window(starts, ends)
    _require_frames(shifts, absences)
    grids = set(shifts[GRID_CODE])
    if len(grids) > 1:
        raise InputError("A line of time is of one grid; these shifts are of {count}.", count=len(grids))
    rows = [
        (begin, end, "" if cover.responsible is None else cover.responsible.worker_key, _role(cover), cover.primary, cover.backup)
        for begin, end, cover in _covers(_rows(shifts), _away(absences), first, last)
    ]
    return _with_moments(pd.DataFrame(_merged(rows), columns=[STARTS_AT, ENDS_AT, WORKER_KEY, DUTY_ROLE, PRIMARY, BACKUP]))


def find_holes(shifts: pd.DataFrame, absences: pd.DataFrame, grid_codes: Collection[str], *, starts: datetime, ends: datetime) -> pd.DataFrame:
    """Every period between two moments in which nobody is responsible for a grid, with its cause.

    Parameters
    ----------
    grid_codes
        Grids to look at; one without a shift is a hole from end to end.

    Returns
    -------
        grid_code, starts_at, ends_at, primary, backup (how it stands with the two roles); sorted by grid and time.

    Raises
    ------
    InputError
        The time has no length.
    """
    first, last = _window(starts, ends)
    _require_frames(shifts, absences)
    codes = pd.Index(sorted(set(map(str, grid_codes))), dtype="str")
    grid = codes.get_indexer(pd.Index(shifts[GRID_CODE], dtype="str"))
    begin, end = np.maximum(_numbers(shifts[STARTS_AT]), first), np.minimum(_numbers(shifts[ENDS_AT]), last)
    kept = (grid >= 0) & (begin < end)
    grid, begin, end = grid[kept].astype(np.int64), begin[kept], end[kept]
    away = _away(absences)
    is_shaky = shifts.loc[kept, WORKER_KEY].isin(list(away)).to_numpy(dtype=bool)
    shaky = _shaky_posts(shifts.loc[kept], is_shaky, grid, begin, end)
    free = [(number, *piece) for number, rows in shaky.items() for row in rows for piece in _present(row, away)]
    spare = np.array(free, dtype=np.int64).reshape(-1, 3)
    sure = ~is_shaky
    gaps = _gaps(np.r_[grid[sure], spare[:, 0]], np.r_[begin[sure], spare[:, 1]], np.r_[end[sure], spare[:, 2]], len(codes), (first, last))
    return _told(gaps, codes, shaky, away)


def holes_by_hour(holes: pd.DataFrame, *, zone: ZoneInfo) -> pd.DataFrame:
    """Holes cut at the full hours of the local clock: grid_code, hour_at (beginning of the hour), minutes (without cover), primary, backup."""
    begin, end = _numbers(holes[STARTS_AT]), _numbers(holes[ENDS_AT])
    wall = holes[STARTS_AT].dt.tz_convert(zone).dt.tz_localize(None)
    past = (_numbers(wall) - begin) % _MICROSECONDS_PER_HOUR  # zones a half or a quarter of an hour off
    hour = (begin + past) // _MICROSECONDS_PER_HOUR
    count = (end + past - 1) // _MICROSECONDS_PER_HOUR - hour + 1
    row = np.repeat(np.arange(len(holes)), count)
    step = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    hour_at = (hour[row] + step) * _MICROSECONDS_PER_HOUR - past[row]
    length = np.minimum(hour_at + _MICROSECONDS_PER_HOUR, end[row]) - np.maximum(hour_at, begin[row])
    table = holes[[GRID_CODE, PRIMARY, BACKUP]].iloc[row].reset_index(drop=True)
    table.insert(1, HOUR_AT, _moments(hour_at))
    table.insert(2, MINUTES, length / 60_000_000)
    return table.sort_values([HOUR_AT, GRID_CODE], kind="stable", ignore_index=True)


def _state(posts: Collection[Post], role: str) -> str:
    absences = {post.absence for post in posts if post.duty_role == role}
    if not absences:
        return NOBODY
    return PRESENT if "" in absences else LEAVE if LEAVE in absences else TERM


def _role(cover: Cover) -> str:
    return "" if cover.responsible is None else cover.responsible.duty_role


def _covers(rows: Sequence[_Row], away: _Away, first: int, last: int) -> Iterator[tuple[int, int, Cover]]:
    """The cover of each piece of time in which nothing changes."""
    near = [row for row in rows if row[2] < last and row[3] > first]
    changes = {moment for row in near for moment in row[2:]}
    changes |= {moment for row in near for period in away.get(row[1], ()) for moment in period[:2]}
    points = [first, *sorted(moment for moment in changes if first < moment < last), last]
    for begin, end in pairwise(points):
        posts = [Post(role, worker, _absence(away.get(worker, ()), begin)) for role, worker, starts, ends in near if starts <= begin < ends]
        yield begin, end, cover_of(posts)


def _absence(periods: Sequence[tuple[int, int, str]], moment: int) -> str:
    """Why a worker is away; the term outranks a leave, for it does not come back."""
    found = {why for starts, ends, why in periods if starts <= moment < ends}
    return TERM if TERM in found else next(iter(sorted(found)), "")


def _present(row: _Row, away: _Away) -> Iterator[tuple[int, int]]:
    """The pieces of a shift in which its worker is there."""
    _, worker, begins, last = row
    for starts, ends, _ in sorted(away.get(worker, ())):
        if begins < min(starts, last):
            yield begins, min(starts, last)
        begins = max(begins, ends)
    if begins < last:
        yield begins, last


def _shaky_posts(shifts: pd.DataFrame, is_shaky: npt.NDArray[np.bool_], grid: Numbers, begin: Numbers, end: Numbers) -> dict[int, list[_Row]]:
    """Shifts of workers who are away at some time, by number of their grid."""
    found: dict[int, list[_Row]] = {}
    chosen = shifts[is_shaky]
    columns = (grid[is_shaky].tolist(), chosen[DUTY_ROLE].tolist(), chosen[WORKER_KEY].tolist(), begin[is_shaky].tolist(), end[is_shaky].tolist())
    for number, role, worker, starts, ends in zip(*columns, strict=True):
        found.setdefault(number, []).append((role, worker, starts, ends))
    return found


def _gaps(grid: Numbers, begin: Numbers, end: Numbers, count: int, window: tuple[int, int]) -> Numbers:
    """Rows of grid, start, end that no piece covers; each grid gets an empty piece at both ends of the window."""
    first, last = window
    every = np.arange(count, dtype=np.int64)
    grid = np.r_[grid, every, every]
    begin = np.r_[begin, np.full(count, first), np.full(count, last)]
    end = np.r_[end, np.full(count, first), np.full(count, last)]
    order = np.lexsort((end, begin, grid))
    grid, begin, end = grid[order], begin[order], end[order]
    lane = grid * (last - first + 1)  # grids one after the other on one axis, so that one running maximum serves all
    reached = np.maximum.accumulate(end - first + lane) - lane + first
    is_gap = (grid[1:] == grid[:-1]) & (begin[1:] > reached[:-1])
    return np.column_stack([grid[1:][is_gap], reached[:-1][is_gap], begin[1:][is_gap]])


def _told(gaps: Numbers, codes: pd.Index, shaky: Mapping[int, list[_Row]], away: _Away) -> pd.DataFrame:
    """Gaps with their causes, cut where the cause changes."""
    rows: list[tuple[object, ...]] = []
    for number, begin, end in gaps.tolist():
        code = codes[number]
        if number not in shaky:
            rows.append((begin, end, code, NOBODY, NOBODY))
            continue
        rows.extend(_merged([(a, b, code, cover.primary, cover.backup) for a, b, cover in _covers(shaky[number], away, begin, end)]))
    table = pd.DataFrame(rows, columns=[STARTS_AT, ENDS_AT, GRID_CODE, PRIMARY, BACKUP])
    return _with_moments(table)[[GRID_CODE, STARTS_AT, ENDS_AT, PRIMARY, BACKUP]].astype(dict.fromkeys([GRID_CODE, PRIMARY, BACKUP], "str"))


def _merged(rows: Sequence[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Neighbouring pieces (start, end, facts ...) that say the same as one."""
    merged: list[tuple[object, ...]] = []
    for row in rows:
        if merged and merged[-1][1] == row[0] and merged[-1][2:] == row[2:]:
            merged[-1] = (merged[-1][0], *row[1:])
        else:
            merged.append(row)
    return merged


def _rows(shifts: pd.DataFrame) -> list[_Row]:
    columns = (shifts[DUTY_ROLE].tolist(), shifts[WORKER_KEY].tolist(), _numbers(shifts[STARTS_AT]).tolist(), _numbers(shifts[ENDS_AT]).tolist())
    return list(zip(*columns, strict=True))


def _away(absences: pd.DataFrame) -> dict[str, list[tuple[int, int, str]]]:
    found: dict[str, list[tuple[int, int, str]]] = {}
    columns = (absences[WORKER_KEY].tolist(), _numbers(absences[STARTS_AT]).tolist(), _numbers(absences[ENDS_AT]).tolist(), absences[WHY].tolist())
    for worker, starts, ends, why in zip(*columns, strict=True):
        found.setdefault(worker, []).append((starts, ends, why))
    return found


def _numbers(moments: pd.Series) -> Numbers:
    """Microseconds since 1970."""
    return np.asarray(moments.dt.as_unit("us").astype("int64"), dtype=np.int64)


def _window(starts: datetime, ends: datetime) -> tuple[int, int]:
    if ends <= starts:
        raise InputError("A time from {starts} to {ends} has no length.", starts=starts.isoformat(), ends=ends.isoformat())
    first, last = _numbers(pd.Series([pd.Timestamp(starts), pd.Timestamp(ends)], dtype=MOMENT)).tolist()
    return first, last


def _with_moments(table: pd.DataFrame) -> pd.DataFrame:
    moments = {name: _moments(np.asarray(table[name], dtype=np.int64)) for name in (STARTS_AT, ENDS_AT)}
    return table.assign(**moments)


def _moments(numbers: Numbers) -> Any:
    """Microseconds since 1970 as moments."""
    return pd.to_datetime(numbers, unit="us", utc=True).as_unit("us")


def _require_frames(shifts: pd.DataFrame, absences: pd.DataFrame) -> None:
    require_columns(shifts, GRID_CODE, DUTY_ROLE, WORKER_KEY, STARTS_AT, ENDS_AT, what="shifts")
    require_columns(absences, WORKER_KEY, STARTS_AT, ENDS_AT, WHY, what="absences")
