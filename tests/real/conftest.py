"""Real cities, each imported, divided and walked once per test process."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from benchmarks.real_cities import CITIES, SHOWN, City, make_city

_FROM_PACKAGE = "helsinki"


@pytest.fixture(scope="session")
def real_city(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], City]:
    """``real_city(name)``: the city with its figures; a skip where its file is not on this machine."""
    made: dict[str, City] = {}

    def find(name: str) -> City:
        if not CITIES[name].is_here():
            where = "install requirements-test-data.txt" if name == _FROM_PACKAGE else "the folder shared/data is not beside the checkout"
            pytest.skip(f"no data of {name}: {where}")
        if name not in made:
            made[name] = make_city(name, tmp_path_factory.mktemp(name), categories=SHOWN)
        return made[name]

    return find
