"""Walking time between doors and services: to the nearest one, between all pairs, and which stretches of street are in reach.

All times include the way between place and street. A time equal to the limit is within it. Nothing is rounded but the noise of
sums: a time within a nanosecond of a whole second is that second, one within a nanosecond above the limit is the limit.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array

from contracts.columns import CATEGORY
from gis.arcs import Arcs
from gis.attachment import Attached
from gis.network import WalkNetwork
from servicecircle.flat import NOBODY, Stops, Workspace, bounds_of, graph_of
from servicecircle.nearest import nearest_seconds
from servicecircle.pairs import pair_seconds
from servicecircle.search import serve
from servicecircle.stops import Places, attached_to, rank_by_key, require_limit, rows_by_category, search_in_threads, stops_of, thread_count
from servicecircle.stretches import covered_stretches

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def nearest_walk(
    network: WalkNetwork, facilities: Places, doors: Places, *, limit_s: float = 900.0, by: str | None = CATEGORY, threads: int | None = None
) -> pd.DataFrame:
    """Seconds residents walk from each door to the nearest facility of each category.

    Parameters
    ----------
    network
        Where and how fast one walks.
    facilities
        Points or polygons with the column ``by``, or what ``network.attach`` gave for them.
    doors
        Where residents start, likewise.
    limit_s
        Longest walk that counts, 0 to ``inf``.
    by
        Column of the facilities that names their category; ``None`` puts all into one category ``all``.
    threads
        Categories searched at once (``None`` or 0: as many as the machine has processors). The answer does not depend on it.

    Returns
    -------
        Seconds, doors x categories, on the doors' index; ``inf`` = beyond the limit, unreachable, or not on any street.

    Raises
    ------
    CrsError, GeometryError, InputError, MissingColumnError
        See ``WalkNetwork.attach``, ``require_limit`` and ``rows_by_category``.
    """
    require_limit(limit_s)
    served, homes = attached_to(network, facilities), attached_to(network, doors)
    groups = rows_by_category(served, by)
    seconds = nearest_seconds(network, served, homes, groups.values(), limit_s=limit_s, threads=thread_count(threads))
    return pd.DataFrame(seconds, index=homes.index, columns=pd.Index(list(groups), name=by or CATEGORY), copy=False)


def nearest_facilities(
    network: WalkNetwork, facilities: Places, doors: Places, *, limit_s: float = 900.0, by: str | None = CATEGORY, threads: int | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """As ``nearest_walk``, and which facility it is: seconds, and keys of facilities (missing where out of reach).

    Of facilities equally near, the one whose key sorts first is named.
    """
    require_limit(limit_s)
    served, homes = attached_to(network, facilities), attached_to(network, doors)
    groups = rows_by_category(served, by)
    rank = rank_by_key(served.index)
    door_stops = _doors_in_memory_order(homes, network.towards)
    seconds = np.full((len(groups), len(homes)), np.inf)
    owner = np.full((len(groups), len(homes)), NOBODY, dtype=np.int32)
    bounds = bounds_of(network.towards, limit_s, served.access_s[served.is_snapped])
    graph = graph_of(network.towards)
    count = min(thread_count(threads), max(len(groups), 1))

    def search(task: tuple[int, Ints], space: Workspace) -> None:
        number, rows = task
        serve(graph, stops_of(served, rows, rank), door_stops, bounds, space, seconds[number], owner[number])

    search_in_threads(network.towards, search, enumerate(groups.values()), count)
    names = pd.Index(list(groups), name=by or CATEGORY)
    keys = np.empty(len(served) + 1, dtype=object)  # the last stays None: nobody
    keys[rank] = served.index.to_numpy(dtype=object)
    found = keys[np.minimum(owner, len(served))]
    return pd.DataFrame(seconds.T, index=homes.index, columns=names), pd.DataFrame(found.T, index=homes.index, columns=names)


def walk_matrix(network: WalkNetwork, origins: Places, doors: Places, *, limit_s: float = 900.0, threads: int | None = None) -> csr_array:
    """Seconds of the walk from each origin to each door.

    Pairs beyond the limit are absent; a walk of no length is stored as an explicit zero. Where direction matters the walk goes
    from the origin to the door: pass the residents' doors as ``origins`` and facilities as ``doors`` to see residents walk.

    Returns
    -------
        Seconds, shape (origins, doors), columns sorted within each row.

    Raises
    ------
    CrsError, GeometryError, InputError
        See ``WalkNetwork.attach`` and ``require_limit``.
    """
    require_limit(limit_s)
    starts, ends = attached_to(network, origins), attached_to(network, doors)
    return pair_seconds(network.outward, starts, ends, limit_s=limit_s, threads=thread_count(threads))


def covered_streets(network: WalkNetwork, facilities: Places, *, limit_s: float = 900.0) -> gpd.GeoDataFrame:
    """The exact stretches of street from which some facility can be reached within the limit.

    Returns
    -------
        One row per stretch, sorted by street and position: ``edge`` (key of the street, or number of the edge), ``from_m`` and
        ``to_m`` along it, ``geometry`` in the CRS of the streets. Single points (limit 0) have no stretch.

    Raises
    ------
    CrsError, GeometryError, InputError
        See ``WalkNetwork.attach`` and ``require_limit``.
    """
    require_limit(limit_s)
    served = attached_to(network, facilities)
    return covered_stretches(network, stops_of(served, np.arange(len(served)), rank_by_key(served.index)), limit_s=limit_s)


def _doors_in_memory_order(doors: Attached, arcs: Arcs) -> Stops:
    """Doors sorted by where their street lies in memory; ``rank`` says which row of the result they are."""
    rows = np.flatnonzero(doors.is_snapped)
    rows = rows[np.argsort(arcs.tail[doors.edge[rows]], kind="stable")]
    return Stops(doors.edge[rows].astype(np.int32), doors.share[rows], doors.access_s[rows], rows.astype(np.int32))
