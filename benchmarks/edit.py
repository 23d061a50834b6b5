"""How long does one edit take, with fresh figures of every grid and the rules it breaks? Beside drawing the plan anew and checking it."""

from __future__ import annotations

import time
from typing import Any

import geopandas as gpd
import numpy as np

from benchmarks.communities import Community, make_community
from contracts.columns import GRID_CODE
from grids.check import find_faults
from grids.edits import Edit, apply_edit
from grids.effect import effect_of
from grids.ground import prepare_ground
from grids.measures import area_m2, polsby_popper
from grids.sketch import Sketch, empty_sketch, shapes_of

BUILDINGS = 150


def run(quick: bool = True) -> dict[str, Any]:
    """Milliseconds (medians) on a made-up community of 150 buildings: every kind of edit, its effect, and the other way.

    The other way dissolves the ground of each building with geopandas, measures the shapes and looks for faults again.
    """
    made = _community()
    ground = prepare_ground(made.shape, made.buildings, made.lines)
    sketch = apply_edit(empty_sketch(ground), Edit("divide"))
    today = sketch.grid_of_building
    effect_of(sketch, apply_edit(sketch, Edit("rebalance")), today)  # compile and add up before the clock runs
    moves = _moves(sketch)[: 10 if quick else None]
    ours, naive = [], []
    for move in moves:
        started = time.perf_counter()
        after = apply_edit(sketch, move)
        effect_of(sketch, after, today)
        ours.append(time.perf_counter() - started)
        started = time.perf_counter()
        _naive(after, made)
        naive.append(time.perf_counter() - started)
    others = {edit.kind: _ms([_timed(sketch, edit, today) for _ in range(1 if quick else 9)]) for edit in _other_edits(sketch)}
    shapes = [_time_of(shapes_of, sketch) for _ in range(3)]
    return {
        "buildings": len(made.buildings),
        "grids": len(sketch.codes),
        "moves": len(moves),
        "edit_with_effect_ms": _ms(ours),
        "edit_with_effect_worst_ms": round(1000 * max(ours), 1),
        "dissolve_and_check_ms": _ms(naive),
        "times_faster": round(float(np.median(naive) / np.median(ours)), 1),
        "other_edits_ms": others,
        "shapes_for_drawing_ms": _ms(shapes),
    }


def _community() -> Community:
    """The western part of a large community, as far as it holds 150 buildings."""
    made = make_community("large", 1)
    order = made.buildings.geometry.bounds["maxx"].sort_values(kind="stable").index[:BUILDINGS]
    buildings = made.buildings.loc[order]
    west, south, _, north = made.shape.total_bounds
    shape = made.shape.clip((west, south, float(buildings.total_bounds[2]) + 1.0, north))
    return Community(shape, buildings, made.lines)


def _moves(sketch: Sketch) -> list[Edit]:
    """Every move of ground to the grid beside it."""
    label, pairs = sketch.label_of_atom, sketch.ground.near.pairs
    border = pairs[label[pairs[:, 0]] != label[pairs[:, 1]]]
    return [Edit("move", {"atoms": [int(a)], "to": sketch.codes[label[b]]}) for a, b in border]


def _other_edits(sketch: Sketch) -> list[Edit]:
    label, pairs = sketch.label_of_atom, sketch.ground.near.pairs
    a, b = pairs[label[pairs[:, 0]] != label[pairs[:, 1]]][0]
    merge = Edit("merge", {"grids": [sketch.codes[label[a]], sketch.codes[label[b]]]})
    return [merge, Edit("split", {"grid": sketch.codes[0], "parts": 2}), Edit("rebalance"), Edit("repair"), Edit("divide", {"seed": 3})]


def _timed(sketch: Sketch, edit: Edit, today: Any) -> float:
    return _time_of(lambda: effect_of(sketch, apply_edit(sketch, edit), today))


def _naive(sketch: Sketch, made: Community) -> None:
    """Dissolve the faces with geopandas, measure the shapes, look for faults."""
    ground = sketch.ground
    codes = np.array(sketch.codes, dtype=object)[sketch.label_of_atom[ground.atoms.of_face]]
    cells = gpd.GeoDataFrame({GRID_CODE: codes}, geometry=list(ground.faces.shapes), crs=ground.place.metric_crs)
    grids = cells.dissolve(by=GRID_CODE)
    grids["households"] = made.buildings["households"].groupby(sketch.grid_of_building).sum().reindex(grids.index, fill_value=0)
    polsby_popper(grids)
    area_m2(grids)
    find_faults(grids, made.shape, made.buildings)


def _time_of(act: Any, *arguments: Any) -> float:
    started = time.perf_counter()
    act(*arguments)
    return time.perf_counter() - started


def _ms(seconds: list[float]) -> float:
    return round(1000 * float(np.median(seconds)), 1)


if __name__ == "__main__":
    print(run())
