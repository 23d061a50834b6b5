"""What lies beyond another shape is told with its place and size; rounding makes up nothing."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from shapely.geometry import Polygon, box

from grids.beyond import parts_beyond

X, Y = 700_000, 3_300_000


def moved(shape):
    return shapely.transform(shape, lambda xy: xy + [X, Y])


def test_a_corner_that_is_missing_is_found_where_it_is():
    parts, spots = parts_beyond(moved(box(0, 0, 10, 10)), moved(box(0, 0, 10, 8)))
    assert shapely.area(parts).tolist() == [20]
    assert (spots[0].x, spots[0].y) == (X + 5, Y + 9)


def test_parts_come_in_the_order_of_their_places():
    _, spots = parts_beyond(moved(box(0, 0, 10, 10)), moved(box(2, 0, 5, 10)))
    assert [spot.x - X for spot in spots] == [1, 7.5]


@pytest.mark.parametrize("one", [Polygon(), box(2, 2, 3, 3), box(0, 0, 10, 10)])
def test_nothing_lies_beyond_what_covers_it(one):
    parts, spots = parts_beyond(one, box(0, 0, 10, 10))
    assert len(parts) == len(spots) == 0


def test_a_needle_with_more_vertices_on_its_edges_is_the_same_needle():
    west, east = [[119.07, 29.815], [119.0700001, 29.818]], [[119.0700004, 29.818], [119.0700004, 29.815]]
    needle = Polygon([*west, *east])
    finer = shapely.segmentize(needle, 1e-5)
    for one, other in ((needle, finer), (finer, needle)):
        assert shapely.area(parts_beyond(one, other)[0]).sum() * 1e10 == pytest.approx(0, abs=1e-3)
    assert np.isclose(needle.area, finer.area, rtol=1e-6)
