"""Rounds, tracks and visits of the small city: who may, what is kept, what is due."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from contracts.errors import ConflictError, InputError, NotAllowedError, NotFoundError, SettingError
from gis.track_files import read_track
from services.access import SYSTEM
from services.cells import make_cells
from services.patrol import cell_state, grid_round, patrol_overview, patrol_state
from services.patrol_tracks import import_track, note_visits, visit_counts
from services.round_files import write_rounds
from store.unit_of_work import SqlUnitOfWork
from tests.services.acts import NOBODY, person
from tests.small_city import AT, EAST_0, METRIC, NORTH_0, WEST, placed, streets

G1, G2 = f"{WEST}001", f"{WEST}002"
TODAY = date(2026, 3, 4)
WORKER = person(("worker", G1))


def walked(folder: Path, *places: tuple[float, float], day: date = TODAY, name: str = "t.geojson") -> Path:
    """A track over places in metres of the city, one minute apart in the city's morning."""
    points = gpd.GeoSeries([shapely.Point(x + EAST_0, y + NORTH_0) for x, y in places], crs=METRIC).to_crs(4326)
    times = [f"{day.isoformat()}T08:{minute:02}:00+08:00" for minute in range(len(places))]
    line = {"type": "LineString", "coordinates": [[point.x, point.y] for point in points]}
    path = folder / name
    path.write_text(json.dumps({"type": "Feature", "properties": {"coordTimes": times}, "geometry": line}))
    return path


def middle_of(uow: SqlUnitOfWork, code: str) -> list[tuple[float, float]]:
    """A walk along every street of a grid: its round."""
    found = grid_round(uow, SYSTEM, code).round
    line = gpd.GeoSeries([found.line], crs=found.steps.crs).to_crs(METRIC).iloc[0]
    stops = np.append(np.arange(0, line.length, 40.0), line.length)
    return [(point.x - EAST_0, point.y - NORTH_0) for point in shapely.line_interpolate_point(line, stops)]


def put(uow: SqlUnitOfWork, name: str, value: object) -> None:
    with uow:
        uow.city.put(name, value)
        uow.commit()


def test_a_round_covers_every_street_of_the_grid(planned: SqlUnitOfWork) -> None:
    found = grid_round(planned, WORKER, G1)
    assert found.as_dict()["status"] == "optimal"
    assert found.round.length_m == pytest.approx(found.round.required_m + found.round.repeated_m)
    assert str(found.sentences()[0]).startswith(f"The round of grid {G1} is")
    shorter = grid_round(planned, WORKER, G1, closed=False)
    assert shorter.round.length_m <= found.round.length_m


def test_an_island_of_streets_has_a_walk_of_its_own(planned: SqlUnitOfWork, tmp_path: Path) -> None:
    alone = streets().iloc[:1].assign(u=98, v=99).set_axis(["alone"]).set_geometry(placed({"alone": (shapely.LineString([(20, 60), (90, 60)]), {})}).geometry)
    with planned as uow:
        uow.streets.upsert(alone.assign(length_m=70.0))
        uow.commit()
    found = grid_round(planned, SYSTEM, G1)
    assert [walk.length_m for walk in found.islands] == [pytest.approx(140.0)]
    assert found.unreachable.empty
    assert "to them: 1" in str(found.sentences()[1])
    write_rounds([found.round, *found.islands], tmp_path / "r.gpx", name="x")
    assert read_track(tmp_path / "r.gpx")["part"].max() == 1


def test_a_round_begins_at_the_office(planned: SqlUnitOfWork) -> None:
    piece = patrol_state(planned, SYSTEM, G1, at=AT).geometry.iloc[0]
    office = shapely.line_interpolate_point(piece, 0.5, normalized=True)
    begin = shapely.get_point(grid_round(planned, SYSTEM, G1, start=(office.x, office.y)).round.line, 0)
    assert shapely.distance(begin, office) < 1e-6


