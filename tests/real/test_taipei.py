"""The li of Taipei: 456 real communities with broken rings and repeated names, and no buildings yet."""

from __future__ import annotations

import pytest

from benchmarks.real_cities import AT, CITIES, City, load_li
from services.access import SYSTEM
from services.division import divide_communities

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def taipei(tmp_path_factory: pytest.TempPathFactory) -> City:
    if not CITIES["taipei"].is_here():
        pytest.skip("no data of taipei: the folder shared/data is not beside the checkout")
    folder = tmp_path_factory.mktemp("taipei")
    city = City("taipei", f"sqlite:///{folder / 'taipei.sqlite'}")
    load_li(city)
    return city


def test_all_li_come_in_and_broken_rings_are_mended(taipei):
    with taipei.unit() as uow:
        areas = uow.areas.at_level("community")
    assert len(areas) == 456
    assert areas.is_valid.all()


def test_mended_rings_and_repeated_names_are_told(taipei):
    told = " ".join(taipei.notes)
    assert "2 areas crossed themselves" in told
    assert all(name in told for name in ("中央里", "新安里"))


def test_a_community_without_homes_is_one_grid_and_says_why(taipei):
    with taipei.unit() as uow:
        codes = list(uow.areas.at_level("community").index[:6])
    report = divide_communities(taipei.unit(), SYSTEM, communities=codes, at=AT)
    assert list(report.plans["grids"]) == [1] * len(codes)
    assert {code for code, _ in report.warnings} == set(codes)
