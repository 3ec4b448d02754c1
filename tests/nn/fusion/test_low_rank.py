from __future__ import annotations

import numpy as np

from sensorium.nn.fusion import LowRank
from tests.nn.fusion.by_hand import HERE, built, close, fused, projected, weight


def test_it_is_a_weighted_sum_of_products() -> None:
    fusion = built(LowRank(5, rank=2))
    factors = [
        np.where(here[:, None], 1 + values, 1).reshape(-1, 2, 5)
        for values, here in zip(projected(fusion), HERE.T, strict=True)
    ]
    products = np.prod(factors, axis=0)
    ranks = weight(fusion.rank_weights)
    close(fused(fusion), (ranks * products).sum(axis=1) + weight(fusion.bias))


def test_all_factors_are_weights_that_learn() -> None:
    fusion = built(LowRank(5, rank=3))
    kernels = [w for w in fusion.trainable_variables if w.path.endswith("kernel")]
    assert [tuple(w.shape) for w in kernels] == [(9, 15), (12, 15), (3, 15)]
