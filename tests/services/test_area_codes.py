"""Codes never change and never collide."""

from __future__ import annotations

import geopandas as gpd
import pytest
from shapely.geometry import box

from services.area_codes import code_communities, is_code, level_of, made_up_district, missing_parents, parent_of


@pytest.mark.parametrize(("code", "level"), [("110100000000", "city"), ("110105000000", "district"), ("110105001000", "street"), ("110105001001", "community")])
def test_a_code_says_its_level(code: str, level: str) -> None:
    assert level_of(code) == level


@pytest.mark.parametrize("text", ["", "11010500100", "1101050010011", "11010500100x", None, 110105001001])
def test_what_is_no_code(text: object) -> None:
    assert not is_code(text)


def test_a_parent_is_one_level_up() -> None:
    assert parent_of("110105001001", "community") == "110105001000"
    assert parent_of("110100000000", "city") == ""


def test_codes_do_not_depend_on_the_order_of_rows() -> None:
    district = made_up_district("town")

    assert code_communities(["b", "a"], {}, district, set()) == code_communities(["a", "b"], {}, district, set())


def test_used_codes_are_not_given_again() -> None:
    first = code_communities(["a"], {}, "990001000000", set())
    second = code_communities(["a", "b"], first, "990001000000", set(first.values()))

    assert second == {"a": "990001001001", "b": "990001001002"}


def test_the_thousandth_community_opens_the_next_street() -> None:
    codes = code_communities([f"{i:04d}" for i in range(2_500)], {}, "990001000000", set())

    assert len(set(codes.values())) == 2_500
    assert codes["0999"] == "990001002001"


def test_missing_parents_are_the_union_of_what_they_hold() -> None:
    codes = ["110105001001", "110105001002"]
    areas = gpd.GeoDataFrame({"level": ["community"] * 2, "generated": [False] * 2}, index=codes, geometry=[box(0, 0, 1, 1), box(1, 0, 2, 1)], crs=4326)
    parents = missing_parents(areas)

    assert parents["level"].to_dict() == {"110105001000": "street", "110105000000": "district"}
    assert parents.geometry["110105000000"].equals(box(0, 0, 2, 1))


def test_given_parents_are_left_alone() -> None:
    codes = ["110105001001", "110105001000", "110105000000"]
    areas = gpd.GeoDataFrame({"level": ["community", "street", "district"], "generated": [False] * 3}, index=codes, geometry=[box(0, 0, 1, 1)] * 3, crs=4326)

    assert missing_parents(areas).empty
