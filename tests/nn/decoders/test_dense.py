from __future__ import annotations

import numpy as np

from sensorium.nn.decoders import Dense
from tests.nn.samples import array


def test_no_layers_leave_a_linear_map() -> None:
    decoder = Dense(num_layers=0, shape=[2, 3])
    x = np.random.default_rng(0).normal(size=(4, 5)).astype("float32")
    found = array(decoder(x))
    kernel, bias = (array(weight.value) for weight in decoder.weights)
    expected = (x @ kernel + bias).reshape(4, 2, 3)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_units_and_layers_count() -> None:
    decoder = Dense(7, num_layers=2, shape=[3])
    decoder.build((None, 5))
    kernels = [weight.shape for weight in decoder.weights if weight.name == "kernel"]
    assert kernels == [(5, 7), (7, 7), (7, 3)]
