"""Times of all categories at all doors, and covered stretches of all streets, each category searched once and several at a time.

Who serves a door is not asked here, which makes the search a good deal quicker; ``reach.nearest_facilities`` asks it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from queue import SimpleQueue

import numpy as np
import numpy.typing as npt

from gis.attachment import Attached
from gis.network import WalkNetwork
from servicecircle.category_search import lay_doors, serve_all, serve_times
from servicecircle.flat import Bounds, DoorLegs, Graph, Stops, Workspace, bounds_of, graph_of, new_workspace
from servicecircle.stops import in_threads, stops_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Edges = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class CoveredParts:
    """What of the streets lies within the limit for one category, as shares of edges; sorted by edge, no part twice."""

    whole: Edges  # edges covered from end to end
    edge: Edges  # edge of each other part
    start: Floats
    end: Floats


@dataclass(frozen=True, eq=False)
class _Question:
    """What all categories have in common."""

    graph: Graph
    legs: DoorLegs
    bounds: Bounds
    sources: list[Stops]
    spaces: SimpleQueue[Workspace]
    threads: int

    @classmethod
    def of(cls, network: WalkNetwork, served: Attached, homes: Attached, groups: Iterable[Ints], limit_s: float, threads: int) -> _Question:
        graph, rank = graph_of(network.towards), np.arange(len(served))
        rows = np.flatnonzero(homes.is_snapped)
        doors = Stops(homes.edge[rows].astype(np.int32), homes.share[rows], homes.access_s[rows], rows.astype(np.int32))
        sources = [stops_of(served, rows, rank) for rows in groups]
        count = max(min(threads, len(sources)), 1)
        spaces: SimpleQueue[Workspace] = SimpleQueue()
        for _ in range(count):
            spaces.put(new_workspace(network.towards))
        bounds = bounds_of(network.towards, limit_s, served.access_s[served.is_snapped])
        return cls(graph, lay_doors(graph, doors), bounds, sources, spaces, count)


def nearest_seconds(network: WalkNetwork, served: Attached, homes: Attached, groups: Iterable[Ints], *, limit_s: float, threads: int) -> Floats:
    """Seconds from each place of ``homes`` to the nearest of each group of rows of ``served``, shape (groups, homes)."""
    question = _Question.of(network, served, homes, groups, limit_s, threads)
    seconds = _unanswered(question, homes)

    def search(number: int) -> None:
        space = question.spaces.get()
        serve_times(question.graph, question.sources[number], question.legs, question.bounds, space, seconds[number])
        question.spaces.put(space)

    in_threads(search, range(len(question.sources)), question.threads)
    return seconds


def nearest_and_covered(
    network: WalkNetwork, served: Attached, homes: Attached, groups: Iterable[Ints], *, limit_s: float, threads: int
) -> tuple[Floats, list[CoveredParts]]:
    """As ``nearest_seconds``, and the covered parts of the streets of each group, from the same searches."""
    question = _Question.of(network, served, homes, groups, limit_s, threads)
    seconds = _unanswered(question, homes)
    empty = np.empty(0, np.int32)
    parts = [CoveredParts(empty, empty, np.empty(0), np.empty(0))] * len(question.sources)

    def search(number: int) -> None:
        space = question.spaces.get()
        parts[number] = CoveredParts(*serve_all(question.graph, question.sources[number], question.legs, question.bounds, space, seconds[number]))
        question.spaces.put(space)

    in_threads(search, range(len(question.sources)), question.threads)
    return seconds, parts


def _unanswered(question: _Question, homes: Attached) -> Floats:
    """Room for the answers; doors on no street are out of reach, the others are written by the search."""
    seconds = np.empty((len(question.sources), len(homes)))
    seconds[:, ~homes.is_snapped] = np.inf
    return seconds
