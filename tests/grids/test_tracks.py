"""Which share of a street a track covers, exactly; which steps were walked; which streets are due."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import CrsError
from grids.patrol_rules import PatrolRule
from grids.tracks import covered_share, due_pieces, last_passes, not_passed, passed_cells, walked_lines

CRS = "EPSG:32650"
EAST, NORTH = 450_000.0, 4_420_000.0
RULE = PatrolRule()
TODAY = date(2026, 3, 10)
Line = list[tuple[float, float]]


def lines(*every: Line) -> gpd.GeoSeries:
    return gpd.GeoSeries([shapely.LineString([(EAST + x, NORTH + y) for x, y in line]) for line in every], crs=CRS)


def pieces(*every: Line) -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame(geometry=lines(*every))
    return frame.set_axis([f"p{number}" for number in range(len(frame))])


def track(*points: tuple[float, float, float | None], part: list[int] | None = None) -> gpd.GeoDataFrame:
    """x, y, seconds."""
    start = datetime(2026, 3, 10, tzinfo=UTC)
    times = [None if seconds is None else start + timedelta(seconds=seconds) for *_, seconds in points]
    shapes = gpd.points_from_xy([EAST + x for x, *_ in points], [NORTH + y for _, y, _ in points])
    return gpd.GeoDataFrame({"part": part or 0, "time": pd.to_datetime(pd.Series(times, dtype=object), utc=True)}, geometry=shapes, crs=CRS)


STREET = pieces([(0, 0), (100, 0)])


@pytest.mark.parametrize(
    ("walk", "share"),
    [
        ([(50, -200), (50, 200)], 0.6),  # across: 30 m to either side
        ([(0, 30), (100, 30)], 1.0),  # beside, on the limit
        ([(0, 30.01), (100, 30.01)], 0.0),
        ([(50, 0), (50, 0)], 0.6),  # stood there
        ([(0, 0), (40, 0)], 0.7),
        ([(40, 0), (0, 0)], 0.7),
        ([(130, 0), (200, 0)], 0.0),  # touches one point
        ([(118, 24), (118, 24)], 0.0),
        ([(100, 18), (200, 18)], 0.24),
    ],
)
def test_the_share_is_exact(walk: Line, share: float) -> None:
    assert covered_share(lines(walk), STREET)["p0"] == pytest.approx(share, abs=1e-9)


def test_what_is_passed_twice_counts_once() -> None:
    assert covered_share(lines([(0, 0), (40, 0)], [(30, 5), (0, 5)], [(50, 90), (50, -90)]), STREET)["p0"] == pytest.approx(0.8)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(1, 80))
def test_the_share_agrees_with_a_finely_drawn_buffer(seed: int, within_m: float) -> None:
    rng = np.random.default_rng(seed)
    streets = pieces(*[[tuple(xy) for xy in rng.uniform(0, 300, (4, 2))] for _ in range(3)])
    walk = lines([tuple(xy) for xy in rng.uniform(0, 300, (6, 2))])
    near = shapely.buffer(shapely.union_all(walk.to_numpy()), within_m, quad_segs=256)
    drawn = shapely.length(shapely.intersection(streets.geometry.to_numpy(), near)) / shapely.length(streets.geometry.to_numpy())
    assert covered_share(walk, streets, within_m=within_m).to_numpy() == pytest.approx(drawn, abs=1e-3)


def test_a_wider_reach_never_covers_less_and_the_direction_does_not_count() -> None:
    rng = np.random.default_rng(1)
    streets = pieces(*[[tuple(xy) for xy in rng.uniform(0, 300, (2, 2))] for _ in range(20)])
    walk = lines([tuple(xy) for xy in rng.uniform(0, 300, (9, 2))])
    narrow, wide = (covered_share(walk, streets, within_m=metres) for metres in (20.0, 30.0))
    assert (narrow <= wide).all()
    assert wide.to_numpy() == pytest.approx(covered_share(walk.reverse(), streets).to_numpy())
    assert wide.between(0, 1).all()


def test_no_street_and_no_track_cover_nothing() -> None:
    assert covered_share(lines(), STREET)["p0"] == 0.0
    assert len(covered_share(lines([(0, 0), (1, 1)]), STREET.iloc[:0])) == 0


def test_frames_without_a_system_are_refused() -> None:
    with pytest.raises(CrsError):
        covered_share(lines([(0, 0), (1, 1)]), STREET.set_crs(None, allow_override=True))
    with pytest.raises(CrsError):
        walked_lines(track((0, 0, 0)).set_crs(None, allow_override=True))


def test_a_jump_of_the_receiver_is_no_walk() -> None:
    walked = walked_lines(track((0, 0, 0), (10, 0, 10), (150, 0, 12), (160, 0, 22)))
    assert shapely.length(walked.to_numpy()).tolist() == pytest.approx([10.0, 10.0], rel=1e-3)


def test_a_long_gap_is_cut_with_and_without_times() -> None:
    assert len(walked_lines(track((0, 0, 0), (250, 0, 900)))) == 2
    assert len(walked_lines(track((0, 0, None), (250, 0, None)))) == 2
    assert len(walked_lines(track((0, 0, None), (190, 0, None)))) == 1


def test_parts_of_a_file_are_not_joined_and_a_lone_point_stays_a_place() -> None:
    walked = walked_lines(track((0, 0, None), (10, 0, None), (20, 0, None), part=[0, 0, 1]))
    assert shapely.length(walked.to_numpy()).tolist() == pytest.approx([10.0, 0.0], rel=1e-3)
    assert len(walked_lines(track((0, 0, None)).iloc[:0])) == 0


def test_a_step_back_in_time_is_a_jump() -> None:
    assert len(walked_lines(track((0, 0, 100), (10, 0, 90)))) == 2


def test_a_cell_is_passed_where_the_track_goes_through() -> None:
    cells = gpd.GeoDataFrame(
        index=["c1", "c2"], geometry=[shapely.box(EAST, NORTH, EAST + 100, NORTH + 100), shapely.box(EAST, NORTH + 200, EAST + 9, NORTH + 300)], crs=CRS
    )
    assert passed_cells(lines([(50, -50), (50, 50)]), cells).to_dict() == {"c1": True, "c2": False}
    assert not passed_cells(lines(), cells).any()


def passes(*rows: tuple[str, int, float]) -> pd.DataFrame:
    """piece, days ago, share."""
    return pd.DataFrame([(piece, TODAY - timedelta(days=ago), share) for piece, ago, share in rows], columns=["piece", "day", "share"])


THREE = pieces([(0, 0), (1, 0)], [(0, 1), (1, 1)], [(0, 2), (1, 2)]).assign(interval_days=[1.0, 7.0, 3.0])


def test_a_street_is_due_when_its_interval_has_passed() -> None:
    facts = passes(("p0", 1, 1.0), ("p1", 6, 1.0), ("p0", 30, 1.0))
    assert due_pieces(THREE, facts, today=TODAY).index.tolist() == ["p2", "p0"]
    assert due_pieces(THREE, passes(("p0", 0, 1.0), ("p1", 7, 1.0), ("p2", 2, 0.9)), today=TODAY).index.tolist() == ["p1"]


def test_a_street_half_passed_or_passed_tomorrow_was_not_passed() -> None:
    last = last_passes(THREE, passes(("p0", 1, 0.79), ("p1", 1, 0.8), ("p2", -1, 1.0)), today=TODAY)
    assert last["days_since"].tolist() == [np.inf, 1.0, np.inf]
    assert last["last_day"].tolist() == [None, TODAY - timedelta(days=1), None]


def test_streets_not_passed_for_some_days_are_named_never_passed_first() -> None:
    found = not_passed(THREE, passes(("p0", 5, 1.0), ("p1", 4, 1.0)), days=5, today=TODAY)
    assert found.index.tolist() == ["p2", "p0"]


def test_a_city_may_set_its_own_figures() -> None:
    assert replace(RULE, passed_share=0.5).passed_share == 0.5
    assert last_passes(THREE, passes(("p0", 1, 0.6)), today=TODAY, rule=replace(RULE, passed_share=0.5))["days_since"].iloc[0] == 1.0
