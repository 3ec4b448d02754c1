from __future__ import annotations

import numpy as np

from sensorium.nn.encoders import Piecewise
from tests.nn.samples import array


def test_each_bin_holds_an_equal_share_of_normal_scores() -> None:
    encoder = Piecewise(num_bins=8)
    x = np.random.default_rng(0).normal(size=(8000, 1)).astype("float32")
    filled = array(encoder.spread(x))[:, 0, :-1]
    inside = ((filled > 0) & (filled < 1)).mean(axis=0)
    np.testing.assert_allclose(inside, 1 / 8, atol=0.015)


def test_one_bin_is_the_value_and_its_clipped_copy() -> None:
    x = np.array([[0.0], [3.0], [30.0]], "float32")
    found = array(Piecewise(num_bins=1).spread(x))[:, 0]
    np.testing.assert_allclose(found, [[0.5, 0], [1, 3], [1, 30]])
