"""Who is responsible here, now? Asked of a store with all grids of a large city, beside reading the grids and looking through them."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from contracts.records import NewShift, PlanDraft
from services.access import SYSTEM
from services.duty_answers import responsible_here
from services.duty_lists import duty_holes
from store.engine import open_store
from store.unit_of_work import SqlUnitOfWork

AT = datetime(2026, 11, 23, 2, tzinfo=UTC)
GRIDS_OF_COMMUNITY = 6
QUICK, FULL = 100, 7000  # communities
SIDE_DEG = 0.002  # of a grid, about 200 m
POINTS_PER_SIDE = 10  # a grid's outline has 40 points, as drawn ones have
LEAVE_EVERY, HOLE_EVERY = 10, 20  # workers on leave, grids without a backup
SHIFT_HOURS, SHIFTS = 12, 6  # per grid and role, one after the other


def run(quick: bool = True, communities: int | None = None, url: str = "") -> dict[str, Any]:
    """Milliseconds of one answer (median, worst of 100) at random points and on borders, and seconds of the holes of 14 days.

    The naive way reads all grids from the store (``read_and_look_ms``), or has them and the shifts in memory already
    (``memory_and_look_ms``), asks each outline whether it holds the point, and filters shifts and leaves.
    """
    count = communities or (QUICK if quick else FULL)
    with tempfile.TemporaryDirectory(prefix="duty") as folder:
        store = open_store(url or f"sqlite:///{Path(folder) / 'city.sqlite'}")
        uow = SqlUnitOfWork(store)
        _fill(uow, count)
        points = _points(count, 40 if quick else 300)
        responsible_here(uow, SYSTEM, *points[0], at=AT)
        ours = [_ms(lambda lon, lat: responsible_here(uow, SYSTEM, lon, lat, at=AT), point) for point in points]
        answers = [responsible_here(uow, SYSTEM, *point, at=AT) for point in points]
        memory = _Memory(uow)
        in_memory = [_ms(memory.answer, point) for point in points[:20]]
        read = [_ms(lambda lon, lat: _Memory(uow).answer(lon, lat), point) for point in points[:3]]
        started = time.perf_counter()
        holes = duty_holes(uow, SYSTEM, at=AT)
        holes_s = time.perf_counter() - started
        store.close()
    same = sum((answer.who.worker_key if answer.who else "") == memory.answer(*point) for answer, point in zip(answers, points, strict=True))
    return {
        "grids": count * GRIDS_OF_COMMUNITY,
        "shifts": count * GRIDS_OF_COMMUNITY * 2 * SHIFTS,
        "answer_ms": round(float(np.median(ours)), 2),
        "answer_worst_ms": round(max(ours), 2),
        "nobody": sum(answer.who is None for answer in answers),
        "same_as_naive": f"{same} of {len(points)}",
        "memory_and_look_ms": round(float(np.median(in_memory)), 1),
        "read_and_look_ms": round(float(np.median(read)), 1),
        "holes": len(holes.holes),
        "holes_of_14_days_s": round(holes_s, 2),
    }


def _fill(uow: SqlUnitOfWork, communities: int) -> None:
    codes = [_code(number) for number in range(communities)]
    columns = int(np.ceil(np.sqrt(communities)))
    with uow:
        whole = shapely.box(0, 0, columns * 3 * SIDE_DEG, columns * 2 * SIDE_DEG)
        uow.areas.upsert(gpd.GeoDataFrame({"level": "community", "name": codes}, index=pd.Index(codes), geometry=[whole] * communities, crs=4326))
        drafts = [PlanDraft(code, _grids(number, columns), pd.Series(dtype="str"), {}, {}, "x", "x", AT) for number, code in enumerate(codes)]
        uow.plans.publish(uow.plans.save_drafts(drafts), valid_from=date(2026, 11, 1), at=AT)
        keys = [f"w{number:05d}" for number in range(communities * 3)]
        home = [shapely.Point(0, 0)] * len(keys)
        uow.workers.upsert(gpd.GeoDataFrame({"name": keys, "phone": "13800000000"}, index=pd.Index(keys), geometry=home, crs=4326))
        uow.duty.add_shifts([shift for number in range(communities) for shift in _shifts(number)], author="x", at=AT)
        for key in keys[::LEAVE_EVERY]:
            uow.duty.add_leave(key, starts_at=AT - timedelta(days=1), ends_at=AT + timedelta(days=1), reason="", author="x", at=AT)
        uow.commit()


def _code(number: int) -> str:
    return f"99{number // 990:04d}{1 + number % 990 // 99:03d}{1 + number % 99:03d}"


def _grids(number: int, columns: int) -> gpd.GeoDataFrame:
    west, south = (number % columns) * 3 * SIDE_DEG, (number // columns) * 2 * SIDE_DEG
    shapes = [shapely.box(west + x * SIDE_DEG, south + y * SIDE_DEG, west + (x + 1) * SIDE_DEG, south + (y + 1) * SIDE_DEG) for y in range(2) for x in range(3)]
    codes = [f"{_code(number)}{grid + 1:03d}" for grid in range(GRIDS_OF_COMMUNITY)]
    outlines = shapely.segmentize(shapes, SIDE_DEG / POINTS_PER_SIDE)
    return gpd.GeoDataFrame({"kind": "comprehensive", "households": 400}, index=pd.Index(codes), geometry=outlines, crs=4326)


def _shifts(number: int) -> list[NewShift]:
    begin = AT - timedelta(hours=SHIFT_HOURS * SHIFTS // 2 + 3)
    made = []
    for grid in range(GRIDS_OF_COMMUNITY):
        code = f"{_code(number)}{grid + 1:03d}"
        for turn in range(SHIFTS):
            period = (begin + turn * timedelta(hours=SHIFT_HOURS), begin + (turn + 1) * timedelta(hours=SHIFT_HOURS))
            primary, backup = (f"w{number * 3 + (grid + turn + step) % 3:05d}" for step in (0, 1))
            made.append(NewShift(code, code[:12], "primary", primary, *period))
            if (number * GRIDS_OF_COMMUNITY + grid) % HOLE_EVERY:
                made.append(NewShift(code, code[:12], "backup", backup, *period))
    return made


def _points(communities: int, count: int) -> list[tuple[float, float]]:
    """Points in communities, every fifth on a corner where four grids meet."""
    chance, columns = np.random.default_rng(7), int(np.ceil(np.sqrt(communities)))
    number = chance.integers(0, communities, count)
    offset = chance.random((count, 2)) * (3, 2)
    offset[::5] = (1, 1)
    origin = np.column_stack([(number % columns) * 3, (number // columns) * 2])
    return [(float(x), float(y)) for x, y in (origin + offset) * SIDE_DEG]


class _Memory:
    """Everything read once, then looked through."""

    def __init__(self, uow: SqlUnitOfWork) -> None:
        with uow:
            self.grids = uow.plans.grids()
            self.shifts = uow.duty.shifts(starts=AT, ends=AT + timedelta(seconds=1))
            self.away = set(uow.duty.leaves(starts=AT, ends=AT + timedelta(seconds=1))["worker_key"])

    def answer(self, lon: float, lat: float) -> str:
        here = self.grids.index[self.grids.covers(shapely.Point(lon, lat))]
        mine = self.shifts[(self.shifts["grid_code"] == min(here)) & ~self.shifts["worker_key"].isin(self.away)]
        return str(mine.sort_values(["duty_role", "worker_key"], ascending=[False, True])["worker_key"].iloc[0]) if len(mine) else ""


def _ms(act: Callable[[float, float], object], point: tuple[float, float]) -> float:
    started = time.perf_counter()
    act(*point)
    return 1000 * (time.perf_counter() - started)


if __name__ == "__main__":
    print(run())
