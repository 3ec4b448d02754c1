from __future__ import annotations

import numpy as np

from sensorium.nn.frozen_norm import FrozenBatchNormalization
from tests.nn.samples import array, through_json


def test_statistics_stay_and_scale_learns() -> None:
    norm = FrozenBatchNormalization()
    x = np.random.default_rng(0).normal(5, 2, (8, 3)).astype("float32")
    still = array(norm(x, training=False))
    np.testing.assert_array_equal(array(norm(x, training=True)), still)
    assert not array(norm.moving_mean.value).any()
    assert len(norm.trainable_weights) == 2
    assert isinstance(through_json(norm), FrozenBatchNormalization)
