"""Patrol on the command line: a round to a file, the file back as a track, visits."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Wangge
from tests.small_city import WEST

GRID = f"{WEST}001"


def test_a_round_goes_to_a_file_and_comes_back_as_a_patrol(wangge: Wangge, planned: str, tmp_path: Path) -> None:
    file = tmp_path / "round.gpx"
    facts = wangge("patrol", GRID, "--open", "--out", file, "--db", planned, "--json").json()
    assert (facts["grid"], facts["closed"], facts["status"], facts["unreachable"]) == (GRID, False, "optimal", {})
    passed = wangge("patrol-import", file, "--grid", GRID, "--day", "2026-03-04", "--db", planned, "--json").json()
    assert (passed["passed"], passed["covered_share"], passed["kept"]) == (passed["pieces"], 1.0, False)
    again = wangge("patrol-import", file, "--grid", GRID, "--day", "2026-03-04", "--db", planned)
    assert again.code == 5
    assert "imported for this grid and day before" in again.err


def test_visits_are_noted(wangge: Wangge, planned: str) -> None:
    assert wangge("patrol-visits", GRID, "12", "--day", "2026-03-04", "--db", planned, "--json").json()["households_visited"] == 12


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("patrol", "999"), 3),
        (("patrol", GRID, "--start", "here"), 2),
        (("patrol", GRID, "--start", "200,1"), 2),
        (("patrol", GRID, "--out", "round.doc"), 2),
        (("patrol-import", "none.gpx", "--grid", GRID, "--day", "2026-03-04"), 2),
        (("patrol-import", "none.gpx", "--grid", GRID, "--day", "soon"), 2),
    ],
)
def test_a_wrong_word_is_one_sentence(wangge: Wangge, planned: str, words: tuple[str, ...], code: int) -> None:
    answer = wangge(*words, "--db", planned)
    assert answer.code == code
    assert len(answer.err.splitlines()) == 1
