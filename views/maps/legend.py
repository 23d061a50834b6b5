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

Shape = Literal["fill", "line", "dash", "rail", "dot"]


@dataclass(frozen=True)
class LegendRow:
    """One swatch with its words."""

    shape: Shape
    colour: str
    label: str


@dataclass(frozen=True)
class LegendBlock:
    """One layer in the legend: its title, whether it is shown at first, and its swatches."""

    id: str
    title: str
    visible: bool
    rows: tuple[LegendRow, ...]

    def as_data(self) -> dict[str, Any]:
        """Plain values for the browser."""
        return asdict(self) | {"rows": [asdict(row) for row in self.rows]}


def legend(layers: Iterable[MapLayer], theme: Theme, language: str) -> list[LegendBlock]:
    """The legend of a map, in the order of its layers."""
    return [LegendBlock(layer.id, layer.title_in(language), layer.visible, _rows(layer, theme, language)) for layer in layers]


def _rows(layer: MapLayer, theme: Theme, language: str) -> tuple[LegendRow, ...]:
    if layer.classes is not None:
        labels = class_labels(layer.classes, language)
        rows = [LegendRow("fill", colour, label) for colour, label in zip(layer.classes.colours, labels, strict=True)]
        return (*reversed(rows), LegendRow("fill", theme.no_data, Message("no figure").in_language(language)))
    if layer.colours:
        return tuple(LegendRow("dot" if layer.kind in ("facilities", "cases", "doors") else "fill", colour, label) for colour, label in layer.colours.values())
    if layer.kind == "circles":
        return tuple(
            LegendRow("fill", colour, Message("{minutes} minutes on foot", {"minutes": minutes}).in_language(language)) for minutes, colour in CIRCLE_COLOURS
        )
    if layer.kind == "barriers":
        return (
            LegendRow("line", theme.water_line, Message("river").in_language(language)),
            LegendRow("line", theme.rail, Message("expressway").in_language(language)),
            LegendRow("rail", theme.rail, Message("railway").in_language(language)),
            LegendRow("dash", theme.wall, Message("wall").in_language(language)),
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
    }
    shape, colour = shapes.get(layer.kind, ("dot", theme.accent))
    return LegendRow(shape, colour, "")


def class_labels(classes: Classes, language: str) -> list[str]:
    """``below 50 %``, ``50 – 70 %`` ... from the lowest class to the highest."""
    edges = [_number(value, classes, language) for value in classes.breaks]
    lowest = Message("below {limit}", {"limit": edges[0]}).in_language(language)
    highest = Message("{limit} and more", {"limit": edges[-1]}).in_language(language)
    return [lowest, *(f"{low} – {high}" for low, high in pairwise(edges)), highest]


def _number(value: float, classes: Classes, language: str) -> str:
    if classes.percent:
        return str(format_percent(value, format="#,##0.#%", locale=language))
    return str(format_decimal(value, format="#,##0.#", locale=language)) + (f" {classes.unit}" if classes.unit else "")


def legend_html(blocks: Sequence[LegendBlock], title: str) -> str:
    """The legend as escaped HTML for folium maps and exported files."""
    body = "".join(_block_html(block) for block in blocks)
    return f'<details class="wangge-legend" open><summary>{html.escape(title)}</summary>{body}</details>'


def _block_html(block: LegendBlock) -> str:
    rows = "".join(f'<li><i class="{row.shape}" style="--c:{html.escape(row.colour)}"></i>{html.escape(row.label or block.title)}</li>' for row in block.rows)
    head = f"<span>{html.escape(block.title)}</span>" if any(row.label for row in block.rows) else ""
    return f"<div>{head}<ul>{rows}</ul></div>"
