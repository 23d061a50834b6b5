"""Plans that somebody drew come back as they were drawn, or mended with a list of what was mended."""

from __future__ import annotations

import pytest
import shapely
from shapely.geometry import MultiPolygon

from benchmarks.communities import TAME, make_community
from contracts.errors import CrsError, InputError
from grids.check import find_faults
from grids.divide import divide_community
from grids.ground import drawn_of_state, prepare_ground
from grids.imported import open_grids, sketch_of_grids
from grids.sketch import plan_of_sketch, sketch_of_state
from tests.grids.village import CRS, X, at, code, community, do, drawn, ground, houses, lines, members, part


def opened(*shapes, codes=None):
    sketch, repairs = open_grids(community(), houses(), lines(), drawn(*shapes, codes=codes))
    return sketch, repairs, sorted({item.kind for item in repairs.items})


def same_shapes(one, two):
    return shapely.equals_exact(one.geometry.normalize().to_numpy(), two.geometry.loc[one.index].normalize().to_numpy(), 0.0)


@pytest.mark.parametrize("kind", TAME)
def test_a_division_is_read_back_vertex_for_vertex(kind):
    made = make_community(kind, 1)
    plan = divide_community(made.shape, made.buildings, made.lines, crossings=made.crossings)
    sketch, repairs = open_grids(made.shape, made.buildings, made.lines, plan.grids, crossings=made.crossings)
    assert repairs.is_empty, [str(item.was) for item in repairs.items]
    assert sketch.ground.drawn is None
    assert same_shapes(plan.grids, plan_of_sketch(sketch).grids).all()
    assert sketch.grid_of_building.equals(plan.buildings)


@pytest.mark.parametrize("kind", TAME)
def test_a_sound_foreign_plan_comes_back_vertex_for_vertex(kind):
    made = make_community(kind, 2)
    plan = divide_community(made.shape, made.buildings, made.lines)
    base = prepare_ground(made.shape, made.buildings, None, drawn=plan.grids)  # the streets are not known any more
    sketch, repairs = sketch_of_grids(base, plan.grids)
    assert repairs.is_empty, [str(item.was) for item in repairs.items]
    again = plan_of_sketch(sketch).grids
    assert same_shapes(plan.grids, again).mean() > 0.85  # where vertices lie a centimetre apart one may change sides
    assert plan.grids.geometry.symmetric_difference(again.geometry.loc[plan.grids.index]).to_crs(CRS).area.max() < 0.02


@pytest.mark.parametrize("load", ["many", float("nan")])
def test_what_a_file_says_of_loads_is_not_asked(load):
    grids = drawn(part(0, 0, 200, 200), part(200, 0, 400, 200)).assign(households=load)
    assert open_grids(community(), houses(), lines(), grids)[1].is_empty


def test_borders_through_open_ground_are_kept():
    sketch, repairs, _ = opened(part(0, 0, 173, 200), part(173, 0, 400, 200))
    assert repairs.is_empty
    assert plan_of_sketch(sketch).grids.bounds["maxx"].tolist() == [X + 173, X + 400]
    again = prepare_ground(community(), houses(), lines(), drawn=drawn_of_state(CRS, sketch.to_state()))
    assert sketch_of_state(again, sketch.to_state()) == sketch


def test_grids_in_pieces_keep_their_corners_on_drawn_borders():
    sketch, _, _ = opened(part(0, 0, 173, 200), part(173, 0, 400, 200))
    split = do(sketch, "split_along", grid=code(1), line=at((-5, 101), (173, 101)))
    torn = do(do(split, "move", buildings=["h30"], to=code(1)), "move", buildings=["h33"], to=code(3))
    faults = find_faults(plan_of_sketch(torn).grids, community(), houses())
    assert {fault.kind for fault in faults} == {"band", "multipart"}


def test_an_overlap_goes_to_one_grid():
    _, repairs, kinds = opened(part(0, 0, 190, 200), part(180, 0, 400, 200))
    assert kinds == ["overlap"]
    assert repairs.items[0].area_m2 == pytest.approx(2000)
    assert part(180, 0, 190, 200).contains(repairs.items[0].place)


