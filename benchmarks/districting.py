"""Published districting instances: cut edges against the proven optimum, beside METIS and GerryChain in the same run."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.divide_rivals import gerrychain_short_run, metis_best, missing_rivals
from benchmarks.optimum_proof import Task
from contracts.errors import NotFoundError
from contracts.settings import ROOT
from grids.partition import InfeasibleDivision, partition_graph

FOLDER = ROOT.parent / "shared" / "data" / "districting"
Ints = npt.NDArray[np.int64]
LIMIT_S = {"county": 10.0, "tract": 60.0}
QUICK = ("ME_county", "ID_county")


def run(quick: bool = False) -> dict[str, Any]:
    """One row per instance: best known cut edges, ours, theirs, processor seconds. ``quick`` takes two small ones and one effort.

    ``at_best_known`` counts instances where ours cuts no more than the best known division within its time: 10 s of a processor
    for counties, 60 s for tracts. ``None`` stands for no answer inside the tolerance.
    """
    names = QUICK if quick else tuple(sorted(path.stem for path in FOLDER.glob("*.json")))
    if not names or not (FOLDER / f"{names[0]}.json").exists():
        raise NotFoundError("There are no districting instances in {folder}.", folder="shared/data/districting")
    partition_graph([1] * 99, [(i, i + 1) for i in range(98)], parts=2, band=(40, 59), effort="quick")  # compile before the clock runs
    partition_graph([1, 1], [(0, 1)], parts=2, band=(1, 1))
    rows = [_row(name, "normal" if quick else "best") for name in names]
    missing = missing_rivals("pymetis", "gerrychain")
    return {
        "instances": len(rows),
        "at_best_known": sum(row["ours"] is not None and row["ours"] <= row["best_known"] and row["ours_s"] <= row["limit_s"] for row in rows),
        **({"not_compared": missing} if missing else {}),
        "rows": rows,
    }


def task_of(name: str) -> tuple[Task, int]:
    """An instance as arguments of the engine, and its best known number of cut edges."""
    case = json.loads((FOLDER / f"{name}.json").read_text())
    weights, edges = np.array(case["weights"], dtype=float), np.array(case["edges"], dtype=np.int64)
    mean = weights.sum() / case["parts"]
    band = (float(np.ceil(mean * (1 - case["tolerance"]))), float(np.floor(mean * (1 + case["tolerance"]))))
    return Task(weights, edges, np.ones(len(edges)), case["parts"], band), case["best_known_cut_edges"]


def _row(name: str, effort: str) -> dict[str, Any]:
    task, best_known = task_of(name)
    row: dict[str, Any] = {"name": name, "nodes": len(task.weights), "parts": task.parts, "best_known": best_known, "limit_s": LIMIT_S[name.split("_")[1]]}
    for who, solve in (("ours", _solver(effort)), ("metis", metis_best), ("gerrychain", gerrychain_short_run)):
        started = time.process_time()
        labels = solve(task)
        spent = time.process_time() - started
        row |= {who: None if labels is None else round(task.cut_of(labels)), f"{who}_s": round(spent, 2)}
    return row


def _solver(effort: str) -> Callable[[Task], Ints | None]:
    def solve(task: Task) -> Ints | None:
        try:
            return partition_graph(task.weights, task.edges, parts=task.parts, band=task.band, seed=0, effort=effort)
        except InfeasibleDivision:
            return None

    return solve
