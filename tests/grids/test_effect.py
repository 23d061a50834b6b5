"""What a plan is like, what an edit would do, and the way back: figures by hand, and equal to those of drawn shapes."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from benchmarks.communities import TAME, make_community
from contracts.errors import ConflictError, InputError
from grids.divide import divide_community
from grids.edits import Edit
from grids.effect import broken_rules, effect_of, findings_of, hindrances, measure, moved_share
from grids.ground import prepare_ground
from grids.history import LONGEST, history_of_state, start_history
from grids.rules import GridRule
from grids.sketch import empty_sketch, plan_of_sketch, shapes_of, sketch_of_state
from tests.grids.village import code, do, ground, halves, houses, members


@pytest.fixture(scope="module")
def sketch():
    return halves()


def test_figures_of_the_drawn_halves(sketch):
    west = measure(sketch).loc[code(1)]
    assert (west["households"], west["residents"], west["buildings"], west["parts"], west["faults"]) == (400, 960, 8, 1, 0)
    assert west["area_m2"] == pytest.approx(40_000)
    assert west["compactness"] == pytest.approx(np.pi / 4)
    assert (west["inner_border_m"], west["street_share"], west["barriers_inside"]) == (200, 1, 0)
    assert west["longest_walk_m"] == pytest.approx(100 + 150)
    assert west["deviation_share"] == 0


def test_a_wall_inside_is_measured_and_lengthens_the_walk():
    walled = halves(ground(("wall", (100, -5), (100, 205)), gates=[(100, 20)]))
    west = measure(walled).loc[code(1)]
    assert west["barriers_inside"] == pytest.approx(200)
    assert west["longest_walk_m"] == pytest.approx(100 + 150 + 150)


@pytest.mark.parametrize("kind", TAME)
def test_fast_figures_equal_those_of_the_drawn_plan(kind):
    made = make_community(kind, 3)
    base = prepare_ground(made.shape, made.buildings, made.lines, crossings=made.crossings)
    plan = do(empty_sketch(base), "divide")
    drawn = plan_of_sketch(plan).grids
    fast = measure(plan).loc[drawn.index]
    for column in ("households", "buildings", "area_m2", "deviation_share", "compactness", "inner_border_m", "street_share"):
        np.testing.assert_allclose(fast[column].to_numpy(dtype=float), drawn[column].to_numpy(dtype=float), rtol=1e-6, err_msg=column)
    whole = divide_community(made.shape, made.buildings, made.lines, crossings=made.crossings)
    assert whole.grids.index.tolist() == drawn.index.tolist()
    assert whole.grids.to_wkb().equals(drawn.drop(columns="name").to_wkb())


def test_an_effect_shows_both_sides_of_an_edit(sketch):
    today = sketch.grid_of_building
    after = do(sketch, "move", buildings=["h10", "h11", "h12"], to=code(2))
    effect = effect_of(sketch, after, today)
    row = effect.grids.loc[code(1)]
    assert (row["change"], row["households_before"], row["households_after"]) == ("changed", 400, 250)
    assert [(fault.kind, fault.grids) for fault in effect.broken] == [("band", (code(1),)), ("band", (code(2),))]
    assert (effect.households_moved, effect.buildings_moved, effect.moved_in_force) == (150, 3, 150)
    assert effect.moved_in_force_share == pytest.approx(150 / 800)
    back = effect_of(after, sketch, today)
    assert not back.broken
    assert len(back.mended) == 2
    assert back.moved_in_force == 0


def test_an_effect_names_new_and_gone_grids(sketch):
    split = do(sketch, "split", grid=code(1), parts=2)
    assert effect_of(sketch, split).grids["change"].to_dict() == {code(1): "changed", code(3): "new"}
    assert effect_of(split, sketch).grids["change"].to_dict() == {code(1): "changed", code(3): "gone"}
    assert effect_of(sketch, sketch).is_nothing
    assert effect_of(sketch, do(sketch, "lock", grids=[code(1)])).grids["change"].to_dict() == {code(1): "changed"}


def test_households_that_were_in_no_grid_have_not_moved(sketch):
    assert moved_share(sketch, pd.Series({"h00": code(1), "h01": code(2)})) == (50, 0.5)
    assert moved_share(sketch, pd.Series(dtype="str")) == (0, 0)


def test_only_shape_and_cover_hinder_publishing(sketch):
    uneven = do(sketch, "move", buildings=["h13", "h12", "h11"], to=code(2))
    assert hindrances(uneven) == []
    assert not plan_of_sketch(uneven, findings=findings_of(uneven)).report.keeps_rules
    assert [fault.kind for fault in hindrances(do(sketch, "move", buildings=["h00"], to=None))] == ["gap"]


def test_a_dedicated_area_has_no_band():
    cut = do(halves(), "dedicate", buildings=["h00", "h01", "h02"], name="School")
    figures = measure(cut)
    assert np.isnan(figures.loc[code(3), "deviation_share"])
    assert [fault.grids for fault in broken_rules(cut) if fault.kind == "band"] == [(code(1),)]


def test_points_of_work_count_the_ground_too():
    rule = GridRule(weight="workload", band=(400, 500), target=420, weight_per_hectare=5)
    base = prepare_ground(halves().ground.place.given, houses().assign(workload=50.0), None, rule=rule)
    plan = do(empty_sketch(base), "divide")
    assert measure(plan)["workload"].tolist() == pytest.approx([420, 420])
    assert plan_of_sketch(plan).grids["workload"].tolist() == pytest.approx([420, 420])


def test_shapes_tile_the_community_and_leave_gaps_out(sketch):
    bare = do(sketch, "move", buildings=["h00"], to=None)
    assert shapes_of(bare).area.sum() == pytest.approx(75_000)
    assert plan_of_sketch(bare).buildings.isna().sum() == 1


def test_history_goes_back_and_forth(sketch):
    edit = Edit("move", {"buildings": ["h13"], "to": code(2)})
    history = start_history(sketch).record(edit, do(sketch, "move", buildings=["h13"], to=code(2)))
    assert history.undo().sketch(sketch.ground) == sketch
    again = history_of_state(json.loads(json.dumps(history.undo().to_state()))).redo()
    assert members(again.sketch(sketch.ground), 2) == members(history.sketch(sketch.ground), 2)
    assert (again.undo_steps, again.redo_steps, len(again.messages)) == (1, 0, 1)
    other = history.undo().record(Edit("repair"), sketch)
    assert (other.redo_steps, [edit["kind"] for edit in other.edits]) == (0, ["repair"])
    for step in (start_history(sketch).undo, history.redo):
        with pytest.raises(InputError, match="nothing to"):
            step()


def test_history_keeps_two_hundred_steps(sketch):
    history = start_history(sketch)
    for number in range(LONGEST + 5):
        history = history.record(Edit("describe", {"grid": code(1), "name": str(number)}), do(sketch, "describe", grid=code(1), name=str(number)))
    assert history.undo_steps == LONGEST >= 200
    for _ in range(200):
        history = history.undo()
    assert history.sketch(sketch.ground).names[0] == str(LONGEST + 4 - 200)


def test_a_state_of_other_data_is_noticed(sketch):
    other = prepare_ground(halves().ground.place.given, houses().assign(households=60), None)
    with pytest.raises(ConflictError):
        sketch_of_state(other, sketch.to_state())
    for state in ({}, {"fingerprint": 1}):
        with pytest.raises(InputError):
            sketch_of_state(sketch.ground, state)
        with pytest.raises(InputError):
            history_of_state(state)
