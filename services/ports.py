"""What services need of a store. ``store`` implements it for SQLite and PostGIS, tests implement it in memory.

Frames of places are GeoDataFrames in EPSG:4326, indexed by key (areas and grids: by code), with the columns of
``contracts.columns``. A column the caller leaves out keeps its stored value on an update.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from types import TracebackType
from typing import Any, Protocol, Self

import geopandas as gpd
import pandas as pd

from contracts.records import CircleRun, DutyPost, GridSpot, KeptSketch, NewShift, PlanDraft, TrackFacts, UpsertCount

Bounds = tuple[float, float, float, float]  # west, south, east, north in degrees


class Places(Protocol):
    """One table of places, all reads sorted by key."""

    def read(self, *, keys: Collection[str] | None = None, communities: Collection[str] | None = None, bbox: Bounds | None = None) -> gpd.GeoDataFrame: ...

    def upsert(self, frame: gpd.GeoDataFrame) -> UpsertCount: ...

    def delete(self, keys: Collection[str]) -> int: ...

    def count(self) -> int: ...

    def state(self) -> str:
        """A word that changes with every change of the table and never comes back; empty where it is not known."""


class Areas(Places, Protocol):
    """Areas as a tree: city, district, street, community."""

    def at_level(self, level: str, *, within: str = "") -> gpd.GeoDataFrame: ...

    def communities_within(self, code: str) -> list[str]: ...


class Plans(Protocol):
    """Grid plans: draft -> active -> retired, one active per community; retired codes stay used."""

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
        """Grids indexed by code with kind, households, residents; ``grid_of_building`` maps building key to code."""

    def save_drafts(self, drafts: Sequence[PlanDraft]) -> list[int]:
        """Many drafts at once, of different communities; their ids in the same order."""

    def redraw(
        self, plan_id: int, grids: gpd.GeoDataFrame, grid_of_building: pd.Series, *, report: Mapping[str, Any], rule: Mapping[str, Any] | None = None
    ) -> None:
        """Replace the grids of a draft, and its rule where one is given."""

    def withdraw(self, plan_ids: Collection[int]) -> None:
        """Give up drafts with all that belongs to them."""

    def publish(self, plan_ids: Collection[int], *, valid_from: date, at: datetime, author: str = "", reason: str = "") -> None:
        """Make drafts active and retire what was active in their communities, in the open transaction.

        A draft that leaves ground or a building out, or was drawn from other data, is refused."""

    def schedule(self, plan_ids: Collection[int], *, due_from: date | None, author: str, reason: str) -> None:
        """Note the day on which drafts shall come into force; None = no day any more."""

    def refuse(self, plan_id: int, *, why: Mapping[str, Any]) -> None:
        """Keep with a draft (``refused`` in its report) why it did not come into force; it waits for no day any more."""

    def due(self, day: date) -> Sequence[tuple[int, date, str]]:
        """Drafts that shall be in force on a day: plan id, their day, who said so."""

    def list_plans(self, *, communities: Collection[str] | None = None, status: str | None = None, plan_ids: Collection[int] | None = None) -> pd.DataFrame: ...

    def active_plans(self, *, communities: Collection[str]) -> Mapping[str, int]: ...

    def bases_of_drafts(self, plan_ids: Collection[int]) -> Mapping[int, int | None]:
        """The plan each draft was drawn upon; plans that are no drafts are left out."""

    def plans_on(self, day: date, *, communities: Collection[str] | None = None) -> pd.Series:
        """Id of the plan in force on a day, by community code."""

    def grids(
        self,
        *,
        communities: Collection[str] | None = None,
        plan_ids: Collection[int] | None = None,
        bbox: Bounds | None = None,
        on: date | None = None,
    ) -> gpd.GeoDataFrame:
        """Grids of the active plans, unless plans or a day are named; index = code, with community_code and plan_id."""

    def grid_at(self, lon: float, lat: float) -> GridSpot | None:
        """The grid in force at a point in degrees; on a border the one with the lowest code; None outside all."""

    def grid_of_building(self, *, communities: Collection[str] | None = None, plan_ids: Collection[int] | None = None, on: date | None = None) -> pd.Series: ...

    def used_codes(self, community_code: str) -> set[str]:
        """Codes of every plan that was ever published."""

    def used_codes_by_community(self, communities: Collection[str]) -> Mapping[str, frozenset[str]]: ...

    def sketch(self, plan_id: int) -> KeptSketch | None:
        """What is kept of the editing of a plan, or None."""

    def sketches(self, plan_ids: Collection[int]) -> Mapping[int, KeptSketch]:
        """The same of many plans; those never edited are left out."""

    def keep_sketch(self, plan_id: int, state: str, *, expected_version: int, author: str, at: datetime) -> int:
        """Keep the state of a draft where its version is the one expected (0 = none yet); the new version."""


class Runs(Protocol):
    """Divisions of many communities: which are done, so that a broken run goes on."""

    def begin(self, run_key: str, *, facts: Mapping[str, Any], communities: int, author: str, at: datetime) -> int:
        """The unfinished run of this key, or a new one."""

    def find(self, run_key: str) -> int | None:
        """The unfinished run of this key, or None."""

    def parts(self, run_id: int) -> pd.DataFrame:
        """community_code, plan_id (missing = no plan could be made), outcome; sorted by community."""

    def done(self, run_id: int, communities: Collection[str]) -> set[str]:
        """Those of the communities that are done, with the right to write held."""

    def keep_parts(self, run_id: int, parts: Sequence[tuple[str, int | None, Mapping[str, Any]]]) -> None: ...

    def drop_parts(self, run_id: int, communities: Collection[str]) -> None:
        """Forget communities of a run and withdraw their drafts."""

    def drop(self, run_id: int) -> None:
        """Forget an unfinished run and withdraw its drafts, those somebody has edited excepted."""

    def others(self, run_id: int) -> list[int]:
        """Unfinished runs besides this one."""

    def stop(self, run_id: int) -> None: ...

    def finish(self, run_id: int, *, facts: Mapping[str, Any], at: datetime) -> None: ...

    def list_runs(self) -> pd.DataFrame: ...


class Assignments(Protocol):
    """Who works in which grid. Ended rows are kept."""

    def replace(self, frame: pd.DataFrame, *, communities: Collection[str], author: str, at: datetime) -> None:
        """Columns grid_code, worker_key, role (lead, member), walk_s. Equal live rows stay, others are ended."""

    def read(
        self, *, communities: Collection[str] | None = None, grid_codes: Collection[str] | None = None, worker_keys: Collection[str] | None = None
    ) -> pd.DataFrame: ...


class Duty(Protocol):
    """Who is on duty when, and who is away. Nothing is changed or erased: shifts and leaves are added and withdrawn."""

    def add_shifts(self, shifts: Sequence[NewShift], *, author: str, at: datetime) -> list[int]:
        """Ids in the same order; a second primary at a moment, or a second post of one worker in a grid, is a ConflictError."""

    def withdraw_shift(self, shift_id: int, *, expected_version: int, author: str, at: datetime) -> bool:
        """False where it is not live any more or has another version."""

    def shifts(
        self,
        *,
        shift_ids: Collection[int] | None = None,
        replacing: Collection[int] | None = None,
        grid_codes: Collection[str] | None = None,
        communities: Collection[str] | None = None,
        worker_keys: Collection[str] | None = None,
        starts: datetime | None = None,
        ends: datetime | None = None,
        with_withdrawn: bool = False,
    ) -> pd.DataFrame:
        """Shifts that meet the time; ``replacing`` asks for those that came from others."""

    def add_leave(self, worker_key: str, *, starts_at: datetime, ends_at: datetime, reason: str, author: str, at: datetime) -> int: ...

    def withdraw_leave(self, leave_id: int, *, author: str, at: datetime) -> bool: ...

    def leaves(
        self,
        *,
        leave_ids: Collection[int] | None = None,
        worker_keys: Collection[str] | None = None,
        starts: datetime | None = None,
        ends: datetime | None = None,
    ) -> pd.DataFrame: ...

    def posts_at(self, grid_code: str, at: datetime) -> Sequence[DutyPost]:
        """Everybody on the list of a grid at a moment, whether there or away."""

    def assigned_at(self, grid_code: str, at: datetime) -> Sequence[DutyPost]:
        """Everybody who works in a grid by assignment, leads first."""


class Patrol(Protocol):
    """What was passed when, and how many households were visited: numbers of streets and days, no way of a person."""

    def keep_track(self, facts: TrackFacts, passes: pd.DataFrame) -> None:
        """Passes with subject (street, cell), piece and share; the same track twice for a grid and day is a ConflictError."""

    def passes(
        self, *, grid_codes: Collection[str] | None = None, communities: Collection[str] | None = None, since: date | None = None, until: date | None = None
    ) -> pd.DataFrame:
        """grid_code, community_code, subject, piece, day, share; both days included."""

    def tracks(self, *, grid_codes: Collection[str] | None = None, since: date | None = None, until: date | None = None) -> pd.DataFrame: ...

    def put_visits(self, grid_code: str, community_code: str, day: date, households_visited: int, *, author: str, at: datetime) -> None: ...

    def visits(
        self, *, grid_codes: Collection[str] | None = None, communities: Collection[str] | None = None, since: date | None = None, until: date | None = None
    ) -> pd.DataFrame: ...


class Circles(Protocol):
    """Results of reach. The latest run is what pages show; older runs are kept for comparison."""

    def save(self, run: CircleRun) -> int: ...

    def latest(self) -> tuple[int, Mapping[str, Any]] | None:
        """Run id and its method (with made_at, data_version, profiles, categories), or None."""

    def door_walks(self, run_id: int, *, communities: Collection[str] | None = None, buildings: Collection[str] | None = None) -> pd.DataFrame: ...

    def coverage(self, run_id: int, *, level: str | None = None, area_codes: Collection[str] | None = None, of_any_plan: bool = False) -> pd.DataFrame:
        """Rows of grids whose plan is in force no more only where asked for: figures stay with the plan they were made under."""

    def circles(self, run_id: int, *, profile: str | None = None, category: str | None = None) -> gpd.GeoDataFrame: ...

    def keep(self, run_id: int, circles: gpd.GeoDataFrame) -> None:
        """Circles drawn after the run, of services that have none yet; the figures are as they were, so is the data version."""


class Cases(Protocol):
    """Cases as far as the map shows them; the case core deepens this."""

    def upsert(self, frame: gpd.GeoDataFrame) -> UpsertCount: ...

    def read(self, *, grid_codes: Collection[str] | None = None, bbox: Bounds | None = None, open_only: bool = False) -> gpd.GeoDataFrame: ...

    def count(self) -> int: ...

    def state(self) -> str:
        """A word that changes with every change of the cases and never comes back; empty where it is not known."""


class Users(Protocol):
    """Local accounts, grants and server-side sessions (tokens are stored hashed)."""

    def add(self, login: str, *, display_name: str, password_hash: str, at: datetime) -> None: ...

    def set_password(self, login: str, password_hash: str) -> None: ...

    def find(self, login: str) -> Mapping[str, Any] | None:
        """login, display_name, password_hash, active."""

    def grant(self, login: str, role: str, *, area_code: str = "", valid_from: datetime | None = None, valid_to: datetime | None = None) -> None: ...

    def grants(self, login: str) -> pd.DataFrame: ...

    def list_users(self) -> pd.DataFrame: ...

    def open_session(self, token_hash: str, login: str, *, at: datetime, expires_at: datetime) -> None: ...

    def find_session(self, token_hash: str) -> Mapping[str, Any] | None:
        """login, opened_at, seen_at, expires_at, revoked_at."""

    def touch_session(self, token_hash: str, at: datetime) -> None: ...

    def revoke_session(self, token_hash: str, at: datetime) -> None: ...

    def failed_logins(self, login: str, *, since: datetime) -> int: ...

    def note_failed_login(self, login: str, at: datetime) -> None: ...


class Audit(Protocol):
    """Append-only: who did what to what, when."""

    def append(self, *, at: datetime, login: str, action: str, subject: str, details: Mapping[str, Any]) -> None: ...

    def read(self, *, limit: int = 200) -> pd.DataFrame: ...


class CitySettings(Protocol):
    """Rules of this city as JSON values by name (bands, speeds, limits), and facts about the data (``is_demo``)."""

    def get(self, name: str, default: Any = None) -> Any: ...

    def put(self, name: str, value: Any) -> None: ...


class UnitOfWork(Protocol):
    """One transaction: entered, used, committed once; leaving without ``commit`` undoes everything."""

    @property
    def areas(self) -> Areas: ...

    @property
    def buildings(self) -> Places: ...

    @property
    def entrances(self) -> Places: ...

    @property
    def streets(self) -> Places: ...

    @property
    def barriers(self) -> Places: ...

    @property
    def grounds(self) -> Places: ...

    @property
    def facilities(self) -> Places: ...

    @property
    def workers(self) -> Places: ...

    @property
    def cells(self) -> Places: ...

    @property
    def plans(self) -> Plans: ...

    @property
    def runs(self) -> Runs: ...

    @property
    def assignments(self) -> Assignments: ...

    @property
    def duty(self) -> Duty: ...

    @property
    def patrol(self) -> Patrol: ...

    @property
    def circles(self) -> Circles: ...

    @property
    def cases(self) -> Cases: ...

    @property
    def users(self) -> Users: ...

    @property
    def audit(self) -> Audit: ...

    @property
    def city(self) -> CitySettings: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...

    def commit(self) -> None: ...

    def data_version(self) -> int:
        """Number that grows with every committed change of places, plans, assignments or circles."""
