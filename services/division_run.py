"""A division of many communities that can be stopped, killed and gone on with: finished communities are kept as drafts.

A run is known by its key: the rule, the seed, the communities and the state of the data, cases excepted. The same command finds the
unfinished run of its key and does what is missing. Nothing is in force before all is done; then all is published at once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import geopandas as gpd
import pandas as pd

from contracts.columns import COMMUNITY_CODE, NAME, PLAN_ID, text_of
from contracts.errors import CancelledError, ConflictError
from contracts.messages import Message
from contracts.progress import Progress
from contracts.records import PlanDraft
from grids.rules import GridRule
from grids.workload import WORKLOAD
from services.community_data import run_states
from services.division_pool import ProcessLostError, divide_in_processes, processors
from services.division_read import BATCH, batches_of, read_tasks
from services.division_work import Divided, DivisionTask, divide_task, plain_rule
from services.ports import UnitOfWork

WORTH_PROCESSES = 64  # communities; below, starting processes takes longer than they save
DEFAULT_REASON = "division"
Finish = Callable[[UnitOfWork, "RunResult"], None]


@dataclass(frozen=True)
class RunOrder:
    """What is to be divided, how, and by whom."""

    areas: gpd.GeoDataFrame  # communities, index = code
    rule: GridRule
    seed: int
    author: str
    at: datetime
    processes: int | None = None  # None = as many as there are processors
    reason: str = DEFAULT_REASON

    @property
    def is_small(self) -> bool:
        """Whether it is one batch: then all of it is one transaction."""
        return len(self.areas) <= BATCH


@dataclass(frozen=True)
class RunResult:
    """All parts of a finished run: one row per community with its plan (missing where there is none) and facts."""

    run_id: int
    parts: pd.DataFrame  # community_code, plan_id, outcome
    resumed: int  # communities that an earlier start had finished
    stale: frozenset[str]  # communities that got another plan while the run went on


def run_key(uow: UnitOfWork, order: RunOrder) -> str:
    """One word for rule, seed, communities and the state of the data (cases excepted), inside the open transaction."""
    facts = [plain_rule(order.rule), order.seed, [str(code) for code in order.areas.index], run_states(uow, order.rule)]
    return sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()


def run_division(uow: UnitOfWork, order: RunOrder, *, fresh: bool, finish: Finish, progress: Progress) -> RunResult:
    """Divide what the run of this order still lacks, then ``finish`` it in one transaction together with the last word.

    Raises
    ------
    CancelledError, ConflictError
        Stopped (what is done is kept where there is more than one batch); the data changed meanwhile, or a process was lost.
    """
    with uow:
        key = run_key(uow, order)
        run_id, done = (0, set()) if order.is_small else _begin(uow, key, order, fresh)
        uow.commit()
    todo = order.areas[~order.areas.index.isin(done)]
    held: list[Divided] = []
    try:
        with closing(_divided(uow, order, todo, len(done), progress)) as batches:
            for made in batches:
                if order.is_small:
                    held += made
                else:
                    _keep(uow, run_id, order, made)
        return _finished(uow, run_id, key, order, held, len(done), finish, progress)
    except (CancelledError, KeyboardInterrupt, ProcessLostError) as error:
        raise _stopped(uow, run_id, order, error) from error


def give_up_others(uow: UnitOfWork, run_id: int, codes: Collection[str]) -> None:
    """Withdraw what other unfinished runs have drawn of communities that now get another plan, in the open transaction."""
    for other in uow.runs.others(run_id):
        drawn = set(uow.runs.parts(other)[COMMUNITY_CODE])
        uow.runs.drop_parts(other, sorted(drawn & set(codes)))
        if drawn <= set(codes):
            uow.runs.drop(other)


def _finished(uow: UnitOfWork, run_id: int, key: str, order: RunOrder, held: Sequence[Divided], resumed: int, finish: Finish, progress: Progress) -> RunResult:
    """The last transaction: everything of a small run, the publication of a large one."""
    with uow:
        if run_key(uow, order) != key:
            raise ConflictError("Areas, buildings or streets were changed while the communities were divided. Nothing was published; divide again.")
        if order.is_small:
            run_id = uow.runs.begin(key, facts=_facts(order), communities=len(order.areas), author=order.author, at=order.at)
            _keep_parts(uow, run_id, order, held)
        parts = uow.runs.parts(run_id)
        result = RunResult(run_id, parts, resumed, frozenset(_stale(uow, parts)))
        finish(uow, result)
        progress(len(order.areas), len(order.areas), Message("Divided"))  # the last word before the commit: a cancel here still undoes it
        uow.commit()
    return result


def _begin(uow: UnitOfWork, key: str, order: RunOrder, fresh: bool) -> tuple[int, set[str]]:
    """The run of this key and the communities it has finished whose plan in force is still the one they were drawn upon."""
    known = uow.runs.find(key)
    if fresh and known is not None:
        uow.runs.drop(known)
    run_id = uow.runs.begin(key, facts=_facts(order), communities=len(order.areas), author=order.author, at=order.at)
    parts = uow.runs.parts(run_id)
    stale = _stale(uow, parts)
    uow.runs.drop_parts(run_id, sorted(stale))
    return run_id, set(parts[COMMUNITY_CODE]) - stale


def _facts(order: RunOrder) -> dict[str, Any]:
    return {"seed": order.seed, "rule": plain_rule(order.rule)}


def _stale(uow: UnitOfWork, parts: pd.DataFrame) -> set[str]:
    """Communities of a run whose draft is gone, published, or drawn upon a plan that is in force no more."""
    made = parts[parts[PLAN_ID].notna()]
    if not len(made):
        return set()
    bases = uow.plans.bases_of_drafts(made[PLAN_ID].astype(int).tolist())
    active = uow.plans.active_plans(communities=made[COMMUNITY_CODE].tolist())
    fresh = [int(plan) in bases and bases[int(plan)] == active.get(code) for code, plan in zip(made[COMMUNITY_CODE], made[PLAN_ID], strict=True)]
    return set(made.loc[[not is_fresh for is_fresh in fresh], COMMUNITY_CODE])


def _divided(uow: UnitOfWork, order: RunOrder, todo: gpd.GeoDataFrame, done: int, progress: Progress) -> Generator[list[Divided], None, None]:
    """Batches of plans, made here or in processes; the store is not held meanwhile."""
    total = len(order.areas)
    names = {str(code): text_of(name) or str(code) for code, name in order.areas[NAME].items()}
    processes = order.processes or (processors() if len(todo) >= WORTH_PROCESSES else 1)
    batches = _read(uow, order, todo)
    if processes > 1:
        progress(done, total, Message("Starting {processes} processes", {"processes": processes}))
        with closing(divide_in_processes(batches, order.rule, order.seed, processes=processes)) as answers:
            for made in answers:
                done += len(made)
                yield made
                progress(done, total, Message("Dividing {name}", {"name": names[made[-1].code]}))
        return
    for batch in batches:
        made = []
        for task in batch:
            progress(done + len(made), total, Message("Dividing {name}", {"name": names[task.code]}))
            made.append(divide_task(task, order.rule, order.seed))
        done += len(made)
        yield made


def _read(uow: UnitOfWork, order: RunOrder, todo: gpd.GeoDataFrame) -> Iterator[list[DivisionTask]]:
    for areas in batches_of(todo):
        with uow:
            tasks = read_tasks(uow, areas, order.rule)
        yield tasks


def _keep(uow: UnitOfWork, run_id: int, order: RunOrder, made: Sequence[Divided]) -> None:
    with uow:
        _keep_parts(uow, run_id, order, made)
        uow.commit()


def _keep_parts(uow: UnitOfWork, run_id: int, order: RunOrder, made: Sequence[Divided]) -> None:
    """Save drafts and note their communities as done; those that a second start of this run kept first are left."""
    known = uow.runs.done(run_id, [each.code for each in made])
    new = [each for each in made if each.code not in known]
    rule, counted = plain_rule(order.rule), _counted(order)
    drafts = [
        PlanDraft(each.code, each.grids, each.grid_of_building, rule, {**each.report, **counted}, order.author, order.reason, order.at)
        for each in new
        if each.grids is not None and each.grid_of_building is not None and each.report is not None
    ]
    plan_of = dict(zip([draft.community_code for draft in drafts], uow.plans.save_drafts(drafts), strict=True))
    uow.runs.keep_parts(run_id, [(each.code, plan_of.get(each.code), each.facts) for each in new])


def _counted(order: RunOrder) -> dict[str, str]:
    """The day whose cases a plan balances, where it balances work: cases come in while a run goes on and do not stop it."""
    return {"cases_counted_on": str(order.at.date())} if order.rule.weight == WORKLOAD else {}


def _stopped(uow: UnitOfWork, run_id: int, order: RunOrder, error: BaseException) -> CancelledError | ConflictError:
    """Note that the run was stopped; the error that says what is kept."""
    if order.is_small:
        return CancelledError("Stopped. Nothing of this run was kept.")
    with uow:
        done = len(uow.runs.parts(run_id))
        uow.runs.stop(run_id)
        uow.commit()
    facts = {"done": done, "total": len(order.areas)}
    if isinstance(error, ProcessLostError):
        return ConflictError(
            "A process of the division ended before its time, perhaps for want of memory. {done} of {total} communities are kept as drafts; "
            "start again to go on, with one process if memory is short.",
            **facts,
        )
    return CancelledError(
        "Stopped. {done} of {total} communities are divided and kept as drafts; the plans in force are as they were. Start the same division again to go on.",
        **facts,
    )


def facts_by_community(parts: pd.DataFrame, wanted: str) -> dict[str, Any]:
    """One fact of every community that has it."""
    return {code: outcome[wanted] for code, outcome in zip(parts[COMMUNITY_CODE], parts["outcome"], strict=True) if wanted in outcome}
