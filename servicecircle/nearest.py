"""Times of all categories at all doors, and covered stretches of all streets, each category searched once and several at a time.

Who serves a door is not asked here, which makes the search a good deal quicker; ``reach.nearest_facilities`` asks it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from gis.arcs import Arcs
from gis.attachment import Attached
from gis.network import WalkNetwork
from servicecircle.category_search import answer_doors, answer_on_own_streets, lay_doors, search_and_cover, search_nodes
from servicecircle.flat import Bounds, DoorLegs, Graph, Stops, Workspace, bounds_of, graph_of
from servicecircle.stops import in_threads, search_in_threads, stops_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Edges = npt.NDArray[np.int32]

NODE_TIMES_AT_ONCE = 16_000_000  # 128 MB: nodes times categories searched before their doors are answered
DOOR_PARTS = 4  # per thread, so that no thread waits long for another
Search: TypeAlias = "Callable[[int, Workspace, Floats, int], None]"  # category, space, times at nodes x categories, column to fill
_LEGS = "door legs"  # what a search keeps with the doors


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

    arcs: Arcs
    graph: Graph
    legs: DoorLegs
    bounds: Bounds
    sources: list[Stops]
    threads: int

    @classmethod
    def of(cls, network: WalkNetwork, served: Attached, homes: Attached, groups: Iterable[Ints], limit_s: float, threads: int) -> _Question:
        graph, rank = graph_of(network.towards), np.arange(len(served))
        sources = [stops_of(served, rows, rank) for rows in groups]
        bounds = bounds_of(network.towards, limit_s, served.access_s[served.is_snapped])
        return cls(network.towards, graph, _laid_out(graph, homes), bounds, sources, max(threads, 1))

    def answer(self, search: Search, homes: Attached) -> Floats:
        """Search every category and answer the doors, as many categories at a time as memory should hold."""
        seconds = np.empty((len(homes), len(self.sources)))
        seconds[~homes.is_snapped] = np.inf
        at_once = max(min(len(self.sources), NODE_TIMES_AT_ONCE // max(len(self.graph.first) - 1, 1)), 1)
        for first in range(0, len(self.sources), at_once):
            self._answer_some(search, range(first, min(first + at_once, len(self.sources))), seconds)
        return seconds

    def _answer_some(self, search: Search, numbers: range, seconds: Floats) -> None:
        node_s = np.full((len(self.graph.first) - 1, len(numbers)), np.inf)

        def search_one(number: int, space: Workspace) -> None:
            search(number, space, node_s, number - numbers.start)

        def answer_part(part: tuple[int, int]) -> None:
            answer_doors(self.legs, node_s, self.bounds, seconds, numbers.start, *part)

        search_in_threads(self.arcs, search_one, numbers, min(self.threads, len(numbers)))
        cuts = np.linspace(0, len(self.legs.row), DOOR_PARTS * self.threads + 1).astype(np.int64).tolist()
        in_threads(answer_part, pairwise(cuts), self.threads)
        for number in numbers:
            answer_on_own_streets(self.graph, self.sources[number], self.legs, self.bounds, seconds, number)


def nearest_seconds(network: WalkNetwork, served: Attached, homes: Attached, groups: Iterable[Ints], *, limit_s: float, threads: int) -> Floats:
    """Seconds from each place of ``homes`` to the nearest of each group of rows of ``served``, shape (homes, groups)."""
    question = _Question.of(network, served, homes, groups, limit_s, threads)

    def search(number: int, space: Workspace, node_s: Floats, column: int) -> None:
        search_nodes(question.graph, question.sources[number], question.bounds, space, node_s, column)

    return question.answer(search, homes)


def nearest_and_covered(
    network: WalkNetwork, served: Attached, homes: Attached, groups: Iterable[Ints], *, limit_s: float, threads: int
) -> tuple[Floats, list[CoveredParts]]:
    """As ``nearest_seconds``, and the covered parts of the streets of each group, from the same searches."""
    question = _Question.of(network, served, homes, groups, limit_s, threads)
    empty = np.empty(0, np.int32)
    parts = [CoveredParts(empty, empty, np.empty(0), np.empty(0))] * len(question.sources)

    def search(number: int, space: Workspace, node_s: Floats, column: int) -> None:
        parts[number] = CoveredParts(*search_and_cover(question.graph, question.sources[number], question.bounds, space, node_s, column))

    return question.answer(search, homes), parts


def _laid_out(graph: Graph, homes: Attached) -> DoorLegs:
    """The doors as the search reads them, kept with them: the next question about the same doors need not lay them out again."""
    legs: DoorLegs | None = homes.memo.get(_LEGS)
    if legs is None:
        rows = np.flatnonzero(homes.is_snapped)
        legs = lay_doors(graph, Stops(homes.edge[rows].astype(np.int32), homes.share[rows], homes.access_s[rows], rows.astype(np.int32)))
        homes.memo[_LEGS] = legs
    return legs
