"""The city's network is kept on disk for exactly one state of one store, one walker and one set of rules."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely

from contracts.errors import NotFoundError
from gis.network import ADULT, OLDER, WalkNetwork
from services import networks
from services.networks import city_network, walking_network
from store.unit_of_work import SqlUnitOfWork
from tests.fakes import FakeUnitOfWork


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(networks, "KEPT_FROM", 1)  # the small city is quicker built than kept
    return tmp_path / "networks"


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the walkers a network was built for."""
    names: list[str] = []

    def build(streets, profile):
        names.append(profile.name)
        return walking_network(streets, profile)

    monkeypatch.setattr(networks, "walking_network", build)
    return names


def network_of(uow: SqlUnitOfWork, folder: Path, profile=ADULT) -> WalkNetwork:
    with uow:
        return city_network(uow, profile, folder=folder)


def edit(uow: SqlUnitOfWork, **columns: object) -> None:
    with uow:
        uow.streets.upsert(uow.streets.read().assign(**columns))
        uow.commit()


def test_the_second_time_nothing_is_built(loaded: SqlUnitOfWork, folder: Path, built: list[str]) -> None:
    first, second = network_of(loaded, folder), network_of(loaded, folder)
    assert built == ["adult"]
    assert first.seconds.tobytes() == second.seconds.tobytes()
    assert first.streets.equals(second.streets)


def test_every_walker_has_a_network(loaded: SqlUnitOfWork, folder: Path, built: list[str]) -> None:
    for profile in (ADULT, OLDER, ADULT, replace(ADULT, speed_m_s=1.5)):
        network_of(loaded, folder, profile)
    assert built == ["adult", "older", "adult"]


def test_a_change_of_the_data_makes_a_new_network(loaded: SqlUnitOfWork, folder: Path, built: list[str]) -> None:
    network_of(loaded, folder)
    edit(loaded, highway="steps")
    assert network_of(loaded, folder).seconds.sum() == pytest.approx(2 * network_of(loaded, folder).pieces.length_m.sum() / 1.2)
    assert built == ["adult", "adult"]


def test_copies_of_a_store_that_were_edited_apart_have_networks_of_their_own(loaded: SqlUnitOfWork, folder: Path, built: list[str]) -> None:
    first = network_of(loaded, folder)
    with loaded:
        loaded.streets.upsert(loaded.streets.read().iloc[:1].assign(highway="steps"))
        edited = city_network(loaded, ADULT, folder=folder)
    with loaded:
        loaded.streets.upsert(loaded.streets.read().iloc[1:2].assign(highway="steps"))
        other = city_network(loaded, ADULT, folder=folder)
    changed = [np.flatnonzero(network.seconds != first.seconds) for network in (edited, other)]
    assert [set(first.pieces.row[edges]) for edges in changed] == [{0}, {1}]
    assert network_of(loaded, folder).seconds.tobytes() == first.seconds.tobytes()


def test_results_that_are_saved_leave_the_network_as_it_is(loaded: SqlUnitOfWork, folder: Path, built: list[str]) -> None:
    network_of(loaded, folder)
    with loaded:
        loaded.facilities.delete(["f1"])
        loaded.commit()
    network_of(loaded, folder)
    assert built == ["adult"]


def test_a_new_rule_makes_a_new_network(loaded: SqlUnitOfWork, folder: Path, built: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    network_of(loaded, folder)
    monkeypatch.setattr(networks, "RULES", networks.RULES[:-1])
    network_of(loaded, folder)
    assert built == ["adult", "adult"]


def test_a_damaged_file_is_made_again(loaded: SqlUnitOfWork, folder: Path, built: list[str]) -> None:
    whole = network_of(loaded, folder)
    (file,) = folder.iterdir()
    good = file.read_bytes()
    file.write_bytes(good[:-100])
    assert network_of(loaded, folder).seconds.tobytes() == whole.seconds.tobytes()
    assert file.read_bytes() == good


def test_a_folder_that_cannot_be_written_costs_only_time(loaded: SqlUnitOfWork, folder: Path, built: list[str]) -> None:
    folder.write_text("a file where a folder should be")
    assert network_of(loaded, folder).edge_count == network_of(loaded, folder).edge_count
    assert built == ["adult", "adult"]


def test_old_networks_are_removed(loaded: SqlUnitOfWork, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "KEPT_FILES", 2)
    for speed in (1.0, 1.1, 1.2):
        network_of(loaded, folder, replace(ADULT, speed_m_s=speed))
    assert len(list(folder.iterdir())) == 2


def test_a_small_city_is_not_kept(loaded: SqlUnitOfWork, tmp_path: Path) -> None:
    network_of(loaded, tmp_path / "networks")
    assert not (tmp_path / "networks").exists()


def test_waits_at_crossings_count(loaded: SqlUnitOfWork, folder: Path) -> None:
    with loaded:
        streets = loaded.streets.read()
        vertical = np.ptp(shapely.bounds(streets.geometry.to_numpy())[:, ::2], axis=1) < 1e-4
        loaded.streets.upsert(streets.assign(highway=np.where(vertical, "primary", "residential")))
        loaded.commit()
    network = network_of(loaded, folder)
    assert network.waiting.any()
    assert not network.pieces.length_m[network.waiting].any()


def test_no_streets_are_an_error_that_says_what_to_do(folder: Path) -> None:
    with pytest.raises(NotFoundError, match="Import"):
        network_of(FakeUnitOfWork(), folder)
