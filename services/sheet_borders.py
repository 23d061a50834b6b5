"""What the border of a grid runs along, side by side: names of streets and barriers, or another grid, as a sheet says it."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from contracts.columns import HIGHWAY, KIND, NAME, NAME_EN, text_of
from contracts.messages import Message, Named
from contracts.reference import reference_table
from gis.crs import metric_crs

SIDES = ("north", "east", "south", "west")
STEP_M = 5.0  # how closely the border is looked at
NEAR_M = 12.0  # a line this near to the border is what it runs along
LEAST_SHARE = 0.15  # of a side; shorter stretches are not worth a word
MOST_WORDS = 3


@dataclass(frozen=True)
class BorderSide:
    """One side of a grid and what it runs along, longest stretch first."""

    side: str
    along: tuple[Message, ...]


def border_lines(streets: gpd.GeoDataFrame, barriers: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Lines a border may run along, each with its ``word``: its own name (``is_named``), else that of its kind; others are left out."""
    kinds, labels = reference_table("street_kinds"), reference_table("grid_boundary_costs")
    classes = {row[HIGHWAY]: Named(row["en"], zh=row["zh"]) for _, row in kinds[kinds[KIND] != ""].iterrows()}
    obstacles = {row[KIND]: Named(row["label_en"], zh=row["label_zh"]) for _, row in labels.iterrows()}
    names = [_name(row) for frame in (streets, barriers) for _, row in frame.iterrows()]
    kind = [classes.get(text_of(street)) for street in streets.get(HIGHWAY, ())] + [obstacles.get(text_of(barrier)) for barrier in barriers.get(KIND, ())]
    words = [name or word for name, word in zip(names, kind, strict=True)]
    columns = {"word": pd.Series(words, dtype=object), "is_named": [name is not None for name in names]}
    lines = gpd.GeoDataFrame(columns, geometry=[*streets.geometry, *barriers.geometry], crs=streets.crs)
    return lines[[word is not None for word in words]]


def border_sides(grid: BaseGeometry, lines: gpd.GeoDataFrame, neighbours: gpd.GeoSeries) -> list[BorderSide]:
    """The four sides of a grid, clockwise from the north.

    Parameters
    ----------
    grid
        A polygon in the system of ``lines``.
    lines
        As ``border_lines`` gives them.
    neighbours
        Outlines of other grids, indexed by what they are called (text or a ``Message``).
    """
    metres = metric_crs(gpd.GeoSeries([grid], crs=lines.crs))
    shape = gpd.GeoSeries([grid], crs=lines.crs).to_crs(metres).iloc[0]
    points = np.concatenate([_points_on(part.exterior) for part in shapely.get_parts(shape)])
    side = _side_of(points, shape)
    other = [Message("next to {name}", {"name": name}) for name in neighbours.index]
    nearest = [_nearest(points, rows.geometry.to_crs(metres), list(rows["word"])) for rows in (lines[lines["is_named"]], lines[~lines["is_named"]])]
    nearest.append(_nearest(points, neighbours.to_crs(metres), other))
    words = [next((word for word in found if word is not None), Message("border of the community")) for found in zip(*nearest, strict=True)]
    return [BorderSide(name, _most([word for word, where in zip(words, side, strict=True) if where == number])) for number, name in enumerate(SIDES)]


def _name(row: pd.Series) -> Named | None:
    own, english = text_of(row.get(NAME)), text_of(row.get(NAME_EN))
    return Named(english or own, zh=own or english) if own or english else None


def _points_on(line: BaseGeometry) -> np.ndarray:
    places = np.arange(0.0, line.length, STEP_M)
    return np.atleast_1d(shapely.line_interpolate_point(line, places))


def _side_of(points: np.ndarray, shape: BaseGeometry) -> np.ndarray:
    """0 north, 1 east, 2 south, 3 west of the middle, by the directions of the corners of its box."""
    west, south, east, north = shape.bounds
    x = (shapely.get_x(points) - 0.5 * (west + east)) / max(east - west, 1e-9)
    y = (shapely.get_y(points) - 0.5 * (south + north)) / max(north - south, 1e-9)
    return np.where(np.abs(y) >= np.abs(x), np.where(y > 0, 0, 2), np.where(x > 0, 1, 3))


def _nearest(points: np.ndarray, lines: gpd.GeoSeries, words: list[Message]) -> list[Message | None]:
    found: list[Message | None] = [None] * len(points)
    if not len(lines):
        return found
    (point, line), _ = shapely.STRtree(lines.to_numpy()).query_nearest(points, max_distance=NEAR_M, return_distance=True, all_matches=False)
    for at, which in zip(point, line, strict=True):
        found[at] = words[which]
    return found


def _most(words: list[Message]) -> tuple[Message, ...]:
    counts: dict[str, int] = {}
    said = {str(word): word for word in words}
    for word in words:
        counts[str(word)] = counts.get(str(word), 0) + 1
    long = [text for text in sorted(counts, key=lambda text: (-counts[text], text)) if counts[text] >= LEAST_SHARE * len(words)]
    return tuple(said[text] for text in long[:MOST_WORDS])
