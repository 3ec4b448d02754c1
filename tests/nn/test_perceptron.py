from __future__ import annotations

import numpy as np

from sensorium.nn.perceptron import Perceptron
from tests.nn.samples import array, through_json

X = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")


def test_one_layer_is_dense_with_relu() -> None:
    layer = Perceptron(3)
    found = array(layer(X))
    kernel, bias = (array(weight) for weight in (layer.first.kernel, layer.first.bias))
    np.testing.assert_allclose(found, np.maximum(X @ kernel + bias, 0), atol=1e-6)


def test_further_layers_add_to_the_first() -> None:
    layer = Perceptron(3, 3)
    layer.build((None, 4))
    assert len(layer.weights) == 2 + 2 * 4
    for block in layer.blocks:
        block.kernel.assign(np.zeros((3, 3), "float32"))
    np.testing.assert_allclose(array(layer(X)), array(layer.first(X)), atol=1e-6)


def test_dropout_works_in_training_only() -> None:
    layer = Perceptron(50, 2, dropout=0.9)
    np.testing.assert_array_equal(array(layer(X)), array(layer(X)))
    zeros = (array(layer.first_dropout(np.ones((5, 50)), training=True)) == 0).mean()
    assert zeros > 0.7


def test_config_comes_back() -> None:
    assert through_json(Perceptron(3, 2, 0.1)).get_config()["num_layers"] == 2
