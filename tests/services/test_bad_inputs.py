"""Whatever comes in: a clear word in both languages, and a store that did not change."""

from __future__ import annotations

import csv
import gzip
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contracts.errors import WanggeError
from services.access import SYSTEM
from services.imports import import_osm, import_places
from store.engine import open_store
from store.unit_of_work import SqlUnitOfWork
from tests.postgres_cluster import PostgresCluster
from tests.services.acts import contents
from tests.services.bad_files import BAD_FILES, FACILITY, Maker, raw
from tests.small_city import settle

AT = datetime(2026, 1, 1, tzinfo=UTC)
CHINESE = re.compile(r"[\u4e00-\u9fff]")


ON_POSTGIS = (
    "empty",
    "open_quote",
    "noise_as_xlsx",
    "cut_geojson",
    "zip_bomb_that_lies",
    "no_name_column",
    "swapped_in_geojson",
    "infinite_latitude",
    "polygon_without_area",
    "formula_as_name",
    "infinite_households",
    "negative_capacity",
    "unknown_barrier",
)
OSM = '<?xml version="1.0"?><osm version="0.6"><node id="1" lat="39.9" lon="116.4"><tag k="amenity" v="bank"/></node>'
BAD_MAPS: dict[str, tuple[Maker, str]] = {
    "empty": (raw("t.osm", b""), "is empty"),
    "cut_pbf": (raw("t.osm.pbf", b"\x00\x00\x00\x0d\x0a\x09OSMHeader\x18\x7c\x10\x78"), "cannot be read"),
    "html_as_pbf": (raw("t.osm.pbf", b"<html><body>404 Not Found</body></html>"), "cannot be read"),
    "gzip_of_nothing": (raw("t.osm.gz", gzip.compress(b"")), "cannot be read"),
    "cut_xml": (raw("t.osm", OSM.encode()), "cannot be read"),
    "wrong_kind": (raw("t.csv", FACILITY.encode()), "not a file"),
}


@pytest.fixture(scope="module")
def sqlite_city(loaded_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlUnitOfWork]:
    """The small city in a store of its own; nothing here may change it."""
    store = open_store(f"sqlite:///{shutil.copy(loaded_file, tmp_path_factory.mktemp('bad') / 'city.sqlite')}")
    yield SqlUnitOfWork(store)
    store.close()


@pytest.fixture(scope="module")
def postgis_city(postgis_cluster: PostgresCluster, postgis_ready: str) -> Iterator[SqlUnitOfWork]:
    """The same in PostGIS."""
    name = postgis_cluster.create_database(postgis_ready)
    store = open_store(postgis_cluster.url(name))
    settle(SqlUnitOfWork(store))
    yield SqlUnitOfWork(store)
    store.close()
    postgis_cluster.drop_database(name)


def said(name: str, folder: Path, uow: SqlUnitOfWork, language: str) -> str:
    """What a person reads: the error, or the file of refused rows."""
    kind, make, _ = BAD_FILES[name]
    path = make(folder)
    try:
        report = import_places(uow, SYSTEM, kind, path, at=AT, rejected_folder=folder / "rejected", language=language)
    except WanggeError as error:
        return error.in_language(language)
    assert report.rejected_path is not None
    return report.rejected_path.read_text("utf-8-sig")


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_explained_and_nothing_is_stored(sqlite_city: SqlUnitOfWork, tmp_path: Path, name: str) -> None:
    before = contents(sqlite_city)

    assert BAD_FILES[name][2] in said(name, tmp_path, sqlite_city, "en")
    assert contents(sqlite_city) == before


@pytest.mark.postgis
@pytest.mark.parametrize("name", ON_POSTGIS)
def test_a_bad_file_changes_nothing_in_postgis(postgis_city: SqlUnitOfWork, tmp_path: Path, name: str) -> None:
    before = contents(postgis_city)

    assert BAD_FILES[name][2] in said(name, tmp_path, postgis_city, "en")
    assert contents(postgis_city) == before


@pytest.mark.parametrize("name", BAD_MAPS)
def test_a_bad_map_is_explained_and_nothing_is_stored(sqlite_city: SqlUnitOfWork, tmp_path: Path, name: str) -> None:
    before = contents(sqlite_city)
    make, reason = BAD_MAPS[name]

    with pytest.raises(WanggeError, match=reason) as caught:
        import_osm(sqlite_city, SYSTEM, make(tmp_path), at=AT)
    assert CHINESE.search(caught.value.in_language("zh_CN"))
    assert contents(sqlite_city) == before


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_explained_in_chinese(sqlite_city: SqlUnitOfWork, tmp_path: Path, name: str) -> None:
    text = said(name, tmp_path, sqlite_city, "zh_CN")

    assert CHINESE.search(text)
    assert "{" not in text


def test_refused_rows_keep_their_cells_and_cannot_run_formulas(sqlite_city: SqlUnitOfWork, tmp_path: Path) -> None:
    said("formula_as_name", tmp_path, sqlite_city, "en")
    with next((tmp_path / "rejected").glob("*.csv")).open(encoding="utf-8-sig", newline="") as file:
        heading, row = csv.reader(file)

    assert heading[:4] == ["row", "field", "reason", "what to do"]
    assert row[0] == "2"
    assert "'=cmd|'/C calc'!A0" in row


def test_there_are_sixty_bad_inputs() -> None:
    assert len(BAD_FILES) >= 60
