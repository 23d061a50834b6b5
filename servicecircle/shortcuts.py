"""How far off are the usual shortcuts: a drawn circle, junctions instead of doors, minutes rounded before the comparison?

Each judges the same doors as the exact walk does; what it gets wrong is counted. Nothing here is ever used as an answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from contracts.columns import BUILDING_KEY, CATEGORY
from contracts.reference import reference_table
from gis.attachment import Attached
from gis.network import WalkNetwork
from servicecircle.keeping import kept_seconds
from servicecircle.reach import nearest_walk
from servicecircle.standards import straight_line_m
from servicecircle.stops import EVERYTHING

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

SHORTCUT, DOORS, WRONG, CLAIMED, MISSED, SHIFT, NEAR_DOORS, NEAR_WRONG = (
    "shortcut",
    "doors",
    "wrong_share",
    "wrongly_covered_share",
    "wrongly_uncovered_share",
    "shift_points",
    "near_doors",
    "near_wrong_share",
)
COLUMNS = [CATEGORY, SHORTCUT, DOORS, WRONG, CLAIMED, MISSED, SHIFT, NEAR_DOORS, NEAR_WRONG]
_POINTS = 100.0


@dataclass(frozen=True)
class ShortcutRule:
    """Radii to try, length of a minute, and how long a walk is that counts as near the limit (``data/reference/shortcuts.csv``)."""

    radii_m: dict[str, float]
    minute_s: float
    near_m: tuple[float, float]


def shortcut_rule() -> ShortcutRule:
    """The product's shortcuts."""
    value = {str(row["code"]): float(row["value"]) for row in reference_table("shortcuts").to_dict("records") if row["value"]}
    radii = {code: metres for code, metres in value.items() if code.startswith("radius_")}
    return ShortcutRule(radii, value["minutes"], (value["near_from"], value["near_to"]))


