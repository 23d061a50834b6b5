"""Records that cross from services to the store and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely


@dataclass(frozen=True)
class UpsertCount:
    """How many rows were new and how many replaced an earlier row of the same key; equal rows count as unchanged."""

    added: int
    updated: int
    unchanged: int = 0


@dataclass(frozen=True)
class PlanDraft:
    """A grid plan of one community, not yet kept. ``grid_of_building`` maps building key to grid code."""

    community_code: str
    grids: gpd.GeoDataFrame  # index = code; kind, households, residents and measures
    grid_of_building: pd.Series
    rule: Mapping[str, Any]
    report: Mapping[str, Any]
    author: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class KeptSketch:
    """The state of a draft that is being edited. ``version`` grows by one with every save."""

    state: str
    version: int
    updated_at: datetime
    author: str


@dataclass(frozen=True)
class NewShift:
    """One person's duty in one grid from ``starts_at`` to just before ``ends_at``; ``replaces_id`` is the shift it came from."""

    grid_code: str
    community_code: str
    duty_role: str  # primary, backup
    worker_key: str
    starts_at: datetime
    ends_at: datetime
    note: str = ""
    replaces_id: int | None = None


@dataclass(frozen=True)
class DutyPost:
    """A person who is on the list of a grid at a moment, or works there by assignment (then without a shift)."""

    role: str  # primary, backup; lead, member
    worker_key: str
    name: str
    phone: str
    is_on_leave: bool
    term_from: date | None
    term_to: date | None
    shift_id: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True)
class GridSpot:
    """The grid in force at a point."""

    code: str
    community_code: str
    name: str


@dataclass(frozen=True)
class TrackFacts:
    """An imported track as far as it is noted: where, when, how long; the way itself (EPSG:4326) only where the city keeps it."""

    grid_code: str
    community_code: str
    day: date
    digest: str  # so that one file counts once
    length_m: float
    covered_share: float
    at: datetime
    track: shapely.Geometry | None = None


@dataclass(frozen=True)
class CircleRun:
    """One computation of walking reach, all tables of it. ``seconds`` is inf where out of reach."""

    profiles: tuple[str, ...]
    categories: tuple[str, ...]
    data_version: int
    made_at: datetime
    author: str
    method: Mapping[str, Any]  # speeds, limits and settings used, with sources
    door_walks: pd.DataFrame  # building_key, profile, category, seconds, facility_key
    coverage: pd.DataFrame  # area_code, level, profile, category, limit_s, people, covered_people, covered_share, radius_share
    circles: gpd.GeoDataFrame  # profile, category, minutes, geometry
