"""Several good plans to choose from, instead of one answer: each setting weighs streets, shape, balance and change differently."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from contracts.columns import HOUSEHOLDS
from contracts.messages import Message, Named
from contracts.progress import Progress, silent
from contracts.reference import reference_table
from grids.borders import Neighbours
from grids.choose import choose_grids
from grids.codes import keep_codes
from grids.divide import labels_today, with_dedicated
from grids.effect import FAULTS, measure, moved_share
from grids.ground import Ground
from grids.measures import COMPACTNESS, DEVIATION_SHARE, INNER_BORDER_M, STREET_SHARE
from grids.rules import COMPREHENSIVE, THROUGH_BLOCK, GridRule
from grids.sketch import Sketch, sketch_of_plan, tidy

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_SAME = 1e-9


@dataclass(frozen=True)
class Setting:
    """One way to weigh a plan; see ``data/reference/README.md``. ``balance`` None = the band alone."""

    key: str
    name: Named
    line_cost: float
    compactness: float
    balance: float | None
    stay: float
    target: float


@dataclass(frozen=True)
class FrontierPlan:
    """One plan on offer, in the order of ``grid_frontier.csv``.

    ``keys`` are those of all settings that led to it, ``names`` their names in both languages. ``balance_share``
    is the largest distance of a load from the target as a share of it, ``street_share`` the inner border on lines,
    ``compactness`` the mean Polsby-Popper, ``moved_share`` the households moved against today (None without a plan in
    force), ``faults`` how many rules are broken, ``is_today`` whether every building stays in its grid.
    """

    keys: tuple[str, ...]
    names: tuple[Named, ...]
    sketch: Sketch
    balance_share: float
    street_share: float
    compactness: float
    moved_share: float | None
    faults: int
    is_today: bool = False


@dataclass(frozen=True)
class Frontier:
    """Plans none of which is worse than another in everything, what was left out and why, and how many settings were ``tried``."""

    plans: tuple[FrontierPlan, ...]
    dropped: tuple[Message, ...]
    tried: int = 0

    @property
    def same(self) -> int:
        """Settings that led to a plan another one had led to."""
        return sum(len(plan.keys) - 1 for plan in self.plans)

    @property
    def worse(self) -> int:
        """Settings whose plan is left out."""
        return self.tried - len(self.plans) - self.same

    def table(self) -> pd.DataFrame:
        """One row per plan: settings (text), grids, balance_share, street_share, compactness, moved_share, faults."""
        rows = [(", ".join(p.keys), len(p.sketch.codes), p.balance_share, p.street_share, p.compactness, p.moved_share, p.faults) for p in self.plans]
        return pd.DataFrame(rows, columns=["settings", "grids", "balance_share", "street_share", "compactness", "moved_share", "faults"])


def frontier_settings() -> list[Setting]:
    """The settings of ``grid_frontier.csv``, in its order."""
    table = reference_table("grid_frontier")
    return [
        Setting(
            row["setting"],
            Named(row["label_en"], zh=row["label_zh"]),
            float(row["line_cost"]),
            float(row["compactness"]),
            float(row["balance"]) if row["balance"] else None,
            float(row["stay"]),
            float(row["target"]),
        )
        for _, row in table.iterrows()
    ]


def plan_frontier(
    ground: Ground,
    *,
    rule: GridRule | None = None,
    seed: int = 0,
    previous: pd.Series | None = None,
    in_force: pd.Series | None = None,
    progress: Progress = silent,
) -> Frontier:
    """Divide a ground under each setting of ``grid_frontier.csv`` and keep what is worth choosing.

    Parameters
    ----------
    rule
        Band and target in place of the ground's own; the weight column must be the ground's.
    previous
        Grid code of each building today: lends its codes, and what settings that want few changes hold on to.
    in_force
        What households moved are counted against; ``previous`` where not given.
    progress
        Told of every setting before it is tried; raises ``CancelledError`` to stop.
    """
    rule = ground.rule if rule is None else rule
    ground = ground if rule is ground.rule else replace(ground, rule=rule)
    today = previous if in_force is None else in_force
    useful = [setting for setting in frontier_settings() if today is not None or not setting.stay]
    offers = []
    for number, setting in enumerate(useful):
        progress(number, len(useful), Message("{number} of {count}: {setting}", {"number": number + 1, "count": len(useful), "setting": setting.name}))
        offers.append(_offer(ground, _divided(ground, setting, seed, previous), setting, today))
    progress(len(useful), len(useful), Message("Divided"))  # stopped during the last one is stopped as well
    return worth_choosing(offers)


def worth_choosing(offers: Sequence[FrontierPlan]) -> Frontier:
    """Equal plans as one, and without those another one beats: as good in everything and better in something."""
    merged = _without_twins(offers)
    is_beaten = [any(_beats(other, plan) for other in merged) for plan in merged]
    kept = [plan for plan, beaten in zip(merged, is_beaten, strict=True) if not beaten]
    dropped = tuple(_why_dropped(plan, kept) for plan, beaten in zip(merged, is_beaten, strict=True) if beaten)
    return Frontier(tuple(kept), dropped, tried=sum(len(plan.keys) for plan in merged))


def _divided(ground: Ground, setting: Setting, seed: int, previous: pd.Series | None) -> Sketch:
    """The plan under one setting."""
    old = labels_today(ground, previous)
    near = _priced(ground, setting, old)
    plain = replace(ground.rule, target=ground.rule.target * setting.target)
    rule = _narrowed(ground, setting, plain)
    weights = ground.atoms.weights
    choice, kinds, names = with_dedicated(ground, near, lambda atoms, own: choose_grids(weights[atoms], own, rule, seed))
    if rule is not plain and any(finding.rule == "band" for finding in choice.findings):
        choice, kinds, names = with_dedicated(ground, near, lambda atoms, own: choose_grids(weights[atoms], own, plain, seed))
    sketch = sketch_of_plan(ground, choice.labels, [""] * len(kinds), kinds, names)
    return tidy(sketch if previous is None else replace(sketch, codes=_heirs(ground, choice.labels, len(kinds), previous)))


def _priced(ground: Ground, setting: Setting, today: Ints) -> Neighbours:
    """The neighbours with what their borders cost under a setting."""
    near, figures = ground.near, ground.figures
    through = (near.length_m - figures.on_line_m) * ground.rule.boundary_cost[THROUGH_BLOCK]
    cost = through + setting.line_cost * figures.line_cost + setting.compactness * near.length_m
    a, b = today[near.pairs].T
    return replace(near, cost=np.maximum(cost, 0.0) * np.where((a == b) & (a >= 0), 1.0 + setting.stay, 1.0))


def _narrowed(ground: Ground, setting: Setting, rule: GridRule) -> GridRule:
    """The rule with the band drawn in around the mean load, where the setting asks for even loads."""
    total = float(ground.atoms.weights[ground.dedicated_of_atom < 0].sum())
    if setting.balance is None or total <= 0:
        return rule
    mean = total / max(1, round(total / rule.target))
    low, high = max(rule.band[0], mean * (1 - setting.balance)), min(rule.band[1], mean * (1 + setting.balance))
    return replace(rule, band=(low, high)) if low <= high else rule


def _heirs(ground: Ground, labels: Ints, count: int, previous: pd.Series) -> tuple[str, ...]:
    new = ground.label_of_building(labels)
    column = HOUSEHOLDS if HOUSEHOLDS in ground.buildings.columns else ground.rule.weight
    kept = keep_codes(new, previous.reindex(new.index), ground.buildings[column], [], community_code=ground.place.code, taken=ground.rule.taken_codes)
    return tuple(str(kept.get(label, "")) for label in range(count))


def _offer(ground: Ground, sketch: Sketch, setting: Setting, today: pd.Series | None) -> FrontierPlan:
    figures = measure(sketch)
    own = figures[np.array(sketch.kinds, dtype=object) == COMPREHENSIVE]
    inner = float(figures[INNER_BORDER_M].sum())
    along = float((figures[STREET_SHARE] * figures[INNER_BORDER_M]).sum())
    return FrontierPlan(
        (setting.key,),
        (setting.name,),
        sketch,
        float(own[DEVIATION_SHARE].abs().max()) if len(own) else 0.0,
        along / inner if inner > 0 else 1.0,
        float(own[COMPACTNESS].mean()) if len(own) else 1.0,
        None if today is None else moved_share(sketch, today)[1],
        int(figures[FAULTS].sum()),
        is_today=today is not None and _is_today(sketch, today),
    )


def _is_today(sketch: Sketch, today: pd.Series) -> bool:
    homes = sketch.grid_of_building
    return bool((homes.to_numpy(dtype=object) == today.reindex(homes.index).to_numpy(dtype=object)).all())


def _without_twins(offers: Sequence[FrontierPlan]) -> list[FrontierPlan]:
    """Plans that part the ground alike become one."""
    kept: dict[bytes, FrontierPlan] = {}
    for plan in offers:
        labels = plan.sketch.label_of_atom
        _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
        key = first[inverse.ravel()].tobytes()
        twin = kept.get(key)
        kept[key] = plan if twin is None else replace(twin, keys=twin.keys + plan.keys, names=twin.names + plan.names)
    return list(kept.values())


def _worse(plan: FrontierPlan) -> tuple[float, ...]:
    """What is better the smaller it is."""
    return (float(plan.faults), plan.balance_share, -plan.street_share, -plan.compactness, plan.moved_share or 0.0)


def _beats(one: FrontierPlan, other: FrontierPlan) -> bool:
    pairs = list(zip(_worse(one), _worse(other), strict=True))
    return all(a <= b + _SAME for a, b in pairs) and any(a < b - _SAME for a, b in pairs)


def _why_dropped(plan: FrontierPlan, kept: Sequence[FrontierPlan]) -> Message:
    better = next(other for other in kept if _beats(other, plan))
    facts = {"plan": plan.names[0], "better": better.names[0]}
    return Message("The plan “{plan}” is left out: “{better}” is as good in everything and better in something.", facts)
