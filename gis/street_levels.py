"""Which streets can meet at all: on one level, and not of a kind that ends beside others on purpose."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from contracts.columns import HIGHWAY, KIND
from contracts.reference import reference_table

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


def may_cross_unseen(streets: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Streets that may pass over or under others though the frame cannot say so: it knows no levels and they are large roads."""
    if any(column in streets.columns for column in LEVEL_COLUMNS) or HIGHWAY not in streets.columns:
        return np.zeros(len(streets), dtype=bool)
    kinds = reference_table("street_kinds").set_index(HIGHWAY)[KIND]
    return streets[HIGHWAY].map(kinds).isin(["expressway", "major"]).to_numpy()


def is_excepted(streets: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Streets whose joints are not judged (``data/reference/doctor_exceptions.csv``)."""
    excepted = np.zeros(len(streets), dtype=bool)
    for column, rows in reference_table("doctor_exceptions").groupby("column"):
        if column in streets.columns:
            excepted |= streets[str(column)].astype(object).where(streets[str(column)].notna(), "").astype(str).str.lower().isin(rows["value"]).to_numpy()
    return excepted
