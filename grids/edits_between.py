"""Why two grids that look like neighbours do not touch: what lies between them, and what to do."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from contracts.errors import InputError
from grids.sketch import NO_GRID, Sketch

Ints = npt.NDArray[np.int64]
STREET_M = 60.0  # grids farther apart than a wide street are no neighbours to anybody


def why_apart(sketch: Sketch, some: Ints, others: Ints) -> InputError:
    """The refusal to join grids (by number) that do not touch, with the ground between them where they come near each other.

    The ground of a street may belong to one grid over its whole length: grids on both sides of it then do not touch.
    """
    label = sketch.label_of_atom
    mine, theirs = (np.flatnonzero(np.isin(label, grids)) for grids in (some, others))
    way = shapely.shortest_line(_outline(sketch, mine), _outline(sketch, theirs))
    between = np.setdiff1d(_atoms_on(sketch, way), [*mine, *theirs])
    if way.length > STREET_M or not len(between):
        return InputError(
            "The grids {grids} do not touch the others. Merge grids that border on each other.", grids=[sketch.codes[number] for number in others]
        )
    figures = sketch.ground.figures
    area = np.bincount(label[between] + 1, weights=figures.area_m2[between], minlength=len(sketch.codes) + 1)
    owner = int(area.argmax()) - 1
    ends = [_grid_at(sketch, atoms, shapely.Point(end)) for atoms, end in zip((mine, theirs), way.coords, strict=True)]
    facts = {"one": ends[0], "other": ends[1], "width": max(1, round(way.length))}
    if owner == NO_GRID:
        return InputError(
            "Grid {one} and grid {other} do not touch: {width} m of ground in no grid lie between them. Move that ground to one of them first.", **facts
        )
    return InputError(
        "Grid {one} and grid {other} do not touch: {width} m of grid {between} lie between them, often the ground along a street. Move that ground to one of them first, or merge all three. Where a wall or a river keeps them apart, allow a crossing there.",
        between=sketch.codes[owner],
        **facts,
    )


def _outline(sketch: Sketch, atoms: Ints) -> shapely.Geometry:
    """The faces of some atoms as one shape, metres."""
    ground = sketch.ground
    return shapely.multipolygons(list(ground.faces.shapes[np.isin(ground.atoms.of_face, atoms)]))


def _atoms_on(sketch: Sketch, way: shapely.Geometry) -> Ints:
    """Ground a line runs through, not only touches."""
    ground = sketch.ground
    faces = ground.tree.query(way, predicate="intersects")
    inside = shapely.length(shapely.intersection(ground.faces.shapes[faces], way)) > 0.01 * way.length
    return np.unique(ground.atoms.of_face[faces[inside]])


def _grid_at(sketch: Sketch, atoms: Ints, end: shapely.Point) -> str:
    """Code of the grid among some ground that lies nearest to a point."""
    ground = sketch.ground
    faces = np.flatnonzero(np.isin(ground.atoms.of_face, atoms))
    nearest = faces[int(shapely.distance(ground.faces.shapes[faces], end).argmin())]
    return sketch.codes[int(sketch.label_of_atom[ground.atoms.of_face[nearest]])]
