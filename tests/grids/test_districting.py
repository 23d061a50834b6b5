"""Published districting instances: small ones at the proven optimum in the suite, all of them in the benchmark."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.districting import FOLDER, task_of
from grids.partition import partition_graph

pytestmark = [pytest.mark.shared, pytest.mark.skipif(not FOLDER.exists(), reason="the published districting instances are not beside the checkout")]


@pytest.mark.parametrize("name", ["ME_county", "NM_county", "NE_county", "IA_county", "KS_county"])
def test_a_county_is_cut_as_little_as_was_ever_proven(name):
    task, best = task_of(name)
    labels = partition_graph(task.weights, task.edges, parts=task.parts, band=task.band)
    sums = np.bincount(labels, weights=task.weights)
    assert task.band[0] <= sums.min() <= sums.max() <= task.band[1]
    assert best <= task.cut_of(labels) <= best * 1.1


def test_the_band_is_that_of_the_instance():
    task, _ = task_of("ME_county")
    mean = task.weights.sum() / task.parts
    assert mean * 0.995 <= task.band[0] <= task.band[1] <= mean * 1.005
