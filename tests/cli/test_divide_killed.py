"""A division of many communities that is killed goes on where it was, and ends with the same plans as an undisturbed one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.generated_city import make_store
from services.access import SYSTEM
from services.division import divide_communities
from store.engine import Store, open_store
from store.unit_of_work import SqlUnitOfWork
from tests.small_city import AT

ROOT = Path(__file__).resolve().parents[2]
COMMUNITIES, BATCH = 24, 16


def prepared(url: str) -> None:
    make_store(url, communities=COMMUNITIES)
    store = open_store(url)
    with SqlUnitOfWork(store) as uow:
        uow.city.put("grid_rule", {"effort": "quick"})
        uow.commit()
    store.close()


def dividing(url: str, home: Path) -> subprocess.Popen[str]:
    words = [sys.executable, str(ROOT / "cli.py"), "divide", "--processes", "2", "--json", "--db", url]
    env = {**os.environ, "WANGGE_HOME": str(home), "LANG": "C.UTF-8"}
    return subprocess.Popen(words, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def children_of(process: int) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            above = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if above == process:
            found.append(int(folder.name))
    return found


def kept(store: Store) -> dict[str, int]:
    """Plan of each community that is done."""
    with SqlUnitOfWork(store) as uow:
        runs = uow.runs.list_runs()
        parts = uow.runs.parts(int(runs["run_id"].iloc[0])) if len(runs) else None
    return {} if parts is None else dict(zip(parts["community_code"], parts["plan_id"].astype(int), strict=True))


def killed_half_way(process: subprocess.Popen[str], store: Store) -> dict[str, int]:
    """Kill it when the first batch is kept; what it had kept, and its helpers gone with it."""
    deadline = time.monotonic() + 120
    while len(kept(store)) < BATCH and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    helpers = children_of(process.pid)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "the division ended before it could be killed"
    while any(Path(f"/proc/{helper}").exists() for helper in helpers) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [helper for helper in helpers if Path(f"/proc/{helper}").exists()]
    return kept(store)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The digest of the same city divided in one go by one process."""
    url = f"sqlite:///{tmp_path_factory.mktemp('city') / 'city.sqlite'}"
    prepared(url)
    store = open_store(url)
    report = divide_communities(SqlUnitOfWork(store), SYSTEM, at=AT, processes=1)
    store.close()
    assert (len(report.plans), report.infeasible) == (COMMUNITIES, ())
    return report.digest


def test_a_killed_division_goes_on_without_doing_anything_twice(store: Store, store_url: str, undisturbed: str, tmp_path: Path) -> None:
    prepared(store_url)

    before = killed_half_way(dividing(store_url, tmp_path), store)
    assert BATCH <= len(before) < COMMUNITIES
    with SqlUnitOfWork(store) as uow:
        assert uow.plans.grids().empty, "nothing is in force before all is done"

    out, _ = dividing(store_url, tmp_path).communicate(timeout=300)
    report = json.loads(out.splitlines()[-1])
    assert (report["communities"], report["resumed"], report["digest"]) == (COMMUNITIES, len(before), undisturbed)
    after = kept(store)
    assert {code: after[code] for code in before} == before
    with SqlUnitOfWork(store) as uow:
        plans = uow.plans.list_plans()
        assert plans["status"].tolist() == ["active"] * COMMUNITIES
        assert uow.runs.list_runs()["status"].tolist() == ["finished"]
