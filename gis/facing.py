"""Where a wall runs along a street: of all its points that are equally near, the door is put opposite the middle.

Without this the end of the wall would be taken by chance, and a long building would be entered at one of its corners.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

Shapes = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

EVEN_M = 0.001  # a wall whose distance from the street changes less than this over ``STEP_M`` runs along it
STEP_M = 1.0


def middle_connectors(shapes: Shapes, lines: Shapes, place: Ints, connector: Shapes) -> dict[int, shapely.Geometry]:
    """Better connectors for walls that run along their nearest street.

    Parameters
    ----------
    shapes
        Places, one for each number in ``place``.
    lines
        Street of each candidate.
    place
        Which place each candidate is for.
    connector
        Shortest line from place to street of each candidate.

    Returns
    -------
        Row of the candidate -> connector opposite the middle of the even part. Streets that continue each other count as one,
        so that cutting a street changes nothing.
    """
    length_m = shapely.length(connector)
    nearest_m = np.full(len(shapes), np.inf)
    np.minimum.at(nearest_m, place, length_m)
    nearest = np.flatnonzero((shapely.get_dimensions(shapes[place]) == 1) & (length_m <= nearest_m[place] + EVEN_M))
    even = nearest[_runs_along(shapes[place[nearest]], lines[nearest], connector[nearest])]
    found = {}
    for number in np.unique(place[even]):
        rows = nearest[place[nearest] == number]
        row, line = _opposite_middle(shapes[number], lines[rows], float(nearest_m[number]))
        if line is not None:
            found[int(rows[row])] = line
    return found


def _runs_along(walls: Shapes, lines: Shapes, connector: Shapes) -> npt.NDArray[np.bool_]:
    """Whether the wall is as near a step further along the street as it is where it is nearest."""
    length_m, line_m = shapely.length(connector), shapely.length(lines)
    at_m = shapely.line_locate_point(lines, shapely.get_point(connector, -1))
    even = np.zeros(len(walls), dtype=bool)
    for step_m in (-STEP_M, STEP_M):
        beside = shapely.line_interpolate_point(lines, np.clip(at_m + step_m, 0.0, line_m))
        there = (at_m + step_m >= 0.0) & (at_m + step_m <= line_m)
        even |= there & (shapely.distance(walls, beside) <= length_m + EVEN_M)
    return even


def _opposite_middle(wall: shapely.Geometry, lines: Shapes, nearest_m: float) -> tuple[int, shapely.Geometry | None]:
    """The street (position) and the connector opposite the middle of the longest even part."""
    band = shapely.buffer(wall, nearest_m + EVEN_M)
    parts = shapely.get_parts(shapely.line_merge(shapely.union_all(shapely.intersection(lines, band))))
    parts = parts[shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING]
    if not len(parts):
        return 0, None
    length_m = np.round(shapely.length(parts), 3)
    corners = shapely.bounds(parts)
    longest = parts[np.lexsort((corners[:, 1], corners[:, 0], -length_m))[0]]
    middle = shapely.line_interpolate_point(longest, 0.5, normalized=True)
    row = int(np.argmin(np.round(shapely.distance(lines, middle), 6)))
    return row, shapely.shortest_line(wall, middle)
