"""What must not change an answer, and which way an answer may move: each law on 200 random towns."""

from dataclasses import replace

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.attachment import find_islands
from gis.network import WalkNetwork, build_network
from servicecircle.reach import covered_streets, nearest_facilities, nearest_walk, walk_matrix
from tests.servicecircle.towns import Spots, Town, random_spots, random_town, town_and_people
from tests.servicecircle.worlds import lines, random_places, random_streets

seeds = st.integers(0, 1_000_000)
limits = st.floats(0, 300)
law = settings(max_examples=200, deadline=None, derandomize=True, database=None)
CLOSE = {"rtol": 1e-9, "atol": 1e-7}


def walk(town: Town, served: Spots, homes: Spots, *, limit_s=np.inf, **options) -> pd.DataFrame:
    network = town.network()
    return nearest_walk(network, served.on(network), homes.on(network), limit_s=limit_s, **options)


def dense(network: WalkNetwork, start, end, limit_s=np.inf) -> np.ndarray:
    pairs = walk_matrix(network, start, end, limit_s=limit_s).tocoo()
    seconds = np.full(pairs.shape, np.inf)
    seconds[pairs.coords] = pairs.data
    return seconds


def stretches(town: Town, served: Spots, limit_s: float) -> pd.DataFrame:
    network = town.network()
    return pd.DataFrame(covered_streets(network, served.on(network), limit_s=limit_s)[["edge", "from_m", "to_m"]])


def is_within(stretch: pd.DataFrame, edge, at_m, slack_m: float) -> np.ndarray:
    """Whether each spot lies on a stretch, give or take."""
    table = stretch.to_numpy()
    inside = (table[:, 0] == edge[:, None]) & (table[:, 1] - slack_m <= at_m[:, None]) & (at_m[:, None] <= table[:, 2] + slack_m)
    return inside.any(axis=1)


@law
@given(seeds, limits)
def test_more_time_never_loses_and_never_changes_what_was_reached(seed, limit_s):
    everything, part = walk(*town_and_people(seed)), walk(*town_and_people(seed), limit_s=limit_s)
    np.testing.assert_array_equal(part, everything.where(everything <= limit_s, np.inf))


@law
@given(seeds)
def test_more_facilities_never_lengthen_a_walk(seed):
    town, served, homes = town_and_people(seed)
    fewer = walk(town, served.take(slice(3)), homes, by=None)
    assert (walk(town, served, homes, by=None) <= fewer).all(axis=None)


@law
@given(seeds, seeds)
def test_more_streets_never_lengthen_a_walk(seed, other):
    town, served, homes = town_and_people(seed)
    new = random_town(other)
    both = Town(town.xy, *(np.concatenate([getattr(town, name), getattr(new, name)]) for name in ("edges", "length_m", "seconds", "seconds_back")))
    assert (walk(both, served, homes) <= walk(town, served, homes) + 1e-9).all(axis=None)


@law
@given(seeds)
def test_closing_a_street_never_shortens_a_walk(seed):
    town, served, homes = town_and_people(seed)
    closed = np.random.default_rng(seed).random(len(town.edges)) < 0.2
    fewer = replace(town, seconds=np.where(closed, np.inf, town.seconds), seconds_back=np.where(closed, np.inf, town.seconds_back))
    assert (walk(fewer, served, homes) >= walk(town, served, homes) - 1e-9).all(axis=None)


@law
@given(seeds)
def test_a_barrier_never_shortens_the_way_to_the_street(seed):
    """But for who is left with an island's street, which is nearer and yet the last choice."""
    rng = np.random.default_rng(seed)
    streets = random_streets(rng)
    homes, network = random_places(rng, streets, 12), build_network(streets)
    free, fenced = network.attach(homes), network.attach(homes, barriers=lines(*rng.uniform(0, 150, (3, 2, 2))))
    assert not (fenced.is_snapped & ~free.is_snapped).any()
    same = fenced.is_snapped & (find_islands(network)[fenced.edge] == find_islands(network)[free.edge])
    assert (fenced.access_m[same] >= free.access_m[same] - 1e-6).all()


@law
@given(seeds, st.floats(0.05, 0.95))
def test_cutting_a_street_in_two_changes_nothing(seed, cut):
    town, served, homes = town_and_people(seed)
    edge, new = seed % len(town.edges), len(town.xy)
    part = np.array([cut, 1.0 - cut])
    u, v = town.edges[edge]
    halves = Town(
        np.concatenate([town.xy, town.xy[[u]] * (1 - cut) + town.xy[[v]] * cut]),
        np.concatenate([np.where(np.arange(len(town.edges))[:, None] == edge, [u, new], town.edges), [[new, v]]]),
        *(_cut_in_two(getattr(town, name), edge, part) for name in ("length_m", "seconds", "seconds_back")),
    )
    moved = walk(halves, _onto_halves(served, edge, cut, len(town.edges)), _onto_halves(homes, edge, cut, len(town.edges)))
    np.testing.assert_allclose(moved, walk(town, served, homes), **CLOSE)


