from __future__ import annotations

import numpy as np

from sensorium.nn.encoders import SignalConvolution
from tests.nn.samples import outputs


def test_unobserved_steps_at_the_end_count_for_nothing() -> None:
    encoder = SignalConvolution(6, filters=(4, 4))
    x = np.random.default_rng(0).normal(size=(1, 24, 3)).astype("float32")
    x[..., -1] = 1.0
    padded = np.concatenate([x, np.zeros((1, 40, 3), "float32")], axis=1)
    longer = np.concatenate([x, np.zeros((1, 80, 3), "float32")], axis=1)
    one = outputs(encoder, padded)
    np.testing.assert_allclose(outputs(encoder, longer), one, atol=1e-6)
    assert np.abs(one).sum() > 0


def test_one_step_passes() -> None:
    x = np.ones((2, 1, 2), "float32")
    assert outputs(SignalConvolution(6), x).shape == (2, 6)
