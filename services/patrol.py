"""Patrol: which streets of a grid are due, a round over them, and how well the grids of an area are covered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from contracts.columns import COMMUNITY_CODE, COVERED_SHARE, GRID_CODE, LENGTH_M, NAME
from contracts.errors import NotFoundError
from contracts.messages import Message
from contracts.progress import Progress, silent
from gis.crs import WGS84
from gis.profiles import walker_profile
from grids.rounds import Round, suggest_rounds
from grids.tracks import DAYS_SINCE, due_pieces, last_passes
from services.access import Principal, authorize, may
from services.networks import city_network
from services.patrol_ground import WALKER, PatrolGround, city_today, ground_of, patrol_ground, patrol_rule
from services.ports import UnitOfWork

IS_DUE = "is_due"
STREET_M, DUE_M, VISITED = "street_m", "due_m", "households_visited"


@dataclass(frozen=True, eq=False)
class GridRound:
    """A suggested round of one grid, for people and files."""

    grid_code: str
    name: str
    round: Round
    islands: tuple[Round, ...]  # walks over streets the map leaves without a link to the others
    pieces: int

    @property
    def unreachable(self) -> pd.Series:
        """Stretches no walk covers, with the reason."""
        return (self.round, *self.islands)[-1].unreachable

    def as_dict(self) -> Mapping[str, Any]:
        """For machines."""
        found = self.round
        return {
            "grid": self.grid_code,
            "pieces": self.pieces,
            "closed": found.closed,
            "length_m": round(found.length_m),
            "seconds": round(found.seconds),
            "required_m": round(found.required_m),
            "repeated_m": round(found.repeated_m),
            "bound_s": round(found.bound_s),
            "status": found.status,
            "islands": [round(island.length_m) for island in self.islands],
            "unreachable": {str(piece): str(reason) for piece, reason in self.unreachable.items()},
        }

    def sentences(self) -> list[Message]:
        """For people."""
        found = self.round
        facts = {
            "grid": self.grid_code,
            "length": found.length_m / 1000.0,
            "minutes": found.seconds / 60.0,
            "required": found.required_m / 1000.0,
            "repeated": found.repeated_m / 1000.0,
        }
        said = [
            Message(
                "The round of grid {grid} is {length:.1f} km, {minutes:.0f} minutes: {required:.1f} km of streets, {repeated:.1f} km walked again or between.",
                facts,
            )
        ]
        if self.islands:
            said.append(
                Message("Islands of streets with a walk of their own, since the map shows no way on foot to them: {count}.", {"count": len(self.islands)})
            )
        for piece, reason in self.unreachable.items():
            said.append(Message("{name}: {reason}", {"name": piece, "reason": reason}))
        return said


def grid_round(
    uow: UnitOfWork,
    principal: Principal,
    grid_code: str,
    *,
    closed: bool = True,
    start: tuple[float, float] | None = None,
    due_at: datetime | None = None,
) -> GridRound:
    """A round over all streets of a grid, or over those that are due.

    Parameters
    ----------
    uow, principal
        The transaction and who asks.
    grid_code
        Grid in force.
    closed
        Whether the round ends where it began.
    start
        Longitude and latitude of the beginning, for example the office; default: wherever the round is shortest.
    due_at
        Take only the streets due on the day of this moment.

    Raises
    ------
    NotAllowedError, NotFoundError, InputError
    """
    authorize(principal, "view_patrol", grid_code)
    with uow:
        ground = patrol_ground(uow, grid_code)
        pieces = ground.pieces if due_at is None else _due(uow, ground, due_at)
    if not len(pieces):
        raise NotFoundError("Grid {code} has no street to patrol now.", code=grid_code)
    begin = None if start is None else gpd.GeoSeries([shapely.Point(start)], crs=WGS84)
    first, *islands = suggest_rounds(ground.network, pieces, start=begin, closed=closed, rule=ground.rule)
    return GridRound(grid_code, _name(ground), first, tuple(islands), len(pieces))


def patrol_state(uow: UnitOfWork, principal: Principal, grid_code: str, *, at: datetime) -> gpd.GeoDataFrame:
    """Every stretch of a grid with its interval, ``last_day`` (None = never), ``days_since`` (inf = never) and ``is_due`` today.

    Raises
    ------
    NotAllowedError, NotFoundError
    """
    authorize(principal, "view_patrol", grid_code)
    with uow:
        ground = patrol_ground(uow, grid_code)
        today = city_today(uow, at)
        passes = _passes(uow, ground.code)
    last = last_passes(ground.pieces, passes, today=today, rule=ground.rule)
    due = due_pieces(ground.pieces, passes, today=today, rule=ground.rule).index
    return ground.pieces.join(last).assign(**{IS_DUE: ground.pieces.index.isin(due)})


def cell_state(uow: UnitOfWork, principal: Principal, community_code: str, *, at: datetime) -> gpd.GeoDataFrame:
    """The unit cells of a community with ``last_day``, ``days_since`` and ``is_due`` today; whichever grid's track passed them counts.

    Raises
    ------
    NotAllowedError
    """
    authorize(principal, "view_patrol", community_code)
    with uow:
        cells = uow.cells.read(communities=[community_code])
        passes = uow.patrol.passes(communities=[community_code])
        rule, today = patrol_rule(uow), city_today(uow, at)
    last = last_passes(cells, passes[passes["subject"] == "cell"], today=today, rule=rule)
    return cells.join(last).assign(**{IS_DUE: last[DAYS_SINCE] >= rule.cell_days})


def patrol_overview(
    uow: UnitOfWork, principal: Principal, *, area_code: str = "", since: date, until: date, at: datetime, progress: Progress = silent
) -> gpd.GeoDataFrame:
    """One row per grid in force of an area: how much of its streets was passed in a time, and what is due today.

    Returns
    -------
        Index = grid code: ``name``, ``street_m``, ``covered_share`` (length within reach of a track between the two days, both
        included, over all; NaN without streets), ``due_m``, ``households_visited`` in that time, geometry.

    Raises
    ------
    NotAllowedError, NotFoundError, CancelledError
    """
    authorize(principal, "view_patrol", area_code or None)
    with uow:
        communities = uow.areas.communities_within(area_code) if area_code else None
        grids = uow.plans.grids(communities=communities)
        grids = grids[[may(principal, "view_patrol", str(code)) for code in grids.index]]
        if not len(grids):
            raise NotFoundError("There are no grids in force here. Divide the communities first.")
        network, rule, today = city_network(uow, walker_profile(WALKER)), patrol_rule(uow), city_today(uow, at)
        rows = []
        for number, code in enumerate(grids.index):
            progress(number, len(grids), Message("Looking at grid {grid}", {"grid": code}))
            rows.append(_row(uow, ground_of(uow, grids.loc[[code]], network, rule), (since, until), today))
        visits = uow.patrol.visits(grid_codes=list(grids.index), since=since, until=until)
    table = pd.DataFrame(rows, index=grids.index)
    seen = visits.groupby(GRID_CODE)[VISITED].sum().reindex(grids.index).fillna(0).astype(int)
    return grids[[NAME, COMMUNITY_CODE, "geometry"]].join(table).assign(**{VISITED: seen})


def _row(uow: UnitOfWork, ground: PatrolGround, days: tuple[date, date], today: date) -> dict[str, float]:
    length = ground.pieces[LENGTH_M]
    passes = _passes(uow, ground.code)
    in_time = passes[(passes["day"] >= days[0]) & (passes["day"] <= days[1])]
    best = in_time.groupby("piece")["share"].max().reindex(length.index).fillna(0.0)
    total = float(length.sum())
    due = due_pieces(ground.pieces, passes, today=today, rule=ground.rule)
    return {
        STREET_M: total,
        COVERED_SHARE: float((best * length).sum()) / total if total else float("nan"),
        DUE_M: float(due[LENGTH_M].sum()),
    }


def _due(uow: UnitOfWork, ground: PatrolGround, at: datetime) -> gpd.GeoDataFrame:
    due = due_pieces(ground.pieces, _passes(uow, ground.code), today=city_today(uow, at), rule=ground.rule)
    return ground.pieces[ground.pieces.index.isin(due.index)]


def _passes(uow: UnitOfWork, grid_code: str) -> pd.DataFrame:
    passes = uow.patrol.passes(grid_codes=[grid_code])
    return passes[passes["subject"] == "street"]


def _name(ground: PatrolGround) -> str:
    name = ground.grid[NAME].iloc[0] if NAME in ground.grid else None
    return name if isinstance(name, str) and name else ground.code


__all__ = ["DAYS_SINCE", "IS_DUE", "GridRound", "cell_state", "grid_round", "patrol_overview", "patrol_state"]
