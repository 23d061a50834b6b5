"""Two-step floating catchment areas by hand, by law, and by a plain double loop."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from contracts.errors import InputError
from servicecircle.supply import two_step_fca

SUPPLY = pd.Series([10.0, 6.0], index=["s1", "s2"])
DEMAND = pd.Series([100.0, 50.0, 30.0], index=["a", "b", "c"])
WALKS = np.array([[0.0, 300.0, np.inf], [np.inf, 200.0, 950.0]])


def test_shares_by_hand():
    per_head = two_step_fca(WALKS, SUPPLY, DEMAND, limit_s=900)
    assert per_head.index.tolist() == ["a", "b", "c"]
    assert per_head.tolist() == pytest.approx([10 / 150, 10 / 150 + 6 / 50, 0])


def test_a_stored_zero_is_a_walk_and_an_absent_pair_is_not():
    sparse = csr_array((np.array([0.0, 300.0, 200.0]), np.array([0, 1, 1]), np.array([0, 2, 3])), shape=(2, 3))
    pd.testing.assert_series_equal(two_step_fca(sparse, SUPPLY, DEMAND), two_step_fca(WALKS, SUPPLY, DEMAND, limit_s=900))


@pytest.mark.parametrize("seed", range(50))
def test_a_plain_double_loop_says_the_same(seed):
    rng = np.random.default_rng(seed)
    walks = np.where(rng.random((5, 9)) < 0.3, np.inf, rng.uniform(0, 1200, (5, 9)))
    supply, demand = pd.Series(rng.uniform(0, 9, 5)), pd.Series(rng.uniform(0, 90, 9))
    weight = [[np.exp(-walk / 400) if walk <= 900 else 0.0 for walk in row] for row in walks]
    ratio = [supply[j] / total if (total := sum(weight[j][i] * demand[i] for i in range(9))) else 0.0 for j in range(5)]
    expected = [sum(ratio[j] * weight[j][i] for j in range(5)) for i in range(9)]
    np.testing.assert_allclose(two_step_fca(walks, supply, demand, limit_s=900, decay=lambda seconds: np.exp(-seconds / 400)), expected, rtol=1e-9)


def test_what_is_handed_out_is_what_can_be_reached():
    assert (two_step_fca(WALKS, SUPPLY, DEMAND) * DEMAND).sum() == pytest.approx(SUPPLY.sum())


def test_nobody_and_nothing_give_zero():
    assert two_step_fca(np.full((2, 3), np.inf), SUPPLY, DEMAND).tolist() == [0, 0, 0]
    assert two_step_fca(np.empty((0, 3)), SUPPLY.iloc[:0], DEMAND).tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("walks", "supply", "demand"), [(WALKS.T, SUPPLY, DEMAND), (WALKS, -SUPPLY, DEMAND), (WALKS, SUPPLY, DEMAND * np.nan), (-WALKS, SUPPLY, DEMAND)]
)
def test_unusable_input_is_refused(walks, supply, demand):
    with pytest.raises(InputError):
        two_step_fca(walks, supply, demand)
