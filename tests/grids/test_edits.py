"""Edits of a plan on a small community drawn by hand: each does what it says, none touches a locked grid or cuts a building."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, box

from contracts.errors import InfeasibleDivision, InputError
from grids.check import find_faults
from grids.edits import KINDS, Edit, apply_edit, edit_of_state, notes_on
from grids.effect import broken_rules, effect_of
from grids.ground import prepare_ground
from grids.rules import GridRule
from grids.sketch import empty_sketch, plan_of_sketch, sketch_of_plan, sketch_of_state
from tests.grids.village import X, Y, at, code, community, do, ground, halves, houses, lines, members

WEST = [f"h{c}{r}" for c in (0, 1) for r in range(4)]


@pytest.fixture(scope="module")
def sketch():
    return halves()


def kinds(plan):
    return sorted({fault.kind for fault in broken_rules(plan)})


def test_the_drawn_halves_keep_every_rule(sketch):
    assert broken_rules(sketch) == []
    assert members(sketch, 1) == sorted(WEST)
    assert sketch.is_complete


def test_moving_there_and_back_changes_nothing(sketch):
    there = do(sketch, "move", buildings=["h13"], to=code(2))
    assert "h13" in members(there, 2)
    assert do(there, "move", buildings=["h13"], to=code(1)) == sketch


def test_merging_and_splitting_along_the_same_line_changes_nothing(sketch):
    one = do(sketch, "merge", grids=[code(1), code(2)])
    assert len(one.codes) == 1
    two = do(one, "split_along", grid=one.codes[0], line=at((200, -5), (200, 205)))
    assert {tuple(members(two, 1)), tuple(members(two, 2))} == {tuple(members(sketch, 1)), tuple(members(sketch, 2))}


def test_a_line_that_stops_inside_is_drawn_on(sketch):
    split = do(sketch, "split_along", grid=code(1), line=at((80, 98), (120, 101)))
    assert members(split, 3) in ([f"h{c}{r}" for c in (0, 1) for r in (0, 1)], [f"h{c}{r}" for c in (0, 1) for r in (2, 3)])
    assert kinds(split) == ["band"]


def test_a_split_into_parts_evens_them_out(sketch):
    split = do(sketch, "split", grid=code(1), parts=4)
    assert sorted(split.codes) == [code(n) for n in (1, 2, 3, 4, 5)]
    assert [len(members(split, n)) for n in (1, 3, 4, 5)] == [2, 2, 2, 2]
    assert members(split, 2) == members(sketch, 2)


def test_moving_a_block_moves_what_lies_between_lines(sketch):
    walled = halves(ground(("minor", (-5, 100), (205, 100))))
    assert members(do(walled, "move", blocks=at((20, 150)), to=code(2)), 1) == ["h00", "h01", "h10", "h11"]


def test_an_area_takes_the_ground_that_lies_mostly_in_it(sketch):
    moved = do(sketch, "move", area=at((110, 10), (200, 10), (200, 90), (110, 90)), to=code(2))
    assert sorted(set(members(sketch, 1)) - set(members(moved, 1))) == ["h10", "h11"]


def test_an_area_that_falls_on_much_more_is_spoken_of(sketch):
    small = Edit("move", {"area": at((12, 2), (92, 2), (92, 48), (12, 48)), "to": code(2)})
    assert "5000" in str(notes_on(sketch, small)[0])
    assert notes_on(sketch, Edit("merge", {"grids": [code(1), code(2)]})) == []


def test_a_line_the_ground_cannot_follow_is_spoken_of(sketch):
    aslant = Edit("move_border", {"between": [code(1), code(2)], "line": at((170, -5), (230, 205))})
    assert "other side" in str(notes_on(sketch, aslant)[0])
    assert notes_on(sketch, Edit("split_along", {"grid": code(1), "line": at((100, -5), (100, 205))})) == []


def test_open_ground_is_spoken_of():
    quarter = ground(("minor", (-5, 150), (405, 150)), ("minor", (-5, 199), (405, 199)))
    assert "open ground" in str(notes_on(halves(quarter), Edit("move", {"points": at((50, 199.5)), "to": code(2)}))[0])


def test_a_border_moves_along_a_line(sketch):
    moved = do(sketch, "move_border", between=[code(1), code(2)], line=at((100, -5), (100, 205)))
    assert members(moved, 1) == ["h00", "h01", "h02", "h03"]
    assert do(moved, "move_border", between=[code(2), code(1)], line=at((200, -5), (200, 205))) == sketch


def test_ground_can_leave_its_grid_and_be_given_back_by_repair(sketch):
    bare = do(sketch, "move", buildings=["h03"], to=None)
    assert kinds(bare) == ["gap"]
    assert not bare.is_complete
    assert do(bare, "repair") == sketch


def test_a_piece_that_fell_off_goes_to_its_neighbour(sketch):
    torn = do(sketch, "move", buildings=["h30"], to=code(1))
    assert kinds(torn) == ["band", "multipart"] or kinds(torn) == ["multipart"]
    assert do(torn, "repair") == sketch


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("move", {"buildings": ["h00"], "to": code(2)}),
        ("move", {"buildings": ["h30"], "to": code(1)}),
        ("merge", {"grids": [code(1), code(2)]}),
        ("split", {"grid": code(1), "parts": 2}),
        ("split_along", {"grid": code(1), "line": at((100, -5), (100, 205))}),
        ("move_border", {"between": [code(1), code(2)], "line": at((100, -5), (100, 205))}),
        ("dedicate", {"buildings": ["h00"], "name": "School"}),
        ("describe", {"grid": code(1), "name": "West"}),
    ],
)
def test_a_locked_grid_is_not_changed(sketch, kind, values):
    with pytest.raises(InputError, match="locked"):
        do(do(sketch, "lock", grids=[code(1)]), kind, **values)
    assert do(do(sketch, "lock", grids=[code(1)]), "unlock", grids=[code(1)]) == sketch


def test_dividing_anew_and_balancing_leave_locked_grids_alone(sketch):
    uneven = do(do(sketch, "move", buildings=["h13", "h12"], to=code(2)), "split", grid=code(2), parts=2)
    locked = do(uneven, "lock", grids=[code(1)])
    for kind in ("divide", "rebalance", "repair"):
        assert members(do(locked, kind), 1) == members(uneven, 1)


def test_balancing_mends_the_band_and_then_evens_out(sketch):
    uneven = do(sketch, "move", buildings=["h13", "h12", "h11"], to=code(2))
    assert kinds(uneven) == ["band"]
    kept = do(uneven, "rebalance")
    assert kinds(kept) == []
    assert kept.codes == sketch.codes
    assert [len(members(do(kept, "rebalance"), n)) for n in (1, 2)] == [8, 8]


def test_balancing_says_when_the_number_of_grids_cannot_fit(sketch):
    assert notes_on(sketch, Edit("rebalance")) == []
    assert "too little" in str(notes_on(do(sketch, "split", grid=code(1), parts=2), Edit("rebalance"))[0])
    crowded = halves(ground(rule=GridRule(band=(100, 300), target=200)))
    assert "too much" in str(notes_on(crowded, Edit("rebalance"))[0])


def test_balancing_changes_little():
    flat = ground()
    plan = sketch_of_plan(flat, (flat.figures.middle_xy[:, 1] > Y + 100).astype(np.int64), [code(1), code(2)])  # north and south, over the street
    uneven = do(plan, "move", buildings=["h02", "h12", "h22"], to=code(1))
    assert effect_of(uneven, do(uneven, "rebalance"), plan.grid_of_building).moved_in_force_share <= 0.2


def test_balancing_what_is_even_changes_nothing(sketch):
    assert do(sketch, "rebalance") == sketch


def test_a_dedicated_grid_is_cut_out_and_never_balanced(sketch):
    cut = do(sketch, "dedicate", buildings=["h00", "h10"], name="School")
    assert cut.kinds == ("comprehensive", "comprehensive", "dedicated")
    assert kinds(cut) == []
    assert members(do(cut, "divide"), 3) == ["h00", "h10"]
    with pytest.raises(InputError, match="hang together"):
        do(sketch, "dedicate", buildings=["h00", "h03"], name="School")


def test_a_dedicated_grid_is_merged_only_with_its_like(sketch):
    cut = do(sketch, "dedicate", buildings=["h00"], name="School")
    with pytest.raises(InputError, match=f"{code(3)} with {code(1)}"):
        do(cut, "merge", grids=[code(1), code(3)])
    plain = do(cut, "describe", grid=code(3), kind="comprehensive")
    assert do(plain, "merge", grids=[code(1), code(3)]).codes == (code(1), code(2))


def test_a_dedicated_grid_that_goes_away_is_shown(sketch):
    cut = do(sketch, "dedicate", buildings=["h00"], name="School")
    (lost,) = effect_of(cut, do(cut, "move", buildings=["h00"], to=code(1))).broken
    assert (lost.kind, lost.grids, lost.amount) == ("dedicated", (code(3),), pytest.approx(5000))
    two = do(cut, "dedicate", buildings=["h10"], name="Clinic")
    assert effect_of(two, do(two, "merge", grids=[code(3), code(4)])).broken == ()


def test_what_is_kept_together_stays_together(sketch):
    wished = do(sketch, "together", buildings=["h00", "h30"])
    assert kinds(wished) == ["together"]
    assert kinds(do(wished, "divide")) == []
    assert do(wished, "drop_wish", wish="together", number=0) == sketch


def test_what_is_kept_apart_is_kept_apart(sketch):
    wished = do(sketch, "apart", buildings=["h00", "h01"])
    assert kinds(wished) == ["apart"]
    assert kinds(do(wished, "divide")) == []
    split = do(do(sketch, "apart", buildings=["h00", "h01", "h10", "h11"]), "split", grid=code(1), parts=4)
    assert "apart" not in kinds(split)


def test_wishes_that_cannot_be_kept_are_refused(sketch):
    crowd = do(sketch, "apart", buildings=["h00", "h01", "h02"])
    with pytest.raises(InfeasibleDivision):
        do(crowd, "split", grid=code(1), parts=2)
    with pytest.raises(InputError, match="apart"):
        do(crowd, "together", buildings=["h00", "h01"])


def test_a_wall_without_a_gate_is_said_until_a_crossing_is_allowed():
    walled = halves(ground(("wall", (100, -5), (100, 205))))
    assert kinds(walled) == ["walk"]
    opened = do(walled, "allow_crossing", point=at((100, 100))[0])
    assert kinds(opened) == []
    assert kinds(do(opened, "forbid_crossing", line=at((100, 0), (100, 200)))) == ["walk"]


def test_a_gate_can_be_forbidden():
    gated = halves(ground(("wall", (100, -5), (100, 205)), gates=[(100, 60)]))
    assert kinds(gated) == []
    shut = do(gated, "forbid_crossing", point=at((100, 60))[0])
    assert kinds(shut) == ["walk"]
    assert do(shut, "allow_crossing", point=at((100, 60))[0]) == gated


def test_an_empty_sketch_is_divided_as_a_community_is():
    plan = do(empty_sketch(ground()), "divide")
    assert plan.codes == (code(1), code(2))
    assert kinds(plan) == []


@pytest.mark.parametrize(
    ("kind", "values", "says"),
    [
        ("fly", {}, "no edit"),
        ("merge", {}, "lacks"),
        ("merge", {"grids": [code(1)]}, "at least two"),
        ("merge", {"grids": [code(1), "9"]}, "no grid"),
        ("split", {"grid": code(1), "parts": 9}, "2 to 8"),
        ("split", {"grid": code(1), "parts": "two"}, "whole number"),
        ("split_along", {"grid": code(1), "line": at((300, 0), (300, 200))}, "does not run through"),
        ("split_along", {"grid": code(1), "line": at((1, -5), (1, 205))}, "not cut"),
        ("split_along", {"grid": code(1), "line": at((1, 1))}, "no length"),
        ("move", {"to": code(2)}, "Nothing was chosen"),
        ("move", {"buildings": ["x"], "to": code(2)}, "does not stand"),
        ("move", {"points": at((900, 0)), "to": code(2)}, "outside"),
        ("move", {"atoms": [99], "to": code(2)}, "no piece of ground"),
        ("move", {"buildings": ["h00"], "to": code(1)}, "already"),
        ("move", {"area": at((1, 1), (2, 2)), "to": code(2)}, "no inside"),
        ("move_border", {"between": [code(1), code(1)], "line": at((0, 0), (9, 9))}, "two grids"),
        ("together", {"buildings": ["h00"]}, "at least two"),
        ("drop_wish", {"wish": "apart", "number": 0}, "no wish"),
        ("describe", {"grid": code(1), "kind": "royal"}, "royal"),
        ("allow_crossing", {"pair": [0, 15]}, "no common border"),
        ("allow_crossing", {"point": at((200, 100))[0]}, "no border within"),
        ("forbid_crossing", {}, "where the crossing"),
    ],
)
def test_an_edit_that_means_nothing_is_refused(sketch, kind, values, says):
    with pytest.raises(InputError, match=says):
        do(sketch, kind, **values)


def test_grids_that_do_not_touch_are_not_merged(sketch):
    three = do(sketch, "split_along", grid=code(1), line=at((100, -5), (100, 205)))
    far = next(c for c in three.codes if c != code(2) and "h00" in members(three, int(c[-3:])))
    with pytest.raises(InputError, match="do not touch"):
        do(three, "merge", grids=[code(2), far])


def test_grids_on_both_sides_of_a_street_are_told_whose_ground_lies_between():
    made = halves(ground(("minor", (190, -5), (190, 205))))
    street = do(made, "move", area=at((190, 0), (200, 0), (200, 200), (190, 200)), to="")
    between = next(c for c in street.codes if not members(street, int(c[-3:])))
    first, second = (c for c in street.codes if c != between)
    with pytest.raises(InputError, match=f"Grid {first} and grid {second} do not touch: 10 m of grid {between} lie between"):
        do(street, "merge", grids=[first, second])


def test_every_edit_has_a_sentence_and_comes_back_from_json():
    for kind in KINDS:
        edit = Edit(kind, {"grid": code(1), "grids": [code(1)], "to": code(1)})
        assert edit_of_state(json.loads(json.dumps(edit.to_state()))) == edit
        assert edit.message.in_language("zh_CN") != str(edit.message)


@pytest.mark.parametrize(("to", "said"), [(None, "Take ground out of its grid"), ("", "Move ground to a new grid")])
def test_sentences_of_edits_never_say_none(to, said):
    assert str(Edit("move", {"to": to}).message) == said
    assert "None" not in str(Edit("dedicate", {"name": None}).message)


def test_a_name_that_is_no_text_is_refused(sketch):
    for kind, values in (("describe", {"grid": code(1)}), ("dedicate", {"buildings": ["h00"]})):
        with pytest.raises(InputError, match="must be text, not 7"):
            do(sketch, kind, name=7, **values)


ACTS = st.one_of(
    st.tuples(st.just("move"), st.integers(0, 15), st.integers(0, 5)),
    st.tuples(st.just("split"), st.integers(0, 5), st.integers(2, 3)),
    st.tuples(st.just("merge"), st.integers(0, 5), st.integers(0, 5)),
    st.tuples(st.sampled_from(["rebalance", "repair", "divide"]), st.just(0), st.just(0)),
)


def acted(sketch, act):
    """The sketch after a random act, itself where the act is refused."""
    kind, one, two = act
    name = [*sketch.codes, *sketch.codes, *sketch.codes, *sketch.codes, *sketch.codes, *sketch.codes]
    values = {"move": {"atoms": [one], "to": name[two]}, "split": {"grid": name[one], "parts": two}, "merge": {"grids": [name[one], name[two]]}}
    try:
        return apply_edit(sketch, Edit(kind, values.get(kind, {})))
    except (InputError, InfeasibleDivision):
        return sketch


QUICK = halves(ground(rule=GridRule(effort="quick")))
LOCKED = do(do(QUICK, "split", grid=code(1), parts=2), "lock", grids=[code(1)])


@given(st.lists(ACTS, max_size=5))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
def test_any_edits_keep_the_ground_covered_the_buildings_whole_and_the_locks(acts):
    plan = LOCKED
    for act in acts:
        plan = acted(plan, act)
    assert members(plan, 1) == members(LOCKED, 1)
    made = plan_of_sketch(plan)
    found = {fault.kind for fault in find_faults(made.grids, plan.ground.place.given, plan.ground.buildings.assign(grid_code=made.buildings))}
    assert found <= {"band", "multipart"}
    assert "multipart" not in found or "multipart" in kinds(plan)
    assert sketch_of_state(plan.ground, json.loads(json.dumps(plan.to_state()))) == plan
    assert np.array_equal(np.unique(plan.label_of_atom), np.arange(len(plan.codes)))


def test_an_island_in_no_grid_becomes_one():
    isle = gpd.GeoSeries([MultiPolygon([community().iloc[0], box(X + 500, Y, X + 560, Y + 50)])], index=[code(0)[:12]], crs=community().crs)
    made = prepare_ground(isle, houses(), lines())
    plan = sketch_of_plan(made, np.where(made.figures.middle_xy[:, 0] > X + 450, -1, 0), [code(1)])
    assert kinds(plan) == ["band", "gap"]
    assert do(plan, "repair").codes == (code(1), code(2))
