"""Codes are well-formed, in reading order, and never given twice."""

from __future__ import annotations

import pandas as pd
import pytest

from contracts.errors import ConflictError
from grids.codes import is_area_code, is_community_code, is_grid_code, keep_codes, number_codes, reading_order

COMMUNITY = "110105001001"


@pytest.mark.parametrize("code", ["110000000000", "110105000000", "110105001000", "110105001001"])
def test_area_codes_of_every_level_are_known(code):
    assert is_area_code(code)


@pytest.mark.parametrize(
    "code", ["", "1101050010", "1101050010011", "010105001001", "11010500100a", "１１０１０５００１００１", "110105000001", 110105001001, None]
)
def test_other_things_are_no_area_codes(code):
    assert not is_area_code(code)


def test_only_full_codes_are_communities():
    assert [is_community_code(code) for code in ("110105001001", "110105001000", "110105000000")] == [True, False, False]


def test_a_grid_code_is_a_community_and_a_number():
    assert [is_grid_code(code) for code in (COMMUNITY + "001", COMMUNITY + "000", COMMUNITY, "110105001000001")] == [True, False, False, False]


def test_numbers_run_west_to_east_then_north_to_south():
    assert reading_order([10, 0, 0], [0, 0, 5]).tolist() == [2, 1, 0]


def test_used_numbers_are_skipped():
    assert number_codes(COMMUNITY, 2, {COMMUNITY + "001", COMMUNITY + "003"}) == [COMMUNITY + "002", COMMUNITY + "004"]


def test_the_thousandth_grid_is_refused():
    assert len(number_codes(COMMUNITY, 999)) == 999
    with pytest.raises(ConflictError):
        number_codes(COMMUNITY, 1000)


def test_a_code_follows_the_most_households():
    new, old = pd.Series(["a", "a", "b", "b"]), pd.Series([COMMUNITY + "001", COMMUNITY + "002", COMMUNITY + "002", None])
    kept = keep_codes(new, old, pd.Series([10, 200, 100, 5]), ["a", "b"], community_code=COMMUNITY)
    assert kept == {"a": COMMUNITY + "002", "b": COMMUNITY + "003"}


def test_without_an_old_plan_codes_are_in_reading_order():
    none = pd.Series([None, None], dtype="str")
    assert keep_codes(pd.Series([0, 1]), none, pd.Series([1, 1]), [1, 0], community_code=COMMUNITY) == {1: COMMUNITY + "001", 0: COMMUNITY + "002"}


@pytest.mark.parametrize("wrong", [COMMUNITY + "000", COMMUNITY + "abc", COMMUNITY + "1", COMMUNITY, "ABC", "999", "440305001001007", ""])
def test_what_is_no_number_of_the_community_is_not_kept(wrong):
    kept = keep_codes(pd.Series([0, 1]), pd.Series([wrong, COMMUNITY + "005"]), pd.Series([900, 1]), [0, 1], community_code=COMMUNITY)
    assert kept == {0: COMMUNITY + "001", 1: COMMUNITY + "005"}
