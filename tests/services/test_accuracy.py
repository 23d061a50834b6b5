"""What shortcuts get wrong in the small city."""

from __future__ import annotations

import pytest

from contracts.errors import NotAllowedError
from services.access import SYSTEM
from services.accuracy import shortcut_report
from store.unit_of_work import SqlUnitOfWork
from tests.services.acts import NOBODY


def test_every_shortcut_is_judged_for_every_service(planned: SqlUnitOfWork) -> None:
    report = shortcut_report(planned, SYSTEM)
    assert not report.is_empty
    assert set(report.errors["shortcut"]) == {"radius_1000", "radius_1200", "junctions", "minutes"}
    assert report.errors["wrong_share"].between(0, 1).all()


def test_the_two_kinds_of_wrong_add_up(planned: SqlUnitOfWork) -> None:
    errors = shortcut_report(planned, SYSTEM, limit_s=300.0).errors
    assert (errors["wrongly_covered_share"] + errors["wrongly_uncovered_share"]).tolist() == pytest.approx(errors["wrong_share"].tolist())


def test_nothing_is_shown_to_who_may_not_look(planned: SqlUnitOfWork) -> None:
    with pytest.raises(NotAllowedError):
        shortcut_report(planned, NOBODY)
