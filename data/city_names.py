"""Invented names in Chinese and English, from the parts in ``data/demo/names.csv``."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from contracts.settings import ROOT

FOLDER = ROOT / "data" / "demo"


@cache
def demo_table(name: str) -> pd.DataFrame:
    """A table of ``data/demo`` as text."""
    return pd.read_csv(FOLDER / f"{name}.csv", dtype=str, keep_default_na=False, encoding="utf-8")


@cache
def _parts(kind: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    table = demo_table("names")
    own = table[table["kind"] == kind]
    return tuple(own["zh"]), tuple(own["en"])


def _joined(first: str, second: str) -> str:
    """Two syllables as one word; an apostrophe keeps them apart before a vowel."""
    return f"{first}'{second.lower()}" if second[0] in "AEO" else f"{first}{second.lower()}"


@cache
def _pairs() -> tuple[np.ndarray, np.ndarray]:
    zh, en = _parts("syllable")
    pairs = [(a, b) for a in range(len(zh)) for b in range(len(zh)) if zh[a] != zh[b]]
    return np.array([zh[a] + zh[b] for a, b in pairs], dtype=object), np.array([_joined(en[a], en[b]) for a, b in pairs], dtype=object)


def place_names(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Names of places in both languages, shape (count,) each; different from each other as long as there are enough."""
    zh, en = _pairs()
    pick = np.concatenate([rng.permutation(len(zh)) for _ in range(count // len(zh) + 1)])[:count]
    return zh[pick], en[pick]


def person_names(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Names of invented people in both languages, shape (count,) each."""
    surname, given = _parts("surname"), _parts("given")
    first = rng.integers(len(surname[0]), size=count)
    second, third = rng.integers(len(given[0]), size=(2, count))
    zh = [surname[0][a] + given[0][b] + given[0][c] for a, b, c in zip(first, second, third, strict=True)]
    en = [f"{surname[1][a]} {_joined(given[1][b], given[1][c])}" for a, b, c in zip(first, second, third, strict=True)]
    return np.array(zh, dtype=object), np.array(en, dtype=object)
