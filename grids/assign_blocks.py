"""Compiled search for pairs whose credits together outweigh the distance between them, over places packed into blocks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

_BLOCK = 16  # places to a block, blocks to a block of blocks


class Places(NamedTuple):
    """Places in the unit of the credits, their credits, and the group each is of (-1 = not known)."""

    xy: np.ndarray
    credit: np.ndarray
    group: np.ndarray


class Blocks(NamedTuple):
    """Places in an order that keeps neighbours together, and the box and highest credit of each block and block of blocks."""

    order: np.ndarray
    places: Places
    box: np.ndarray  # (blocks, 5): west, south, east, north, highest credit
    outer_box: np.ndarray


def pack(places: Places) -> Blocks:
    """Pack places into strips from west to east, each from south to north."""
    count, xy = len(places.xy), places.xy
    strips = max(int(np.ceil(np.sqrt(count / _BLOCK))), 1)
    rank = np.empty(count, dtype=np.int64)
    rank[np.lexsort([xy[:, 1], xy[:, 0]])] = np.arange(count)
    order = np.lexsort([xy[:, 1], rank * strips // max(count, 1)]).astype(np.int64)
    box = _boxes(np.column_stack([xy[order], xy[order], places.credit[order]]))
    return Blocks(order, Places(xy[order], places.credit[order], places.group[order]), box, _boxes(box))


def _boxes(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    starts = np.arange(0, len(values), _BLOCK)
    if not len(starts):
        return np.empty((0, 5))
    low, high = np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)
    return np.column_stack([low[:, :2], high[:, 2:]])


def near_credits(here: Places, blocks: Blocks, apart: float, most: int) -> tuple[np.ndarray, np.ndarray, bool]:
    """All pairs (number here, number among the packed places) nearer than their credits together, less ``apart`` where groups differ.

    At most about ``most`` pairs, the same number of each place where there would be more; then the last answer is False.
    """
    count, none = np.zeros(len(here.xy), dtype=np.int64), np.empty(0, dtype=np.int64)
    _visit(here, blocks, apart, most, count, none, none)
    is_complete, limit = bool(count.sum() <= most), most
    if not is_complete:
        limit = max(most // len(count), 1)
        count = np.minimum(count, limit)
    start, found = np.cumsum(count) - count, np.empty(int(count.sum()), dtype=np.int64)
    _visit(here, blocks, apart, limit, count, start, found)
    return np.repeat(np.arange(len(count)), count), found, is_complete


@njit(cache=True)
def _visit(here: Places, blocks: Blocks, apart: float, limit: int, count: np.ndarray, start: np.ndarray, found: np.ndarray) -> None:
    """Count the pairs of each place, and write them where ``start`` says where to."""
    for number in range(len(here.xy)):
        count[number] = 0
        for outer in range(len(blocks.outer_box)):
            if not _is_near(here.xy[number], here.credit[number], blocks.outer_box[outer]):
                continue
            for block in range(outer * _BLOCK, min((outer + 1) * _BLOCK, len(blocks.box))):
                if _is_near(here.xy[number], here.credit[number], blocks.box[block]):
                    count[number] = _visit_block(here, number, blocks, block, apart, (limit, count[number]), start, found)


@njit(cache=True)
def _visit_block(
    here: Places, number: int, blocks: Blocks, block: int, apart: float, limit_and_count: tuple[int, int], start: np.ndarray, found: np.ndarray
) -> int:
    limit, count = limit_and_count
    for place in range(block * _BLOCK, min((block + 1) * _BLOCK, len(blocks.order))):
        credit = here.credit[number] + blocks.places.credit[place]
        if here.group[number] != blocks.places.group[place] and here.group[number] >= 0 and blocks.places.group[place] >= 0:
            credit -= apart
        is_within = np.hypot(here.xy[number, 0] - blocks.places.xy[place, 0], here.xy[number, 1] - blocks.places.xy[place, 1]) < credit
        if is_within and count < limit:
            if len(start) > 0:
                found[start[number] + count] = blocks.order[place]
            count += 1
    return count


@njit(cache=True)
def _is_near(xy: np.ndarray, credit: float, box: np.ndarray) -> bool:
    """Whether any place in a box could be near enough."""
    across = max(box[0] - xy[0], xy[0] - box[2], 0.0)
    up = max(box[1] - xy[1], xy[1] - box[3], 0.0)
    return np.hypot(across, up) < credit + box[4]
