"""A store in memory with the promises of ``services.ports``: one transaction at a time, undone unless committed.

``FakeStore()`` keeps what was committed; ``store.unit()`` gives a unit of work; ``store.dump()`` is a value to compare.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime
from types import TracebackType
from typing import Any, Self

import geopandas as gpd
import pandas as pd
import shapely

from contracts.codes import is_within
from contracts.errors import InputError
from contracts.records import CircleRun, UpsertCount

Row = dict[str, Any]
TABLES = ("areas", "buildings", "entrances", "streets", "barriers", "grounds", "facilities", "workers", "cases")
COLUMNS: dict[str, tuple[str, ...]] = {
    "areas": ("level", "parent_code", "community_type", "name", "name_en", "generated"),
    "buildings": ("community_code", "name", "name_en", "households", "residents", "older_residents", "estimated", "building_use", "levels", "source"),
    "entrances": ("kind", "building_key", "name"),
    "streets": ("u", "v", "highway", "name", "name_en", "length_m"),
    "barriers": ("kind", "name", "name_en"),
    "grounds": ("kind", "name"),
    "facilities": ("category", "name", "name_en", "capacity", "address", "phone", "opening_hours", "source"),
    "workers": (
        *("name", "full_time", "capacity", "skills", "languages", "community"),
        *("worker_kind", "phone", "grid_code", "training_hours", "term_from", "term_to"),
    ),
    "cases": ("case_no", "category", "title", "state", "reported_at", "due_at", "closed_at", "grid_code", "plan_id"),
}
COMMUNITY = {"areas": "code", "buildings": "community_code", "workers": "community"}


class FakeStore:
    """What was committed: tables of rows by key, and lists of everything else."""

    def __init__(self) -> None:
        self.state: dict[str, Any] = {table: {} for table in TABLES} | {
            "plans": {},
            "assignments": [],
            "circles": [],
            "users": {},
            "grants": [],
            "sessions": {},
            "failures": [],
            "audit": [],
            "city": {},
            "version": 0,
        }

    def unit(self) -> FakeUnitOfWork:
        return FakeUnitOfWork(self)

    def dump(self) -> str:
        """Everything stored as one text, equal exactly when the stores are."""
        return repr(_plain(self.state))


def _plain(value: Any) -> Any:
    if isinstance(value, shapely.Geometry):
        return value.wkb_hex
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in sorted(value.items(), key=lambda item: str(item[0]))}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value.to_json() if isinstance(value, pd.DataFrame) else value


def _copied(state: dict[str, Any]) -> dict[str, Any]:
    """A copy that does not feel later writes; rows of places are replaced, never changed, so their tables are copied flat."""
    return {name: dict(part) if name in TABLES else copy.deepcopy(part) for name, part in state.items()}


class FakePlaces:
    """One table of places as rows by key."""

    def __init__(self, unit: FakeUnitOfWork, table: str) -> None:
        self.unit, self.table = unit, table
        self.key = "code" if table == "areas" else "key"

    @property
    def rows(self) -> dict[str, Row]:
        rows: dict[str, Row] = self.unit.state[self.table]
        return rows

    def read(
        self, *, keys: Collection[str] | None = None, communities: Collection[str] | None = None, bbox: tuple[float, float, float, float] | None = None
    ) -> gpd.GeoDataFrame:
        wanted = None if keys is None else set(keys)
        window = None if bbox is None else shapely.box(*bbox)
        chosen = [
            key
            for key in sorted(self.rows)
            if (wanted is None or key in wanted) and self._in_communities(key, communities) and (window is None or _meets(self.rows[key]["geometry"], window))
        ]
        return self.frame(chosen)

    def frame(self, keys: list[str]) -> gpd.GeoDataFrame:
        names = dict.fromkeys((*COLUMNS[self.table], *(name for key in keys for name in self.rows[key] if name != "geometry")))
        table = pd.DataFrame({name: [self.rows[key].get(name) for key in keys] for name in names}, index=pd.Index(keys, name=self.key, dtype="str"))
        return gpd.GeoDataFrame(table, geometry=[self.rows[key]["geometry"] for key in keys], crs="EPSG:4326")

    def upsert(self, frame: gpd.GeoDataFrame) -> UpsertCount:
        if frame.empty:
            return UpsertCount(0, 0)
        if frame.crs is None or frame.crs.to_epsg() != 4326:
            raise InputError("The store takes EPSG:4326 only.")
        if frame.index.has_duplicates or frame.index.isna().any():
            raise InputError("A key is missing or occurs twice.")
        names = [str(name) for name in frame.columns if name != frame.geometry.name]
        added = updated = 0
        for key, values, shape in zip(frame.index, frame[names].astype(object).itertuples(index=False, name=None), frame.geometry, strict=True):
            given = dict(zip(names, (None if _is_missing(value) else value for value in values), strict=True)) | {"geometry": shape}
            before = self.rows.get(str(key))
            after = (before or {}) | given
            added += before is None
            updated += before is not None and _plain(before) != _plain(after)
            self.rows[str(key)] = after
        self.unit.changed |= bool(added or updated)
        return UpsertCount(added, updated, len(frame) - added - updated)

    def delete(self, keys: Collection[str]) -> int:
        gone = [key for key in set(keys) if self.rows.pop(key, None) is not None]
        self.unit.changed |= bool(gone)
        return len(gone)

    def state(self) -> str:
        return ""

    def count(self) -> int:
        return len(self.rows)

    def _in_communities(self, key: str, communities: Collection[str] | None) -> bool:
        if communities is None:
            return True
        column = COMMUNITY.get(self.table)
        if column is not None:
            return (key if column == "code" else self.rows[key].get(column)) in communities
        ground = [row["geometry"] for code, row in self.unit.state["areas"].items() if code in communities]
        return any(_meets(self.rows[key]["geometry"], shape) for shape in ground)


def _is_missing(value: Any) -> bool:
    return value is None or (not isinstance(value, list | tuple | dict) and bool(pd.isna(value)))


def _meets(shape: Any, window: Any) -> bool:
    return shape is not None and bool(shapely.intersects(shape, window))


class FakeAreas(FakePlaces):
    def at_level(self, level: str, *, within: str = "") -> gpd.GeoDataFrame:
        return self.frame([code for code in sorted(self.rows) if self.rows[code].get("level") == level and is_within(code, within)])

    def communities_within(self, code: str) -> list[str]:
        return list(self.at_level("community", within=code).index)


class FakeCases(FakePlaces):
    def read(self, *, grid_codes: Collection[str] | None = None, bbox: Any = None, open_only: bool = False) -> gpd.GeoDataFrame:  # type: ignore[override]
        frame = super().read(bbox=bbox)
        kept = frame["grid_code"].isin(grid_codes) if grid_codes is not None else pd.Series(True, index=frame.index)
        return frame[kept & (frame["closed_at"].isna() | (not open_only))]


class FakePlans:
    """Plans as records by number: draft, active, retired."""

    def __init__(self, unit: FakeUnitOfWork) -> None:
        self.unit = unit

    @property
    def plans(self) -> dict[int, Row]:
        plans: dict[int, Row] = self.unit.state["plans"]
        return plans

    def save_draft(
        self,
        community_code: str,
        grids: gpd.GeoDataFrame,
        grid_of_building: pd.Series,
        *,
        rule: Mapping[str, Any],
        report: Mapping[str, Any],
        author: str,
        reason: str,
        at: datetime,
    ) -> int:
        number = len(self.plans) + 1
        self.plans[number] = {
            "plan_id": number, "community_code": community_code, "status": "draft", "grids": grids.copy(), "buildings": grid_of_building.copy(),
            "rule": dict(rule), "report": dict(report), "author": author, "reason": reason, "created_at": at, "valid_from": None, "valid_to": None,
        }  # fmt: skip
        self.unit.changed = True
        return number

    def publish(self, plan_ids: Collection[int], *, valid_from: date, at: datetime) -> None:
        for number in plan_ids:
            plan = self.plans[number]
            for other in self.plans.values():
                if other["community_code"] == plan["community_code"] and other["status"] == "active":
                    other.update(status="retired", valid_to=valid_from)
            plan.update(status="active", valid_from=valid_from, published_at=at)
        self.unit.changed = True

    def list_plans(self, *, communities: Collection[str] | None = None, status: str | None = None) -> pd.DataFrame:
        names = ("plan_id", "community_code", "status", "author", "reason", "created_at", "valid_from", "valid_to", "rule", "report")
        return pd.DataFrame([[plan[name] for name in names] for plan in self._chosen(communities, None, status)], columns=list(names))

    def grids(self, *, communities: Collection[str] | None = None, plan_ids: Collection[int] | None = None, bbox: Any = None) -> gpd.GeoDataFrame:
        chosen = self._chosen(communities, plan_ids, "active" if plan_ids is None else None)
        parts = [plan["grids"].assign(community_code=plan["community_code"], plan_id=plan["plan_id"]) for plan in chosen]
        if not parts:
            return gpd.GeoDataFrame({"kind": [], "households": [], "community_code": [], "plan_id": []}, geometry=[], crs="EPSG:4326")
        frame = gpd.GeoDataFrame(pd.concat(parts), crs="EPSG:4326").sort_index()
        return frame if bbox is None else frame[frame.intersects(shapely.box(*bbox))]

    def grid_of_building(self, *, communities: Collection[str] | None = None, plan_ids: Collection[int] | None = None) -> pd.Series:
        parts = [plan["buildings"] for plan in self._chosen(communities, plan_ids, "active" if plan_ids is None else None)]
        return pd.concat(parts).sort_index() if parts else pd.Series([], dtype="str", name="grid_code")

    def used_codes(self, community_code: str) -> set[str]:
        return {str(code) for plan in self.plans.values() if plan["community_code"] == community_code for code in plan["grids"].index}

    def _chosen(self, communities: Collection[str] | None, plan_ids: Collection[int] | None, status: str | None) -> list[Row]:
        return [
            plan
            for number, plan in sorted(self.plans.items())
            if (communities is None or plan["community_code"] in communities)
            and (plan_ids is None or number in plan_ids)
            and (status is None or plan["status"] == status)
        ]


class FakeAssignments:
    """Live and ended rows in one list."""

    NAMES = ("grid_code", "worker_key", "role", "walk_s")

    def __init__(self, unit: FakeUnitOfWork) -> None:
        self.unit = unit

    def replace(self, frame: pd.DataFrame, *, communities: Collection[str], author: str, at: datetime) -> None:
        live = {tuple(row) for row in frame[list(self.NAMES)].itertuples(index=False, name=None)}
        rows: list[Row] = self.unit.state["assignments"]
        for row in rows:
            in_scope = any(row["grid_code"].startswith(code) for code in communities)
            if in_scope and row["ended_at"] is None and tuple(row[name] for name in self.NAMES) not in live:
                row["ended_at"] = at
        kept = {tuple(row[name] for name in self.NAMES) for row in rows if row["ended_at"] is None}
        rows.extend(dict(zip(self.NAMES, values, strict=True)) | {"author": author, "started_at": at, "ended_at": None} for values in sorted(live - kept))
        self.unit.changed = True

    def read(
        self, *, communities: Collection[str] | None = None, grid_codes: Collection[str] | None = None, worker_keys: Collection[str] | None = None
    ) -> pd.DataFrame:
        rows = [row for row in self.unit.state["assignments"] if row["ended_at"] is None]
        frame = pd.DataFrame([[row[name] for name in self.NAMES] for row in rows], columns=list(self.NAMES))
        kept = pd.Series(True, index=frame.index)
        if communities is not None:
            kept &= frame["grid_code"].map(lambda code: any(str(code).startswith(each) for each in communities)).astype(bool)
        kept &= frame["grid_code"].isin(grid_codes) if grid_codes is not None else True
        kept &= frame["worker_key"].isin(worker_keys) if worker_keys is not None else True
        return frame[kept].reset_index(drop=True)


class FakeCircles:
    """Runs in the order they were saved."""

    def __init__(self, unit: FakeUnitOfWork) -> None:
        self.unit = unit

    def save(self, run: CircleRun) -> int:
        self.unit.state["circles"].append(run)
        self.unit.changed = True
        return len(self.unit.state["circles"])

    def latest(self) -> tuple[int, Mapping[str, Any]] | None:
        runs = self.unit.state["circles"]
        if not runs:
            return None
        run = runs[-1]
        facts = {"made_at": run.made_at, "data_version": run.data_version, "profiles": run.profiles, "categories": run.categories}
        return len(runs), dict(run.method) | facts

    def door_walks(self, run_id: int, *, communities: Collection[str] | None = None, buildings: Collection[str] | None = None) -> pd.DataFrame:
        frame: pd.DataFrame = self.unit.state["circles"][run_id - 1].door_walks
        if communities is not None:
            inside = set(self.unit.buildings.read(communities=communities).index)
            buildings = inside if buildings is None else inside & set(buildings)
        return frame if buildings is None else frame[frame["building_key"].isin(buildings)]

    def coverage(self, run_id: int, *, level: str | None = None, area_codes: Collection[str] | None = None) -> pd.DataFrame:
        frame: pd.DataFrame = self.unit.state["circles"][run_id - 1].coverage
        frame = frame if level is None else frame[frame["level"] == level]
        return frame if area_codes is None else frame[frame["area_code"].isin(area_codes)]

    def circles(self, run_id: int, *, profile: str | None = None, category: str | None = None) -> gpd.GeoDataFrame:
        frame: gpd.GeoDataFrame = self.unit.state["circles"][run_id - 1].circles
        frame = frame if profile is None else frame[frame["profile"] == profile]
        return frame if category is None else frame[frame["category"] == category]

    def keep(self, run_id: int, circles: gpd.GeoDataFrame) -> None:
        runs = self.unit.state["circles"]
        run = runs[run_id - 1]
        kept = set(zip(run.circles["profile"], run.circles["category"], strict=True))
        new = circles[[pair not in kept for pair in zip(circles["profile"], circles["category"], strict=True)]]
        runs[run_id - 1] = replace(run, circles=pd.concat([run.circles, new], ignore_index=True))


class FakeUsers:
    """Accounts, grants, sessions, failed logins."""

    def __init__(self, unit: FakeUnitOfWork) -> None:
        self.unit = unit

    def add(self, login: str, *, display_name: str, password_hash: str, at: datetime) -> None:
        self.unit.state["users"][login] = {"login": login, "display_name": display_name, "password_hash": password_hash, "active": True, "created_at": at}

    def set_password(self, login: str, password_hash: str) -> None:
        self.unit.state["users"][login]["password_hash"] = password_hash

    def find(self, login: str) -> Mapping[str, Any] | None:
        found: Row | None = self.unit.state["users"].get(login)
        return found

    def grant(self, login: str, role: str, *, area_code: str = "", valid_from: datetime | None = None, valid_to: datetime | None = None) -> None:
        self.unit.state["grants"].append({"login": login, "role": role, "area_code": area_code, "valid_from": valid_from, "valid_to": valid_to})

    def grants(self, login: str) -> pd.DataFrame:
        rows = [row for row in self.unit.state["grants"] if row["login"] == login]
        return pd.DataFrame(rows, columns=["login", "role", "area_code", "valid_from", "valid_to"])

    def list_users(self) -> pd.DataFrame:
        return pd.DataFrame(
            [self.unit.state["users"][login] for login in sorted(self.unit.state["users"])], columns=["login", "display_name", "active", "created_at"]
        )

    def open_session(self, token_hash: str, login: str, *, at: datetime, expires_at: datetime) -> None:
        self.unit.state["sessions"][token_hash] = {"login": login, "opened_at": at, "seen_at": at, "expires_at": expires_at, "revoked_at": None}

    def find_session(self, token_hash: str) -> Mapping[str, Any] | None:
        found: Row | None = self.unit.state["sessions"].get(token_hash)
        return found

    def touch_session(self, token_hash: str, at: datetime) -> None:
        self.unit.state["sessions"][token_hash]["seen_at"] = at

    def revoke_session(self, token_hash: str, at: datetime) -> None:
        self.unit.state["sessions"][token_hash]["revoked_at"] = at

    def failed_logins(self, login: str, *, since: datetime) -> int:
        return sum(name == login and at >= since for name, at in self.unit.state["failures"])

    def note_failed_login(self, login: str, at: datetime) -> None:
        self.unit.state["failures"].append((login, at))


class FakeAudit:
    """Rows in order, newest read first."""

    def __init__(self, unit: FakeUnitOfWork) -> None:
        self.unit = unit

    def append(self, *, at: datetime, login: str, action: str, subject: str, details: Mapping[str, Any]) -> None:
        self.unit.state["audit"].append({"at": at, "login": login, "action": action, "subject": subject, "details": dict(details)})

    def read(self, *, limit: int = 200) -> pd.DataFrame:
        return pd.DataFrame(self.unit.state["audit"][::-1][:limit], columns=["at", "login", "action", "subject", "details"])


class FakeCity:
    """Settings by name."""

    def __init__(self, unit: FakeUnitOfWork) -> None:
        self.unit = unit

    def get(self, name: str, default: Any = None) -> Any:
        return copy.deepcopy(self.unit.state["city"].get(name, default))

    def put(self, name: str, value: Any) -> None:
        self.unit.state["city"][name] = copy.deepcopy(value)


class FakeUnitOfWork:
    """One transaction on a ``FakeStore``: works on a copy, which ``commit`` makes the store's state."""

    def __init__(self, store: FakeStore | None = None) -> None:
        self.store = store or FakeStore()
        self.state = self.store.state
        self.is_open = self.changed = False
        self.areas = FakeAreas(self, "areas")
        self.buildings, self.entrances, self.streets = (FakePlaces(self, table) for table in ("buildings", "entrances", "streets"))
        self.barriers, self.grounds = FakePlaces(self, "barriers"), FakePlaces(self, "grounds")
        self.facilities, self.workers = FakePlaces(self, "facilities"), FakePlaces(self, "workers")
        self.cases = FakeCases(self, "cases")
        self.plans, self.assignments, self.circles = FakePlans(self), FakeAssignments(self), FakeCircles(self)
        self.users, self.audit, self.city = FakeUsers(self), FakeAudit(self), FakeCity(self)

    def __enter__(self) -> Self:
        self.state, self.is_open, self.changed = _copied(self.store.state), True, False
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.state, self.is_open = self.store.state, False

    def commit(self) -> None:
        if not self.is_open:
            raise RuntimeError("commit outside of a transaction")
        self.state["version"] += self.changed
        self.store.state, self.changed = _copied(self.state), False

    def data_version(self) -> int:
        return int(self.state["version"])
