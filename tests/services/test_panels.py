"""The panel of a grid says what is known of it, in words, and no more than one may see."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from contracts.errors import NotAllowedError, NotFoundError
from grids.rules import GridRule
from services.access import SYSTEM
from services.division import divide_communities
from services.panels import grid_panel
from store.engine import Store
from store.unit_of_work import SqlUnitOfWork
from tests.services.acts import NOBODY, person
from tests.small_city import AT, CITY, DISTRICT, EAST, STATION, WEST, plan, settle, workers

GRID = f"{WEST}002"


def texts(value: object) -> list[str]:
    """Every text in a panel, at any depth."""
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, tuple | list) else ()
    return [text for part in parts for text in texts(part)]


def test_a_panel_counts_people_and_names_places(store: Store) -> None:
    uow = SqlUnitOfWork(store)
    settle(uow)
    plan(uow)
    panel = grid_panel(uow, SYSTEM, GRID)
    assert (panel.households, panel.residents, panel.buildings, panel.estimated) == (420.0, 840.0, 6, False)
    assert panel.names == {"community": ("西里", "West"), "street": ("小街道", "Small Street"), "district": ("小区", "小区"), "city": ("小城", "Small City")}
    assert list(panel.workers["name"]) == ["员1"]


def test_shares_and_minutes_are_the_drawn_ones(planned: SqlUnitOfWork) -> None:
    row = grid_panel(planned, SYSTEM, GRID, limit_s=300.0).coverage.set_index("category").loc[STATION]
    assert (row["adult_share"], row["older_share"], row["radius_share"]) == (0.5, 0.0, 0.5)
    assert row["adult_minutes"] == pytest.approx(340 / 1.2 / 60)  # 290, 290, 340, 370, 370, 420: the third house holds the middle household


def test_no_panel_shows_nan(planned: SqlUnitOfWork) -> None:
    with planned:
        planned.workers.upsert(workers().loc[["w1"]].assign(name=None))
        planned.commit()
        panels = [grid_panel(planned, SYSTEM, code) for code in planned.plans.grids().index]
    for panel in panels:
        said = [*texts({**asdict(panel), "workers": (), "coverage": ()}), *texts(panel.workers[["name", "role"]].to_numpy().tolist())]
        assert "nan" not in [text.lower() for text in said]
        assert all(isinstance(name, str) for name in panel.workers["name"])


def test_a_grid_without_older_people_still_has_its_columns(planned: SqlUnitOfWork) -> None:
    assert grid_panel(planned, SYSTEM, f"{EAST}001").coverage["older_share"].isna().all()


def test_before_the_first_computation_the_coverage_is_empty(loaded: SqlUnitOfWork) -> None:
    divide_communities(loaded, SYSTEM, at=AT)
    panel = grid_panel(loaded, SYSTEM, GRID)
    assert panel.coverage.empty
    assert panel.method == {}
    assert panel.workers.empty


def test_rules_the_plan_could_not_keep_are_said_in_the_readers_language(loaded: SqlUnitOfWork) -> None:
    with loaded:
        loaded.buildings.upsert(loaded.buildings.read(keys=["h040-130"]).assign(households=600))
        loaded.commit()
    report = divide_communities(loaded, SYSTEM, rule=GridRule(), at=AT)
    said = {reason.template for code, reason in report.warnings if code == WEST}
    with loaded:
        heavy = loaded.plans.grid_of_building()["h040-130"]
    reasons = grid_panel(loaded, SYSTEM, heavy).reasons
    assert {reason.template for reason in reasons} <= said
    assert any("600" in reason.in_language("zh_CN") for reason in reasons)


def test_who_may_not_see_workers_sees_none(planned: SqlUnitOfWork) -> None:
    assert grid_panel(planned, person(("receiver", "")), GRID).workers.empty
    here_and_there = person(("receiver", WEST), ("coordinator", EAST))
    assert grid_panel(planned, here_and_there, GRID).workers.empty
    assert list(grid_panel(planned, here_and_there, f"{EAST}001").workers["name"]) == ["员2"]


@pytest.mark.parametrize("who", [NOBODY, person(("leader", EAST)), person(("admin", f"{WEST}001"))])
def test_foreign_grids_are_refused(planned: SqlUnitOfWork, who) -> None:
    with pytest.raises(NotAllowedError):
        grid_panel(planned, who, GRID)


@pytest.mark.parametrize("code", [f"{WEST}099", WEST, CITY, DISTRICT, "", "x"])
def test_what_is_no_grid_in_force_is_not_found(planned: SqlUnitOfWork, code: str) -> None:
    with pytest.raises(NotFoundError):
        grid_panel(planned, SYSTEM, code)