def test_a_gap_without_buildings_is_filled():
    sketch, repairs, kinds = opened(part(0, 0, 170, 200), part(180, 0, 400, 200))
    assert kinds == ["gap"]
    assert sketch.is_complete
    assert repairs.table()["area_m2"].tolist() == pytest.approx([2000])


def test_a_gap_with_buildings_waits_for_a_planner():
    sketch, _, kinds = opened(part(0, 0, 100, 200), part(200, 0, 400, 200))
    assert kinds == ["gap"]
    assert not sketch.is_complete
    assert sketch.grid_of_building.isna().sum() == 4


def test_pieces_with_buildings_become_grids():
    pieces = MultiPolygon([part(0, 0, 100, 200), part(300, 0, 400, 200)])
    sketch, _, kinds = opened(pieces, part(100, 0, 300, 200))
    assert kinds == ["multipart"]
    assert sorted(sketch.codes) == [code(1), code(2), code(3)]
    assert {len(members(sketch, n)) for n in (1, 3)} == {4}


def test_a_building_that_is_cut_goes_to_the_larger_part():
    sketch, _, kinds = opened(part(0, 0, 145, 200), part(145, 0, 400, 200))
    assert "building_cut" in kinds
    assert set(kinds) <= {"building_cut", "border"}
    assert members(sketch, 1) == ["h00", "h01", "h02", "h03"]


def test_a_code_used_twice_stays_with_the_larger_grid():
    sketch, _, kinds = opened(part(0, 0, 100, 200), part(100, 0, 400, 200), codes=[code(7), code(7)])
    assert kinds == ["duplicate"]
    assert len(members(sketch, 7)) == 12
    assert code(1) in sketch.codes


def test_a_code_of_another_community_is_replaced():
    sketch, _, kinds = opened(part(0, 0, 200, 200), part(200, 0, 400, 200), codes=["A", code(4)])
    assert kinds == ["code"]
    assert sketch.codes == (code(1), code(4))


@pytest.mark.parametrize("number", ["000", "00a", "٠٠١"])
def test_a_number_no_grid_has_is_replaced(number):
    sketch, repairs, _ = opened(part(0, 0, 200, 200), part(200, 0, 400, 200), codes=[code(0)[:-3] + number, code(2)])
    assert sorted(sketch.codes) == [code(1), code(2)]
    (repair,) = [item for item in repairs.items if item.kind == "code"]
    assert repair.grids == (code(0)[:-3] + number,)


def test_what_reaches_over_the_border_is_cut_off():
    sketch, _, kinds = opened(part(-20, 0, 200, 200), part(200, 0, 400, 200))
    assert kinds == ["outside"]
    assert plan_of_sketch(sketch).grids.total_bounds.tolist() == list(community().total_bounds)


def test_a_grid_with_no_ground_of_its_own_is_said():
    _, _, kinds = opened(part(0, 0, 200, 200), part(200, 0, 400, 200), part(210, 10, 211, 11))
    assert "empty" in kinds


def test_names_and_kinds_are_taken_over():
    grids = drawn(part(0, 0, 200, 200), part(200, 0, 400, 200)).assign(name=["West", None], kind=["dedicated", "comprehensive"])
    sketch, _ = sketch_of_grids(ground(), grids)
    assert (sketch.names, sketch.kinds) == (("West", ""), ("dedicated", "comprehensive"))


def test_every_repair_is_said_in_chinese():
    _, repairs, _ = opened(part(-20, 0, 190, 200), part(180, 0, 400, 190))
    assert all("已" in item.done.in_language("zh_CN") for item in repairs.items)


def test_grids_elsewhere_or_without_system_are_refused():
    with pytest.raises(InputError, match="None of the grids"):
        sketch_of_grids(ground(), drawn(part(900, 0, 999, 9)))
    with pytest.raises(CrsError):
        sketch_of_grids(ground(), drawn(part(0, 0, 9, 9)).set_crs(None, allow_override=True))
