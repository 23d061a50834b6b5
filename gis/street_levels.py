"""Which streets lie on one level: a bridge and the road below it cross without meeting."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

LEVEL_COLUMNS = ("layer", "bridge", "tunnel")
_NO = frozenset({"", "no", "false", "0", "0.0", "nan", "none"})


def street_levels(streets: pd.DataFrame) -> npt.NDArray[np.str_]:
    """A word per street; streets with the same word lie on one level. Columns a frame lacks say nothing."""
    words = np.full(len(streets), "", dtype=object)
    if "layer" in streets.columns:
        layer = pd.to_numeric(streets["layer"], errors="coerce").fillna(0.0).to_numpy()
        words = words + np.where(layer == 0.0, "", np.char.mod("%g", layer))
    for column in LEVEL_COLUMNS[1:]:
        if column in streets.columns:
            is_set = ~streets[column].astype(object).where(streets[column].notna(), "").astype(str).str.lower().isin(_NO).to_numpy()
            words = words + np.where(is_set, column, "")
    return words.astype(str)


def knows_levels(streets: pd.DataFrame) -> bool:
    """Whether the frame can tell a bridge from a crossing at all."""
    return any(column in streets.columns for column in LEVEL_COLUMNS)