def _cut_in_two(values, edge, part):
    return np.concatenate([np.where(np.arange(len(values)) == edge, values * part[0], values), [values[edge] * part[1]]])


def _onto_halves(spots: Spots, edge: int, cut: float, second: int) -> Spots:
    here, far = spots.edge == edge, (spots.edge == edge) & (spots.share > cut)
    share = np.where(here, np.where(far, (spots.share - cut) / (1 - cut), spots.share / cut), spots.share)
    return replace(spots, edge=np.where(far, second, spots.edge), share=np.clip(share, 0.0, 1.0))


@law
@given(seeds)
def test_turning_streets_round_changes_nothing(seed):
    town, served, homes = town_and_people(seed)
    turned = np.random.default_rng(seed).random(len(town.edges)) < 0.5
    back = Town(
        town.xy,
        np.where(turned[:, None], town.edges[:, ::-1], town.edges),
        town.length_m,
        np.where(turned, town.seconds_back, town.seconds),
        np.where(turned, town.seconds, town.seconds_back),
    )
    faced = [replace(spots, share=np.where(turned[spots.edge], 1.0 - spots.share, spots.share)) for spots in (served, homes)]
    np.testing.assert_allclose(walk(back, *faced), walk(town, served, homes), **CLOSE)


@law
@given(seeds)
def test_numbering_the_junctions_anew_changes_nothing(seed):
    town, served, homes = town_and_people(seed)
    number = np.random.default_rng(seed).permutation(len(town.xy))
    renumbered = replace(town, xy=town.xy[np.argsort(number)], edges=number[town.edges])
    np.testing.assert_array_equal(walk(renumbered, served, homes), walk(town, served, homes))


@law
@given(seeds)
def test_the_order_of_streets_facilities_and_doors_changes_no_bit(seed):
    town, served, homes = town_and_people(seed)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(town.edges))
    place = np.argsort(order)
    mixed = [replace(spots, edge=place[spots.edge]).take(rng.permutation(len(spots.edge))) for spots in (served, homes)]
    before, after = (nearest_on(which, *who) for which, who in ((town, (served, homes)), (town.take(order), mixed)))
    for old, new in zip(before, after, strict=True):
        pd.testing.assert_frame_equal(new.loc[old.index], old, check_exact=True)


def nearest_on(town: Town, served: Spots, homes: Spots):
    network = town.network()
    return nearest_facilities(network, served.on(network), homes.on(network))


@law
@given(seeds)
def test_other_keys_change_no_time(seed):
    town, served, homes = town_and_people(seed)
    renamed = [replace(spots, key=np.random.default_rng(seed).permutation(spots.key)) for spots in (served, homes)]
    np.testing.assert_array_equal(walk(town, *renamed), walk(town, served, homes))


@law
@given(seeds, limits, st.floats(0, 200))
def test_a_longer_limit_covers_every_stretch_of_a_shorter_one(seed, limit_s, more_s):
    town, served, _ = town_and_people(seed)
    short, long = stretches(town, served, limit_s), stretches(town, served, limit_s + more_s)
    for end in ("from_m", "to_m"):
        assert is_within(long, short["edge"].to_numpy(), short[end].to_numpy(), 1e-5).all()


@law
@given(seeds, limits)
def test_a_door_is_covered_just_where_its_stretch_of_street_is(seed, limit_s):
    town, served, homes = town_and_people(seed)
    network = town.network()
    seconds = walk(town, served, replace(homes, access_m=np.zeros(len(homes.edge))), by=None)["all"].to_numpy()
    at_m = homes.share * network.pieces.length_m[homes.edge]
    stretch = stretches(town, served, limit_s)
    between = network.is_walkable[homes.edge] & (network.pieces.length_m[homes.edge] > 0) & (homes.share > 0) & (homes.share < 1)
    assert (seconds[is_within(stretch, homes.edge, at_m, -1e-4)] <= limit_s).all()
    inside = between & (seconds <= limit_s - 1e-3)
    assert is_within(stretch, homes.edge[inside], at_m[inside], 1e-4).all()


@law
@given(seeds, st.integers(2, 6))
def test_the_number_of_threads_changes_no_byte(seed, threads):
    town, served, homes = town_and_people(seed)
    network = town.network()
    answers = [nearest_walk(network, served.on(network), homes.on(network), threads=count).to_numpy().tobytes() for count in (1, threads)]
    pairs = [walk_matrix(network, homes.on(network), served.on(network), threads=count).data.tobytes() for count in (1, threads)]
    assert answers[0] == answers[1]
    assert pairs[0] == pairs[1]


@law
@given(seeds, limits)
def test_the_least_of_all_pairs_is_the_walk_to_the_nearest(seed, limit_s):
    town, served, homes = town_and_people(seed)
    network = town.network()
    all_pairs = dense(network, homes.on(network), served.on(network), limit_s)
    nearest = nearest_walk(network, served.on(network), homes.on(network), limit_s=limit_s)
    for category in nearest:
        np.testing.assert_allclose(nearest[category], all_pairs[:, served.category == category].min(axis=1), **CLOSE)


