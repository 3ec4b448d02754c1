from __future__ import annotations

import keras

from sensorium.nn.encoders import MLP
from sensorium.nn.encoders.wrapped import Wrapped
from sensorium.nn.parts import as_encoder, fresh, saved


def test_a_description_is_copied_under_the_users_name():
    layer = MLP(8)
    copied = as_encoder(layer, "facts")
    assert copied is not layer
    assert copied.name == "facts"
    assert copied == layer


def test_a_layer_that_has_weights_is_taken_as_it_is():
    layer = keras.layers.Dense(3)
    layer.build((None, 2))
    encoder = as_encoder(layer, "facts")
    assert isinstance(encoder, Wrapped)
    assert encoder.layer is layer
    assert fresh(layer, "other") is layer


def test_the_saved_form_knows_no_shapes():
    layer = MLP(8)
    layer.build((None, 2))
    assert "build_config" not in saved(layer)
    assert keras.saving.deserialize_keras_object(saved(layer)) == layer
    assert saved(None) is None
