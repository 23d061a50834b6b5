"""Waiting at junctions: whoever leaves or enters a lesser street where a larger road passes pays half of that road's delay.

The half sits on an edge of no length between the junction and the lesser street's own end. So going straight over costs the
whole delay, turning half of it, walking along the larger road nothing; and what is covered stays exact on every stretch.
A bridge or tunnel shares no node with the road and pays nothing.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from contracts.columns import HIGHWAY, ROAD_AT_END, ROAD_AT_START
from contracts.reference import reference_table
from gis.street_pieces import StreetPieces
from gis.street_words import Words

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

ONEWAY = "oneway"
ONE_WAY_WORDS = frozenset({"yes", "true", "1", "1.0", "-1", "-1.0", "reverse"})


@cache
def crossing_delay_s(highway: str, *, one_way: bool = False) -> float:
    """Seconds lost in crossing a road of this class on the level, or one carriageway of it; 0 for classes without traffic to wait for."""
    table = reference_table("crossing_delays").set_index(HIGHWAY)["one_way_delay_s" if one_way else "delay_s"]
    return float(table.get(highway, 0.0))


def road_delays(streets: pd.DataFrame) -> Floats:
    """Delay of crossing each street; a street drawn for one direction of traffic is one carriageway of two."""
    if HIGHWAY not in streets.columns:
        return np.zeros(len(streets))
    highway = Words(streets[HIGHWAY])
    both = highway.numbers(crossing_delay_s)
    if ONEWAY not in streets.columns:
        return both
    single = highway.numbers(lambda word: crossing_delay_s(word, one_way=True))
    return np.where(Words(streets[ONEWAY]).fit(ONE_WAY_WORDS.__contains__), single, both)


def passing_delays(pieces: StreetPieces, streets: pd.DataFrame) -> Floats:
    """Delay of the largest road that passes each node: at least two of its ends meet there, or the streets say it does.

    A road that only ends at the node, or goes on as a lesser one, is not crossed there. Roads that are no streets of ours
    (nobody may walk along them) are named in ``road_at_start`` and ``road_at_end``.
    """
    delay_s = road_delays(streets)[pieces.row]
    node, arriving = pieces.edges.ravel(), np.repeat(delay_s, 2)
    order = np.lexsort((-arriving, node))
    node, arriving = node[order], arriving[order]
    same = node[1:] == node[:-1]
    second = 1 + np.flatnonzero(same & ~np.r_[False, same[:-1]])
    passing = np.zeros(len(pieces.xy))
    passing[node[second]] = arriving[second]
    first = np.unique(pieces.row, return_index=True)[1]
    last = np.r_[first[1:], len(pieces.row)][: len(first)] - 1
    for column, edge, end in ((ROAD_AT_START, first, 0), (ROAD_AT_END, last, 1)):
        if column in streets.columns:
            road_s = Words(streets[column]).numbers(road_word_delay_s)[pieces.row[edge]]
            np.maximum.at(passing, pieces.edges[edge, end], road_s)
    return passing


def with_waiting(pieces: StreetPieces, streets: pd.DataFrame, is_walkable: Mask) -> tuple[StreetPieces, Floats]:
    """The pieces with an edge of no length wherever one waits, appended at the end, and the seconds of these edges.

    An edge of waiting belongs to the lesser street (``row``), at the place along it where the junction is (``start_m``).
    """
    own_s, passing_s = road_delays(streets)[pieces.row], passing_delays(pieces, streets)
    edge, end = np.nonzero((own_s[:, None] < passing_s[pieces.edges]) & is_walkable[:, None])
    junction = pieces.edges[edge, end]
    gate = len(pieces.xy) + np.arange(len(edge))
    ends = pieces.edges.copy()
    ends[edge, end] = gate
    spot = pieces.xy[junction]
    waiting = np.where((end == 0)[:, None], np.stack([junction, gate], axis=1), np.stack([gate, junction], axis=1))
    return replace(
        pieces,
        xy=np.concatenate([pieces.xy, spot]),
        edges=np.concatenate([ends, waiting]),
        length_m=np.concatenate([pieces.length_m, np.zeros(len(edge))]),
        row=np.concatenate([pieces.row, pieces.row[edge]]),
        start_m=np.concatenate([pieces.start_m, pieces.start_m[edge] + np.where(end == 1, pieces.length_m[edge], 0.0)]),
        geometry=np.concatenate([pieces.geometry, shapely.linestrings(np.stack([spot, spot], axis=1)) if len(edge) else np.empty(0, dtype=object)]),
    ), passing_s[junction] / 2.0


def road_word_delay_s(word: str) -> float:
    """Delay of a road as ``road_at_start`` and ``road_at_end`` name it: its class, with ``/oneway`` behind it for one carriageway."""
    highway, _, direction = word.partition("/")
    return crossing_delay_s(highway, one_way=bool(direction))
