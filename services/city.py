"""A whole city at once: load frames into the store, then divide, assign and compute circles."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import geopandas as gpd

from contracts.columns import KIND, NAME, text_of
from contracts.errors import ConflictError
from contracts.messages import Message
from contracts.progress import Progress, silent
from services.access import SYSTEM, Principal, authorize
from services.assignment import assign_workers_to_grids
from services.circles import compute_circles
from services.division import divide_communities
from services.ports import UnitOfWork

TABLES = ("areas", "buildings", "entrances", "streets", "barriers", "facilities", "workers")
GROUNDS = ("water", "greens")
OpenUnit = Callable[[], UnitOfWork]


class CityFrames(Protocol):
    """The frames of a city, one per table of places, and its cases."""

    @property
    def areas(self) -> gpd.GeoDataFrame: ...

    @property
    def buildings(self) -> gpd.GeoDataFrame: ...

    @property
    def entrances(self) -> gpd.GeoDataFrame: ...

    @property
    def streets(self) -> gpd.GeoDataFrame: ...

    @property
    def barriers(self) -> gpd.GeoDataFrame: ...

    @property
    def water(self) -> gpd.GeoDataFrame: ...

    @property
    def greens(self) -> gpd.GeoDataFrame: ...

    @property
    def facilities(self) -> gpd.GeoDataFrame: ...

    @property
    def workers(self) -> gpd.GeoDataFrame: ...

    @property
    def cases(self) -> gpd.GeoDataFrame: ...


@dataclass(frozen=True)
class CityReport:
    """Counts of a city after its main job, and how long it took."""

    counts: Mapping[str, int]
    warnings: tuple[Message, ...]
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return {**self.counts, "seconds": round(self.seconds, 1)}

    def sentences(self) -> list[Message]:
        """For people."""
        done = Message(
            "{communities} communities, {grids} grids, {workers} workers on {pairs} places, {doors} doors and {facilities} facilities in {seconds:.0f} s.",
            {**self.counts, "seconds": self.seconds},
        )
        return [*self.warnings, done]


def load_city(uow: UnitOfWork, principal: Principal, frames: CityFrames, *, name: str, at: datetime) -> dict[str, int]:
    """Put an invented city into an empty store (or the same one again) and mark the store as a demo.

    Raises
    ------
    NotAllowedError
    ConflictError
        The store holds a real city: nothing of it is mixed with an invented one.
    """
    authorize(principal, "import_data")
    with uow:
        if uow.areas.count() and not uow.city.get("is_demo", False):
            raise ConflictError("This store holds a real city. Give the demo city a store of its own with --db.")
        counts = {}
        for table in TABLES:
            frame = getattr(frames, table)
            getattr(uow, table).upsert(frame)
            counts[table] = len(frame)
        for kind in GROUNDS:
            uow.grounds.upsert(getattr(frames, kind).assign(**{KIND: kind}))
        uow.cases.upsert(frames.cases)
        uow.city.put("is_demo", True)
        uow.city.put("demo", name)
        uow.audit.append(at=at, login=principal.login, action="import_data", subject="demo", details=counts)
        uow.commit()
    return {**counts, "cases": len(frames.cases)}


def plan_city(open_unit: OpenUnit, principal: Principal, *, seed: int = 0, at: datetime, progress: Progress = silent) -> CityReport:
    """Divide all communities, assign the workers there are, compute circles where there are facilities.

    Each of the three is one transaction; a cancel keeps those that were finished.
    """
    started = time.monotonic()
    division = divide_communities(open_unit(), principal, seed=seed, at=at, progress=progress)
    with open_unit() as uow:
        names = uow.areas.at_level("community")[NAME].map(text_of)
        said = [(names.get(code) or code, reason) for code, reason in (*division.infeasible, *division.warnings)]
        warnings = [Message("{name}: {reason}", {"name": name, "reason": reason}) for name, reason in said]
        workers, facilities = uow.workers.count(), uow.facilities.count()
    pairs = leads = doors = 0
    if workers and division.grids:
        assignment = assign_workers_to_grids(open_unit(), principal, at=at, progress=progress)
        pairs, leads = assignment.pairs, assignment.leads
    else:
        warnings.append(Message("No workers yet: the grids have nobody. Import workers and run ./wangge assign."))
    if facilities:
        doors = compute_circles(open_unit(), principal, at=at, progress=progress).doors
    else:
        warnings.append(Message("No facilities yet: there are no circles. Import facilities and run ./wangge circles."))
    counts = {
        "communities": len(division.plans),
        "grids": division.grids,
        "faults": int(division.plans["faults"].sum()),
        "workers": workers,
        "pairs": pairs,
        "leads": leads,
        "facilities": facilities,
        "doors": doors,
    }
    return CityReport(counts, tuple(warnings), time.monotonic() - started)


def prepare_demo(open_unit: OpenUnit, make: Callable[[], CityFrames], *, name: str, at: datetime, progress: Progress = silent) -> CityReport:
    """The demo city, from nothing to a map; where the same city is already there and computed, only its counts."""
    started = time.monotonic()
    with open_unit() as uow:
        ready = uow.city.get("demo_ready") == name
        kept = uow.city.get("demo_counts", {})
    if ready:
        return CityReport(kept, (), time.monotonic() - started)
    progress(0, 1, Message("Making the demo city"))
    loaded = load_city(open_unit(), SYSTEM, make(), name=name, at=at)
    report = plan_city(open_unit, SYSTEM, at=at, progress=progress)
    counts = {**loaded, **report.counts}
    with open_unit() as uow:
        uow.city.put("demo_ready", name)
        uow.city.put("demo_counts", counts)
        uow.commit()
    return CityReport(counts, report.warnings, time.monotonic() - started)
