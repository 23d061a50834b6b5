"""Read a plan somebody drew onto the ground of a community: the same way for drafts, plans in force and imported files.

Every atom goes to the grid that covers most of it, so what comes out has no overlap, no sliver and cuts no building. What
had to be changed for that is listed. The rules of repair:

* overlap: the ground goes to the grid that has more of the piece, the first by row where both have all of it
* gap: ground without buildings goes to the neighbour with the longest common border; ground with buildings stays without
  a grid, for a planner to give away
* several pieces: the heaviest stays; the others, as far as they hold buildings, become grids of their own, the rest goes
  to neighbours
* a building that is cut goes whole to the grid that has most of its ground
* a code of another community, or with a number no grid has (000), is replaced by a free one
* a code used twice stays with the larger grid; the other one is given a free code
* what reaches over the community's border is cut off
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from shapely.geometry import Point

from contracts.columns import KIND, NAME
from contracts.errors import InputError
from contracts.messages import Message
from grids.borders import connected_pieces
from grids.check import find_faults
from grids.check_walk import read_on_ground
from grids.codes import is_number_in
from grids.edits_repair import repair
from grids.faults import COVERAGE, CUT, DUPLICATE, GAP, INVALID, MULTIPART, OUTSIDE, OVERLAP
from grids.ground import Ground, prepare_ground
from grids.reading import Reading, read_atoms
from grids.rules import COMPREHENSIVE, DEDICATED, GridRule
from grids.sketch import NO_GRID, Sketch, sketch_of_plan, tidy

Ints = npt.NDArray[np.int64]
BORDER, LOST, CODE = "border", "empty", "code"
_MENDED = {  # kind -> what was wrong, what was done
    INVALID: (Message("Grid {grid} had no proper outline."), Message("The outline was mended.")),
    DUPLICATE: (Message("Several grids had the code {grid}."), Message("The largest kept the code; the others were given new ones.")),
    GAP: (
        Message("{area} square metres lay in no grid."),
        Message(
            "Ground without buildings was given to the neighbour with the longest common border; ground with buildings was left for you to give to a grid."
        ),
    ),
    OVERLAP: (Message("The grids {grids} overlapped on {area} square metres."), Message("Each piece of ground was given to the grid that had more of it.")),
    MULTIPART: (
        Message("Grid {grid} was in several pieces."),
        Message("The heaviest piece was kept; other pieces with buildings became grids of their own, empty ones were given to neighbours."),
    ),
    OUTSIDE: (Message("Grid {grid} reached {area} square metres over the border of the community."), Message("What reached over was cut off.")),
    COVERAGE: (Message("The border of grid {grid} missed points of the border beside it."), Message("Both were led through the same points.")),
    CUT: (
        Message("Building {building} was cut by the border of the grids {grids}."),
        Message("The building was given whole to the grid that had most of its ground."),
    ),
}


@dataclass(frozen=True)
class Repair:
    """One thing that was mended.

    ``kind`` is a kind of fault (invalid, duplicate, gap, overlap, multipart, outside, coverage, building_cut), ``border``
    (moved onto the ground's pieces), ``empty`` (a grid without any ground of its own) or ``code`` (of another community, or no
    grid's). ``was`` says what was wrong, ``done`` what was done about it. ``place`` is in the community's system.
    """

    kind: str
    grids: tuple[str, ...]
    place: Point | None
    area_m2: float
    was: Message
    done: Message
    building: object = None


@dataclass(frozen=True)
class Repairs:
    """What was mended in reading a plan; empty when it came back as it was drawn."""

    items: tuple[Repair, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing had to be mended."""
        return not self.items

    def table(self) -> pd.DataFrame:
        """One row per repair: kind, grids (text), x, y (the community's system), area_m2, was and done (each a ``Message``)."""
        rows = [
            (
                item.kind,
                ", ".join(item.grids),
                *((item.place.x, item.place.y) if item.place is not None else (np.nan, np.nan)),
                item.area_m2,
                item.was,
                item.done,
            )
            for item in self.items
        ]
        return pd.DataFrame(rows, columns=["kind", "grids", "x", "y", "area_m2", "was", "done"])


def open_grids(
    community: object,
    buildings: gpd.GeoDataFrame,
    lines: gpd.GeoDataFrame | None,
    grids: gpd.GeoDataFrame,
    *,
    rule: GridRule | None = None,
    crossings: gpd.GeoDataFrame | gpd.GeoSeries | None = None,
    ground: Ground | None = None,
) -> tuple[Sketch, Repairs]:
    """Read grids on the plain ground (given, or prepared here); where their borders do not lie in it, on one that holds them as drawn lines.

    This is the one door for a page: it opens a plan in force, a draft whose data changed, and an imported file alike.

    Raises
    ------
    CrsError, GeometryError, InputError, MissingColumnError
        As ``prepare_ground`` and ``sketch_of_grids``.
    """
    ground = prepare_ground(community, buildings, lines, rule=rule, crossings=crossings) if ground is None else ground
    whole = gpd.GeoSeries([ground.place.given], index=pd.Index([ground.place.code], dtype="str"), crs=ground.place.crs)
    return _sketch_of(*read_on_ground(grids, ground, whole, buildings, lines, crossings), grids)


def sketch_of_grids(ground: Ground, grids: gpd.GeoDataFrame) -> tuple[Sketch, Repairs]:
    """A sketch of any polygons (index = code; ``name`` and ``kind`` columns are taken where there), and the repairs.

    Raises
    ------
    CrsError, InputError
        Grids without a system; none of them touches the community.
    """
    return _sketch_of(ground, read_atoms(ground, grids), grids)


def _sketch_of(ground: Ground, reading: Reading, grids: gpd.GeoDataFrame) -> tuple[Sketch, Repairs]:
    if not len(grids) or (reading.label_of_atom < 0).all():
        raise InputError("None of the grids lies in this community. Choose the community they belong to, or check their coordinate system.")
    codes = [str(code) for code in grids.index]
    area = gpd.GeoSeries(reading.shapes, crs=ground.place.metric_crs).area.to_numpy()
    single = _single_codes(codes, area)
    kinds = _words(grids, KIND, COMPREHENSIVE)
    drawn = sketch_of_plan(ground, reading.label_of_atom, single, [kind if kind == DEDICATED else COMPREHENSIVE for kind in kinds], _words(grids, NAME, ""))
    given = _kept_codes(drawn)
    whole = _fill_empty(_part(given))
    repairs = [*_fault_repairs(ground, grids), *_border_repairs(ground, reading, codes), *_lost_repairs(reading, codes), *_code_repairs(drawn, given)]
    return tidy(whole), Repairs(tuple(repairs))


def _single_codes(codes: list[str], area: npt.NDArray[np.float64]) -> list[str]:
    """The codes, each once: with the largest of several grids, empty for the others."""
    best: dict[str, int] = {}
    for row in np.lexsort((np.arange(len(codes)), -area)).tolist():
        best.setdefault(codes[row], row)
    return [code if best[code] == row else "" for row, code in enumerate(codes)]


def _words(grids: gpd.GeoDataFrame, column: str, other: str) -> list[str]:
    if column not in grids.columns:
        return [other] * len(grids)
    return [word if isinstance(word, str) else other for word in grids[column].astype(object)]


def _kept_codes(sketch: Sketch) -> Sketch:
    """Codes that are not this community's would never be found again, and 000 is no grid's number: they are numbered anew."""
    community = sketch.ground.place.code
    return replace(sketch, codes=tuple(code if is_number_in(code, community) else "" for code in sketch.codes))


def _code_repairs(drawn: Sketch, given: Sketch) -> Iterator[Repair]:
    for number, (old, new) in enumerate(zip(drawn.codes, given.codes, strict=True)):
        if old and not new and (drawn.label_of_atom == number).any():
            yield Repair(CODE, (old,), None, 0.0, why_new(old, drawn.ground.place.code), Message("The grid was given a new code."))


def why_new(code: str, community: str) -> Message:
    """Why a grid cannot keep the code somebody gave it."""
    if code.startswith(community) and len(code) == len(community) + 3:
        return Message("Code {grid} was no code of a grid: their numbers run from 001 to 999.", {"grid": code})
    return Message("Code {grid} was not one of this community.", {"grid": code})


def _part(sketch: Sketch) -> Sketch:
    """Pieces that hang not together as grids of their own where they hold buildings; the others in no grid."""
    ground, label = sketch.ground, sketch.label_of_atom.copy()
    pairs = ground.near.pairs
    piece = connected_pieces(len(label), pairs[label[pairs[:, 0]] == label[pairs[:, 1]]])
    load = np.bincount(piece, weights=ground.atoms.weights + 1e-6 * ground.figures.area_m2)
    built = np.bincount(piece, weights=ground.figures.buildings)
    codes, kinds, names = list(sketch.codes), list(sketch.kinds), list(sketch.names)
    for number in range(len(sketch.codes)):
        own = np.unique(piece[label == number])
        main = min(own, key=lambda one: (-load[one], one), default=-1)
        for other in own[own != main]:
            label[piece == other] = len(codes) if built[other] else NO_GRID
            if built[other]:
                codes, kinds, names = [*codes, ""], [*kinds, kinds[number]], [*names, names[number]]
    return replace(sketch, label_of_atom=label, codes=tuple(codes), kinds=tuple(kinds), names=tuple(names))


def _fill_empty(sketch: Sketch) -> Sketch:
    """Ground without buildings given to neighbours; a stretch with buildings left in no grid."""
    ground, pairs = sketch.ground, sketch.ground.near.pairs
    bare = sketch.label_of_atom < 0
    piece = connected_pieces(len(bare), pairs[bare[pairs].all(axis=1)])
    built = np.bincount(piece, weights=ground.figures.buildings)
    waits = bare & (built[piece] > 0)
    if not (bare & ~waits).any():
        return sketch
    held = replace(sketch, label_of_atom=np.where(waits, len(sketch.codes), sketch.label_of_atom), codes=(*sketch.codes, "-"))
    filled = repair(replace(held, kinds=(*sketch.kinds, COMPREHENSIVE), names=(*sketch.names, ""), locked=frozenset({"-"})))
    if "-" not in filled.codes:
        return filled
    gap = filled.codes.index("-")
    return replace(filled, label_of_atom=np.where(filled.label_of_atom == gap, NO_GRID, filled.label_of_atom), locked=frozenset())


def _fault_repairs(ground: Ground, grids: gpd.GeoDataFrame) -> Iterator[Repair]:
    """What the check finds wrong with the grids as drawn, and what was done about it."""
    whole = gpd.GeoSeries([ground.place.given], crs=ground.place.crs)
    drawn = grids.drop(columns=ground.rule.weight, errors="ignore")  # what a file says of loads is not asked
    found = [fault for fault in find_faults(drawn, whole, ground.buildings, rule=ground.rule) if fault.kind in _MENDED]
    is_plain = all(fault.kind in (COVERAGE, CUT) for fault in found)
    for fault in found:
        if fault.kind != COVERAGE or is_plain:  # where grids overlap or gape, borders do not fit of course
            place = None if fault.place is None else gpd.GeoSeries([fault.place], crs=grids.crs).to_crs(ground.place.crs).iloc[0]
            was, done = _MENDED[fault.kind]
            facts = {"grid": fault.grids[0] if fault.grids else "-", "grids": fault.grids, "area": round(fault.amount, 1), "building": fault.building}
            yield Repair(fault.kind, fault.grids, place, fault.amount, Message(was.template, facts), done, fault.building)


def _border_repairs(ground: Ground, reading: Reading, codes: list[str]) -> Iterator[Repair]:
    """Ground that changed from one grid to another because it is moved in whole pieces."""
    label = reading.label_of_atom[ground.atoms.of_face]
    moved = np.flatnonzero(reading.strayed_m2 > 0)
    pairs = np.column_stack([reading.drawn_in[moved], label[moved]])
    for giver, taker in np.unique(pairs, axis=0).tolist():
        own = moved[(pairs == (giver, taker)).all(axis=1)]
        area = float(reading.strayed_m2[own].sum())
        atom = ground.atoms.of_face[own[np.argmax(reading.strayed_m2[own])]]
        facts = {"area": round(area, 1), "giver": codes[giver], "taker": codes[taker] if taker >= 0 else "-"}
        was = Message("The border of grid {giver} ran across pieces of ground.", facts)
        done = Message("{area} square metres were given to {taker}: ground is moved in whole pieces, and no building is cut.", facts)
        yield Repair(BORDER, (codes[giver], *([codes[taker]] if taker >= 0 else [])), Point(ground.figures.spot_xy[atom]), area, was, done)


def _lost_repairs(reading: Reading, codes: list[str]) -> Iterator[Repair]:
    """Grids that have most of no piece of ground, and so are gone."""
    for row in sorted(set(range(len(codes))) - set(np.unique(reading.label_of_atom).tolist())):
        was = Message("Grid {grid} had most of no piece of ground here.", {"grid": codes[row]})
        yield Repair(LOST, (codes[row],), None, float(reading.shapes[row].area), was, Message("The grid was left out."))
