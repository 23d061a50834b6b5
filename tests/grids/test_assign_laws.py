"""Exclusions hold, remedies cost what they say, grids of one lead come together, changes are told."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point, box

from contracts.errors import InputError, MissingColumnError
from grids.assign import AssignmentRule, assign_workers, city_rule
from grids.assign_compare import compare_assignments
from grids.assign_costs import Field
from grids.assign_flow import Demand
from grids.assign_neighbours import pieces_of_leads
from grids.assign_remedies import remedies_for_workers
from grids.assign_site import make_site
from grids.assign_solve import solve

CRS = "EPSG:32650"


def squares(columns, rows, side=100.0, **values):
    boxes = [box(x * side, y * side, (x + 1) * side, (y + 1) * side) for y in range(rows) for x in range(columns)]
    return gpd.GeoDataFrame(values, index=[f"g{i:02d}" for i in range(len(boxes))], geometry=boxes, crs=CRS)


def homes(xy, full_time=True, capacity=1):
    return gpd.GeoDataFrame(
        {"full_time": full_time, "capacity": capacity}, index=[f"w{i:02d}" for i in range(len(xy))], geometry=[Point(p) for p in xy], crs=CRS
    )


def listed(*pairs):
    return pd.DataFrame(pairs, columns=["grid_code", "worker_key"])


@pytest.mark.parametrize("seed", range(10))
def test_raising_a_load_costs_what_is_said_and_nobody_elses_costs_less(seed):
    rng = np.random.default_rng(seed)
    grids, workers = squares(3, 3, 700.0), homes(rng.uniform(0, 2100, (4, 2)), capacity=2)
    before = assign_workers(grids, workers, rule=AssignmentRule(lead_load=(0, 8)))
    grids = grids.loc[[*before.pairs["grid_code"], before.unplaced["key"].iloc[0]]]
    before = assign_workers(grids, workers, rule=AssignmentRule(lead_load=(0, 8)))
    row = before.unplaced.iloc[0]
    raised = {key: workers.assign(capacity=workers["capacity"] + (workers.index == key)) for key in workers.index}
    more = {key: assign_workers(grids, frame, rule=AssignmentRule(lead_load=(0, 8))).objective - before.objective for key, frame in raised.items()}
    assert row["kind"] == "grid"
    assert more[row["repair_key"]] == pytest.approx(min(more.values()), abs=0.1)
    assert row["repair_s"] == pytest.approx(min(more.values()), abs=0.1)


@pytest.mark.parametrize("seed", range(5))
def test_one_more_seat_costs_what_is_said(seed):
    rng = np.random.default_rng(seed)
    site = make_site(squares(2, 2, 700.0), homes(rng.uniform(0, 1400, (5, 2)), full_time=False), None, None, None)
    field, ones = Field(site, AssignmentRule(), np.arange(5), np.arange(4)), np.ones(4, dtype=int)
    demand = [Demand(np.ones(5, dtype=int), np.zeros(5, dtype=int), ones + (np.arange(4) == extra), 4 * ones, ones) for extra in (-1, 0, 1, 2, 3)]
    solved = [solve(field, each) for each in demand]
    idle = np.setdiff1d(np.arange(5), solved[0].costs.worker[solved[0].used])
    (remedy,) = remedies_for_workers(field, solved[0], idle)
    more = [each.objective_s - solved[0].objective_s for each in solved[1:]]
    assert remedy.cost_s == pytest.approx(min(more), abs=0.1)
    assert more[int(remedy.key[1:])] == pytest.approx(min(more), abs=0.1)


def test_an_excluded_pair_never_is_and_lifting_it_is_the_remedy():
    result = assign_workers(squares(1, 1), homes([(0, 0)]), excluded=listed(("g00", "w00")))
    assert result.pairs.empty
    assert result.unplaced["kind"].tolist() == ["worker", "grid"]
    assert result.unplaced["repair_key"].tolist() == ["g00", "w00"]
    assert all("限制" in say.in_language("zh_CN") for say in result.unplaced["repair"])


def test_exclusions_without_their_columns_are_refused():
    with pytest.raises(MissingColumnError):
        assign_workers(squares(1, 1), homes([(0, 0)]), excluded=pd.DataFrame({"grid": ["g00"]}))


def test_grids_where_nobody_lives_are_served_last():
    grids = squares(3, 1, households=[0, 400, 300])
    assert set(assign_workers(grids, homes([(0, 0)] * 2)).pairs["grid_code"]) == {"g01", "g02"}
    assert assign_workers(grids, homes([(0, 0)] * 3)).pairs["grid_code"].nunique() == 3


@pytest.mark.parametrize("households", [[np.nan, -1, 0], ["x", "", "400"]])
def test_households_that_are_no_numbers_do_no_harm(households):
    assert len(assign_workers(squares(3, 1, households=households), homes([(0, 0)] * 3)).pairs) == 3


def test_an_empty_roster_leaves_every_grid_with_a_reason_and_a_remedy():
    result = assign_workers(squares(2, 2), homes([]).astype({"full_time": bool, "capacity": int}))
    assert len(result.unplaced) == 4
    assert all(str(row.reason) and str(row.repair) for row in result.unplaced.itertuples())


def test_a_list_of_walks_is_as_good_as_a_table():
    grids, workers = squares(2, 1), homes([(0, 0), (200, 0)])
    table = pd.DataFrame([[900.0, 10.0], [10.0, np.inf]], index=workers.index, columns=grids.index)
    pairs = [("w00", "g00", 900.0), ("w00", "g01", 10.0), ("w01", "g00", 10.0), ("w01", "g00", 99.0)]
    answers = [assign_workers(grids, workers, walk_s=given) for given in (table, pd.DataFrame(pairs, columns=["worker_key", "grid_code", "walk_s"]))]
    pd.testing.assert_frame_equal(answers[0].pairs, answers[1].pairs)


def scattered(seed, fine):
    """Pieces and objective of four leads in 24 grids, their homes anywhere."""
    rng = np.random.default_rng(seed)
    grids, workers = squares(6, 4), homes(rng.uniform(0, 600, (4, 2)), capacity=6)
    rule = AssignmentRule(scattered_s=fine)
    result = assign_workers(grids, workers, rule=rule)
    site = make_site(grids, workers, None, None, None)
    field = Field(site, rule, np.arange(4), np.arange(24))
    solved = solve(field, Demand(np.full(4, 6), np.full(4, 5), np.ones(24, dtype=int), np.full(24, 16), np.full(24, 4)))
    mine = set(zip(result.pairs["worker_key"], result.pairs["grid_code"], strict=True))
    used = np.array([(f"w{w:02d}", f"g{g:02d}") in mine for w, g in zip(solved.costs.worker, solved.costs.grid, strict=True)])
    return pieces_of_leads(field, solved, used), result


@pytest.mark.parametrize("seed", range(8))
def test_grids_of_one_lead_come_together_for_what_it_is_worth(seed):
    apart, plain = scattered(seed, 0.0)
    together, joined = scattered(seed, 120.0)
    assert plain.objective == pytest.approx(plain.bound)
    assert joined.bound == pytest.approx(plain.bound)
    assert joined.objective + 120.0 * together <= plain.objective + 120.0 * apart + 0.1
    assert joined.pairs["worker_key"].value_counts().tolist() == [6] * 4


def test_a_citys_rule_prefers_neighbours_unless_the_city_says_otherwise():
    assert city_rule({}).scattered_s > 0 == AssignmentRule().scattered_s
    assert city_rule({"scattered_s": 7.0}).scattered_s == 7.0
    with pytest.raises(InputError):
        AssignmentRule(scattered_s=-1)


def test_a_comparison_tells_who_changes_and_how_far_people_walk():
    before = pd.DataFrame({"grid_code": ["a", "b", "c"], "worker_key": ["1", "1", "2"], "role": ["lead", "lead", "member"], "walk_s": [60.0, 120.0, 30.0]})
    after = pd.DataFrame({"grid_code": ["a", "b", "c"], "worker_key": ["1", "3", "2"], "role": ["lead", "lead", "lead"], "walk_s": [60.0, 90.0, 30.0]})
    change = compare_assignments(before, after)
    assert change.as_dict() == {"stays": 1, "comes": 1, "goes": 1, "other_role": 1, "people": 3, "grids": 2}
    assert change.walks.loc[("lead", "before"), "mean_s"] == 90
    assert change.walks.loc[("lead", "after"), ["pairs", "max_s"]].tolist() == [3, 90]
    assert change.loads.loc[("lead", 2)].tolist() == [1, 0]
    assert change.loads.loc[("lead", 1)].tolist() == [0, 3]


def test_nothing_beside_nothing_is_no_change():
    empty = pd.DataFrame({"grid_code": [], "worker_key": [], "role": [], "walk_s": []})
    assert compare_assignments(empty, empty).as_dict()["people"] == 0
    with pytest.raises(MissingColumnError):
        compare_assignments(empty.drop(columns="role"), empty)
