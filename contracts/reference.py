"""Reference tables of the field (``data/reference/*.csv``): rules and figures with source and certainty, never constants in code."""

from __future__ import annotations

from functools import cache

import pandas as pd

from contracts.settings import ROOT

FOLDER = ROOT / "data" / "reference"


@cache
def _table(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / f"{name}.csv", dtype=str, keep_default_na=False, encoding="utf-8")


def reference_table(name: str) -> pd.DataFrame:
    """One table as text columns, empty cells as ``""``; a copy, so a caller cannot change it for others."""
    return _table(name).copy()
