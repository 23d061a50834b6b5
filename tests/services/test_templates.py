"""A template can be filled in and imported at once."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest

from contracts.errors import InputError
from gis.fields import fields_of
from gis.files import read_places
from services.access import SYSTEM
from services.imports import import_places
from services.templates import KINDS, make_template
from tests.fakes import FakeStore

AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("kind", KINDS)
def test_every_heading_is_recognised(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"{kind}.xlsx"
    path.write_bytes(make_template(kind))

    assert set(read_places(path, kind).fields) == {field.name for field in fields_of(kind)}


@pytest.mark.parametrize(("kind", "column", "value"), [("buildings", 4, 20), ("facilities", 2, "东里药店"), ("workers", 2, "张三")])
def test_the_example_is_left_out_until_it_is_written_over(tmp_path: Path, kind: str, column: int, value: object) -> None:
    path = tmp_path / f"{kind}.xlsx"
    path.write_bytes(make_template(kind))
    untouched = import_places(FakeStore().unit(), SYSTEM, kind, path, at=AT)
    book = openpyxl.load_workbook(path)
    book.worksheets[0].cell(2, column, value)
    book.save(path)

    assert untouched.counts[kind].added == 0
    assert import_places(FakeStore().unit(), SYSTEM, kind, path, at=AT).counts[kind].added == 1


def test_there_is_a_sheet_of_notes() -> None:
    book = openpyxl.load_workbook(io.BytesIO(make_template("workers")))

    assert book.sheetnames == ["workers", "说明 Notes"]


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(InputError, match="kind must be one of"):
        make_template("dragons")
