"""A store, a clock and a reader for pages; no page of these tests sees the machine's own store."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st

from services.access import Grant, Principal
from store.engine import Store, open_store
from views import wiring

sys.path.insert(0, str(Path(__file__).parent))
import city

FRAME = Path(__file__).resolve().parents[2] / "views" / "frame.py"
PLANNER = Principal("planner", (Grant("planner"),))


@pytest.fixture
def empty_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path / 'wangge.sqlite'}")
    monkeypatch.setattr(wiring, "the_store", lambda: store)
    st.cache_data.clear()
    yield store
    store.close()


@pytest.fixture
def filled_store(empty_store: Store) -> Store:
    city.fill(empty_store)
    return empty_store


@pytest.fixture
def signed_in(monkeypatch: pytest.MonkeyPatch):
    def sign_in(who: Principal = PLANNER) -> Principal:
        monkeypatch.setattr(wiring, "principal", lambda: who)
        return who

    return sign_in
