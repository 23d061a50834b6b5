"""Grades of streets from a grid of heights."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from contracts.errors import CrsError, UnreadableFileError
from gis.elevation import ElevationGrid, read_elevation, street_grades
from gis.network import build_network
from tests.servicecircle.worlds import CRS, ORIGIN, lines

EAST, NORTH = ORIGIN
HEAD = f"ncols 3\nnrows 2\nxllcorner {EAST - 50}\nyllcorner {NORTH - 50}\ncellsize 100\nNODATA_value -9999\n"
HILL = "10 20 30\n0 10 -9999\n"  # middles at x = 0, 100, 200 and y = 100 (first row), 0


def grid(tmp_path, text=HEAD + HILL, name="ground.asc"):
    (tmp_path / name).write_text(text)
    return read_elevation(tmp_path / name, crs=CRS)


def heights(ground, *xy):
    return ground.at(ORIGIN + np.array(xy, dtype=float)).tolist()


def test_heights_lie_at_the_middles_of_cells_and_straight_between(tmp_path):
    assert heights(grid(tmp_path), (0, 0), (100, 100), (50, 0), (0, 50), (50, 50)) == [0, 20, 5, 5, 10]


def test_outside_and_beside_unknown_cells_nothing_is_known(tmp_path):
    assert np.isnan(heights(grid(tmp_path), (-51, 0), (150, 50), (0, 500))).all()


def test_a_grid_may_name_the_middle_of_its_corner_cell(tmp_path):
    text = HEAD.replace("corner", "center").replace(str(EAST - 50), str(EAST)).replace(str(NORTH - 50), str(NORTH)) + HILL
    assert heights(grid(tmp_path, text), (100, 0)) == [10]


def test_a_street_up_the_hill_has_its_grade(tmp_path):
    streets = lines([(0, 0), (100, 0)], [(100, 0), (0, 0)], [(0, 0), (10, 0)], [(0, 0), (500, 0)]).set_axis(list("abcd"))
    before = streets.copy()
    grade = street_grades(streets, grid(tmp_path))
    assert grade.name == "grade"
    assert grade["a"] == pytest.approx(0.1)
    assert grade["b"] == pytest.approx(-0.1)
    assert grade[["c", "d"]].isna().all()
    assert streets.equals(before)


def test_grades_make_seconds_that_differ_by_direction(tmp_path):
    streets = lines([(0, 0), (100, 0)])
    network = build_network(streets.assign(grade=street_grades(streets, grid(tmp_path))), slopes=True)
    assert network.seconds[0] > network.seconds_back[0]


def test_streets_in_degrees_are_measured_in_metres(tmp_path):
    streets = lines([(0, 0), (80, 0)])
    assert street_grades(streets.to_crs(4326), grid(tmp_path))[0] == pytest.approx(0.1, abs=1e-4)


def test_a_grid_of_one_cell_is_a_grid():
    ground = ElevationGrid(np.array([[7.0]]), EAST, NORTH, 100.0, CRS)
    assert heights(ground, (0, 0)) == [7.0]


@pytest.mark.parametrize("text", ["", "ncols 3\n", HEAD, HEAD + "1 2 3\n4 5\n", HEAD + "1 2 3\n4 5 six\n", "hello\nworld\n"])
def test_what_is_no_whole_grid_is_refused(tmp_path, text):
    with pytest.raises(UnreadableFileError, match=r"ground\.asc"):
        grid(tmp_path, text)


def test_a_grid_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UnreadableFileError, match="no file"):
        read_elevation(tmp_path / "none.asc", crs=CRS)


def test_streets_without_a_system_have_no_grades(tmp_path):
    with pytest.raises(CrsError):
        street_grades(gpd.GeoDataFrame(geometry=[shapely.LineString([(0, 0), (1, 1)])]), grid(tmp_path))
