from __future__ import annotations

import keras
import numpy as np
import pytest

from sensorium.errors import DataError
from sensorium.nn.encoders import Loaded, Wrapped
from sensorium.nn.encoders.wrapped import unwrapped
from tests.nn.encoders.models import dense_autoencoder
from tests.nn.samples import array

X = np.random.default_rng(0).normal(size=(3, 4, 5)).astype("float32")


def test_outputs_with_more_axes_are_averaged() -> None:
    inner = keras.layers.Dense(7)
    found = array(Wrapped(inner)(X))
    np.testing.assert_allclose(found, array(inner(X)).mean(axis=1), atol=1e-6)


def test_width_is_known_after_building() -> None:
    encoder = Wrapped(keras.layers.Dense(7))
    encoder.build((None, 4, 5))
    assert encoder.units == 7
    assert encoder.compute_output_shape((3, 4, 5)) == (3, 7)


def test_training_reaches_layers_that_ask_for_it() -> None:
    encoder = Wrapped(keras.layers.Dropout(0.9))
    assert (array(encoder(X, training=True)) == 0).any()
    np.testing.assert_allclose(array(encoder(X)), X.mean(axis=1), atol=1e-6)


def test_several_outputs_are_refused() -> None:
    x = keras.Input((5,))
    model = keras.Model(x, [keras.layers.Dense(2)(x), keras.layers.Dense(3)(x)])
    with pytest.raises(DataError, match="an encoder has one output"):
        Wrapped(model).build((None, 5))


def test_a_vector_of_unknown_width_is_refused() -> None:
    x = keras.Input((None,))
    with pytest.raises(DataError, match="known width"):
        Wrapped(keras.Model(x, x)).build((None, None))


def test_a_whole_autoencoder_is_refused_with_its_code() -> None:
    with pytest.raises(DataError) as error:
        Wrapped(dense_autoencoder(), name="sensor").build((None, 12))
    text = "encoder `sensor`: gives 12 values a row, as many as it takes: a "
    assert str(error.value).startswith(f"{text}reconstruction. Its narrowest layer is ")
    assert "`zzz` (3 values)" in str(error.value)
    square = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4)])
    Wrapped(square).build((None, 4))


def test_config_comes_back_with_the_layer() -> None:
    encoder = Wrapped(keras.layers.Dense(7, name="code"), name="photo")
    again = Wrapped.from_config(encoder.get_config())
    assert (again.name, again.layer.name, again.layer.units) == ("photo", "code", 7)


def test_an_encoder_of_ours_inside_keeps_its_tokens() -> None:
    x = keras.Input((4, 5))
    inner = Loaded.of(keras.Model(x, keras.layers.Dense(3)(x)), "", "", "auto", "inner")
    outer = Wrapped(inner, name="outer")
    outer.build((None, 4, 5))
    assert outer.gives_tokens
    assert outer.tokens_shape((None, 4, 5)) == (None, 4, 3)
    np.testing.assert_array_equal(array(outer.tokens(X)[0]), array(inner.tokens(X)[0]))
    assert unwrapped(outer) is inner
    plain = Wrapped(keras.layers.Dense(2))
    assert unwrapped(plain) is plain


def test_what_shall_not_learn_is_called_in_inference_mode() -> None:
    layer = keras.layers.Dropout(0.9)
    layer.trainable = False
    found = array(Wrapped(layer, pool="flatten")(X, training=True))
    np.testing.assert_array_equal(found, X.reshape(3, -1))
