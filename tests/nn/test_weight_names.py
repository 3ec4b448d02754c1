from __future__ import annotations

import keras
import numpy as np

from sensorium.nn.encoders import MLP, Wrapped
from sensorium.nn.weight_names import foreign_weights, renumbered, weights_of


def test_numbers_are_counted_anew_in_each_folder() -> None:
    paths = ["dense_7/kernel", "dense_7/bias", "dense_9/kernel", "a_2/dense_9/kernel"]
    assert renumbered(paths) == [
        "dense/kernel",
        "dense/bias",
        "dense_1/kernel",
        "a/dense/kernel",
    ]


def nested() -> keras.Model:
    inner = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4)])
    x = keras.Input((3,))
    y = keras.layers.Dense(2)(inner(x))
    return keras.Model(x, keras.layers.BatchNormalization()(y))


def test_names_of_nested_models_do_not_depend_on_the_process() -> None:
    first = [path for path, _ in foreign_weights(nested())]
    keras.layers.Dense(1)
    second = [path for path, _ in foreign_weights(nested())]
    assert renumbered(first) == renumbered(second)
    assert renumbered(first)[0] == "sequential/dense/kernel"
    assert len(set(first)) == len(nested().weights)


def test_layers_inside_layers_are_named() -> None:
    layer = keras.layers.Bidirectional(keras.layers.GRU(2, use_cudnn=False))
    layer.build((None, 3, 4))
    names = [path for path, _ in foreign_weights(layer)]
    assert len(set(names)) == len(names) == 6


def test_equal_names_get_numbers() -> None:
    x = keras.Input((3,), name="x")
    own = keras.Model(x, keras.layers.Dense(2, name="same")(x))
    outer = keras.Sequential([keras.Input((3,)), own], name="a")
    parts = {"photo": Wrapped(outer), "photo/model": Wrapped(own)}
    names = list(weights_of("network", parts))
    assert len(set(names)) == len(names)


def test_own_layers_drop_the_networks_name() -> None:
    encoder = MLP(3, num_layers=1, name="photo")
    encoder(np.ones((1, 2), "float32"))
    assert list(weights_of("network", {"photo": encoder})) == [
        "photo/hidden/layer_1/kernel",
        "photo/hidden/layer_1/bias",
    ]
