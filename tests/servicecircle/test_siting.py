"""Siting against every possible choice, and against published best values."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import floyd_warshall

from contracts.errors import InputError
from contracts.settings import ROOT
from servicecircle.siting import SolverEffort, lscp, mclp, p_center, p_median

SITING = ROOT.parent / "shared" / "data" / "siting"
SITES, DOORS = 7, 11


def instance(seed):
    rng = np.random.default_rng(seed)
    walks = rng.uniform(0, 900, (SITES, DOORS)).round(rng.integers(0, 3))
    walks[rng.random(walks.shape) < 0.1] = np.inf
    walks[0, 0] = 0.0
    return walks, rng.integers(0, 50, DOORS).astype(float)


def choices(p):
    return [list(choice) for choice in combinations(range(SITES), p)]


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("p", [1, 3])
def test_covering_is_the_best_of_all_choices(seed, p):
    walks, people = instance(seed)
    best = max(people[(walks[choice] <= 300).any(axis=0)].sum() for choice in choices(p))
    result = mclp(walks, people, p=p, limit_s=300)
    assert (result.objective, result.bound, result.status, len(result.chosen)) == (best, best, "optimal", p)


@pytest.mark.parametrize("seed", range(12))
def test_median_is_the_best_of_all_choices(seed):
    walks, people = instance(seed)
    best = min((np.where(people > 0, walks[choice].min(axis=0), 0) * people).sum() for choice in choices(3))
    assert p_median(walks, people, p=3).objective == pytest.approx(best)


@pytest.mark.parametrize("seed", range(12))
def test_center_is_the_best_of_all_choices(seed):
    walks, _ = instance(seed)
    best = min(walks[choice].min(axis=0).max() for choice in choices(3))
    result = p_center(walks, p=3)
    assert result.objective == best
    assert walks[result.chosen].min(axis=0).max() == best


@pytest.mark.parametrize("seed", range(12))
def test_set_covering_uses_the_fewest(seed):
    walks, _ = instance(seed)
    fewest = next(p for p in range(1, SITES + 1) if any((walks[choice] <= 600).any(axis=0).all() for choice in choices(p)))
    assert lscp(walks, limit_s=600).objective == fewest


def test_a_door_nobody_reaches_makes_covering_all_infeasible():
    result = lscp(np.array([[1.0, np.inf]]), limit_s=10)
    assert (result.status, len(result.chosen)) == ("infeasible", 0)


def test_a_site_at_the_door_is_a_walk_of_zero_also_in_a_sparse_matrix():
    walks = csr_array((np.array([0.0, 50.0]), np.array([0, 1]), np.array([0, 1, 2])), shape=(2, 2))
    assert lscp(walks, limit_s=0).status == "infeasible"
    assert mclp(walks, [1, 1], p=1, limit_s=0).chosen.tolist() == [0]


def test_existing_sites_stay_open():
    walks, people = instance(1)
    assert 6 in mclp(walks, people, p=1, limit_s=300, existing=[6]).chosen


@pytest.mark.parametrize("arguments", [{"p": 8}, {"p": -1}, {"p": 1, "limit_s": -5.0}, {"p": 1, "existing": [7]}, {"p": 1, "weights": [1.0]}])
def test_impossible_questions_are_refused(arguments):
    walks, people = instance(2)
    question = {"weights": people, "limit_s": 300.0} | arguments
    with pytest.raises(InputError):
        mclp(walks, question.pop("weights"), **question)


@pytest.mark.shared
@pytest.mark.skipif(not SITING.exists(), reason="the published instances lie beside the checkout in shared/data/siting")
@pytest.mark.parametrize(("name", "median", "center"), [("pmed1", 5819, 127)])
def test_published_best_values_are_reached_and_proven(name, median, center):
    walks = or_library_walks(SITING / f"{name}.txt")
    for result, best in ((p_median(walks, np.ones(len(walks)), p=5), median), (p_center(walks, p=5), center)):
        assert (result.objective, result.bound, result.status) == (best, best, "optimal")


@pytest.mark.shared
@pytest.mark.skipif(not SITING.exists(), reason="the published instances lie beside the checkout in shared/data/siting")
def test_a_published_center_of_300_nodes_is_proven():
    assert p_center(or_library_walks(SITING / "pmed11.txt"), p=5, effort=SolverEffort(time_limit_s=120)).objective == 59


def or_library_walks(path: Path) -> np.ndarray:
    """All shortest walks of an OR-Library graph; of repeated edges the last counts."""
    numbers = np.array(path.read_text().split(), dtype=int)
    walks = np.full((numbers[0], numbers[0]), np.inf)
    for a, b, length in numbers[3:].reshape(-1, 3):
        walks[a - 1, b - 1] = walks[b - 1, a - 1] = length
    np.fill_diagonal(walks, 0)
    return floyd_warshall(walks)
