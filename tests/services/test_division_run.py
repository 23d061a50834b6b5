"""A division of many communities: stopped, gone on with, begun anew; the answer never depends on how it was done."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import event

from benchmarks.generated_city import code_of, make_store
from contracts.errors import CancelledError, ConflictError
from contracts.messages import Message
from contracts.settings import ROOT
from grids.rules import GridRule
from services import division_pool
from services.access import SYSTEM
from services.division import divide_communities
from services.division_read import batches_of
from services.grid_plans import publish_plans
from store.engine import open_store
from store.unit_of_work import SqlUnitOfWork
from tests.small_city import AT

COUNT, BATCH = 7, 3
QUICK = GridRule(effort="quick")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("city") / "city.sqlite"
    make_store(f"sqlite:///{file}", communities=COUNT)
    return file


@pytest.fixture
def city(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SqlUnitOfWork]:
    """Seven communities, kept three at a time."""
    for module in ("division_run", "division_read"):
        monkeypatch.setattr(f"services.{module}.BATCH", BATCH)
    store = open_store(f"sqlite:///{shutil.copy(made, tmp_path / 'city.sqlite')}")
    yield SqlUnitOfWork(store)
    store.close()


class StopAfter:
    """A progress that cancels once so many communities are done."""

    def __init__(self, done: int) -> None:
        self.limit = done

    def __call__(self, done: int, total: int, what: Message) -> None:
        if done >= self.limit:
            raise CancelledError("Stopped. Nothing of this run was kept.")


def stopped(city: SqlUnitOfWork, after: int) -> None:
    with pytest.raises(CancelledError, match="kept as drafts"):
        divide_communities(city, SYSTEM, rule=QUICK, at=AT, progress=StopAfter(after))


def statuses(city: SqlUnitOfWork) -> list[str]:
    with city:
        return city.plans.list_plans()["status"].tolist()


def test_a_stopped_division_keeps_whole_batches_and_goes_on(city: SqlUnitOfWork) -> None:
    stopped(city, 4)
    assert statuses(city) == ["draft"] * BATCH
    report = divide_communities(city, SYSTEM, rule=QUICK, at=AT)
    assert (len(report.plans), report.resumed) == (COUNT, BATCH)
    assert statuses(city) == ["active"] * COUNT


def test_the_answer_is_the_same_however_it_was_done(city: SqlUnitOfWork, made: Path, tmp_path: Path) -> None:
    stopped(city, 4)
    resumed = divide_communities(city, SYSTEM, rule=QUICK, at=AT)
    store = open_store(f"sqlite:///{shutil.copy(made, tmp_path / 'other.sqlite')}")
    at_once = divide_communities(SqlUnitOfWork(store), SYSTEM, rule=QUICK, at=AT, processes=2)
    smaller = divide_communities(SqlUnitOfWork(store), SYSTEM, rule=replace(QUICK, target=320.0), at=AT, publish=False)
    assert resumed.digest == at_once.digest != smaller.digest
    assert resumed.plans.drop(columns="plan_id").equals(at_once.plans.drop(columns="plan_id"))
    store.close()


def test_a_fresh_start_does_everything_again(city: SqlUnitOfWork) -> None:
    stopped(city, 4)
    report = divide_communities(city, SYSTEM, rule=QUICK, at=AT, fresh=True)
    assert (len(report.plans), report.resumed) == (COUNT, 0)
    assert statuses(city) == ["active"] * COUNT


def test_another_rule_begins_its_own_run_and_clears_the_broken_one_away(city: SqlUnitOfWork) -> None:
    stopped(city, 4)
    report = divide_communities(city, SYSTEM, rule=GridRule(effort="quick", target=380), at=AT)
    assert report.resumed == 0
    assert statuses(city) == ["active"] * COUNT
    with city:
        assert city.runs.list_runs()["status"].tolist() == ["finished"]


def test_other_data_begin_another_run(city: SqlUnitOfWork) -> None:
    stopped(city, 4)
    with city:
        city.streets.delete(city.streets.read().index[:1].tolist())
        city.commit()
    assert divide_communities(city, SYSTEM, rule=QUICK, at=AT).resumed == 0


def test_data_changed_on_the_way_are_noticed_and_nothing_is_published(city: SqlUnitOfWork) -> None:
    def change(done: int, total: int, what: Message) -> None:
        if done == 5:
            with SqlUnitOfWork(city._store) as other:
                other.streets.delete(other.streets.read().index[:1].tolist())
                other.commit()

    with pytest.raises(ConflictError, match="changed while"):
        divide_communities(city, SYSTEM, rule=QUICK, at=AT, progress=change)
    assert "active" not in statuses(city)


def test_a_plan_published_meanwhile_stays_in_force(city: SqlUnitOfWork) -> None:
    stopped(city, 7)
    done = code_of(0)
    with city:
        drafts = city.plans.list_plans(communities=[done])
    other = divide_communities(city, SYSTEM, communities=[done], rule=QUICK, seed=3, at=AT)
    report = divide_communities(city, SYSTEM, rule=QUICK, at=AT)
    with city:
        plans = city.plans.list_plans(communities=[done])
    assert len(report.plans) == COUNT
    assert plans[plans["status"] == "retired"]["plan_id"].tolist() == other.plans["plan_id"].tolist()
    assert not set(drafts["plan_id"]) & set(plans["plan_id"])


def published_by_hand(city: SqlUnitOfWork, code: str) -> int:
    """A plan of the grids that the run has drawn, put in force past the run."""
    with SqlUnitOfWork(city._store) as uow:
        (drawn,) = uow.plans.list_plans(communities=[code])["plan_id"].tolist()
        grids, homes = uow.plans.grids(plan_ids=[drawn]), uow.plans.grid_of_building(plan_ids=[drawn])
        plan = uow.plans.save_draft(code, grids, homes, rule={}, report={}, author="林", reason="x", at=AT)
        uow.plans.publish([plan], valid_from=AT.date(), at=AT)
        uow.commit()
    return plan


def test_a_draft_of_the_run_that_fell_behind_is_drawn_again(city: SqlUnitOfWork) -> None:
    stopped(city, 7)
    by_hand = published_by_hand(city, code_of(0))
    report = divide_communities(city, SYSTEM, rule=QUICK, at=AT)
    assert report.resumed == COUNT - 1
    with city:
        plans = city.plans.list_plans(communities=[code_of(0)]).set_index("plan_id")["status"]
    assert (plans[by_hand], sorted(plans)) == ("retired", ["active", "retired"])


def test_a_plan_published_while_the_run_goes_on_is_not_replaced_unseen(city: SqlUnitOfWork) -> None:
    with city:
        first = next(iter(batches_of(city.areas.at_level("community")))).index[0]
    done: list[int] = []

    def publish(count: int, total: int, what: Message) -> None:
        if count == 4 and not done:
            done.append(published_by_hand(city, str(first)))

    report = divide_communities(city, SYSTEM, rule=QUICK, at=AT, progress=publish)
    with city:
        assert city.plans.active_plans(communities=[str(first)]) == {first: done[0]}
    assert [code for code, reason in report.warnings if "Somebody published" in str(reason)] == [first]


def test_a_lost_process_is_told_and_what_is_done_is_kept(city: SqlUnitOfWork, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(division_pool, "_WORKER", ("false",))
    with pytest.raises(ConflictError, match="before its time"):
        divide_communities(city, SYSTEM, rule=QUICK, at=AT, processes=2)
    assert statuses(city) == []
    monkeypatch.undo()
    assert len(divide_communities(city, SYSTEM, rule=QUICK, at=AT).plans) == COUNT


def test_publishing_more_plans_asks_the_store_no_more_often(city: SqlUnitOfWork) -> None:
    drafts = divide_communities(city, SYSTEM, rule=QUICK, at=AT, publish=False).plans["plan_id"].tolist()
    asked: list[int] = []
    for some in (drafts[:2], drafts[2:]):
        statements: list[str] = []
        note = partial(_note, statements)
        event.listen(city._store.engine, "before_cursor_execute", note)
        publish_plans(city, SYSTEM, some, valid_from=AT.date(), at=AT, reason="x")
        event.remove(city._store.engine, "before_cursor_execute", note)
        asked.append(len(statements))
    assert asked[0] == asked[1] < 40


def _note(statements: list[str], _connection: object, _cursor: object, statement: str, *_: object) -> None:
    statements.append(statement)


_ORPHAN = """
import os
from services.division_pool import _Worker
worker = _Worker()
print(worker._process.pid, flush=True)
os.kill(os.getpid(), 9)
"""


def test_a_process_of_a_killed_run_holds_nothing_to_write_to_and_ends() -> None:
    """It has three pipes and no store: what it still computes when its parent is gone goes nowhere."""
    told = "import sys, services.division_worker; print([name for name in sys.modules if name.split('.')[0] in ('store', 'sqlalchemy', 'sqlite3', 'psycopg')])"
    assert subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True).stdout == "[]\n"
    parent = subprocess.run([sys.executable, "-c", _ORPHAN], cwd=ROOT, capture_output=True, text=True, check=False)
    until = time.monotonic() + 20
    while _is_running(parent.stdout.strip()) and time.monotonic() < until:
        time.sleep(0.05)
    assert (parent.returncode, _is_running(parent.stdout.strip())) == (-9, False)


def _is_running(pid: str) -> bool:
    """Whether there is such a process that has not ended; one that nobody has waited for yet has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_progress_never_runs_backwards(city: SqlUnitOfWork) -> None:
    seen: list[int] = []
    divide_communities(city, SYSTEM, rule=QUICK, at=AT, publish=False, progress=lambda done, total, what: seen.append(done))
    assert seen == sorted(seen)
    assert seen[-1] == COUNT
