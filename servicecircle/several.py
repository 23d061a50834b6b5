"""More than the nearest: the nearest few facilities of each category, and how many lie within the limit."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from contracts.columns import CATEGORY, FACILITY_KEY, SECONDS
from contracts.errors import InputError
from gis.network import WalkNetwork
from servicecircle.flat import NOBODY, Workspace, bounds_of, graph_of
from servicecircle.pairs import doors_on_edges
from servicecircle.place_search import keep_nearest
from servicecircle.stops import Places, attached_to, rank_by_key, require_limit, rows_by_category, search_in_threads, stops_of, thread_count

DOOR = "door"
PLACE = "place"  # 1 = the nearest


def few_nearest(
    network: WalkNetwork,
    facilities: Places,
    doors: Places,
    *,
    count: int = 3,
    limit_s: float = 900.0,
    by: str | None = CATEGORY,
    threads: int | None = None,
) -> pd.DataFrame:
    """The ``count`` nearest facilities of each category from each door.

    Parameters
    ----------
    network, facilities, doors, limit_s, by, threads
        As in ``nearest_walk``.
    count
        How many at most, 1 or more.

    Returns
    -------
        One row per door, category and place, sorted so: ``door`` (its key), the category under its column's name, ``place``
        (1 = nearest), ``seconds``, ``facility_key``. Fewer rows where fewer are within the limit. Of facilities equally near,
        the one whose key sorts first comes first.

    Raises
    ------
    InputError
        ``count`` is below 1.
    CrsError, GeometryError, MissingColumnError
        As in ``nearest_walk``.
    """
    if count < 1:
        raise InputError("Ask for at least one facility, not for {count}.", count=count)
    found = _search(network, facilities, doors, count=count, limit_s=limit_s, by=by, threads=threads)
    door, group, place = np.nonzero(np.isfinite(found.seconds))
    return pd.DataFrame(
        {
            DOOR: found.doors.take(door),
            found.groups.name: found.groups.take(group),
            PLACE: place + 1,
            SECONDS: found.seconds[door, group, place],
            FACILITY_KEY: found.keys[found.owner[door, group, place]],
        }
    )


def facilities_within(
    network: WalkNetwork, facilities: Places, doors: Places, *, limit_s: float = 900.0, by: str | None = CATEGORY, threads: int | None = None
) -> pd.DataFrame:
    """How many facilities of each category can be walked to within the limit: doors x categories, on the doors' index.

    Raises
    ------
    CrsError, GeometryError, InputError, MissingColumnError
        As in ``nearest_walk``.
    """
    found = _search(network, facilities, doors, count=1, limit_s=limit_s, by=by, threads=threads)
    return pd.DataFrame(found.within, index=found.doors, columns=found.groups)


class _Found:
    """Arrays of the answer, doors x categories (x places), and what their numbers mean."""

    def __init__(self, doors: pd.Index, groups: pd.Index, keys: npt.NDArray[np.object_], count: int) -> None:
        self.doors, self.groups, self.keys = doors, groups, keys
        self.seconds = np.full((len(doors), len(groups), count), np.inf)
        self.owner = np.full((len(doors), len(groups), count), NOBODY, dtype=np.int32)
        self.within = np.zeros((len(doors), len(groups)), dtype=np.int32)


def _search(network: WalkNetwork, facilities: Places, doors: Places, *, count: int, limit_s: float, by: str | None, threads: int | None) -> _Found:
    require_limit(limit_s)
    served, homes = attached_to(network, facilities), attached_to(network, doors)
    groups, rank = rows_by_category(served, by), rank_by_key(served.index)
    keys = np.empty(len(served), dtype=object)
    keys[rank] = served.index.to_numpy(dtype=object)
    found = _Found(homes.index, pd.Index(list(groups), name=by or CATEGORY), keys, count)
    everyone: npt.NDArray[np.int64] = np.arange(len(homes))
    door_stops = stops_of(homes, everyone, everyone)
    arcs = network.towards
    bounds, graph, lookup = bounds_of(arcs, limit_s, served.access_s[served.is_snapped]), graph_of(arcs), doors_on_edges(arcs, door_stops)
    at_once = min(thread_count(threads), max(len(groups), 1))

    def search(task: tuple[int, npt.NDArray[np.int64]], space: Workspace) -> None:
        number, rows = task
        arrays = found.seconds[:, number], found.owner[:, number], found.within[:, number]
        keep_nearest(graph, stops_of(served, rows, rank), door_stops, lookup, bounds, space, *arrays)

    search_in_threads(arcs, search, enumerate(groups.values()), at_once)
    return found
