"""Reference tables are complete, consistent, and say how sure they are."""

from __future__ import annotations

import pytest

from contracts.reference import FOLDER, reference_table

OWN = ["facility_categories", "facility_groups", "life_circle_levels", "community_types", "case_categories"]
CERTAINTY = r"programme|found|proposal|recalled \d\d%"


@pytest.mark.parametrize("name", OWN)
def test_every_row_has_a_code_two_names_a_source_and_a_certainty(name: str) -> None:
    table = reference_table(name)
    assert table["code"].is_unique
    assert (table[["zh", "en", "source"]] != "").all(axis=None)
    assert table["certainty"].str.fullmatch(CERTAINTY).all()


def test_categories_belong_to_a_group_and_a_level() -> None:
    categories = reference_table("facility_categories")
    assert set(categories["group"]) == set(reference_table("facility_groups")["code"])
    assert set(categories["level"]) <= set(reference_table("life_circle_levels")["code"])


def test_an_everyday_name_means_one_category() -> None:
    aliases = reference_table("facility_aliases")
    assert aliases["alias"].is_unique
    assert set(aliases["code"]) <= set(reference_table("facility_categories")["code"])
    assert aliases["certainty"].str.fullmatch(CERTAINTY).all()


def test_minor_classes_of_cases_have_a_parent_and_a_limit() -> None:
    table = reference_table("case_categories")
    minor = table[table["level"] == "minor"]
    assert minor["parent_code"].isin(table.loc[table["level"] == "major", "code"]).all()
    assert (minor["limit_amount"].astype(int) > 0).all()
    assert set(minor["limit_unit"]) <= {"urgent_hour", "work_hour", "work_day"}


def test_major_classes_are_those_in_public_use() -> None:
    table = reference_table("case_categories")
    assert table.loc[table["level"] == "major", "kind"].value_counts().to_dict() == {"component": 5, "event": 6, "social": 7}


def test_every_table_is_described() -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in readme for name in OWN)
