"""Compiled search for pairs whose credits together outweigh the distance between them, over places packed into blocks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

_BLOCK = 16  # places to a block, blocks to a block of blocks


class Blocks(NamedTuple):
    """Places in an order that keeps neighbours together, and the box and highest credit of each block and block of blocks."""

    order: np.ndarray
    xy: np.ndarray
    credit: np.ndarray
    box: np.ndarray  # (blocks, 5): west, south, east, north, highest credit
    outer_box: np.ndarray


def pack(xy: npt.NDArray[np.float64], credit: npt.NDArray[np.int64]) -> Blocks:
    """Pack places (in the unit of the credits) into strips from west to east, each from south to north."""
    count = len(xy)
    strips = max(int(np.ceil(np.sqrt(count / _BLOCK))), 1)
    rank = np.empty(count, dtype=np.int64)
    rank[np.lexsort([xy[:, 1], xy[:, 0]])] = np.arange(count)
    order = np.lexsort([xy[:, 1], rank * strips // max(count, 1)]).astype(np.int64)
    values = np.column_stack([xy[order], xy[order], credit[order]]).astype(float)
    box = _boxes(values)
    return Blocks(order, xy[order].astype(float), credit[order].astype(float), box, _boxes(box))


def _boxes(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    starts = np.arange(0, len(values), _BLOCK)
    if not len(starts):
        return np.empty((0, 5))
    low, high = np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)
    return np.column_stack([low[:, :2], high[:, 2:]])


def near_credits(xy: npt.NDArray[np.float64], credit: npt.NDArray[np.float64], blocks: Blocks, most: int) -> tuple[np.ndarray, np.ndarray]:
    """All pairs (number here, number among the packed places) nearer than their credits together; at most ``most`` of each here."""
    count = np.zeros(len(xy), dtype=np.int64)
    _visit(xy, credit.astype(float), blocks, most, count, np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
    start = np.cumsum(count) - count
    found = np.empty(int(count.sum()), dtype=np.int64)
    _visit(xy, credit.astype(float), blocks, most, count, start, found)
    return np.repeat(np.arange(len(xy)), count), found


@njit(cache=True)
def _visit(xy: np.ndarray, credit: np.ndarray, blocks: Blocks, most: int, count: np.ndarray, start: np.ndarray, found: np.ndarray) -> None:
    """Count the pairs of each place, and write them where ``start`` says where to."""
    for here in range(len(xy)):
        count[here] = 0
        for outer in range(len(blocks.outer_box)):
            if not _is_near(xy[here], credit[here], blocks.outer_box[outer]):
                continue
            for block in range(outer * _BLOCK, min((outer + 1) * _BLOCK, len(blocks.box))):
                if _is_near(xy[here], credit[here], blocks.box[block]):
                    _visit_block(xy[here], credit[here], blocks, block, most, count, here, start, found)


@njit(cache=True)
def _visit_block(
    xy: np.ndarray, credit: float, blocks: Blocks, block: int, most: int, count: np.ndarray, here: int, start: np.ndarray, found: np.ndarray
) -> None:
    for place in range(block * _BLOCK, min((block + 1) * _BLOCK, len(blocks.order))):
        if count[here] >= most:
            return
        if np.hypot(xy[0] - blocks.xy[place, 0], xy[1] - blocks.xy[place, 1]) < credit + blocks.credit[place]:
            if len(start) > 0:
                found[start[here] + count[here]] = blocks.order[place]
            count[here] += 1


@njit(cache=True)
def _is_near(xy: np.ndarray, credit: float, box: np.ndarray) -> bool:
    """Whether any place in a box could be near enough."""
    across = max(box[0] - xy[0], xy[0] - box[2], 0.0)
    up = max(box[1] - xy[1], xy[1] - box[3], 0.0)
    return np.hypot(across, up) < credit + box[4]
