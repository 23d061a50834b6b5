"""A store, a clock and a reader for pages; no page of these tests sees the machine's own store."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from argon2 import PasswordHasher

from services import accounts
from services.access import Grant, Principal
from store.engine import Store, open_engine, open_store
from views import wiring

sys.path.insert(0, str(Path(__file__).parent))
import city

FRAME = Path(__file__).resolve().parents[2] / "views" / "frame.py"
PLANNER = Principal("planner", (Grant("planner"),))


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """An empty and a filled database file, made once."""
    folder = tmp_path_factory.mktemp("stores")
    paths = {name: folder / f"{name}.sqlite" for name in ("empty", "filled")}
    for name, path in paths.items():
        store = open_store(f"sqlite:///{path}")
        if name == "filled":
            city.fill(store)
        store.close()
    return paths


@pytest.fixture
def open_copy(made: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Store]]:
    opened: list[Store] = []

    def copy(name: str) -> Store:
        shutil.copy(made[name], tmp_path / "wangge.sqlite")
        opened.append(Store(open_engine(f"sqlite:///{tmp_path / 'wangge.sqlite'}")))
        monkeypatch.setattr(wiring, "the_store", lambda: opened[-1])
        st.cache_data.clear()
        return opened[-1]

    yield copy
    for store in opened:
        store.close()


@pytest.fixture
def empty_store(open_copy: Callable[[str], Store]) -> Store:
    return open_copy("empty")


@pytest.fixture
def filled_store(open_copy: Callable[[str], Store]) -> Store:
    return open_copy("filled")


@pytest.fixture
def signed_in(monkeypatch: pytest.MonkeyPatch):
    def sign_in(who: Principal = PLANNER) -> Principal:
        monkeypatch.setattr(wiring, "principal", lambda: who)
        return who

    return sign_in
