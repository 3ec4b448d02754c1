from __future__ import annotations

import keras
import numpy as np
import pytest

from sensorium.errors import DataError
from sensorium.nn.encoders.copying import (
    copied,
    copy_weights,
    inputs_of,
    is_graph,
    traced,
)
from sensorium.nn.encoders.tapping import Tapped
from tests.nn.samples import array


def test_what_a_normalisation_learned_becomes_its_arguments() -> None:
    norm = keras.layers.Normalization()
    norm.adapt(np.random.default_rng(0).normal(5, 2, (50, 3)))
    copy = copied(norm, "other", "here")
    x = np.ones((2, 3), "float32")
    np.testing.assert_allclose(array(copy(x)), array(norm(x)), rtol=1e-6)
    assert copy.weights == []


class Stubborn(keras.Model):
    def __init__(self) -> None:
        super().__init__(name="stubborn")
        self.layer = keras.layers.Dense(2, name="hidden")

    def call(self, inputs):
        return self.layer(keras.ops.convert_to_tensor(np.asarray(inputs) + 1))


def test_code_that_cannot_be_followed_is_refused() -> None:
    model = Stubborn()
    model(np.zeros((1, 3), "float32"))
    assert traced(model, inputs_of(model, "", (3,))) is model
    assert not is_graph(model)
    with pytest.raises(
        DataError, match="a `Stubborn` is Python code that Keras cannot"
    ):
        Tapped(model, input_shape=(3,))


def test_a_copy_has_the_weights_and_draws_none() -> None:
    layer = keras.layers.Dense(3, name="first")
    layer.build((None, 2))
    copy = copied(layer, "second", "here")
    copy.build((None, 2))
    assert not array(copy.kernel.value).any()
    copy_weights(layer, copy, "here")
    np.testing.assert_array_equal(array(copy.kernel.value), array(layer.kernel.value))
    other = keras.layers.Dense(4)
    other.build((None, 2))
    with pytest.raises(DataError, match="has other weights"):
        copy_weights(layer, other, "here")
