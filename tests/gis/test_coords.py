"""Chinese coordinates against published check points and laws of the round trip."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from contracts.errors import InputError
from gis.coords import SYSTEMS, convert

TIANANMEN = [[116.404, 39.915]]


def miss_m(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return Geod(ellps="WGS84").inv(first[:, 0], first[:, 1], second[:, 0], second[:, 1])[2]


@pytest.mark.parametrize(
    ("source", "target", "lon", "lat"),
    [
        ("wgs84", "gcj02", 116.41024449916938, 39.91640428150164),
        ("gcj02", "bd09", 116.41036949371029, 39.92133699351021),
        ("wgs84", "bd09", 116.41662724378733, 39.922699552216216),
    ],
)
def test_published_check_points(source: str, target: str, lon: float, lat: float) -> None:
    assert convert(TIANANMEN, source, target)[0] == pytest.approx([lon, lat], abs=1e-12)


@pytest.mark.parametrize(("source", "lon", "lat"), [("bd09", 116.39762729119315, 39.90865673957631), ("gcj02", 116.39775550083061, 39.91359571849836)])
def test_inverse_is_near_the_published_rough_inverse(source: str, lon: float, lat: float) -> None:
    target = "gcj02" if source == "bd09" else "wgs84"

    assert miss_m(convert(TIANANMEN, source, target), np.array([[lon, lat]]))[0] < 2.0


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.floats(73.5, 135.0), st.floats(18.0, 53.5)), min_size=1, max_size=8), st.sampled_from(SYSTEMS), st.sampled_from(SYSTEMS))
def test_there_and_back_is_within_a_centimetre(points: list[tuple[float, float]], source: str, target: str) -> None:
    start = np.array(points)

    assert miss_m(convert(convert(start, source, target), target, source), start).max() < 0.01


@given(st.floats(73.5, 135.0), st.floats(18.0, 53.5))
def test_shift_inside_china_is_tens_to_hundreds_of_metres(lon: float, lat: float) -> None:
    assert 1.0 < miss_m(convert([[lon, lat]], "wgs84", "gcj02"), np.array([[lon, lat]]))[0] < 1500.0


@pytest.mark.parametrize("point", [[7.42, 43.73], [-51.2, -30.0], [139.7, 35.7]])
def test_outside_the_box_gcj_does_not_move_points(point: list[float]) -> None:
    assert convert([point], "wgs84", "gcj02").tolist() == [point]
    assert convert([point], "gcj02", "wgs84").tolist() == [point]


def test_missing_rows_stay_and_do_not_spoil_others() -> None:
    out = convert([[np.nan, 39.9], TIANANMEN[0], [116.4, np.inf]], "gcj02", "wgs84")

    assert np.isnan(out[0, 0])
    assert out[0, 1] == 39.9
    assert np.isinf(out[2, 1])
    assert (out[1] == convert(TIANANMEN, "gcj02", "wgs84")[0]).all()


@pytest.mark.parametrize("empty", [[], np.empty((0, 2))])
def test_empty_gives_empty(empty: object) -> None:
    assert convert(empty, "bd09", "wgs84").shape == (0, 2)


def test_same_system_gives_a_copy() -> None:
    start = np.array(TIANANMEN)
    out = convert(start, "wgs84", "wgs84")
    out += 1

    assert start.tolist() == TIANANMEN


@pytest.mark.parametrize(
    ("xy", "source", "target"),
    [
        (TIANANMEN, "wgs", "gcj02"),
        (TIANANMEN, "wgs84", "GCJ"),
        ([116.4, 39.9], "wgs84", "gcj02"),
        ([["a", "b"]], "wgs84", "gcj02"),
        ([[1, 2, 3]], "wgs84", "gcj02"),
    ],
)
def test_bad_input_is_refused(xy: object, source: str, target: str) -> None:
    with pytest.raises(InputError):
        convert(xy, source, target)


def test_input_is_untouched() -> None:
    start = np.array(TIANANMEN)
    convert(start, "wgs84", "bd09")

    assert start.tolist() == TIANANMEN
