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
    """Lines a border may run along, each with its word in column ``word``; those that cannot be named are left out."""
    kinds = reference_table("street_kinds").set_index(HIGHWAY)
    labels = reference_table("grid_boundary_costs").set_index(KIND)
    words = [_named(row, kinds, row.get(HIGHWAY)) for _, row in streets.iterrows()]
    words += [_named(row, labels.rename(columns={"label_zh": "zh", "label_en": "en"}), row.get(KIND)) for _, row in barriers.iterrows()]
    shapes = [*streets.geometry, *barriers.geometry]
    frame = gpd.GeoDataFrame({"word": pd.Series(words, dtype=object)}, geometry=shapes, crs=streets.crs)
    return frame[frame["word"].notna()]


def border_sides(grid: BaseGeometry, lines: gpd.GeoDataFrame, neighbours: gpd.GeoSeries) -> list[BorderSide]:
    """The four sides of a grid, clockwise from the north.

    Parameters
    ----------
    grid
        A polygon in the system of ``lines``.
    lines
        As ``border_lines`` gives them.
    neighbours
        Outlines of other grids, indexed by the name they are called.
    """
    metres = metric_crs(gpd.GeoSeries([grid], crs=lines.crs))
    shape = gpd.GeoSeries([grid], crs=lines.crs).to_crs(metres).iloc[0]
    points = _points_on(shape.boundary if shape.geom_type == "Polygon" else shapely.union_all([part.exterior for part in shapely.get_parts(shape)]))
    side = _side_of(points, shape)
    word_of = _nearest(points, lines.geometry.to_crs(metres), list(lines["word"]))
    beside = _nearest(points, neighbours.to_crs(metres), [Message("next to {name}", {"name": str(name)}) for name in neighbours.index])
    words = [first or second or Message("border of the community") for first, second in zip(word_of, beside, strict=True)]
    return [BorderSide(name, _most([word for word, where in zip(words, side, strict=True) if where == number])) for number, name in enumerate(SIDES)]


def _named(row: pd.Series, labels: pd.DataFrame, kind: object) -> Message | None:
    own, english = text_of(row.get(NAME)), text_of(row.get(NAME_EN))
    if own or english:
        return Named(english or own, zh=own or english)
    if kind in labels.index and (KIND not in labels.columns or labels.loc[kind, KIND]):
        return Named(str(labels.loc[kind, "en"]), zh=str(labels.loc[kind, "zh"]))
    return None


def _points_on(line: BaseGeometry) -> np.ndarray:
    places = np.arange(0.0, line.length, STEP_M)
    points: np.ndarray = shapely.line_interpolate_point(shapely.line_merge(line) if line.geom_type == "MultiLineString" else line, places)
    return points[~shapely.is_empty(points)]


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
