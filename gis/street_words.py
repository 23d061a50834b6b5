"""Columns of tags as plain words, each different one looked at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd


class Words:
    """A column of tags as trimmed lower-case text, ``""`` where missing; numbers and truth values are read as text."""

    def __init__(self, column: pd.Series) -> None:
        self._code, values = pd.factorize(column.astype(object))
        self.different = [*(str(value).strip().lower() for value in values), ""]  # code -1 is the last one: missing

    def __getitem__(self, row: int) -> str:
        return self.different[self._code[row]]

    def fit(self, test: Callable[[str], bool]) -> npt.NDArray[np.bool_]:
        """Which rows hold a word that passes the test."""
        return np.array([test(word) for word in self.different], dtype=bool)[self._code]

    def numbers(self, read: Callable[[str], float]) -> npt.NDArray[np.float64]:
        """A number for each row, read from its word."""
        return np.array([read(word) for word in self.different], dtype=float)[self._code]
