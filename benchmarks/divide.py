"""How good and how fast is a division? Generated communities, tame ones for quality and hostile ones for soundness."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from benchmarks.communities import KINDS, TAME, make_community
from grids.check import find_faults
from grids.divide import GridPlan, GridRule, divide_community


def run(quick: bool = True) -> dict[str, Any]:
    """Figures over generated communities: 3 seeds of each kind where ``quick``, else 32 (about a thousand communities).

    ``in_band_share`` counts grids of the tame kinds, which can all be divided inside the band; ``unexplained_faults``
    counts faults of every kind that the report does not name; ``cpu_ms`` is the median of one division.
    """
    divide_community(*_arguments("plain", 0))  # compile before the clock runs
    tame: list[GridPlan] = []
    cpu_ms, unexplained, communities = [], 0, 0
    for kind in sorted(KINDS):
        for seed in range(3 if quick else 32):
            made = make_community(kind, seed)
            started = time.process_time()
            plan = divide_community(made.shape, made.buildings, made.lines, crossings=made.crossings, seed=seed)
            spent_ms = 1000.0 * (time.process_time() - started)
            faults = {fault.kind for fault in find_faults(plan.grids, made.shape, made.buildings.assign(grid_code=plan.buildings))}
            named = {finding.rule for finding in plan.report.findings}
            unexplained += len(faults - ({"band"} & named) - ({"building_orphaned"} if "building" in named else set()))
            communities += 1
            if kind in TAME:
                tame.append(plan)
                cpu_ms.append(spent_ms)
    return {"communities": communities, "unexplained_faults": unexplained, "cpu_ms": float(np.median(cpu_ms)), "cpu_ms_worst": max(cpu_ms), **_quality(tame)}


def _arguments(kind: str, seed: int) -> tuple[Any, Any, Any]:
    made = make_community(kind, seed)
    return made.shape, made.buildings, made.lines


def _quality(plans: list[GridPlan]) -> dict[str, float]:
    low, high = GridRule().band
    loads = np.concatenate([plan.grids["households"].to_numpy(dtype=float) for plan in plans])
    inner = np.concatenate([plan.grids["inner_border_m"].to_numpy() for plan in plans])
    share = np.nan_to_num(np.concatenate([plan.grids["street_share"].to_numpy() for plan in plans]))
    return {
        "grids": len(loads),
        "in_band_share": float(((loads >= low) & (loads <= high)).mean()),
        "street_share": float((inner * share).sum() / inner.sum()),
        "polsby_popper": float(np.concatenate([plan.grids["compactness"].to_numpy() for plan in plans]).mean()),
    }


if __name__ == "__main__":
    print(run(quick=True))
