"""Legends as data, so that the city map, the community map and an exported file say the same."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Literal

from babel.numbers import format_decimal, format_percent

from contracts.messages import Message
from views.maps.layers import MapLayer
from views.maps.palette import CIRCLE_COLOURS, Classes, Theme

Shape = Literal["fill", "line", "dash", "rail", "dot", "hatch"]
_MAIN_KINDS = ("circles", "fixes", "walks", "doors", "facilities", "cases")


@dataclass(frozen=True)
class LegendRow:
    """One swatch with its words."""

    shape: Shape
    colour: str
    label: str


@dataclass(frozen=True)
class LegendBlock:
    """One layer in the legend: its title, whether it is shown at first, and its swatches.

    ``edges`` are the limits between ordered classes; ``main`` tells what the map is about from the ground it lies on.
    """

    id: str
    title: str
    visible: bool
    rows: tuple[LegendRow, ...]
    edges: tuple[str, ...] = ()
    main: bool = False

    def as_data(self) -> dict[str, Any]:
        """Plain values for the browser."""
        return asdict(self) | {"rows": [asdict(row) for row in self.rows], "edges": list(self.edges)}


def legend(layers: Iterable[MapLayer], theme: Theme, language: str) -> list[LegendBlock]:
    """The legend of a map, in the order of its layers."""
    return [
        LegendBlock(layer.id, layer.title_in(language), layer.visible, _rows(layer, theme, language), _edges(layer, language), _is_main(layer))
        for layer in layers
    ]


def _is_main(layer: MapLayer) -> bool:
    return layer.classes is not None or layer.kind in _MAIN_KINDS


def _edges(layer: MapLayer, language: str) -> tuple[str, ...]:
    return () if layer.classes is None else tuple(_number(value, layer.classes, language) for value in layer.classes.breaks)


def _rows(layer: MapLayer, theme: Theme, language: str) -> tuple[LegendRow, ...]:
    if layer.classes is not None:
        labels = class_labels(layer.classes, language)
        rows = [LegendRow("fill", colour, label) for colour, label in zip(layer.classes.colours, labels, strict=True)]
        return (*reversed(rows), LegendRow("fill", theme.no_data, layer.missing or Message("No figure").in_language(language)))
    if layer.colours:
        shape: Shape = "line" if layer.kind == "walks" else "dot" if layer.kind in ("facilities", "cases", "doors") else "fill"
        return tuple(LegendRow(shape, colour, label) for colour, label in layer.colours.values())
    if layer.kind == "circles":
        return tuple(
            LegendRow("fill", colour, Message("{minutes} minutes on foot", {"minutes": minutes}).in_language(language)) for minutes, colour in CIRCLE_COLOURS
        )
    if layer.kind == "barriers":
        return (
            LegendRow("line", theme.water_line, Message("River").in_language(language)),
            LegendRow("line", theme.rail, Message("Expressway").in_language(language)),
            LegendRow("rail", theme.rail, Message("Railway").in_language(language)),
            LegendRow("dash", theme.wall, Message("Wall").in_language(language)),
        )
    return (_swatch(layer, theme),)


def _swatch(layer: MapLayer, theme: Theme) -> LegendRow:
    """The single swatch of a layer without classes, beside the title and therefore without words."""
    shapes: dict[str, tuple[Shape, str]] = {
        "water": ("fill", theme.water),
        "greens": ("fill", theme.green),
        "buildings": ("fill", theme.building_line),
        "streets": ("line", theme.street_casing),
        "communities": ("line", theme.area_line),
        "grids": ("line", theme.grid_line),
        "borders": ("line", theme.grid_line),
        "cells": ("dash", theme.rail),
        "fixes": ("dash", theme.accent),
    }
    shape, colour = shapes.get(layer.kind, ("dot", theme.far if layer.kind == "doors" else theme.accent))
    return LegendRow(shape, colour, "")


def class_labels(classes: Classes, language: str) -> list[str]:
    """``Below 50 %``, ``50 – 70 %`` ... from the lowest class to the highest."""
    edges = [_number(value, classes, language) for value in classes.breaks]
    lowest = Message("Below {limit}", {"limit": edges[0]}).in_language(language)
    highest = Message("{limit} and more", {"limit": edges[-1]}).in_language(language)
    return [lowest, *(f"{low} – {high}" for low, high in pairwise(edges)), highest]


def _number(value: float, classes: Classes, language: str) -> str:
    if classes.percent:
        return str(format_percent(value, format="#,##0.#%", locale=language))
    return str(format_decimal(value, format="#,##0.#", locale=language)) + (f" {classes.unit}" if classes.unit else "")


def legend_html(blocks: Sequence[LegendBlock], title: str, more: str, *, is_open: bool = True) -> str:
    """The legend as escaped HTML for folium maps and exported files; the ground is folded away under ``more``."""
    body = "".join(_block_html(block) for block in blocks if block.main)
    ground = "".join(_block_html(block) for block in blocks if not block.main)
    folded = f"<details><summary>{html.escape(more)}</summary>{ground}</details>" if ground else ""
    return f'<details class="wangge-legend"{" open" if is_open else ""}><summary>{html.escape(title)}</summary>{body}{folded}</details>'


def _block_html(block: LegendBlock) -> str:
    head = f"<span>{html.escape(block.title)}</span>" if any(row.label for row in block.rows) else ""
    rows = block.rows[-1:] if block.edges else block.rows
    return f"<div>{head}{_scale_html(block)}<ul>{''.join(_row_html(row, block.title) for row in rows)}</ul></div>"


def _scale_html(block: LegendBlock) -> str:
    """Ordered classes as one bar, lowest first, with the limits between them below."""
    if not block.edges:
        return ""
    marks = ["", *(f"<b>{html.escape(edge)}</b>" for edge in block.edges)]
    steps = (
        f'<em style="--c:{html.escape(row.colour)}" title="{html.escape(row.label)}">{mark}</em>'
        for row, mark in zip(reversed(block.rows[:-1]), marks, strict=True)
    )
    return f"<p>{''.join(steps)}</p>"


def _row_html(row: LegendRow, title: str) -> str:
    return f'<li><i class="{row.shape}" style="--c:{html.escape(row.colour)}"></i>{html.escape(row.label or title)}</li>'
