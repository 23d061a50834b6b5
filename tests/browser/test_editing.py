"""A planner gives a community new grids: plans as cards, an edit seen before it is made, locks, balance, undo, publication."""

from __future__ import annotations
