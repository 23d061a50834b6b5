"""Codes of areas: 12 digits, 6 + 3 + 3, where zeros at the end mean "all below". A grid code begins with its community's."""

from __future__ import annotations

from contracts.messages import Message, Named

_COMMUNITY_DIGITS = 12  # of a grid code; the grid's number follows


def is_within(code: str, above: str) -> bool:
    """Whether an area or grid code lies in the area ``above`` (empty = everywhere)."""
    return code.startswith(significant(above))


def significant(code: str) -> str:
    """The part of a 12-digit code that counts: ``110105000000`` -> ``110105``, ``110100000000`` -> ``1101``."""
    if len(code) != 12:
        return code
    return next((code[:length] for length in (2, 4, 6, 9) if not code[length:].strip("0")), code)


def grid_called(code: str) -> Message:
    """What a grid without a name is called: its number in its community."""
    number = code[_COMMUNITY_DIGITS:]
    return Message("Grid {number}", {"number": int(number)}) if number.isdecimal() else Named(code)
