"""Each command does its one act, says it, and ends with the status of what came of it."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
from typer.main import get_command

from cli import app
from store.engine import open_store
from store.unit_of_work import SqlUnitOfWork
from tests.cli.conftest import Wangge
from tests.small_city import EAST, WEST

COMMANDS = sorted(get_command(app).commands)
SHEET = "key,name,category,lon,lat\nf1,健康站,HLT_STATION,116.418,39.914\n"


def unit(url: str) -> SqlUnitOfWork:
    return SqlUnitOfWork(open_store(url))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(wangge: Wangge, command: str) -> None:
    answer = wangge(command, "--help")
    assert answer.code == 0
    assert "Usage" in answer.out


def test_without_a_command_there_is_help(wangge: Wangge) -> None:
    assert "demo" in wangge("--help").out


def test_plan_goes_from_data_to_a_city(wangge: Wangge, loaded: str) -> None:
    facts = wangge("plan", "--db", loaded, "--json").json()
    assert (facts["communities"], facts["grids"], facts["pairs"], facts["doors"]) == (2, 4, 6, 24)


def test_divide_assign_and_circles_one_by_one(wangge: Wangge, loaded: str) -> None:
    assert wangge("divide", "--db", loaded, "--json").json()["grids"] == 4
    assert wangge("assign", "--db", loaded, "--json").json()["leads"] == 4
    assert wangge("circles", "--profile", "adult", "--db", loaded, "--json").json()["doors"] == 24


def test_one_community_is_divided_alone(wangge: Wangge, loaded: str) -> None:
    assert wangge("divide", "--community", WEST, "--db", loaded, "--json").json()["communities"] == 1


def test_drafts_are_not_in_force(wangge: Wangge, loaded: str) -> None:
    wangge("divide", "--draft", "--db", loaded)
    with unit(loaded) as uow:
        assert len(uow.plans.grids()) == 0
        assert len(uow.plans.list_plans(status="draft")) == 2


def test_check_ends_with_0_where_all_is_well(wangge: Wangge, planned: str) -> None:
    answer = wangge("check", "--db", planned, "--json")
    assert (answer.code, answer.json()) == (0, {"faults": 0, "kinds": {}, "people": 0, "computed": 0, "not_computed": 0})


def test_check_ends_with_1_where_there_are_faults(wangge: Wangge, loaded: str) -> None:
    answer = wangge("check", "--db", loaded, "--json")
    assert (answer.code, answer.json()) == (1, {"faults": 2, "kinds": {"no_plan": 2}, "people": 0, "computed": 0, "not_computed": 0})
    assert "西里" in answer.err
    assert "Community without grids: 2 faults" in answer.err


@pytest.mark.parametrize("ending", ["csv", "geojson"])
def test_check_writes_all_faults_to_a_file(wangge: Wangge, loaded: str, tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"faults.{ending}"
    assert wangge("check", "--db", loaded, "--file", file).code == 1
    assert sorted(gpd.read_file(file)["place"]) == ["东里", "西里"]
    assert wangge("check", "--db", loaded, "--file", tmp_path / "faults.doc").code == 2


def test_an_import_stores_the_rows(wangge: Wangge, planned: str, tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text(SHEET, "utf-8")
    facts = wangge("import", "facilities", tmp_path / "f.csv", "--crs", "wgs84", "--db", planned, "--json").json()
    assert facts["counts"]["facilities"] == {"added": 0, "updated": 1, "unchanged": 0}
    with unit(planned) as uow:
        assert uow.facilities.read(keys=["f1"])["name"].tolist() == ["健康站"]


def test_a_dry_run_stores_nothing(wangge: Wangge, planned: str, tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text(SHEET.replace("f1,", "f8,"), "utf-8")
    answer = wangge("import", "facilities", tmp_path / "f.csv", "--crs", "wgs84", "--dry-run", "--db", planned)
    assert "would be added" in answer.err
    with unit(planned) as uow:
        assert uow.facilities.count() == 3


def test_a_strange_heading_is_mapped(wangge: Wangge, planned: str, tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text(SHEET.replace("name", "Beschriftung"), "utf-8")
    facts = wangge("import", "facilities", tmp_path / "f.csv", "--crs", "wgs84", "--map", "name=Beschriftung", "--db", planned, "--json").json()
    assert facts["fields"]["name"] == "Beschriftung"


def test_refused_rows_are_written_under_home(wangge: Wangge, planned: str, tmp_path: Path, home: Path) -> None:
    (tmp_path / "f.csv").write_text(SHEET + "f7,无处,NO_SUCH,116.4,39.9\n", "utf-8")
    facts = wangge("import", "facilities", tmp_path / "f.csv", "--crs", "wgs84", "--db", planned, "--json").json()
    assert facts["rejected"] == 1
    assert Path(facts["rejected_path"]).parent == home / "rejected"


@pytest.mark.parametrize("ending", ["geojson", "gpkg"])
def test_an_export_can_be_read(wangge: Wangge, planned: str, tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"grids.{ending}"
    assert wangge("export", "grids", file, "--area", EAST, "--db", planned, "--json").json() == {"layer": "grids", "rows": 2}
    assert sorted(gpd.read_file(file)["code"]) == [f"{EAST}001", f"{EAST}002"]


def test_a_backup_restores_the_same_store(wangge: Wangge, planned: str, tmp_path: Path) -> None:
    other = f"sqlite:///{tmp_path / 'other.sqlite'}"
    assert wangge("backup", tmp_path / "b.sqlite", "--db", planned, "--json").json()["bytes"] > 0
    assert wangge("restore", tmp_path / "b.sqlite", "--db", other).code == 0
    with unit(planned) as here, unit(other) as there:
        assert there.buildings.read().equals(here.buildings.read())
        assert there.assignments.read().equals(here.assignments.read())


def test_a_restore_replaces_only_when_told(wangge: Wangge, planned: str, loaded: str, tmp_path: Path) -> None:
    wangge("backup", tmp_path / "b.sqlite", "--db", loaded)
    assert wangge("restore", tmp_path / "b.sqlite", "--db", planned).code == 5
    with unit(planned) as uow:
        assert len(uow.plans.grids()) == 4
    assert wangge("restore", tmp_path / "b.sqlite", "--replace", "--db", planned).code == 0
    with unit(planned) as uow:
        assert len(uow.plans.grids()) == 0


def test_a_user_is_made_with_a_password_shown_once(wangge: Wangge, planned: str) -> None:
    made = wangge("user", "add", "lin", "--role", "planner", "--area", WEST, "--db", planned, "--json").json()
    assert made["login"] == "lin"
    assert len(made["password"]) >= 16
    with unit(planned) as uow:
        assert uow.users.grants("lin")[["role", "area_code"]].to_numpy().tolist() == [["planner", WEST]]
        assert made["password"] not in str(uow.users.find("lin"))


def test_a_lost_password_is_replaced(wangge: Wangge, planned: str) -> None:
    wangge("user", "add", "lin", "--role", "planner", "--db", planned)
    made = wangge("user", "password", "lin", "--db", planned, "--json")
    assert len(made.json()["password"]) >= 16
    assert made.json()["password"] in made.err


def test_the_demo_prints_its_accounts_before_its_json(wangge: Wangge, tmp_path: Path) -> None:
    answer = wangge("demo", "--once", "--communities", "4", "--db", f"sqlite:///{tmp_path / 'demo.sqlite'}", "--json")
    assert answer.code == 0
    assert answer.json()["communities"] == 4
    assert "planner" in answer.err
    assert answer.err.index("Account") < answer.err.index("communities,")
    again = wangge("demo", "--once", "--communities", "4", "--db", f"sqlite:///{tmp_path / 'demo.sqlite'}")
    assert f"./wangge user password planner --db sqlite:///{tmp_path / 'demo.sqlite'}" in again.err


def test_a_chinese_terminal_is_spoken_to_in_chinese(wangge: Wangge, planned: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from contracts.settings import settings

    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    settings.cache_clear()
    assert "未发现问题" in wangge("check", "--db", planned).err


def test_a_division_on_two_processes_gives_the_same_plans(wangge: Wangge, loaded: str) -> None:
    one = wangge("divide", "--draft", "--db", loaded, "--json").json()
    two = wangge("divide", "--draft", "--processes", "2", "--fresh", "--db", loaded, "--json").json()
    assert one["digest"] == two["digest"]


def test_cells_are_drawn_and_given_duty_grids(wangge: Wangge, planned: str, tmp_path: Path) -> None:
    assert wangge("cells", "--db", planned, "--json").json()["duty_grids"] == 4
    (tmp_path / "d.csv").write_text(f"cell,duty_grid\n{WEST}001,d\n", "utf-8")
    assert wangge("cells", "--duty", str(tmp_path / "d.csv"), "--db", planned, "--json").json()["changed"] == 1


@pytest.mark.parametrize("name", ["plan.geojson", "plan.xlsx", "plan.html"])
def test_the_plan_of_a_community_goes_to_a_file(wangge: Wangge, planned: str, tmp_path: Path, name: str) -> None:
    answer = wangge("export-plan", str(tmp_path / name), "--community", WEST, "--db", planned, "--json")
    assert answer.json()["rows"] == 2
    assert (tmp_path / name).stat().st_size > 1000


def test_a_community_without_a_plan_has_nothing_to_export(wangge: Wangge, loaded: str, tmp_path: Path) -> None:
    assert wangge("export-plan", str(tmp_path / "p.csv"), "--community", EAST, "--db", loaded).code == 3
    unsaid, unknown = wangge("export-plan", str(tmp_path / "p.csv"), "--db", loaded), wangge("export-plan", str(tmp_path / "p.doc"), "--db", loaded)
    assert "--community" in unsaid.err
    assert ".html" in unknown.err
