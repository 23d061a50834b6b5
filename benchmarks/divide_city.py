"""How long does a whole city take? Generated communities in a temporary store, divided in one run and published."""

from __future__ import annotations

import shutil
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from threading import Event, Thread
from typing import Any

from benchmarks.generated_city import make_store
from services.access import SYSTEM
from services.division import DivisionReport, divide_communities
from services.division_pool import processors
from store.engine import open_store
from store.unit_of_work import SqlUnitOfWork

AT = datetime(2026, 11, 21, 8, tzinfo=UTC)
QUICK, USUAL, FULL = 24, 200, 7014
TWICE_UP_TO = 300  # communities; more are divided once, and twice by starting the command twice


def run(quick: bool = True, communities: int | None = None) -> dict[str, Any]:
    """Figures of one run over ``communities`` (24 where ``quick``, else 200).

    ``cpu_s`` is that of all processes, ``peak_memory_gb`` the largest sum of what they held at one moment (pages they
    share counted for each). Small runs are made twice, the second time on one process: ``is_same_again`` compares digests.
    """
    count = communities or (QUICK if quick else USUAL)
    with tempfile.TemporaryDirectory(prefix="divide_city") as folder:
        file = Path(folder) / "city.sqlite"
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as maker:  # apart, so that its memory is not counted
            maker.submit(make_store, f"sqlite:///{file}", communities=count).result()
        twin = Path(shutil.copy(file, file.with_name("twin.sqlite"))) if count <= TWICE_UP_TO else None
        peak, started, worked = _Peak(), time.monotonic(), _cpu_s()
        report = _divide(file, processors())
        figures = {
            "communities": len(report.plans),
            "grids": report.grids,
            "processes": processors(),
            "wall_s": round(time.monotonic() - started, 1),
            "cpu_s": round(_cpu_s() - worked, 1),
            "peak_memory_gb": round(peak.stop(), 2),
            "faults": int(report.plans["faults"].sum()),
            "infeasible": len(report.infeasible),
            "warnings": len(report.warnings),
            "store_mb": round(file.stat().st_size / 2**20, 1),
            "digest": report.digest,
        }
        if twin is not None:
            figures["is_same_again"] = _divide(twin, 1).digest == report.digest
    return figures


def _divide(file: Path, processes: int) -> DivisionReport:
    store = open_store(f"sqlite:///{file}")
    report = divide_communities(SqlUnitOfWork(store), SYSTEM, at=AT, processes=processes)
    store.close()
    return report


def _cpu_s() -> float:
    """Seconds of processor time of this process and those it has waited for."""
    import resource

    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


class _Peak:
    """Watches what this process and its children hold, from its making until ``stop``."""

    def __init__(self) -> None:
        self._most, self._over = 0.0, Event()
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        """The largest sum seen, in GB."""
        self._over.set()
        self._thread.join()
        return self._most

    def _watch(self) -> None:
        while not self._over.wait(0.25):
            self._most = max(self._most, sum(_resident_gb(process) for process in _family()))


def _family() -> list[Path]:
    """This process and all that descend from it."""
    parent = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent[folder] = Path("/proc") / (folder / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue  # gone meanwhile
    family = [Path("/proc/self").resolve()]
    for member in family:
        family += [child for child, above in parent.items() if above == member]
    return family


def _resident_gb(process: Path) -> float:
    try:
        return int((process / "statm").read_text().split()[1]) * 4096 / 2**30
    except (OSError, IndexError):
        return 0.0
