"""How far from the optimum? Communities small enough that HiGHS proves the cheapest division, beside ours."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from benchmarks.divide_grounds import field_of, is_feasible
from benchmarks.divide_towns import make_town
from benchmarks.optimum_proof import Task, prove
from grids.choose import choose_grids
from grids.divide import GridRule
from grids.partition import InfeasibleDivision, partition_graph

TOWNS, QUICK_TOWNS = 140, 3
BLOCKS = (2, 3)
LIMIT_S = 10.0
EQUAL = 1e-6


def run(quick: bool = False) -> dict[str, Any]:
    """Share of communities where ours costs what the proven optimum costs, and how much more at the worst.

    Only proven ones count (``unproven`` ran out of ``LIMIT_S`` seconds). ``impossible`` are those HiGHS proves to have no
    division; ``disagree`` those where ours says otherwise.
    """
    rule = GridRule()
    excess: list[float] = []
    nodes: list[int] = []
    unproven, impossible, disagree, ours_s, highs_s = 0, 0, 0, 0.0, 0.0
    for seed in range(QUICK_TOWNS if quick else TOWNS):
        field = field_of(make_town(seed, blocks=BLOCKS), rule)
        if not is_feasible(field, rule):
            continue
        parts = int(choose_grids(field.weights, field.near, rule, 0).labels.max()) + 1
        task = Task(field.weights, field.edges, field.cost, parts, rule.band)
        started = time.process_time()
        labels = _ours(task)
        solved = time.process_time()
        proof = prove(task, limit_s=LIMIT_S)
        ours_s, highs_s = ours_s + solved - started, highs_s + time.process_time() - solved
        if not proof.is_proven:
            unproven += 1
        elif labels is None or np.isinf(proof.cost):
            impossible += np.isinf(proof.cost)
            disagree += (labels is None) != np.isinf(proof.cost)
        else:
            nodes.append(len(task.weights))
            excess.append(task.cut_of(labels) / proof.cost - 1.0 if proof.cost > 0 else task.cut_of(labels))
    over = np.array(excess)
    return {
        "proven": len(over),
        "unproven": unproven,
        "impossible": int(impossible),
        "disagree": int(disagree),
        "nodes": float(np.median(nodes)) if nodes else None,
        "nodes_most": max(nodes, default=None),
        "at_optimum": round(float((over <= EQUAL).mean()), 4) if len(over) else None,
        "worst_excess": round(float(over.max(initial=0.0)), 4),
        "below_proof": int((over < -EQUAL).sum()),
        "ours_s": round(ours_s, 2),
        "highs_s": round(highs_s, 2),
    }


def _ours(task: Task) -> np.ndarray | None:
    try:
        return partition_graph(task.weights, task.edges, parts=task.parts, band=task.band, cut_cost=task.cost)
    except InfeasibleDivision:
        return None


if __name__ == "__main__":
    print(run(quick=True))
