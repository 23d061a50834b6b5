"""Staff and rooms of the small city: two communities of 840 households and 1680 people."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from contracts.errors import InputError, NotAllowedError, SettingError
from contracts.reference import reference_table
from services.access import SYSTEM
from services.staffing import EDGE_SETTING, Scorecard, staff_sheet, staffing_map, staffing_scorecard
from store.unit_of_work import SqlUnitOfWork
from tests.services.acts import NOBODY, person
from tests.small_city import EAST, STREET, WEST


def say(uow: SqlUnitOfWork, **facts: list[float | None]) -> None:
    """Note facts of the western and the eastern community."""
    with uow:
        areas = uow.areas.read(keys=[WEST, EAST])
        uow.areas.upsert(areas[["geometry"]].assign(**facts))
        uow.commit()


def row(card: Scorecard, code: str, measure: str) -> list[object]:
    table = card.judged.set_index(["community_code", "measure"])
    return table.loc[(code, measure), ["need", "has", "gap", "answer"]].tolist()


def test_needs_and_gaps_by_hand(planned: SqlUnitOfWork) -> None:
    say(planned, station_staff=[2, 9], rooms_m2=[300.0, 350.0], committee_members=[5, 4])
    card = staffing_scorecard(planned, SYSTEM, scheme="beijing")
    assert row(card, WEST, "station_staff") == [3, 2, 1, "short"]
    assert row(card, EAST, "rooms_m2") == [350, 350, 0, "met"]
    assert card.communities[["gaps", "households", "residents"]].to_numpy().tolist() == [[2, 840, 1680], [1, 840, 1680]]
    assert card.gaps[["community_code", "measure", "people"]].to_numpy().tolist() == [
        [WEST, "rooms_m2", 1680],
        [WEST, "station_staff", 1680],
        [EAST, "committee_members", 1680],
    ]


def test_what_nobody_said_is_unknown_and_not_zero(planned: SqlUnitOfWork) -> None:
    say(planned, station_staff=[None, 0])
    card = staffing_scorecard(planned, SYSTEM, scheme="beijing")
    assert row(card, WEST, "station_staff")[3] == "unknown"
    assert row(card, EAST, "station_staff") == [3, 0, 3, "short"]
    assert np.isnan(card.communities.loc[WEST, "gaps"])
    assert not card.says_nothing


def test_totals_are_of_those_known(planned: SqlUnitOfWork) -> None:
    say(planned, station_staff=[2, None])
    totals = staffing_scorecard(planned, SYSTEM, scheme="beijing").totals.set_index(["area_code", "measure"])
    for area in ("", STREET):
        assert totals.loc[(area, "station_staff"), ["communities", "need", "has", "gap", "met_share", "unknown"]].tolist() == [2, 3, 2, 1, 0, 1]
        assert np.isnan(totals.loc[(area, "rooms_m2"), "met_share"])


def test_grids_with_a_worker_are_counted(planned: SqlUnitOfWork) -> None:
    card = staffing_scorecard(planned, SYSTEM, scheme="law")
    assert row(card, WEST, "staffed_grids") == [2, 2, 0, "met"]
    assert card.says_nothing


def test_before_any_plan_grids_are_unknown(loaded: SqlUnitOfWork) -> None:
    card = staffing_scorecard(loaded, SYSTEM, scheme="law")
    assert row(card, WEST, "staffed_grids")[3] == "unknown"
    assert card.plausibility["ratio"].isna().all()


def test_workers_are_compared_with_published_figures(planned: SqlUnitOfWork) -> None:
    say(planned, community_workers=[10, None])
    table = staffing_scorecard(planned, SYSTEM, scheme="henan").plausibility.set_index("figure")
    assert table.loc["workers_per_grid", "here"] == 1.0
    assert table.loc["workers_per_grid", "ratio"] == pytest.approx(41_800 / 82_500)
    assert "many" in str(table.loc["full_time_per_grid", "sentence"])
    assert table.loc["community_workers_per_community", ["here", "ratio"]].tolist() == [10, pytest.approx(10 * 3177 / 35_000)]


def test_published_workers_add_up() -> None:
    amounts = reference_table("staffing_published").set_index("figure")["amount"].astype(int)
    assert amounts["workers_per_grid"] == amounts["full_time_per_grid"] + amounts["part_time_per_grid"]


def test_only_what_one_may_see_is_judged(planned: SqlUnitOfWork) -> None:
    card = staffing_scorecard(planned, person(("leader", WEST)), scheme="beijing")
    assert card.communities.index.tolist() == [WEST]
    for who, area in ((NOBODY, ""), (person(("leader", WEST)), EAST), (person(("worker", WEST)), WEST)):
        with pytest.raises(NotAllowedError):
            staffing_scorecard(planned, who, scheme="beijing", area_code=area)


def test_a_city_may_say_where_edges_count(planned: SqlUnitOfWork) -> None:
    with planned:
        planned.city.put(EDGE_SETTING, "sideways")
        planned.commit()
    with pytest.raises(SettingError, match="sideways"):
        staffing_scorecard(planned, SYSTEM, scheme="beijing")


def test_an_unknown_scheme_is_refused(planned: SqlUnitOfWork) -> None:
    with pytest.raises(InputError):
        staffing_scorecard(planned, SYSTEM, scheme="Atlantis")


def test_the_map_has_a_shape_for_every_community(planned: SqlUnitOfWork) -> None:
    found = staffing_map(planned, SYSTEM, scheme="beijing", area_code=STREET)
    assert found.index.tolist() == [WEST, EAST]
    assert found.geometry.is_valid.all()


def test_the_sheet_names_every_community_and_can_be_filled_in(planned: SqlUnitOfWork) -> None:
    sheet = staff_sheet(staffing_scorecard(planned, SYSTEM, scheme="beijing"))
    assert sheet.iloc[:, 0].tolist() == [WEST, EAST]
    assert (sheet.iloc[:, 2:] == "").all(axis=None)
    assert pd.Index(sheet.columns).is_unique
