"""Every sentence to people that the code can say, read from its syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("contracts", "gis", "grids", "servicecircle", "cases", "services", "store", "data", "views", "app.py", "cli.py")
SPEAKERS = ("_", "Message", "speak", "translate", "InfeasibleDivision", "Fault")


def python_files() -> Iterator[Path]:
    """All files of the product, without tests."""
    for room in ROOMS:
        path = ROOT / room
        yield from [path] if path.suffix else sorted(path.rglob("*.py"))


def templates(path: Path) -> Iterator[tuple[str, int]]:
    """Templates a file can say, with their line: the literal first argument of an error, a message or ``_``."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and _is_speaker(node.func) and node.args:
            for literal in _literals(node.args[0]):
                yield literal, node.lineno


def all_templates() -> dict[str, str]:
    """Template -> where it is said."""
    return {template: f"{path.relative_to(ROOT)}:{line}" for path in python_files() for template, line in templates(path)}


def _is_speaker(func: ast.expr) -> bool:
    name = func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""
    return name in SPEAKERS or (name.endswith("Error") and name[0].isupper())


def _literals(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _literals(node.body)
        yield from _literals(node.orelse)