def shortcut_errors(
    network: WalkNetwork,
    facilities: gpd.GeoDataFrame,
    doors: gpd.GeoDataFrame,
    *,
    weights: pd.Series,
    limit_s: float = 900.0,
    attached: tuple[Attached, Attached] | None = None,
) -> pd.DataFrame:
    """What each shortcut gets wrong, for every category and for all together (``all``).

    Parameters
    ----------
    network
        Where and how fast one walks.
    facilities, doors
        Points or polygons; facilities with ``category``. Doors that find no street are left out: no method answers for them.
        Where doors have a ``building_key``, a building is judged once, by the best of its doors for each method.
    weights
        People behind each door (of its whole building), in the order of the doors; they weigh the shift of coverage only.
    limit_s
        Walking limit.
    attached
        Facilities and doors as already attached to ``network`` (with barriers and gates), else they are attached here.

    Returns
    -------
        ``category``, ``shortcut``, ``doors`` (pairs of door, or building, and category judged), ``wrong_share`` of them, the two kinds of wrong
        (``wrongly_covered_share``, ``wrongly_uncovered_share``), ``shift_points`` (covered people by the shortcut less the exact
        share, percentage points), ``near_doors`` and ``near_wrong_share``: the same for walks of the lengths ``near`` in the rule.

    Raises
    ------
    CrsError, GeometryError, InputError, MissingColumnError
        See ``nearest_walk``.
    """
    rule = shortcut_rule()
    served, homes = attached or (network.attach(facilities), network.attach(doors))
    searched_s = max(limit_s + rule.minute_s, rule.near_m[1] / network.speed_m_s)
    exact_s = kept_seconds(nearest_walk(network, served, homes, limit_s=searched_s))
    first, home = _homes(doors, homes.is_snapped)
    claims = {name: _best(table, home, len(first)) for name, table in _claims(network, facilities, doors, (served, homes), exact_s, limit_s=limit_s).items()}
    seconds = _least(exact_s.to_numpy(), home, len(first))
    people = weights.to_numpy(dtype=float)[first]
    metres = seconds * network.speed_m_s
    near = (metres >= rule.near_m[0]) & (metres <= rule.near_m[1])
    groups = [(EVERYTHING, slice(None)), *((name, slice(number, number + 1)) for number, name in enumerate(exact_s.columns))]
    rows = [
        {CATEGORY: name, SHORTCUT: shortcut, **_errors(claimed[:, part], seconds[:, part] <= limit_s, near[:, part], people)}
        for name, part in groups
        for shortcut, claimed in claims.items()
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _claims(
    network: WalkNetwork, facilities: gpd.GeoDataFrame, doors: gpd.GeoDataFrame, attached: tuple[Attached, Attached], exact_s: pd.DataFrame, *, limit_s: float
) -> dict[str, Mask]:
    """Whom each shortcut calls covered, doors x categories."""
    rule, (served, homes) = shortcut_rule(), attached
    metres = straight_line_m(facilities, doors).reindex(columns=exact_s.columns, fill_value=np.inf).to_numpy()
    moved = [at_nearest_junction(network, frame, places) for frame, places in ((facilities, served), (doors, homes))]
    junctions_s = nearest_walk(network, moved[0], moved[1], limit_s=limit_s).to_numpy()
    minutes = np.floor(exact_s.to_numpy() / rule.minute_s + 0.5)
    return {
        **{name: metres <= radius_m for name, radius_m in rule.radii_m.items()},
        "junctions": junctions_s <= limit_s,
        "minutes": minutes <= limit_s / rule.minute_s,
    }


def _homes(doors: gpd.GeoDataFrame, is_judged: Mask) -> tuple[Ints, Ints]:
    """First judged door of each home, and of every door the number of its home, -1 where it is not judged."""
    keys = doors[BUILDING_KEY].to_numpy() if BUILDING_KEY in doors else np.arange(len(doors))
    judged = np.flatnonzero(is_judged)
    number, _names = pd.factorize(keys[judged])
    home = np.full(len(doors), -1, dtype=np.int64)
    home[judged] = number
    return judged[np.unique(number, return_index=True)[1]], home


def _least(seconds: Floats, home: Ints, count: int) -> Floats:
    """Least seconds over the doors of each home, homes x categories."""
    least = np.full((count, seconds.shape[1]), np.inf)
    np.minimum.at(least, home[home >= 0], seconds[home >= 0])
    return least


def _best(claimed: Mask, home: Ints, count: int) -> Mask:
    """Whether any door of each home is called covered, homes x categories."""
    best = np.zeros((count, claimed.shape[1]), dtype=bool)
    np.logical_or.at(best, home[home >= 0], claimed[home >= 0])
    return best


def at_nearest_junction(network: WalkNetwork, places: gpd.GeoDataFrame | gpd.GeoSeries, attached: Attached) -> Attached:
    """The places moved to the junction nearest to their middle, without the way to it; those without a place stay on no street."""
    ends = network.pieces.edges[network.can_attach]
    edge_of, share_of = np.repeat(np.flatnonzero(network.can_attach), 2), np.tile([0.0, 1.0], len(ends))
    middles = shapely.get_coordinates(shapely.centroid(places.geometry.to_crs(network.crs).to_numpy()), include_z=False)
    placed = np.flatnonzero(attached.is_snapped)
    edge, share = np.full(len(attached), -1, dtype=np.int64), np.full(len(attached), np.nan)
    if len(placed):
        whole = ~(places.geometry.isna() | places.geometry.is_empty).to_numpy()
        row_of = np.cumsum(whole) - 1
        found = cKDTree(network.pieces.xy[ends.ravel()]).query(middles[row_of[placed]])[1]
        edge[placed], share[placed] = edge_of[found], share_of[found]
    return replace(attached, edge=edge, share=share, access_m=np.where(edge >= 0, 0.0, np.nan))


def _errors(claimed: Mask, covered: Mask, near: Mask, people: Floats) -> dict[str, float]:
    wrong = claimed != covered
    weight = np.broadcast_to(people[:, None], covered.shape)
    return {
        DOORS: covered.size,
        WRONG: _share(wrong),
        CLAIMED: _share(claimed & ~covered),
        MISSED: _share(covered & ~claimed),
        SHIFT: _POINTS * _ratio((weight * claimed).sum() - (weight * covered).sum(), weight.sum()),
        NEAR_DOORS: int(near.sum()),
        NEAR_WRONG: _share(wrong[near]),
    }


def _share(mask: Mask) -> float:
    return _ratio(mask.sum(), mask.size)


def _ratio(part: float, whole: float) -> float:
    """A share of nothing is no number."""
    return float(part / whole) if whole else float("nan")
