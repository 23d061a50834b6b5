"""Faults on a terminal: grouped by kind, worst first, and as one line for machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from services.fault_words import BEHIND, KINDS, CityFault, by_kind
from views.terminal import language, speak

_SHOWN = 20  # of each kind; a file holds them all


def tell_faults(faults: Sequence[CityFault]) -> None:
    """Every kind with its number of faults, then its faults, worst first."""
    if not faults:
        speak("No faults found.")
    for kind, group in by_kind(faults).items():
        people = max(fault.people or 0.0 for fault in group)
        if people:
            speak("{kind}: {count:fault|faults}, up to {people:,.0f} people concerned by one", kind=KINDS[kind], count=len(group), people=people)
        else:
            speak("{kind}: {count:fault|faults}", kind=KINDS[kind], count=len(group))
        for fault in group[:_SHOWN]:
            if fault.remedy is None:
                speak("{place}: {what}", place=fault.place_in(language()), what=fault.message)
            else:
                speak(
                    "{place}: {what} What to do: {remedy} {effect}",
                    place=fault.place_in(language()),
                    what=fault.message,
                    remedy=fault.remedy,
                    effect=fault.effect,
                )
        if len(group) > _SHOWN:
            speak("and {count} more; write them all with --file faults.csv", count=len(group) - _SHOWN)


def facts_of(faults: Sequence[CityFault]) -> dict[str, Any]:
    """The line for machines: how many faults, of which kinds, people cut off, and how many effects were computed."""
    return {
        "faults": len(faults),
        "kinds": dict(sorted(Counter(fault.kind for fault in faults).items())),
        "people": round(sum(fault.people or 0.0 for fault in faults if fault.kind in BEHIND)),
        "computed": sum(fault.gained is not None for fault in faults),
        "not_computed": sum(fault.people is not None and fault.gained is None for fault in faults),
    }