def test_a_track_along_the_round_passes_all_and_nothing_is_due(planned: SqlUnitOfWork, tmp_path: Path) -> None:
    assert patrol_state(planned, WORKER, G1, at=AT)["is_due"].all()
    report = import_track(planned, WORKER, walked(tmp_path, *middle_of(planned, G1)), grid_code=G1, day=TODAY, at=AT)
    assert (report.passed, report.covered_share) == (report.pieces, pytest.approx(1.0))
    state = patrol_state(planned, WORKER, G1, at=AT)
    assert not state["is_due"].any()
    assert set(state["last_day"]) == {TODAY}
    later = patrol_state(planned, WORKER, G1, at=AT + timedelta(days=2))
    assert later["is_due"].all()
    with pytest.raises(NotFoundError, match="no street to patrol"):
        grid_round(planned, WORKER, G1, due_at=AT)
    assert len(grid_round(planned, WORKER, G1, due_at=AT + timedelta(days=2)).round.steps)


def test_only_facts_are_kept_unless_the_city_keeps_the_way(planned: SqlUnitOfWork, tmp_path: Path) -> None:
    path = walked(tmp_path, *middle_of(planned, G1))
    assert not import_track(planned, WORKER, path, grid_code=G1, day=TODAY, at=AT).kept
    put(planned, "keep_tracks", True)
    import_track(planned, WORKER, walked(tmp_path, *middle_of(planned, G1), day=TODAY - timedelta(days=1)), grid_code=G1, day=TODAY - timedelta(days=1), at=AT)
    with planned as uow:
        assert uow.patrol.tracks()["track"].isna().tolist() == [False, True]
        told = uow.audit.read(limit=1).iloc[0]
    assert (told["action"], told["subject"], told["login"]) == ("record_patrol", G1, WORKER.login)
    assert set(told["details"]) == {"day", "covered_share", "kept"}


def test_the_same_track_counts_once(planned: SqlUnitOfWork, tmp_path: Path) -> None:
    path = walked(tmp_path, *middle_of(planned, G1))
    import_track(planned, WORKER, path, grid_code=G1, day=TODAY, at=AT)
    with pytest.raises(ConflictError, match="before"):
        import_track(planned, WORKER, path, grid_code=G1, day=TODAY, at=AT)


def test_a_worker_records_in_own_grids_only_and_a_visitor_nowhere(planned: SqlUnitOfWork, tmp_path: Path) -> None:
    path = walked(tmp_path, (0, 150), (100, 150))
    for who, code in ((WORKER, G2), (person(("visitor", "")), G1), (person(("leader", "")), G1), (NOBODY, G1)):
        with pytest.raises(NotAllowedError):
            import_track(planned, who, path, grid_code=code, day=TODAY, at=AT)
        with pytest.raises(NotAllowedError):
            note_visits(planned, who, code, day=TODAY, households=1, at=AT)
    with pytest.raises(NotAllowedError):
        grid_round(planned, WORKER, G2)


