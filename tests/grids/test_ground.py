"""The ground of a community: dedicated areas up front, drawn borders, places; walks, workload and the frontier."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from benchmarks.communities import make_community
from contracts.errors import CancelledError, CrsError, InputError
from grids.check import find_faults
from grids.divide import divide_community, divide_ground
from grids.frontier import frontier_settings, plan_frontier, worth_choosing
from grids.ground import atoms_at, block_of_atom, prepare_ground
from grids.rules import GridRule
from grids.workload import workload_of_buildings, workload_weights
from tests.grids.village import CRS, X, Y, at, community, do, drawn, ground, halves, houses, lines, part


def school(shape=None):
    return gpd.GeoDataFrame({"name": ["School"]}, geometry=[shape or part(0, 0, 100, 100)], crs=CRS)


def test_a_dedicated_area_is_cut_out_first():
    plan = divide_community(community(), houses(), lines(), dedicated=school(), rule=GridRule(band=(200, 500), target=350))
    own = plan.grids[plan.grids["kind"] == "dedicated"]
    assert own["name"].tolist() == ["School"]
    assert own.area.tolist() == [10_000]
    assert own["deviation_share"].isna().all()
    assert find_faults(plan.grids, community(), houses(), rule=GridRule(band=(200, 500)), dedicated=school(), lines=lines()) == []


def test_a_building_on_the_edge_of_a_dedicated_area_goes_with_most_of_it():
    plan = divide_community(community(), houses(), lines(), dedicated=school(part(0, 0, 52, 200)))
    own = plan.grids.index[plan.grids["kind"] == "dedicated"][0]
    assert sorted(plan.buildings.index[plan.buildings == own]) == ["h00", "h01", "h02", "h03"]


def test_empty_ground_behind_a_dedicated_area_goes_with_it():
    plan = divide_community(community(), houses(), lines(), dedicated=school(part(5, 0, 100, 200)))
    assert len(plan.grids[plan.grids["households"] == 0]) == 0
    assert plan.grids.loc[plan.grids["kind"] == "dedicated"].area.tolist() == [20_000]


def test_a_dedicated_area_shared_by_two_grids_is_a_fault():
    grids = drawn(part(0, 0, 50, 200), part(50, 0, 400, 200)).assign(kind="dedicated")
    (fault,) = [f for f in find_faults(grids, community(), None, dedicated=school()) if f.kind == "dedicated"]
    assert len(fault.grids) == 2
    ordinary = drawn(part(0, 0, 200, 200), part(200, 0, 400, 200)).assign(households=400)
    assert [f.kind for f in find_faults(ordinary, community(), None, dedicated=school())] == ["dedicated"]


@pytest.mark.parametrize(("gates", "kinds"), [([], ["walk"]), ([(100, 60)], [])])
def test_a_grid_joined_only_over_a_wall_is_a_fault(gates, kinds):
    grids = drawn(part(0, 0, 200, 200), part(200, 0, 400, 200)).assign(households=400)
    crossings = gpd.GeoSeries.from_xy([X + x for x, _ in gates], [Y + y for _, y in gates], crs=CRS)
    wall = lines(("wall", (100, -5), (100, 205)))
    found = find_faults(grids, community(), houses(), lines=wall, crossings=crossings)
    assert [fault.kind for fault in found] == kinds


@pytest.mark.parametrize("kind", ["river_without_bridge", "gate", "islands", "walled_yards", "degrees"])
def test_the_check_says_of_walks_what_the_division_says(kind):
    made = make_community(kind, 1)
    plan = divide_community(made.shape, made.buildings, made.lines, crossings=made.crossings)
    said = {grid for finding in plan.report.findings if finding.rule == "walk" for grid in finding.grids}
    faults = find_faults(plan.grids, made.shape, made.buildings, lines=made.lines, crossings=made.crossings)
    assert {fault.grids[0] for fault in faults if fault.kind == "walk"} == said


@pytest.mark.parametrize("kind", ["river_without_bridge", "gate", "walled_yards", "degrees"])
def test_a_ground_at_hand_is_divided_and_checked_the_same(kind):
    made = make_community(kind, 1)
    base = prepare_ground(made.shape, made.buildings, made.lines, crossings=made.crossings)
    plan, again = divide_ground(base), divide_community(made.shape, made.buildings, made.lines, crossings=made.crossings)
    assert plan.grids.equals(again.grids)
    assert plan.buildings.equals(again.buildings)
    told = [find_faults(plan.grids, made.shape, made.buildings, **given) for given in ({"ground": base}, {"lines": made.lines, "crossings": made.crossings})]
    assert told[0] == told[1]


def test_grids_that_leave_the_ground_are_checked_by_their_own_borders():
    wall = ("wall", (100, -5), (100, 205))
    grids = drawn(part(0, 0, 173, 200), part(173, 0, 400, 200)).assign(households=400)
    (fault,) = find_faults(grids, community(), houses(), ground=ground(wall))
    assert fault.kind == "walk"
    assert [fault] == find_faults(grids, community(), houses(), lines=lines(wall))
    assert find_faults(grids, community(), houses(), ground=ground(wall, gates=[(100, 60)])) == []


def test_the_ground_of_something_else_is_refused():
    grids = drawn(part(0, 0, 200, 200), part(200, 0, 400, 200)).assign(households=400)
    for here, homes, rule in ((part(0, 0, 300, 200), houses(), None), (community(), houses()[1:], None), (community(), houses(), GridRule(weight="residents"))):
        with pytest.raises(InputError):
            find_faults(grids.assign(residents=9), here, homes, ground=ground(), rule=rule)


def test_a_stale_ground_is_refused_and_says_which_building_changed():
    grids, homes, base = drawn(part(0, 0, 200, 200), part(200, 0, 400, 200)), houses(), ground()
    moved = homes.set_geometry(homes.geometry.where(homes.index != "h01", homes.translate(0, 1)))
    richer = homes.assign(households=homes["households"].where(homes.index != "h01", 0))
    for changed in (moved, richer):
        with pytest.raises(InputError, match="h01"):
            find_faults(grids, community(), changed, ground=base)
    same = homes.to_crs(4326).to_crs(CRS).iloc[::-1]
    assert find_faults(grids, community(), same, ground=base) == find_faults(grids, community(), homes, ground=base)


def test_places_are_found_by_click():
    base = ground()
    assert atoms_at(base, at((50, 25), (10, 5), (999, 0))).tolist() == [base.atom_of_building["h00"], base.atom_of_building["h00"], -1]
    assert len(np.unique(block_of_atom(base))) == 2


def test_equal_data_have_equal_fingerprints_in_any_order():
    one, two = ground(), prepare_ground(community(), houses().sample(frac=1, random_state=2), lines())
    assert one.fingerprint == two.fingerprint
    assert one.fingerprint != ground(("minor", (0, 100), (400, 100))).fingerprint


def test_drawn_borders_without_system_are_refused():
    with pytest.raises(CrsError):
        ground(drawn=gpd.GeoSeries([part(0, 0, 9, 9)]))
    with pytest.raises(CrsError):
        ground(dedicated=school().set_crs(None, allow_override=True))


def test_a_frontier_offers_plans_none_of_which_another_beats():
    made = make_community("plain", 1)
    base = prepare_ground(made.shape, made.buildings, made.lines, crossings=made.crossings)
    today = divide_community(made.shape, made.buildings, made.lines, seed=5).buildings
    offer = plan_frontier(base, previous=today)
    table = offer.table()
    assert 1 <= len(table) <= 8
    worse = table[["faults", "balance_share"]].join(-table[["street_share", "compactness"]]).join(table["moved_share"]).to_numpy()
    for number, row in enumerate(worse):
        rest = np.delete(worse, number, axis=0)
        assert not ((rest <= row).all(axis=1) & (rest < row - 1e-9).any(axis=1)).any()
    named = {key for plan in offer.plans for key in plan.keys}
    assert len(named) + len(offer.dropped) == len(frontier_settings())
    assert all("“" in message.in_language("zh_CN") for message in offer.dropped)
    assert table.equals(plan_frontier(base, previous=today).table())


def test_a_plan_that_another_beats_is_left_out_and_twins_are_one():
    best = plan_frontier(ground()).plans[0]
    turned = replace(best, keys=("other",), sketch=do(best.sketch, "move", buildings=["h13"], to=best.sketch.codes[-1]))
    worse, mixed = replace(turned, street_share=best.street_share - 0.1), replace(turned, street_share=best.street_share - 0.1, compactness=1.0)
    assert worth_choosing([best, worse]).plans == (best,)
    assert len(worth_choosing([best, worse]).dropped) == 1
    assert len(worth_choosing([best, mixed]).plans) == 2
    assert worth_choosing([best, replace(best, keys=("twin",))]).plans[0].keys == (*best.keys, "twin")


def test_every_setting_is_shown_a_twin_or_worse():
    best = replace(plan_frontier(ground()).plans[0], keys=("best",))
    turned = do(best.sketch, "move", buildings=["h13"], to=best.sketch.codes[-1])
    worse = replace(best, keys=("worse",), sketch=turned, street_share=best.street_share - 0.1)
    found = worth_choosing([best, replace(best, keys=("twin",)), worse])
    assert (found.tried, len(found.plans), found.same, found.worse) == (3, 1, 1, 1)


def test_a_plan_that_leaves_every_building_is_told_to_be_as_today():
    today = plan_frontier(ground()).plans[0].sketch.grid_of_building
    assert [plan.is_today for plan in plan_frontier(ground(), previous=today).plans].count(True) == 1


def test_a_frontier_tells_of_every_setting_and_can_be_stopped():
    told = []
    plan_frontier(ground(), progress=lambda done, total, what: told.append((done, total, what.in_language("en"))))
    assert [done for done, _total, _what in told] == list(range(len(told)))
    assert told[0][2] == f"1 of {told[0][1]}: middle way"

    def stop(done, total, what):
        if done == total:
            raise CancelledError("Stopped. The step that was running has left nothing behind.")

    with pytest.raises(CancelledError):
        plan_frontier(ground(), progress=stop)


def test_without_a_plan_in_force_nothing_is_said_of_change():
    offer = plan_frontier(ground())
    assert {plan.moved_share for plan in offer.plans} == {None}
    assert not {key for plan in offer.plans for key in plan.keys} & {setting.key for setting in frontier_settings() if setting.stay}


def test_a_plan_that_changes_nothing_is_offered_where_today_is_good():
    today = halves().grid_of_building
    best = min(plan_frontier(ground(), previous=today).plans, key=lambda plan: plan.moved_share)
    assert best.moved_share == 0
    assert best.sketch.grid_of_building.equals(today)


def test_work_is_counted_by_hand():
    table = pd.DataFrame({"households": [10, 20], "older_residents": [4, None], "shops": [0, 2]}, index=["a", "b"])
    points = workload_weights()
    assert workload_of_buildings(table).to_dict() == {"a": 10 + 4 * points["older_residents"], "b": 20 + 2 * points["shops"]}
    assert workload_of_buildings(table, weights={"shops": 0, "older_residents": 0}).tolist() == [10, 20]


@pytest.mark.parametrize("call", [{"weights": {"cats": 1}}, {"weights": {"households": -1}}])
def test_weights_that_mean_nothing_are_refused(call):
    with pytest.raises(InputError):
        workload_of_buildings(pd.DataFrame({"households": [1]}), **call)
    with pytest.raises(InputError):
        workload_of_buildings(pd.DataFrame({"x": [1]}))


@pytest.mark.parametrize("values", [{"weight_per_hectare": -1, "weight": "workload"}, {"weight_per_hectare": 1}])
def test_a_weight_of_ground_goes_with_points_of_work(values):
    with pytest.raises(InputError):
        GridRule(**values)
