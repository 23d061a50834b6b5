"""Whatever comes in: a clear word in both languages, and a store that did not change."""

from __future__ import annotations

import csv
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contracts.errors import WanggeError
from services.access import SYSTEM
from services.imports import import_places
from tests.fakes import FakeStore
from tests.services.bad_files import BAD_FILES

AT = datetime(2026, 1, 1, tzinfo=UTC)
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def said(name: str, folder: Path, store: FakeStore, language: str) -> str:
    """What a person reads: the error, or the file of refused rows."""
    kind, make, _ = BAD_FILES[name]
    path = make(folder)
    try:
        report = import_places(store.unit(), SYSTEM, kind, path, at=AT, rejected_folder=folder / "rejected", language=language)
    except WanggeError as error:
        return error.in_language(language)
    assert report.rejected_path is not None
    return report.rejected_path.read_text("utf-8-sig")


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_explained_and_nothing_is_stored(tmp_path: Path, name: str) -> None:
    store = FakeStore()
    before = store.dump()

    assert BAD_FILES[name][2] in said(name, tmp_path, store, "en")
    assert store.dump() == before


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_explained_in_chinese(tmp_path: Path, name: str) -> None:
    text = said(name, tmp_path, FakeStore(), "zh_CN")

    assert CHINESE.search(text)
    assert "{" not in text


def test_refused_rows_keep_their_cells_and_cannot_run_formulas(tmp_path: Path) -> None:
    said("formula_as_name", tmp_path, FakeStore(), "en")
    with next((tmp_path / "rejected").glob("*.csv")).open(encoding="utf-8-sig", newline="") as file:
        heading, row = csv.reader(file)

    assert heading[:4] == ["row", "field", "reason", "what to do"]
    assert row[0] == "2"
    assert "'=cmd|'/C calc'!A0" in row


def test_there_are_sixty_bad_inputs() -> None:
    assert len(BAD_FILES) >= 60
