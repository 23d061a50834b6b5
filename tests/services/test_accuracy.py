"""What shortcuts get wrong in the small city."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from contracts.errors import NotAllowedError
from services.access import SYSTEM
from services.accuracy import shortcut_report
from services.circles import compute_circles
from store.unit_of_work import SqlUnitOfWork
from tests.services.acts import NOBODY
from tests.small_city import AT, STATION, placed


def test_every_shortcut_is_judged_for_every_service(planned: SqlUnitOfWork) -> None:
    report = shortcut_report(planned, SYSTEM)
    assert not report.is_empty
    assert set(report.errors["shortcut"]) == {"radius_1000", "radius_1200", "junctions", "minutes"}
    assert report.errors["wrong_share"].between(0, 1).all()


def test_the_two_kinds_of_wrong_add_up(planned: SqlUnitOfWork) -> None:
    errors = shortcut_report(planned, SYSTEM, limit_s=300.0).errors
    assert (errors["wrongly_covered_share"] + errors["wrongly_uncovered_share"]).tolist() == pytest.approx(errors["wrong_share"].tolist())


def test_the_exact_walk_is_that_of_the_computation(loaded: SqlUnitOfWork) -> None:
    """Surveyed doors on the other side of a house, two doors of one house, a school that is a building with a door of its own."""
    with loaded:
        doors = {"d1": ((280, 150), "h280-220"), "d2": ((270, 220), "h280-220"), "d3": ((200, 220), "h360-220")}
        loaded.entrances.upsert(placed({key: (shapely.Point(*at), {"kind": "door", "building_key": home}) for key, (at, home) in doors.items()}))
        loaded.facilities.upsert(placed({"h360-220": (shapely.Point(360, 220), {"category": STATION, "name": "", "verified": True})}))
        loaded.facilities.upsert(placed({"f8": (shapely.Point(700, 150), {"category": STATION, "name": "", "verified": False})}))
        loaded.commit()
    compute_circles(loaded, SYSTEM, profiles=("adult",), at=AT)
    with loaded:
        seconds = loaded.circles.door_walks(loaded.circles.latest()[0])["verified_s"]
    for limit_s in (120.0, 180.0, 240.0, 300.0):
        errors = shortcut_report(loaded, SYSTEM, limit_s=limit_s).errors.set_index(["category", "shortcut"]).loc[("all", "minutes")]
        claimed = np.floor(seconds / 60.0 + 0.5) <= limit_s / 60.0
        assert errors["doors"] == len(seconds) == 24 * 3
        assert errors["wrong_share"] == pytest.approx((claimed != (seconds <= limit_s)).mean())
        assert errors["shift_points"] == pytest.approx(100 * (claimed.mean() - (seconds <= limit_s).mean()))


def test_nothing_is_shown_to_who_may_not_look(planned: SqlUnitOfWork) -> None:
    with pytest.raises(NotAllowedError):
        shortcut_report(planned, NOBODY)
