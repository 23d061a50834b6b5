"""The page planners read says what the tables say."""

from contracts.reference import reference_table
from data.streets_page import PAGE, streets_page


def test_the_page_is_written_from_the_tables():
    assert PAGE.read_text("utf-8") == streets_page(), "run python -m data.streets_page"


def test_every_rule_is_on_the_page_in_both_languages():
    text = streets_page()
    for table, english in (("street_rules", "en"), ("osm_walkable", "reason"), ("crossing_delays", "en"), ("osm_plazas", "en")):
        rules = reference_table(table)
        assert all(row["zh"] in text and row[english] in text for row in rules.to_dict("records")), table