@law
@given(seeds, limits, st.sampled_from([0.25, 0.5, 2.0, 8.0]))
def test_twice_the_lengths_and_twice_the_limit_are_twice_the_times(seed, limit_s, factor):
    town, served, homes = town_and_people(seed)
    larger = replace(town, length_m=town.length_m * factor, seconds=town.seconds * factor, seconds_back=town.seconds_back * factor)
    far = [replace(spots, access_m=spots.access_m * factor) for spots in (served, homes)]
    np.testing.assert_allclose(walk(larger, *far), walk(town, served, homes) * factor, rtol=1e-9, atol=1e-7)


@law
@given(seeds, st.floats(-5e4, 5e4), st.floats(-1e5, 1e5))
def test_a_world_moved_elsewhere_is_the_same_world(seed, east_m, north_m):
    town, served, homes = town_and_people(seed)
    moved = replace(town, xy=town.xy + (east_m, north_m))
    np.testing.assert_array_equal(walk(moved, served, homes), walk(town, served, homes))


@law
@given(seeds, st.sampled_from([4326, 3857, 32651]))
def test_another_coordinate_system_changes_almost_nothing(seed, crs):
    rng = np.random.default_rng(seed)
    streets = random_streets(rng, one_way=False)
    served, homes = random_places(rng, streets, 4), random_places(rng, streets, 8)
    here, there = build_network(streets), build_network(streets.to_crs(crs))
    at_home, abroad = here.attach(homes), there.attach(homes.to_crs(crs))
    same = (at_home.edge == abroad.edge) & (here.attach(served).edge == there.attach(served.to_crs(4326)).edge).all()
    one, two = nearest_walk(here, served, at_home, limit_s=np.inf), nearest_walk(there, served.to_crs(4326), abroad, limit_s=np.inf)
    np.testing.assert_allclose(two[same], one[same], rtol=2e-3, atol=0.2)


@law
@given(seeds)
def test_a_detour_is_never_shorter(seed):
    town, _, homes = town_and_people(seed)
    network = town.network()
    seconds = dense(network, homes.on(network), homes.on(network))
    by_way_of = (seconds[:, :, None] + seconds[None, :, :]).min(axis=1)
    assert (seconds <= by_way_of + 1e-6).all()


@law
@given(seeds)
def test_there_is_as_far_as_back_where_all_streets_go_both_ways(seed):
    town, _, homes = town_and_people(seed, two_way=True)
    network = town.network()
    seconds = dense(network, homes.on(network), homes.on(network))
    np.testing.assert_allclose(seconds, seconds.T, **CLOSE)


@law
@given(seeds)
def test_a_facility_nobody_can_reach_changes_nothing(seed):
    town, served, homes = town_and_people(seed)
    apart = len(town.xy) + np.arange(2)
    island = Town(
        np.concatenate([town.xy, town.xy[:1] + [[900, 900], [950, 900]]]),
        np.concatenate([town.edges, [apart]]),
        *(np.append(values, 50.0) for values in (town.length_m, town.seconds, town.seconds_back)),
    )
    lost = replace(served.take([0]), edge=np.array([len(town.edges)]), key=np.array(["lost"], dtype=object))
    more = Spots(*(np.concatenate([getattr(served, name), getattr(lost, name)]) for name in ("edge", "share", "access_m", "key", "category")))
    np.testing.assert_array_equal(walk(island, more, homes), walk(town, served, homes))


@law
@given(seeds)
def test_two_categories_as_one_are_the_nearer_of_both(seed):
    town, served, homes = town_and_people(seed)
    np.testing.assert_array_equal(walk(town, served, homes, by=None)["all"], walk(town, served, homes).min(axis=1))


@law
@given(seeds, seeds)
def test_two_towns_apart_keep_their_own_answers(seed, other):
    one, two = town_and_people(seed), (random_town(other), *(random_spots(other, random_town(other), count, "q") for count in (6, 20)))
    both = Town(
        np.concatenate([one[0].xy, two[0].xy + 5000.0]),
        np.concatenate([one[0].edges, two[0].edges + len(one[0].xy)]),
        *(np.concatenate([getattr(one[0], name), getattr(two[0], name)]) for name in ("length_m", "seconds", "seconds_back")),
    )
    served, homes = (_together(here, there, len(one[0].edges)) for here, there in zip(one[1:], two[1:], strict=True))
    apart = [walk(*town).reindex(columns=["clinic", "market"]).fillna(np.inf) for town in (one, two)]
    np.testing.assert_array_equal(walk(both, served, homes).reindex(columns=["clinic", "market"]).fillna(np.inf), pd.concat(apart))


def _together(here: Spots, there: Spots, shift: int) -> Spots:
    there = replace(there, edge=there.edge + shift, key=np.array([f"x{key}" for key in there.key], dtype=object))
    return Spots(*(np.concatenate([getattr(here, name), getattr(there, name)]) for name in ("edge", "share", "access_m", "key", "category")))
