"""Staff and rooms of every community against the rules of a scheme: what is needed, there, missing and not known."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from contracts.columns import (
    ANSWER,
    AREA_CODE,
    CODE,
    COMMUNITY_CODE,
    COMMUNITY_WORKERS,
    FULL_TIME,
    GAP,
    GRID_CODE,
    HAS,
    HOUSEHOLDS,
    LEVEL,
    MEASURE,
    NAME,
    NAME_EN,
    NEED,
    PARENT_CODE,
    PEOPLE,
    RESIDENTS,
    STAFF_AS_OF,
    STAFF_FACTS,
    STAFFED_GRIDS,
    text_of,
)
from contracts.errors import SettingError
from contracts.messages import Message, Named
from contracts.reference import reference_table
from gis.checks import require_choice
from gis.fields import fields_of
from grids.staffing import EDGES, GRIDS, MET, SHORT, UNKNOWN, judge_staffing, needs_by_scheme, staffing_rules, staffing_schemes
from services.access import Principal, areas_for, authorize, is_within
from services.ports import UnitOfWork
from services.rosters import worker_table

EDGE_SETTING = "staffing_edges"  # of the city: one of ``grids.staffing.EDGES``
GAPS = "gaps"
COMMUNITIES = "communities"
MET_SHARE = "met_share"
STREET_CODE = "street_code"
ALL = "all"  # level of the row that sums up everything the principal may see


@dataclass(frozen=True)
class Scorecard:
    """Staff and rooms of the communities a principal may see, by one scheme.

    Attributes
    ----------
    communities
        Index = code: name, name_en, street_code, households (NaN where no building says any), residents, grids, staff_as_of,
        ``gaps`` (measures that fall short, NaN where none is known) and ``unknown`` (measures not known).
    judged
        A row per community and measure: community_code, measure, need, has (NaN = unknown), gap, answer (met, short, unknown).
    totals
        A row per street and for all (``area_code`` empty), and measure: level, area_code, measure, communities, need, has,
        gap (of those known), ``met_share`` (of those known; NaN without any) and ``unknown`` (communities not known).
    gaps
        Rows of ``judged`` that fall short with their ``people`` (residents), most people first.
    plausibility
        A row per published figure: figure, here, published, ratio (NaN where not known), sentence (a message), source, certainty.
    rules
        The rows of ``staffing.csv`` behind it.
    """

    scheme: str
    edges: str
    communities: pd.DataFrame
    judged: pd.DataFrame
    totals: pd.DataFrame
    gaps: pd.DataFrame
    plausibility: pd.DataFrame
    rules: pd.DataFrame

    @property
    def measures(self) -> list[str]:
        """Measures the scheme rules, in the order of their table."""
        ruled = set(self.rules[MEASURE])
        return [name for name in reference_table("staffing_measures")[MEASURE] if name in ruled]

    @property
    def says_nothing(self) -> bool:
        """No community has said anything about its staff or rooms yet; only grids are known, at most."""
        own = self.judged[self.judged[MEASURE] != STAFFED_GRIDS]
        return bool(own[HAS].isna().all())


def staffing_scorecard(uow: UnitOfWork, principal: Principal, *, scheme: str, area_code: str = "") -> Scorecard:
    """Judge staff and rooms in an area, or everywhere the principal may see.

    Households and residents are those of the buildings; what is there comes with the import of areas, grids with a worker from
    the assignments in force. What was never said is unknown, not zero.

    Raises
    ------
    InputError
        An unknown scheme.
    SettingError
        The city's word on the edges of classes is none of those known.
    NotAllowedError
    """
    require_choice("scheme", scheme, staffing_schemes())
    workers = worker_table(uow, principal, area_code=area_code)
    with uow:
        edges = _edges(uow)
        areas = _seen(uow, principal, area_code)
        communities = _communities(uow, areas)
        staffed = _staffed(uow, communities)
    present = areas.reindex(columns=list(STAFF_FACTS)).apply(pd.to_numeric).assign(**{STAFFED_GRIDS: staffed})
    judged = judge_staffing(needs_by_scheme(communities, scheme=scheme, edges=edges), present)
    counted = communities.join(_counts(judged))
    return Scorecard(
        scheme=scheme,
        edges=edges,
        communities=counted,
        judged=judged,
        totals=_totals(judged, communities),
        gaps=_gap_list(judged, communities),
        plausibility=_plausibility(workers, communities, present),
        rules=staffing_rules(scheme),
    )


def staffing_map(uow: UnitOfWork, principal: Principal, *, scheme: str, area_code: str = "") -> gpd.GeoDataFrame:
    """The communities of the scorecard with their shapes: index = code, EPSG:4326, columns as in ``Scorecard.communities``.

    Raises
    ------
    InputError, SettingError, NotAllowedError
    """
    found = staffing_scorecard(uow, principal, scheme=scheme, area_code=area_code).communities
    with uow:
        shapes = uow.areas.read(keys=list(found.index)).geometry
    return gpd.GeoDataFrame(found, geometry=shapes.reindex(found.index), crs=shapes.crs)


def _edges(uow: UnitOfWork) -> str:
    edges = uow.city.get(EDGE_SETTING, EDGES[0])
    if edges not in EDGES:
        raise SettingError("Setting {name} of the city is {value}; it must be one of {known}.", name=EDGE_SETTING, value=edges, known=", ".join(EDGES))
    return str(edges)


def _seen(uow: UnitOfWork, principal: Principal, area_code: str) -> gpd.GeoDataFrame:
    authorize(principal, "view_workers", area_code or None)
    mine = areas_for(principal, "view_workers")
    areas = uow.areas.at_level("community", within=area_code)
    return areas[[mine is None or any(is_within(str(code), above) for above in mine) for code in areas.index]]


def _communities(uow: UnitOfWork, areas: gpd.GeoDataFrame) -> pd.DataFrame:
    """Names, street, people and grids of communities; households are unknown where no building says any."""
    codes = list(areas.index)
    buildings = uow.buildings.read(communities=codes)
    people = buildings.groupby(COMMUNITY_CODE)[[HOUSEHOLDS, RESIDENTS]].sum(min_count=1).reindex(codes).astype(float)
    grids = uow.plans.grids(communities=codes).groupby(COMMUNITY_CODE).size().reindex(codes).astype(float)
    named = pd.DataFrame(areas.reindex(columns=[NAME, NAME_EN, PARENT_CODE, STAFF_AS_OF])).rename(columns={PARENT_CODE: STREET_CODE})
    return named.assign(**{HOUSEHOLDS: people[HOUSEHOLDS], RESIDENTS: people[RESIDENTS], GRIDS: grids})


def _staffed(uow: UnitOfWork, communities: pd.DataFrame) -> pd.Series:
    """Grids in which somebody works, by community; unknown where nobody was ever assigned."""
    grids = uow.plans.grids(communities=list(communities.index))
    at_work = set(uow.assignments.read(communities=list(communities.index))[GRID_CODE])
    has_worker = pd.Series(grids.index.isin(at_work), index=grids.index, dtype=float)
    count = has_worker.groupby(grids[COMMUNITY_CODE]).sum().reindex(communities.index)
    return count if at_work else count * float("nan")


def _counts(judged: pd.DataFrame) -> pd.DataFrame:
    by = judged[COMMUNITY_CODE]
    unknown = (judged[ANSWER] == UNKNOWN).groupby(by).sum()
    own = judged[judged[MEASURE] != STAFFED_GRIDS]
    is_known = (own[ANSWER] != UNKNOWN).groupby(own[COMMUNITY_CODE]).any()
    short = (judged[ANSWER] == SHORT).groupby(by).sum().astype(float)
    return pd.DataFrame({GAPS: short.where(is_known.reindex(short.index, fill_value=False)), UNKNOWN: unknown})


def _totals(judged: pd.DataFrame, communities: pd.DataFrame) -> pd.DataFrame:
    """Sums per street and for all; needs, what is there and gaps are of the communities that are known."""
    known = judged[ANSWER] != UNKNOWN
    rows = judged.assign(
        **{AREA_CODE: judged[COMMUNITY_CODE].map(communities[STREET_CODE]).map(text_of), NEED: judged[NEED].where(known), HAS: judged[HAS].where(known)},
        met=(judged[ANSWER] == MET).astype(float).where(known),
        unknown=~known,
    )
    sums = {
        COMMUNITIES: (COMMUNITY_CODE, "size"),
        NEED: (NEED, "sum"),
        HAS: (HAS, "sum"),
        GAP: (GAP, "sum"),
        MET_SHARE: ("met", "mean"),
        UNKNOWN: ("unknown", "sum"),
    }
    streets = rows[rows[AREA_CODE] != ""].groupby([AREA_CODE, MEASURE], sort=False).agg(**sums).reset_index().assign(**{LEVEL: "street"})
    every = rows.groupby(MEASURE, sort=False).agg(**sums).reset_index().assign(**{LEVEL: ALL, AREA_CODE: ""})
    return pd.concat([every, streets], ignore_index=True)[[LEVEL, AREA_CODE, MEASURE, *sums]]


def _gap_list(judged: pd.DataFrame, communities: pd.DataFrame) -> pd.DataFrame:
    short = judged[judged[ANSWER] == SHORT]
    people = short[COMMUNITY_CODE].map(communities[RESIDENTS]).astype(float)
    ordered = short.assign(**{PEOPLE: people}).sort_values([PEOPLE, COMMUNITY_CODE, MEASURE], ascending=[False, True, True])
    return ordered.reset_index(drop=True)


def _plausibility(workers: pd.DataFrame, communities: pd.DataFrame, present: pd.DataFrame) -> pd.DataFrame:
    full = workers[FULL_TIME].fillna(False).astype(bool) if FULL_TIME in workers else pd.Series(dtype=bool)
    grids = float(communities[GRIDS].sum())
    said = present[COMMUNITY_WORKERS].dropna()
    here = {
        "workers_per_grid": _ratio(len(workers), grids if len(workers) else 0.0),
        "full_time_per_grid": _ratio(int(full.sum()), grids if len(workers) else 0.0),
        "part_time_per_grid": _ratio(int((~full).sum()), grids if len(workers) else 0.0),
        "community_workers_per_community": _ratio(float(said.sum()), float(len(said))),
    }
    return pd.DataFrame([_compared(row, here[row["figure"]]) for row in reference_table("staffing_published").to_dict("records")])


def _ratio(amount: float, over: float) -> float:
    return amount / over if over else float("nan")


def _compared(row: Mapping[Hashable, Any], here: float) -> dict[str, Any]:
    """One published figure beside ours, with a sentence that says how far they are apart."""
    published = float(row["amount"]) / float(row["over"])
    ratio = here / published
    name = Named(row["en"], zh=row["zh"])
    facts = {"name": name, "here": f"{here:.2f}", "published": f"{published:.2f}", "ratio": f"{ratio:.2f}"}
    if ratio != ratio:
        sentence = Message("{name}: not known here; {published} in Beijing.", {"name": name, "published": f"{published:.2f}"})
    elif ratio < float(row["ratio_from"]):
        sentence = Message("{name}: {here} here, {published} in Beijing, {ratio} times as many. That is few: is the roster complete?", facts)
    elif ratio > float(row["ratio_to"]):
        sentence = Message("{name}: {here} here, {published} in Beijing, {ratio} times as many. That is many: is anybody counted twice?", facts)
    else:
        sentence = Message("{name}: {here} here, {published} in Beijing, {ratio} times as many. That is plausible.", facts)
    return {
        "figure": row["figure"],
        "here": here,
        "published": published,
        "ratio": ratio,
        "sentence": sentence,
        "source": row["source"],
        "certainty": row["certainty"],
    }


def staff_sheet(scorecard: Scorecard) -> pd.DataFrame:
    """A sheet to fill in: code and name of every community of the scorecard, and an empty column for each fact, headed as the import knows them."""
    heads = {field.name: f"{field.zh} / {field.en}" for field in fields_of("areas")}
    filled = pd.DataFrame({heads[CODE]: scorecard.communities.index, heads[NAME]: scorecard.communities[NAME].to_numpy()})
    return filled.assign(**{heads[name]: "" for name in (*STAFF_FACTS, STAFF_AS_OF)})