@pytest.mark.parametrize(
    ("places", "day", "sentence"),
    [
        ([(0, 150), (100, 150)], TODAY + timedelta(days=1), "has not come yet"),
        ([(0, 150), (100, 150)], TODAY - timedelta(days=3), "was recorded on 2026-03-04"),
        ([(5000, 5000), (5100, 5000)], TODAY, "Check the grid"),
    ],
)
def test_a_track_of_another_day_or_place_is_refused(
    planned: SqlUnitOfWork, tmp_path: Path, places: list[tuple[float, float]], day: date, sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        import_track(planned, SYSTEM, walked(tmp_path, *places), grid_code=G1, day=day, at=AT)


def test_a_grid_that_is_not_in_force_has_no_round(planned: SqlUnitOfWork) -> None:
    with pytest.raises(NotFoundError, match="no grid"):
        grid_round(planned, SYSTEM, f"{WEST}999")


def test_visits_are_a_number_no_larger_than_the_households(planned: SqlUnitOfWork) -> None:
    for count in (7, 9):
        note_visits(planned, WORKER, G1, day=TODAY, households=count, at=AT)
    assert visit_counts(planned, WORKER).values.tolist() == [[G1, TODAY, 9]]
    assert visit_counts(planned, person(("worker", G2))).empty
    for count in (-1, 100_000):
        with pytest.raises(InputError, match="cannot have been visited"):
            note_visits(planned, WORKER, G1, day=TODAY, households=count, at=AT)


def test_the_overview_shows_covered_due_and_visited_per_grid(planned: SqlUnitOfWork, tmp_path: Path) -> None:
    import_track(planned, SYSTEM, walked(tmp_path, *middle_of(planned, G1)), grid_code=G1, day=TODAY, at=AT)
    note_visits(planned, SYSTEM, G1, day=TODAY, households=4, at=AT)
    table = patrol_overview(planned, SYSTEM, area_code=WEST, since=TODAY - timedelta(days=6), until=TODAY, at=AT)
    assert table.loc[G1, ["covered_share", "due_m", "households_visited"]].tolist() == [pytest.approx(1.0), 0.0, 4]
    assert table.loc[G2, "due_m"] == pytest.approx(table.loc[G2, "street_m"])
    assert patrol_overview(planned, WORKER, since=TODAY, until=TODAY, at=AT).index.tolist() == [G1]


def test_a_unit_cell_is_due_a_week_after_a_track_went_through(planned: SqlUnitOfWork, tmp_path: Path) -> None:
    make_cells(planned, SYSTEM, communities=[WEST], at=AT)
    report = import_track(planned, SYSTEM, walked(tmp_path, *middle_of(planned, G1)), grid_code=G1, day=TODAY, at=AT)
    due = [int(cell_state(planned, SYSTEM, WEST, at=AT + timedelta(days=days))["is_due"].sum()) for days in (0, 6, 7)]
    cells = len(cell_state(planned, SYSTEM, WEST, at=AT))
    assert 0 < report.cells < cells
    assert due == [cells - report.cells, cells - report.cells, cells]


def test_a_city_sets_its_own_rule_and_a_wrong_one_is_told(planned: SqlUnitOfWork) -> None:
    put(planned, "patrol_rule", {"interval_days": {"residential": 9}, "unpatrolled": ["crossing"], "border_both": False})
    assert set(patrol_state(planned, SYSTEM, G1, at=AT)["interval_days"]) == {9.0}
    for wrong in ({"speed": 1}, {"within_m": "far"}, {"interval_days": 3}, [1]):
        put(planned, "patrol_rule", wrong)
        with pytest.raises(SettingError, match="patrol_rule"):
            patrol_state(planned, SYSTEM, G1, at=AT)


def test_days_are_those_of_the_city(planned: SqlUnitOfWork) -> None:
    put(planned, "time_zone", "Nowhere/At all")
    with pytest.raises(SettingError, match="no time zone"):
        patrol_state(planned, SYSTEM, G1, at=AT)


@pytest.mark.parametrize("ending", ["gpx", "geojson", "csv"])
def test_a_round_is_written_and_read_again(planned: SqlUnitOfWork, tmp_path: Path, ending: str) -> None:
    found = grid_round(planned, SYSTEM, G1)
    path = tmp_path / f"round.{ending}"
    assert write_rounds([found.round], path, name="<第一网格>") == len(found.round.steps)
    if ending == "gpx":
        back = shapely.LineString(shapely.get_coordinates(read_track(path).geometry.to_numpy()))
        assert shapely.hausdorff_distance(back, found.round.line) < 1e-6
    elif ending == "geojson":
        assert gpd.read_file(path)["order"].tolist() == list(range(len(found.round.steps)))
    with pytest.raises(InputError, match="end in one of"):
        write_rounds([found.round], tmp_path / "round.doc", name="x")
