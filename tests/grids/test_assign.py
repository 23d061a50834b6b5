"""Assignments are optimal, respect loads, and nobody is dropped without a reason."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linear_sum_assignment
from shapely.geometry import Point, box

from contracts.errors import CrsError, InputError, MissingColumnError
from grids.assign import AssignmentRule, assign_workers

CRS = "EPSG:32650"
X, Y = 500_000.0, 4_000_000.0


def grids_at(xy, **columns):
    return gpd.GeoDataFrame(
        columns, index=[f"110105001001{i + 1:03d}" for i in range(len(xy))], geometry=[box(X + x - 5, Y + y - 5, X + x + 5, Y + y + 5) for x, y in xy], crs=CRS
    )


def workers_at(xy, full_time=True, capacity=1, **columns):
    return gpd.GeoDataFrame(
        {"full_time": full_time, "capacity": capacity, **columns},
        index=[f"w{i}" for i in range(len(xy))],
        geometry=[Point(X + x, Y + y) for x, y in xy],
        crs=CRS,
    )


def walk(metres):
    return metres * AssignmentRule().detour / AssignmentRule().speed_m_s


@pytest.mark.parametrize("seed", range(40))
def test_the_total_walk_is_the_least_there_is(seed):
    rng = np.random.default_rng(seed)
    places, homes = rng.uniform(0, 3000, (int(rng.integers(1, 9)), 2)), rng.uniform(0, 3000, (int(rng.integers(1, 9)), 2))
    capacity = rng.integers(1, 4, len(homes))
    result = assign_workers(grids_at(places), workers_at(homes, capacity=capacity))
    seconds = np.repeat(walk(np.hypot(*(homes[:, None] - places[None]).transpose(2, 0, 1))), capacity, axis=0)
    row, column = linear_sum_assignment(seconds)
    assert len(result.pairs) == len(row)
    assert result.objective == pytest.approx(seconds[row, column].sum(), abs=0.1)
    assert result.objective == pytest.approx(result.pairs["walk_s"].sum())
    assert result.status == "optimal"


def test_one_worker_and_one_grid_by_hand():
    result = assign_workers(grids_at([(0, 0)]), workers_at([(800, 0)]))
    assert result.pairs.to_dict("records") == [{"grid_code": "110105001001001", "worker_key": "w0", "role": "lead", "walk_s": pytest.approx(walk(800))}]
    assert result.unplaced.empty


def test_everybody_and_everything_is_placed_or_listed():
    rng = np.random.default_rng(1)
    grids = grids_at(rng.uniform(0, 2000, (30, 2)))
    workers = workers_at(rng.uniform(0, 2000, (90, 2)), full_time=np.arange(90) < 3, capacity=np.arange(90) % 4 - 1)
    result = assign_workers(grids, workers)
    listed = set(result.unplaced["key"])
    assert set(workers.index) == set(result.pairs["worker_key"]) | (listed & set(workers.index))
    assert set(grids.index) <= set(result.pairs["grid_code"]) | listed
    assert all(str(reason) and reason.in_language("zh_CN") != str(reason) for reason in result.unplaced["reason"])


def test_nobody_leads_more_than_the_rule_allows():
    result = assign_workers(grids_at([(i, 0) for i in range(20)]), workers_at([(0, 0), (9, 0)], capacity=50))
    assert result.pairs["worker_key"].value_counts().tolist() == [8, 8]
    assert result.unplaced["kind"].tolist() == ["grid"] * 4


def test_leads_get_five_grids_each_before_one_gets_eight():
    result = assign_workers(grids_at([(i, 0) for i in range(10)]), workers_at([(0, 0), (5000, 0)], capacity=8))
    assert result.pairs["worker_key"].value_counts().to_dict() == {"w0": 5, "w1": 5}


def test_part_time_workers_first_go_where_no_lead_is():
    grids = grids_at([(0, 0), (1000, 0)])
    workers = workers_at([(0, 0), (0, 0)], full_time=[True, False])
    pairs = assign_workers(grids, workers).pairs.set_index("worker_key")
    assert pairs["grid_code"].to_dict() == {"w0": "110105001001001", "w1": "110105001001002"}
    assert pairs["role"].to_dict() == {"w0": "lead", "w1": "member"}


def test_seats_are_spread_before_a_grid_gets_a_second_one():
    result = assign_workers(grids_at([(0, 0), (3000, 0)]), workers_at([(0, 0)] * 3, full_time=False))
    assert sorted(result.pairs["grid_code"].value_counts()) == [1, 2]


def test_no_pair_occurs_twice():
    result = assign_workers(grids_at([(0, 0)]), workers_at([(0, 0)], full_time=False, capacity=5))
    assert len(result.pairs) == 1


def test_todays_pair_stays_unless_the_walk_saves_more():
    grids, workers = grids_at([(0, 0), (300, 0)]), workers_at([(10, 0), (290, 0)])
    today = pd.DataFrame({"grid_code": grids.index, "worker_key": ["w1", "w0"]})
    assert assign_workers(grids, workers).pairs["worker_key"].tolist() == ["w0", "w1"]
    assert assign_workers(grids, workers, current=today).pairs["worker_key"].tolist() == ["w1", "w0"]
    assert assign_workers(grids, workers, current=today, rule=AssignmentRule(change_s=1)).pairs["worker_key"].tolist() == ["w0", "w1"]


def test_own_community_and_skills_count():
    near_stranger = workers_at([(0, 0), (100, 0)], community=["110105001002", "110105001001"])
    assert assign_workers(grids_at([(0, 0)]), near_stranger).pairs["worker_key"].tolist() == ["w1"]
    skilled = workers_at([(0, 0), (100, 0)], skills=["", "first aid; mediation"])
    assert assign_workers(grids_at([(0, 0)], skills=[["mediation"]]), skilled).pairs["worker_key"].tolist() == ["w1"]


def test_walking_times_of_a_network_are_used():
    grids, workers = grids_at([(0, 0), (300, 0)]), workers_at([(0, 0), (300, 0)])
    seconds = pd.DataFrame([[900.0, 10.0], [10.0, np.inf]], index=workers.index, columns=grids.index)
    for given in (seconds, lambda _workers, _grids: seconds):
        result = assign_workers(grids, workers, walk_s=given)
        assert result.pairs["walk_s"].tolist() == [10, 10]


@pytest.mark.parametrize("capacity", [0, -2, np.nan, 0.4])
def test_a_worker_without_capacity_is_listed(capacity):
    result = assign_workers(grids_at([(0, 0)]), workers_at([(0, 0)], capacity=capacity))
    assert result.pairs.empty
    assert result.unplaced["key"].tolist() == ["w0", "110105001001001"]


def test_a_worker_without_a_home_or_with_a_borrowed_id_is_listed():
    workers = workers_at([(0, 0), (0, 0), (0, 0)]).set_axis(["a", "a", "b"])
    workers.loc["b", "geometry"] = Point()
    result = assign_workers(grids_at([(0, 0)]), workers)
    assert result.pairs["worker_key"].tolist() == ["a"]
    assert sorted(result.unplaced["key"]) == ["a", "b"]


@pytest.mark.parametrize(("places", "homes"), [([], [(0, 0)]), ([(0, 0)], []), ([], [])])
def test_nobody_or_nothing_is_an_answer_too(places, homes):
    result = assign_workers(grids_at(places), workers_at(homes))
    assert result.pairs.empty
    assert result.pairs.columns.tolist() == ["grid_code", "worker_key", "role", "walk_s"]
    assert result.objective == 0
    assert len(result.unplaced) >= len(places) + len(homes)


def test_the_order_of_rows_does_not_matter_and_input_is_left_alone():
    rng = np.random.default_rng(2)
    grids = grids_at(rng.uniform(0, 2000, (12, 2)))
    workers = workers_at(rng.uniform(0, 2000, (20, 2)), full_time=np.arange(20) < 4, capacity=3)
    before = grids.copy(), workers.copy()
    one, two = assign_workers(grids, workers), assign_workers(grids.iloc[::-1], workers.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(one.pairs, two.pairs)
    assert grids.equals(before[0])
    assert workers.equals(before[1])


def test_many_pairs_are_screened_and_still_all_placed():
    rng = np.random.default_rng(3)
    result = assign_workers(grids_at(rng.uniform(0, 9000, (1100, 2))), workers_at(rng.uniform(0, 9000, (1000, 2)), full_time=False))
    assert result.status == "optimal"
    assert len(result.pairs) == 1000


def test_frames_that_cannot_be_understood_are_refused():
    grids, workers = grids_at([(0, 0)]), workers_at([(0, 0)])
    with pytest.raises(CrsError):
        assign_workers(grids.set_crs(None, allow_override=True), workers)
    with pytest.raises(MissingColumnError):
        assign_workers(grids, workers.drop(columns="capacity"))
    with pytest.raises(InputError):
        AssignmentRule(speed_m_s=0)
