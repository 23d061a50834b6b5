"""A worker's track becomes facts about streets; the way taken is forgotten unless the city keeps it. And counts of visits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from contracts.columns import HOUSEHOLDS, LENGTH_M
from contracts.errors import InputError
from contracts.messages import Message
from contracts.records import TrackFacts
from contracts.reference import reference_table
from gis.crs import metric_crs
from gis.track_files import TIME, read_track
from grids.tracks import covered_share, passed_cells, walked_lines
from services.access import Principal, areas_for, authorize, may
from services.patrol_ground import KEEP_SETTING, PatrolGround, city_zone, grid_in_force, patrol_ground, require_past_day
from services.ports import UnitOfWork


@dataclass(frozen=True)
class TrackReport:
    """What a track showed. ``other_days`` points were recorded on other days and left out."""

    grid_code: str
    day: date
    points: int
    other_days: int
    length_m: float
    covered_share: float
    passed: int
    pieces: int
    cells: int
    kept: bool

    def as_dict(self) -> Mapping[str, Any]:
        """For machines."""
        return {**self.__dict__, "day": self.day.isoformat(), "length_m": round(self.length_m), "covered_share": round(self.covered_share, 4)}

    def sentences(self) -> list[Message]:
        """For people."""
        facts = {"length": self.length_m / 1000.0, "share": self.covered_share, "passed": self.passed, "pieces": self.pieces, "grid": self.grid_code}
        said = [Message("{length:.1f} km walked; {share:.0%} of the streets of grid {grid} covered, {passed} of {pieces} stretches passed.", facts)]
        if self.other_days:
            said.append(Message("{count} points of other days were left out.", {"count": self.other_days}))
        said.append(Message("The way taken is kept, as this city has set.") if self.kept else Message("Only what was passed is kept, not the way taken."))
        return said


def import_track(uow: UnitOfWork, principal: Principal, path: Path, *, grid_code: str, day: date, at: datetime, crs: str = "wgs84") -> TrackReport:
    """Read a track (GPX, GeoJSON) and note which streets and unit cells of a grid it passed on a day.

    Points recorded on other days of the city are left out. Steps nobody walked are cut (``grids.tracks.walked_lines``). Who
    walked is not noted with the facts, who imported stands in the audit trail. The same track counts once.

    Parameters
    ----------
    uow, principal
        The transaction and who asks: a coordinator, or a worker for the grids of the worker's own right.
    path
        The file.
    grid_code
        Grid in force.
    day
        Day of the patrol, today or before.
    at
        Now.
    crs
        wgs84, gcj02 or bd09.

    Raises
    ------
    NotAllowedError, NotFoundError, InputError, ConflictError
    """
    authorize(principal, "record_patrol", grid_code)
    limits = reference_table("patrol_rules").set_index("name")["value"]
    track = read_track(path, crs=crs, max_mb=float(limits["most_mb"]), most_points=int(limits["most_points"]))
    with uow:
        require_past_day(uow, day, at)
        ground = patrol_ground(uow, grid_code)
        today, other_days = _of_day(uow, track, day, path.name)
        walked = walked_lines(today, rule=ground.rule)
        cells = passed_cells(walked, uow.cells.read(communities=[ground.community]))
        share = covered_share(walked, ground.pieces, within_m=ground.rule.within_m)
        if not (share > 0).any():
            raise InputError(
                "No street of grid {grid} lies within {within:g} m of the track. Check the grid and the system of the coordinates (--crs).",
                grid=grid_code,
                within=ground.rule.within_m,
            )
        kept = bool(uow.city.get(KEEP_SETTING, False))
        facts = _facts(ground, day, at, walked, share, kept=kept)
        uow.patrol.keep_track(facts, _passes(share, cells))
        uow.audit.append(
            at=at,
            login=principal.login,
            action="record_patrol",
            subject=grid_code,
            details={"day": day.isoformat(), "covered_share": round(facts.covered_share, 4), "kept": kept},
        )
        uow.commit()
    return TrackReport(
        grid_code=grid_code,
        day=day,
        points=len(today),
        other_days=other_days,
        length_m=facts.length_m,
        covered_share=facts.covered_share,
        passed=int((share >= ground.rule.passed_share).sum()),
        pieces=len(share),
        cells=int(cells.sum()),
        kept=kept,
    )


def note_visits(uow: UnitOfWork, principal: Principal, grid_code: str, *, day: date, households: int, at: datetime) -> None:
    """Note how many households were visited in a grid on a day: the number only, never which. A second number replaces the first.

    Raises
    ------
    NotAllowedError, NotFoundError, InputError
    """
    authorize(principal, "record_patrol", grid_code)
    with uow:
        require_past_day(uow, day, at)
        grid = grid_in_force(uow, grid_code)
        most = grid[HOUSEHOLDS].iloc[0]
        if households < 0 or (pd.notna(most) and households > most):
            raise InputError("Grid {grid} has {most} households; {count} cannot have been visited.", grid=grid_code, most=int(most or 0), count=households)
        uow.patrol.put_visits(grid_code, grid_code[:12], day, households, author=principal.login, at=at)
        uow.audit.append(at=at, login=principal.login, action="note_visits", subject=grid_code, details={"day": day.isoformat(), "households": households})
        uow.commit()


def visit_counts(uow: UnitOfWork, principal: Principal, *, area_code: str = "", since: date | None = None, until: date | None = None) -> pd.DataFrame:
    """Households visited per grid and day in the principal's areas: grid_code, day, households_visited.

    Raises
    ------
    NotAllowedError
    """
    authorize(principal, "view_patrol", area_code or None)
    with uow:
        communities = uow.areas.communities_within(area_code) if area_code else None
        visits = uow.patrol.visits(communities=communities, since=since, until=until)
    if areas_for(principal, "view_patrol") is not None:
        visits = visits[[may(principal, "view_patrol", code) for code in visits["grid_code"]]]
    return visits[["grid_code", "day", "households_visited"]].reset_index(drop=True)


def _of_day(uow: UnitOfWork, track: gpd.GeoDataFrame, day: date, name: str) -> tuple[gpd.GeoDataFrame, int]:
    """The points of the day, in the city's own time, and how many others there were; points without a time belong to the day."""
    local = track[TIME].dt.tz_convert(city_zone(uow)).dt.date
    mine = track[TIME].isna() | (local == day)
    if not mine.any():
        raise InputError("{file} was recorded on {found}, not on {day}.", file=name, found=min(local.dropna()).isoformat(), day=day.isoformat())
    return track[mine].reset_index(drop=True), int((~mine).sum())


def _facts(ground: PatrolGround, day: date, at: datetime, walked: gpd.GeoSeries, share: pd.Series, *, kept: bool) -> TrackFacts:
    length = ground.pieces[LENGTH_M]
    shape = shapely.multilinestrings(list(walked.to_crs("EPSG:4326")))
    return TrackFacts(
        grid_code=ground.code,
        community_code=ground.community,
        day=day,
        digest=blake2b(shapely.to_wkb(shape, byte_order=1), digest_size=16).hexdigest(),
        length_m=float(walked.to_crs(metric_crs(walked)).length.sum()),
        covered_share=min(float((share * length).sum() / length.sum()), 1.0),
        at=at,
        track=shape if kept else None,
    )


def _passes(share: pd.Series, cells: pd.Series) -> pd.DataFrame:
    streets, passed = share[share > 0], cells[cells]
    return pd.DataFrame(
        {
            "subject": ["street"] * len(streets) + ["cell"] * len(passed),
            "piece": [*streets.index.astype(str), *passed.index.astype(str)],
            "share": [*streets.to_numpy(dtype=float), *[1.0] * len(passed)],
        }
    )
