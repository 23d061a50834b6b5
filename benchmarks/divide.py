"""How good and how fast is a division? Two hundred towns beside other people's methods, and a thousand hostile communities."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from benchmarks.communities import KINDS, Community, make_community
from benchmarks.divide_grounds import Field, Figures, field_of, figures_of, is_feasible
from benchmarks.divide_rivals import RIVALS, Rival, missing_rivals
from benchmarks.divide_towns import make_town
from benchmarks.optimum_proof import Task
from grids.check import find_faults
from grids.choose import choose_grids
from grids.divide import GridPlan, GridRule, divide_community

TOWNS, HOSTILE_SEEDS = 200, 29  # 36 kinds of hostile communities, 29 of each
QUICK_TOWNS, QUICK_SEEDS = 6, 1
EXPLAINED = {"band": "band", "building": "building_orphaned"}  # what a finding of the report accounts for
OPEN_RULES = ("band", "walk")


def run(quick: bool = False) -> dict[str, Any]:
    """Figures of towns (like real communities), of rivals on the same graphs, of hostile communities and of plans made anew.

    ``towns.chain_ms`` is the median processor time of a whole division; the table's ``cpu_ms`` is the choice of grids alone,
    for ours as for the others. ``hostile.faults`` counts faults of any kind that no finding explains, ``hostile.remedies_that_fail``
    findings whose band, when asked for, is not kept. ``replan.moved_share`` is the share of households in another grid after one
    in twenty households has changed.
    """
    divide_community(*_arguments(make_town(10_000)))  # compile before the clock runs
    towns = [make_town(seed) for seed in range(QUICK_TOWNS if quick else TOWNS)]
    missing = missing_rivals(*(rival.package for rival in RIVALS))
    return {
        "towns": _towns(towns),
        "table": _table(towns, quick),
        **({"not_compared": missing} if missing else {}),
        "hostile": _hostile(QUICK_SEEDS if quick else HOSTILE_SEEDS),
        "replan": _replan(towns),
    }


def _arguments(made: Community) -> tuple[Any, Any, Any]:
    return made.shape, made.buildings, made.lines


def _divided(made: Community, seed: int = 0, **more: Any) -> GridPlan:
    return divide_community(*_arguments(made), crossings=made.crossings, seed=seed, **more)


def _unexplained(made: Community, plan: GridPlan) -> list[str]:
    """Kinds of fault that no finding of the report accounts for."""
    faults = find_faults(plan.grids, made.shape, made.buildings.assign(grid_code=plan.buildings))
    explained = {EXPLAINED[finding.rule] for finding in plan.report.findings if finding.rule in EXPLAINED}
    return sorted({fault.kind for fault in faults} - explained)


def _towns(towns: list[Community]) -> dict[str, Any]:
    """The whole chain on every town."""
    spent, faults, plans = [], 0, []
    for made in towns:
        started = time.process_time()
        plans.append(_divided(made))
        spent.append(1000.0 * (time.process_time() - started))
        faults += len(_unexplained(made, plans[-1]))
    return {
        "communities": len(towns),
        "buildings": float(np.median([len(made.buildings) for made in towns])),
        "households": float(np.median([made.buildings["households"].sum() for made in towns])),
        "grids": sum(len(plan.grids) for plan in plans),
        "faults": faults,
        "chain_ms": round(float(np.median(spent)), 1),
        "chain_ms_worst": round(max(spent), 1),
    }


@dataclass(frozen=True)
class Answer:
    """What a method made of one field: its figures, None where it refused, and the processor time of the choice."""

    figures: Figures | None
    ms: float


def _table(towns: list[Community], quick: bool) -> list[dict[str, Any]]:
    """One row per method, ours first, all on the same graphs and with the same number of grids."""
    rule = GridRule()
    fields = [field for field in (field_of(made, rule) for made in towns) if is_feasible(field, rule)]
    ours = [_ours(field, rule) for field in fields]
    rows = [_row("ours", ours)]
    for rival in RIVALS:
        if not missing_rivals(rival.package):
            compared = list(zip(fields, ours, strict=True))[: 2 if quick else rival.communities]
            _theirs(rival, fields[0], ours[0].figures.grids, rule)  # imports before the clock runs
            rows.append(_row(rival.name, [_theirs(rival, field, own.figures.grids, rule) for field, own in compared if own.figures]))
    return rows


def _ours(field: Field, rule: GridRule) -> Answer:
    started = time.process_time()
    choice = choose_grids(field.weights, field.near, rule, 0)
    spent = 1000.0 * (time.process_time() - started)
    return Answer(figures_of(field, choice.labels, int(choice.labels.max()) + 1, rule), spent)


def _theirs(rival: Rival, field: Field, parts: int, rule: GridRule) -> Answer:
    task = Task(field.weights, field.edges, field.cost, parts, rule.band)
    started = time.process_time()
    labels = rival.solve(task, field.middles)
    spent = 1000.0 * (time.process_time() - started)
    return Answer(None if labels is None else figures_of(field, labels, parts, rule), spent)


def _row(name: str, answers: list[Answer]) -> dict[str, Any]:
    """The columns of the comparison; a refusal counts as a community with no grid in the band."""
    made = [answer.figures for answer in answers if answer.figures is not None]
    row: dict[str, Any] = {"method": name, "communities": len(answers), "refused": len(answers) - len(made), "cpu_ms": _median([a.ms for a in answers])}
    if not made:
        return row
    inner = sum(figures.inner_m for figures in made)
    return row | {
        "grids_in_band": round(sum(f.in_band for f in made) / sum(f.grids for f in made), 4),
        "whole_in_band": round(sum(f.in_band == f.grids and not f.broken and not f.wrong_number for f in made) / len(answers), 4),
        "broken": sum(f.broken for f in made),
        "wrong_number": sum(f.wrong_number for f in made),
        "polsby_popper": round(float(np.concatenate([f.compactness for f in made]).mean()), 3),
        "street_share": round(sum(f.street_m for f in made) / inner, 3) if inner else None,
        "cut_cost": round(float(np.mean([f.cut_cost for f in made])), 1),
    }


def _median(values: list[float]) -> float:
    return round(float(np.median(values)), 1) if values else 0.0


def _hostile(seeds: int) -> dict[str, Any]:
    """Divide every hostile community, look for faults, and do what each finding advises."""
    unexplained: Counter[str] = Counter()
    infeasible, remedies, failed = 0, 0, []
    for kind in sorted(KINDS):
        for seed in range(seeds):
            made = make_community(kind, seed)
            plan = _divided(made, seed)
            unexplained.update(_unexplained(made, plan))
            named = {finding.remedy for finding in plan.report.findings if finding.rule in OPEN_RULES}
            infeasible += bool(named)
            for band in sorted(band for band in named if band):
                remedies += 1
                again = _divided(made, seed, rule=replace(GridRule(), band=band))
                if any(finding.rule in OPEN_RULES for finding in again.report.findings):
                    failed.append(f"{kind} {seed}")
    return {
        "communities": seeds * len(KINDS),
        "faults": sum(unexplained.values()),
        **({"fault_kinds": dict(unexplained)} if unexplained else {}),
        "infeasible": infeasible,
        "remedies": remedies,
        "remedies_that_fail": failed,
    }


def _replan(towns: list[Community]) -> dict[str, Any]:
    """Change the homes of one household in twenty, divide again, and count the households whose grid has another code."""
    moved, total, shares = 0.0, 0.0, []
    for number, made in enumerate(towns):
        before = _divided(made)
        if not before.report.keeps_rules:
            continue
        now = replace(made, buildings=made.buildings.assign(households=changed_households(made.buildings["households"].to_numpy(), number)))
        after = _divided(now, previous=before.buildings)
        households = now.buildings["households"]
        elsewhere = float(households[after.buildings != before.buildings].sum())
        moved, total = moved + elsewhere, total + float(households.sum())
        shares.append(elsewhere / float(households.sum()))
    return {"communities": len(shares), "moved_share": round(moved / total, 4), "moved_share_worst": round(max(shares), 4)}


def changed_households(households: np.ndarray, seed: int, share: float = 0.05) -> np.ndarray:
    """Households after some have left or come: buildings drawn at random gain or lose up to their half until ``share`` of all has changed."""
    rng = np.random.default_rng([seed, 5])
    now, left = households.astype(float).copy(), share * float(households.sum())
    for place in rng.permutation(len(now)):
        step = min(left, np.ceil(now[place] * rng.uniform(0.1, 0.5)))
        now[place] += step if rng.random() < 0.5 else -step
        left -= step
        if left <= 0:
            break
    return np.rint(now).astype(int)


if __name__ == "__main__":
    print(run(quick=True))
