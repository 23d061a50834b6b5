"""A drawn line is enough to say which grids are meant."""

from __future__ import annotations

import pytest

from contracts.errors import InputError
from grids.under_line import grids_under
from tests.grids.village import at, code, do, halves


@pytest.fixture
def sketch():
    return halves()


def test_the_grid_under_the_middle_is_the_one_to_split(sketch):
    assert grids_under(sketch, at((100, -5), (100, 205)), most=1) == [code(1)]
    assert grids_under(sketch, at((150, 100), (390, 100)), most=1) == [code(2)]


def test_a_border_lies_between_the_grid_of_the_line_and_its_neighbour(sketch):
    assert grids_under(sketch, at((250, -5), (250, 205)), most=2) == [code(2), code(1)]


def test_of_several_neighbours_the_one_beside_the_line_is_meant(sketch):
    three = do(sketch, "split_along", grid=code(1), line=at((-5, 100), (205, 100)))
    south, north = grids_under(three, at((100, 20), (100, 60)), most=1)[0], grids_under(three, at((100, 140), (100, 180)), most=1)[0]
    assert grids_under(three, at((250, 10), (250, 90)), most=2) == [code(2), south]
    assert grids_under(three, at((250, 110), (250, 190)), most=2) == [code(2), north]


def test_a_line_in_no_grid_means_none_and_one_without_length_is_refused(sketch):
    assert grids_under(sketch, at((500, 0), (600, 0)), most=2) == []
    with pytest.raises(InputError, match="no length"):
        grids_under(sketch, at((50, 50), (50, 50)), most=1)
