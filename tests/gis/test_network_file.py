"""A network on disk is the network that was built, bit for bit, or it is not there."""

from dataclasses import fields

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from contracts.errors import InputError
from gis.network import WHEELCHAIR, WalkNetwork, build_network
from gis.network_file import MAGIC, load_network, save_network
from gis.street_pieces import StreetPieces
from servicecircle.reach import covered_streets, nearest_walk
from tests.servicecircle.worlds import CRS, lines, random_places, random_streets


@pytest.fixture
def network():
    streets = random_streets(np.random.default_rng(3)).to_crs(4326)
    kinds = np.random.default_rng(1).choice(["primary", "residential", "steps", "motorway"], len(streets))
    streets.index = pd.Index([f"路{row}" for row in range(len(streets))], name="key", dtype="str")
    return build_network(streets.assign(highway=kinds), profile=WHEELCHAIR, crossing_delays=True)


@pytest.fixture
def path(tmp_path, network):
    save_network(network, tmp_path / "deep" / "a.network", key="k1")
    return tmp_path / "deep" / "a.network"


def same(a, b):
    if isinstance(a, np.ndarray) and a.dtype == object:
        return shapely.to_wkb(a).tolist() == shapely.to_wkb(b).tolist()
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, gpd.GeoSeries):
        return a.crs == b.crs and a.index.equals(b.index) and a.index.name == b.index.name and same(a.to_numpy(), b.to_numpy())
    return a == b


def test_every_part_comes_back_bit_for_bit(network, path):
    stored = load_network(path, key="k1")
    for name in (field.name for field in fields(WalkNetwork) if field.name != "pieces"):
        assert same(getattr(network, name), getattr(stored, name)), name
    for name in (field.name for field in fields(StreetPieces)):
        assert same(getattr(network.pieces, name), getattr(stored.pieces, name)), name


def test_answers_are_the_same(network, path):
    again = load_network(path, key="k1")
    places = random_places(np.random.default_rng(5), gpd.GeoDataFrame(geometry=network.streets).to_crs(CRS), 20)
    pd.testing.assert_frame_equal(nearest_walk(again, places[:5], places), nearest_walk(network, places[:5], places), check_exact=True)
    assert covered_streets(again, places[:5]).equals(covered_streets(network, places[:5]))


def test_saving_twice_gives_the_same_bytes(network, path, tmp_path):
    save_network(network, tmp_path / "b.network", key="k1")
    assert path.read_bytes() == (tmp_path / "b.network").read_bytes()


def test_nothing_else_is_left_in_the_folder(path):
    assert [file.name for file in path.parent.iterdir()] == ["a.network"]


def test_a_network_made_for_something_else_is_not_there(path):
    assert load_network(path, key="k2") is None


@pytest.mark.parametrize("length", [0, 4, 20, 47, 60, 500, -1])
def test_a_file_cut_off_is_not_there(path, length):
    path.write_bytes(path.read_bytes()[:length])
    assert load_network(path, key="k1") is None


@pytest.mark.parametrize("share", [0.0, 0.002, 0.01, 0.1, 0.5, 0.999])
def test_a_file_changed_anywhere_is_not_there(path, share):
    raw = bytearray(path.read_bytes())
    raw[int(share * len(raw))] ^= 1
    path.write_bytes(raw)
    assert load_network(path, key="k1") is None


def test_a_file_of_another_format_is_not_there(path):
    path.write_bytes(MAGIC[:-1] + b"\x02" + path.read_bytes()[len(MAGIC) :])
    assert load_network(path, key="k1") is None


def test_no_file_and_a_folder_are_not_there(tmp_path):
    assert load_network(tmp_path / "none", key="k") is None
    assert load_network(tmp_path, key="k") is None


def test_no_streets_are_kept_too(tmp_path):
    save_network(build_network(lines().set_crs(CRS)), tmp_path / "a", key="k")
    assert load_network(tmp_path / "a", key="k").edge_count == 0


def test_a_plain_graph_is_kept_too(tmp_path):
    save_network(WalkNetwork.from_arrays([(0, 0), (1, 0)], [(0, 1)], [5], crs=CRS), tmp_path / "a", key="k")
    again = load_network(tmp_path / "a", key="k")
    assert (again.no_entry, again.waiting, again.seconds.tolist()) == (None, None, [5 / 1.2])


def test_keys_a_file_cannot_keep_are_refused(tmp_path):
    streets = lines([(0, 0), (1, 0)]).set_index(pd.MultiIndex.from_tuples([(1, 2)]))
    with pytest.raises(InputError, match="keys of text"):
        save_network(build_network(streets), tmp_path / "a", key="k")


def test_what_is_read_cannot_be_changed(path):
    with pytest.raises(ValueError, match="read-only"):
        load_network(path, key="k1").seconds[0] = 0.0
