"""Places and their categories as the search takes them."""

from __future__ import annotations

import math
import numbers
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import TypeAlias, TypeVar

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from contracts.errors import InputError, MissingColumnError
from gis.arcs import Arcs
from gis.attachment import Attached
from gis.network import WalkNetwork
from servicecircle.flat import Stops, Workspace, new_workspace

Places: TypeAlias = "gpd.GeoDataFrame | gpd.GeoSeries | Attached"
Task = TypeVar("Task")

EVERYTHING = "all"  # the one category of places that carry none


def attached_to(network: WalkNetwork, places: Places) -> Attached:
    """What ``network.attach`` gave for the places, attaching them now if need be.

    Raises
    ------
    InputError
        They were attached to another network, whose edges mean something else.
    """
    if not isinstance(places, Attached):
        return network.attach(places)
    if places.network is not network:
        raise InputError("These places were attached to another network. Attach them to the one you search.")
    return places


def require_limit(limit_s: float) -> None:
    """Pass where a limit is zero or more; infinity means no limit.

    Raises
    ------
    InputError
        It is negative or no number.
    """
    if not isinstance(limit_s, numbers.Real) or math.isnan(limit_s) or limit_s < 0:
        raise InputError("A walking limit must be zero seconds or more, not {limit_s}.", limit_s=limit_s)


def stops_of(places: Attached, rows: npt.NDArray[np.int64], rank: npt.NDArray[np.int64]) -> Stops:
    """The snapped ones among ``rows``, sorted by edge. ``rank`` has one entry per place."""
    rows = rows[places.is_snapped[rows]]
    rows = rows[np.lexsort((rank[rows], places.share[rows], places.edge[rows]))]
    return Stops(places.edge[rows].astype(np.int32), places.share[rows], places.access_s[rows], rank[rows].astype(np.int32))


def rank_by_key(index: pd.Index) -> npt.NDArray[np.int64]:
    """Rank of each place by its key as text, so that ties do not depend on the order of the rows."""
    rank = np.empty(len(index), dtype=np.int64)
    rank[np.argsort(index.map(str).to_numpy(dtype=object), kind="stable")] = np.arange(len(index))
    return rank


def rows_by_category(places: Attached, by: str | None) -> dict[object, npt.NDArray[np.int64]]:
    """Positions of the places of each category, categories sorted (a categorical column keeps its order and its empty ones).

    Places without any column (a GeoSeries), or ``by=None``, are one category ``all``.

    Raises
    ------
    MissingColumnError
        The frame has other columns but not this one.
    InputError
        Some places have no category, or one that is no single value.
    """
    everything: npt.NDArray[np.int64] = np.arange(len(places))
    if by is None or (by not in places.attributes.columns and not len(places.attributes.columns)):
        return {EVERYTHING: everything}
    if by not in places.attributes.columns:
        present = ", ".join(map(str, places.attributes.columns))
        raise MissingColumnError("Facilities need a column {column} (or by=None for one group); they have {present}.", column=by, present=present)
    values = places.attributes[by]
    if values.isna().any():
        key = places.index[int(np.argmax(values.isna().to_numpy()))]
        raise InputError("Facility {key} has no {column}. Give it one or leave it out.", key=key, column=by)
    is_single = values.map(pd.api.types.is_scalar).to_numpy(dtype=bool) if values.dtype == object else np.ones(len(values), dtype=bool)
    if not is_single.all():
        key = places.index[int(np.argmin(is_single))]
        raise InputError(
            "{column} of facility {key} must be one word or number, not {value}.", column=by, key=key, value=values.iloc[int(np.argmin(is_single))]
        )
    names = values.cat.categories if isinstance(values.dtype, pd.CategoricalDtype) else _sorted(values.unique().astype(object))
    code = pd.Categorical(values, categories=names).codes
    return {name: everything[code == number] for number, name in enumerate(names)}


def _sorted(names: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Names in their own order; where some cannot be compared with others, all as text."""
    try:
        return np.sort(names)
    except TypeError:
        return names[np.lexsort(([type(name).__name__ for name in names], [str(name) for name in names]))]


def processors() -> int:
    """How many things the machine can do at once."""
    return os.cpu_count() or 1


def thread_count(threads: int | None) -> int:
    """How many threads to use: as many as asked for; as many as the machine has processors for ``None`` and 0.

    Raises
    ------
    InputError
        It is negative or no whole number.
    """
    if threads is None or threads == 0:
        return processors()
    if not isinstance(threads, numbers.Integral) or threads < 0:
        raise InputError("The number of threads must be a whole number, 0 for as many as the machine has processors, not {threads}.", threads=threads)
    return int(threads)


def search_in_threads(arcs: Arcs, search: Callable[[Task, Workspace], None], tasks: Iterable[Task], threads: int) -> None:
    """Do all searches, each with a workspace to itself; a workspace serves one search after the other and is left clean by each."""
    spaces: SimpleQueue[Workspace] = SimpleQueue()
    for _ in range(threads):
        spaces.put(new_workspace(arcs))

    def with_space(task: Task) -> None:
        space = spaces.get()
        search(task, space)
        spaces.put(space)

    in_threads(with_space, tasks, threads)


def in_threads(work: Callable[[Task], None], tasks: Iterable[Task], threads: int) -> None:
    """Do all tasks, several at a time where the compiled code lets go of the lock; the first error is raised."""
    if threads <= 1:
        for task in tasks:
            work(task)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, tasks))
