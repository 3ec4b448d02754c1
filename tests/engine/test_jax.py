"""The engine on JAX, compiled."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from sensorium.engine import engine
from tests.engine.forward import check_forward
from tests.training.made import inputs_of, rows, small_network

if keras.backend.backend() != "jax":
    pytest.skip("needs KERAS_BACKEND=jax", allow_module_level=True)


def test_the_engine_is_that_of_the_backend() -> None:
    assert getattr(engine(), "__name__", "") == "sensorium.engine.jax"
    engine().prepare(seed=0)


def test_the_forward_pass_is_that_of_the_network() -> None:
    check_forward()


def test_it_is_compiled_once_for_a_shape() -> None:
    network, traced = small_network(), []
    call = network.call

    def counted(*args, **kwargs):
        traced.append(1)
        return call(*args, **kwargs)

    network.call = counted
    forward = engine().compiled_forward(network)
    inputs = inputs_of(rows(16))
    for _ in range(3):
        forward(inputs)
    assert len(traced) == 1


def test_it_keeps_the_weights_of_its_moment() -> None:
    network, inputs = small_network(), inputs_of(rows(16))
    forward = engine().compiled_forward(network)
    before = np.asarray(forward(inputs)["price"])
    network.set_weights([weight + 1 for weight in network.get_weights()])
    np.testing.assert_array_equal(np.asarray(forward(inputs)["price"]), before)
