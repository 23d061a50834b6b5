"""Divide communities into grids and publish the plans."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import geopandas as gpd
import pandas as pd

from contracts.columns import COMMUNITY_CODE, HOUSEHOLDS, PLAN_ID
from contracts.errors import NotFoundError, SettingError
from contracts.messages import Message
from contracts.progress import Progress, silent
from grids.rules import GridRule
from grids.workload import PER_HECTARE, WORKLOAD, workload_weights
from services.access import Principal, authorize, may
from services.division_run import RunOrder, RunResult, facts_by_community, give_up_others, run_division
from services.division_work import digest_of_plans, plain_rule
from services.plain_messages import message_of
from services.plan_guard import listed
from services.ports import UnitOfWork

RULE_SETTING = "grid_rule"  # the city's own band and target, over the defaults of data/reference/grid_rules.csv


@dataclass(frozen=True)
class DivisionReport:
    """What came of a division, one row per community in ``plans``."""

    plans: pd.DataFrame  # community_code, plan_id, grids, households, faults
    infeasible: tuple[tuple[str, Message], ...]  # community code and what stood in the way
    warnings: tuple[tuple[str, Message], ...]  # divided, but a rule could not be kept
    seconds: float
    digest: str = ""  # one word for all plans: equal answers have equal words
    resumed: int = 0  # communities that an earlier, broken start had finished

    @property
    def grids(self) -> int:
        """Number of grids made."""
        return int(self.plans["grids"].sum())

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return {
            "communities": len(self.plans),
            "grids": self.grids,
            "faults": int(self.plans["faults"].sum()),
            "infeasible": {code: str(reason) for code, reason in self.infeasible},
            "resumed": self.resumed,
            "digest": self.digest,
            "seconds": round(self.seconds, 2),
        }

    def sentences(self) -> list[Message]:
        """For people: what was done, then what stood in the way."""
        facts = {"communities": len(self.plans), "grids": self.grids, "seconds": self.seconds}
        notes = [Message("{code}: {reason}", {"code": code, "reason": reason}) for code, reason in (*self.infeasible, *self.warnings)]
        begun = (
            [Message("{count:community|communities} had been divided before; nothing of that was done twice.", {"count": self.resumed})] if self.resumed else []
        )
        return [Message("{communities:community|communities} divided into {grids:grid|grids} in {seconds:.1f} s.", facts), *begun, *notes]


def divide_communities(
    uow: UnitOfWork,
    principal: Principal,
    *,
    communities: Collection[str] | None = None,
    rule: GridRule | None = None,
    seed: int = 0,
    publish: bool = True,
    at: datetime,
    progress: Progress = silent,
    processes: int | None = None,
    fresh: bool = False,
) -> DivisionReport:
    """Divide communities (all the principal may divide, unless named) and save one plan each, published or as drafts.

    The plans in force stay as they were until all is done; then all plans are published in one transaction, those with
    a fault no plan may have excepted. Of many communities the finished ones are kept as drafts when the division is
    stopped or killed; the same division goes on with the rest. The answer does not depend on the number of processes.

    Parameters
    ----------
    processes
        Processes that divide; by default one per processor where there is enough to do, else this one.
    fresh
        Give up what an earlier, broken start has finished.

    Raises
    ------
    NotAllowedError, NotFoundError, CancelledError, ConflictError
    """
    started = time.monotonic()
    with uow:
        areas = _chosen(uow, principal, communities)
        rule = rule or city_rule(uow)
    order = RunOrder(areas, rule, seed, author=principal.login, at=at, processes=processes)

    def finish(uow: UnitOfWork, result: RunResult) -> None:
        _finish(uow, order, result, publish=publish)

    result = run_division(uow, order, fresh=fresh, finish=finish, progress=progress)
    return _report(result, time.monotonic() - started)


def city_rule(uow: UnitOfWork) -> GridRule:
    """The division rule of this city: its own settings over the reference defaults.

    The setting ``grid_rule`` holds fields of ``GridRule``; with a ``weight`` other than households (``residents`` or
    ``workload``) it holds the band and the target in its units too. A hectare weighs what ``workload_weights.csv`` says.

    Raises
    ------
    SettingError
        A field is not known, or a weight has no band of its own.
    """
    own = dict(uow.city.get(RULE_SETTING, {}))
    unknown = sorted(set(own) - {field.name for field in fields(GridRule)})
    if unknown:
        raise SettingError("The setting {name} of this city has a field {field} that no division knows.", name=RULE_SETTING, field=unknown[0])
    if own.get("weight", HOUSEHOLDS) != HOUSEHOLDS and not {"band", "target"} <= set(own):
        raise SettingError("The setting {name} balances {weight}: give it a band and a target of its own.", name=RULE_SETTING, weight=own["weight"])
    if own.get("weight") == WORKLOAD:
        own = {"weight_per_hectare": workload_weights()[PER_HECTARE], **own}
    for name, kind in (("band", tuple), ("closed", frozenset), ("taken_codes", frozenset)):
        if name in own:
            own[name] = kind(own[name])
    return GridRule(**own)


def _chosen(uow: UnitOfWork, principal: Principal, communities: Collection[str] | None) -> gpd.GeoDataFrame:
    authorize(principal, "divide")
    areas = uow.areas.at_level("community")
    if not len(areas):
        raise NotFoundError("There are no communities yet. Import a street map or an area file first.")
    if communities is None:
        return areas[[may(principal, "divide", str(code)) for code in areas.index]]
    for code in sorted(set(communities)):
        authorize(principal, "divide", code)
        if code not in areas.index:
            raise NotFoundError("There is no community with the code {code}.", code=code)
    return areas.loc[sorted(set(communities))]


def _finish(uow: UnitOfWork, order: RunOrder, result: RunResult, *, publish: bool) -> None:
    """Publish what may be published and note the run as done, in the open transaction."""
    parts = result.parts
    made = parts[parts[PLAN_ID].notna()]
    sound = made[[not outcome["hard"] and code not in result.stale for code, outcome in zip(made[COMMUNITY_CODE], made["outcome"], strict=True)]]
    if publish and len(sound):
        give_up_others(uow, result.run_id, sound[COMMUNITY_CODE].tolist())
        uow.plans.publish(sound[PLAN_ID].astype(int).tolist(), valid_from=order.at.date(), at=order.at, author=order.author)
    grids = sum(facts_by_community(parts, "grids").values())
    facts = {"seed": order.seed, "rule": plain_rule(order.rule), "digest": digest_of_plans(facts_by_community(parts, "digest")), "grids": grids}
    uow.runs.finish(result.run_id, facts=facts, at=order.at)
    uow.audit.append(
        at=order.at,
        login=order.author,
        action="divide",
        subject=",".join(order.areas.index[:20]),
        details={"plans": len(made), "grids": grids, "seed": order.seed, "publish": publish},
    )


def _report(result: RunResult, seconds: float) -> DivisionReport:
    parts, rows, infeasible, warnings = result.parts, [], [], []
    for code, plan_id, outcome in zip(parts[COMMUNITY_CODE], parts[PLAN_ID], parts["outcome"], strict=True):
        if "reason" in outcome:
            infeasible.append((code, message_of(outcome["reason"])))
            continue
        rows.append((code, int(plan_id), outcome["grids"], outcome["households"], outcome["faults"]))
        warnings += [(code, message_of(finding)) for finding in outcome["findings"]]
        if outcome["hard"]:
            faults = listed([message_of(fault) for fault in outcome["hard"]])
            warnings.append((code, Message("The plan stays a draft, because it has faults no plan in force may have. {faults}", {"faults": faults})))
        if code in result.stale:
            warnings.append((code, Message("Somebody published another plan here meanwhile; this one stays a draft.")))
    plans = pd.DataFrame(rows, columns=[COMMUNITY_CODE, PLAN_ID, "grids", HOUSEHOLDS, "faults"])
    return DivisionReport(plans, tuple(infeasible), tuple(warnings), seconds, digest_of_plans(facts_by_community(parts, "digest")), result.resumed)
