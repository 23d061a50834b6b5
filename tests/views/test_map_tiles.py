"""A large city sends its ground as tiles: published once, renewed with the data, old ones gone."""

from __future__ import annotations

import pytest
from conftest import PLANNER
from streamlit.testing.v1 import AppTest

from services.tiles import KEPT_VERSIONS, LAYERS, publish_tiles, tiles_version
from store.unit_of_work import SqlUnitOfWork
from tests.views.test_pages import show
from views.components import map_layers, map_tiles


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(type(map_tiles.settings()), "tiles", property(lambda _settings: tmp_path / "tiles"))
    return tmp_path / "tiles"


def versions(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_large_city_is_published_once_and_shown_from_tiles(filled_store, signed_in, folder, monkeypatch):
    signed_in()
    monkeypatch.setattr(map_layers, "MOST_INLINE", 0)
    app: AppTest = show()
    assert not app.exception
    [version] = versions(folder)
    assert {path.stem for path in (folder / version).iterdir()} == set(LAYERS)
    written = (folder / version).stat().st_mtime_ns
    show()
    assert (folder / version).stat().st_mtime_ns == written


def test_a_small_city_needs_no_tiles(filled_store, signed_in, folder):
    signed_in()
    show()
    assert not folder.exists()


def test_changed_data_have_another_version_and_another_store_too(filled_store):
    def version(store="here"):
        return tiles_version(SqlUnitOfWork(filled_store), PLANNER, store)

    before = version()
    assert before == version() != version("there")
    with SqlUnitOfWork(filled_store) as uow:
        uow.streets.delete(list(uow.streets.read().index[:1]))
        uow.commit()
    assert version() != before


def test_old_versions_are_removed(filled_store, folder):
    for version in ("a", "b", "c"):
        publish_tiles(SqlUnitOfWork(filled_store), PLANNER, folder, version)
    assert "c" in versions(folder)
    assert len(versions(folder)) == KEPT_VERSIONS


def test_a_broken_run_leaves_nothing(filled_store, folder):
    def stop(done, _total, _what):
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        publish_tiles(SqlUnitOfWork(filled_store), PLANNER, folder, "a", progress=stop)
    assert versions(folder) == []
