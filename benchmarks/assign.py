"""How long does it take to assign a city's workers, is the answer the best one, and how much stays after changes? Beside greedy and scipy."""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from typing import Any

import pandas as pd

from benchmarks.assign_city import City, changed, make_city
from benchmarks.assign_rivals import rivals_of
from benchmarks.divide_city import _Peak
from contracts.columns import FULL_TIME, GRID_CODE, ROLE, WALK_S, WORKER_KEY
from grids.assign import AssignmentRule, WorkerAssignment, assign_workers, city_rule
from grids.assign_compare import compare_assignments

FULL, QUICK = (41_800, 6_800, 75_700), (836, 136, 1_514)  # grids, full-time, part-time workers
CHANGED_SHARE = 0.01


def run(quick: bool = True) -> dict[str, Any]:
    """Figures of one city: assigned from nothing, with neighbouring grids for one lead, and again after 1 % of the workers changed.

    Each part runs in a process of its own, so that its peak of memory (everything the process holds, libraries too) is its own.
    """
    size = QUICK if quick else FULL
    return {
        "grids": size[0],
        "full_time": size[1],
        "part_time": size[2],
        "ours": _apart(_ours, size),
        "rivals": {role: _apart(rivals_of, size, role) for role in ("lead", "member")},
        "again": _apart(_again, size),
    }


def _apart(act: Any, *arguments: Any) -> Any:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(act, *arguments).result()


def _ours(size: tuple[int, int, int]) -> dict[str, Any]:
    city = make_city(*size)
    assign_workers(*_frames(make_city(60, 10, 100)), rule=city_rule({}))  # compile before the clock runs
    plain, plain_figures = _timed(city, AssignmentRule(), None)
    _joined, joined_figures = _timed(city, city_rule({}), None)
    by_role = {role: round(float(plain.pairs.loc[plain.pairs[ROLE] == role, WALK_S].mean()) / 60.0, 1) for role in ("lead", "member")}
    return {"cheapest": plain_figures, "mean_walk_min": by_role, "with_neighbours": joined_figures}


def _again(size: tuple[int, int, int]) -> dict[str, Any]:
    """After 1 % of the workers changed: from today's pairs, and from nothing with the same penalties."""
    city, rule = make_city(*size), AssignmentRule()
    before = assign_workers(*_frames(city), rule=rule)
    later = changed(city, CHANGED_SHARE)
    warm, figures = _timed(later, rule, before.pairs)
    cold, cold_figures = _timed(later, replace(rule), before.pairs, is_cold=True)
    could_stay = before.pairs[WORKER_KEY].isin(later.workers.index)
    kept = compare_assignments(before.pairs, warm.pairs).as_dict()["stays"]
    return {
        "from_today": figures,
        "from_nothing": cold_figures,
        "same_objective": abs(warm.objective - cold.objective) < 1e-6 * cold.objective,
        "share_of_pairs_left_alone": round(kept / len(before.pairs), 4),
        "share_left_alone_of_those_who_stay": round(kept / int(could_stay.sum()), 4),
    }


def _frames(city: City) -> tuple[Any, Any]:
    return city.grids, city.workers


def _timed(city: City, rule: AssignmentRule, current: pd.DataFrame | None, *, is_cold: bool = False) -> tuple[WorkerAssignment, dict[str, Any]]:
    import grids.assign_solve as solving

    warm_share = solving._WARM_SHARE
    if is_cold:
        solving._WARM_SHARE = 2.0  # never enough of today's pairs to begin from
    peak, started, worked = _Peak(), time.perf_counter(), time.process_time()
    answer = assign_workers(city.grids, city.workers, rule=rule, current=current)
    wall_s, cpu_s = time.perf_counter() - started, time.process_time() - worked
    solving._WARM_SHARE = warm_share
    figures = {
        "status": answer.status,
        "wall_s": round(wall_s, 2),
        "cpu_s": round(cpu_s, 2),
        "peak_memory_gb": round(peak.stop(), 2),
        "share_of_workers_placed": round(answer.pairs[WORKER_KEY].nunique() / len(city.workers), 4),
        "share_of_grids_led": round(int((answer.pairs[ROLE] == "lead").sum()) / len(city.grids), 4),
        "grids_without_anybody": len(city.grids) - answer.pairs[GRID_CODE].nunique(),
        "objective_h": round(answer.objective / 3600.0, 2),
        "bound_h": round(answer.bound / 3600.0, 2),
        "full_time_load": _loads(answer, city),
    }
    return answer, figures


def _loads(answer: WorkerAssignment, city: City) -> dict[int, int]:
    led = answer.pairs.loc[answer.pairs[ROLE] == "lead", WORKER_KEY].value_counts()
    counts = led.reindex(city.workers.index[city.workers[FULL_TIME]]).fillna(0).astype(int).value_counts()
    return {int(load): int(count) for load, count in counts.sort_index().items()}


if __name__ == "__main__":
    print(run())
