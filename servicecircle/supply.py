"""How much service there is per resident when residents compete for it: the two-step floating catchment area."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array, issparse

from contracts.errors import InputError
from gis.checks import require_finite, require_nonnegative
from servicecircle.stops import require_limit

Floats = npt.NDArray[np.float64]


def two_step_fca(
    matrix: csr_array | npt.ArrayLike,
    supply: pd.Series,
    demand: pd.Series,
    *,
    limit_s: float = np.inf,
    decay: Callable[[Floats], Floats] | None = None,
) -> pd.Series:
    """Supply per head at each door: 2SFCA, or its enhanced form with a ``decay`` of walking time.

    Step one shares each facility's supply among the demand in its catchment, step two adds up at each door the shares of the
    facilities in reach. Demand times result sums to the supply that anyone can reach.

    Parameters
    ----------
    matrix
        Seconds, shape (facilities, doors), as ``walk_matrix`` gives them: stored zeros are walks of no length, absent pairs are
        out of reach. A dense array has ``inf`` there.
    supply
        Seats, beds or staff of each facility, shape (facilities,).
    demand
        People behind each door, shape (doors,).
    limit_s
        Longest walk that counts.
    decay
        Weight of a walk from its seconds, in [0, 1]; by default every walk within the limit counts fully.

    Returns
    -------
        Supply per head on the index of ``demand``, zero where nothing is in reach.

    Raises
    ------
    InputError
        Shapes do not fit, a figure is missing or negative, or the decay gives weights below zero.
    """
    require_limit(limit_s)
    for name, column in (("supply", supply), ("demand", demand)):
        require_nonnegative(name, column)
        require_finite(name, column)
    weights = catchment_weights(matrix, limit_s=limit_s, decay=decay)
    if weights.shape != (len(supply), len(demand)):
        raise InputError(
            "The matrix must have one row per facility and one column per door: {needed}, not {shape}.", needed=(len(supply), len(demand)), shape=weights.shape
        )

    wanted = weights @ demand.to_numpy(dtype=float)
    per_head = np.divide(supply.to_numpy(dtype=float), wanted, out=np.zeros(len(supply)), where=wanted > 0)
    return pd.Series(weights.T @ per_head, index=demand.index, name="supply_per_head")


def catchment_weights(matrix: csr_array | npt.ArrayLike, *, limit_s: float = np.inf, decay: Callable[[Floats], Floats] | None = None) -> csr_array:
    """Weight of each pair within the limit, same shape as ``matrix``; the time of a pair is its stored entry, zero included."""
    seconds = csr_array(matrix) if issparse(matrix) else _stored_where_finite(np.asarray(matrix, dtype=float))
    require_nonnegative("matrix", seconds.data)
    weight = np.ones(len(seconds.data)) if decay is None else np.asarray(decay(seconds.data), dtype=float)
    require_nonnegative("decay", weight)
    weight = np.where(seconds.data <= limit_s, weight, 0.0)
    return csr_array((weight, seconds.indices, seconds.indptr), shape=seconds.shape)


def _stored_where_finite(seconds: Floats) -> csr_array:
    require_nonnegative("matrix", seconds)
    reached = np.isfinite(seconds)
    start = np.r_[0, np.cumsum(reached.sum(axis=1))]
    return csr_array((seconds[reached], np.nonzero(reached)[1], start), shape=seconds.shape)
