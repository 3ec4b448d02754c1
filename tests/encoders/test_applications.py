from __future__ import annotations

import keras
import numpy as np
import pytest

import sensorium as sm
from sensorium.encoders.applications import (
    _prepared,
    application,
    names,
    pixel_rule,
)
from sensorium.errors import DataError
from tests.nn.samples import array

PIXELS = np.random.default_rng(0).integers(0, 256, (2, 40, 36, 3)).astype("uint8")


@pytest.mark.parametrize(
    "word",
    ["vgg16", "resnet_v2", "densenet", "efficientnet", "mobilenet_v3", "convnext"],
)
def test_the_rule_of_pixels_is_what_keras_does(word) -> None:
    module = getattr(keras.applications, word)
    turned, factors, summands = pixel_rule(module)
    pixels = PIXELS.astype("float64")
    expected = module.preprocess_input(pixels.copy(), data_format="channels_last")
    given = pixels[..., ::-1] if turned else pixels
    np.testing.assert_allclose(given * factors + summands, expected, atol=1e-4)


def small(include_top=True, weights=None, input_shape=None):
    """A net that is built like those of Keras, but small."""
    x = keras.Input(input_shape or ((32, 32, 3) if include_top else (None, None, 3)))
    y = keras.layers.Conv2D(4, 3, name="block1_conv")(x)
    y = keras.layers.MaxPooling2D(name="block1_pool")(y)
    if include_top:
        y = keras.layers.GlobalAveragePooling2D()(y)
        y = keras.layers.Dense(3, activation="softmax")(y)
    return keras.Model(x, y, name="vgg16")


@pytest.mark.parametrize("include_top", [True, False])
def test_raw_pixels_are_prepared_inside(tmp_path, monkeypatch, include_top) -> None:
    monkeypatch.setattr(keras.applications, "VGG16", small)
    monkeypatch.setattr(keras.applications.vgg16, "VGG16", small)
    taught = small(include_top)
    taught.save_weights(tmp_path / "vgg.weights.h5")
    encoder = sm.encoders.load(
        "VGG16", weights=tmp_path / "vgg.weights.h5", pool="max", name="photo"
    )
    assert (encoder.at, encoder.name) == ("vgg16/block1_pool", "photo")
    pixels = PIXELS.astype("float32")
    prepared = keras.applications.vgg16.preprocess_input(pixels.copy())
    y = taught.get_layer("block1_pool")(taught.get_layer("block1_conv")(prepared))
    expected = array(y).max((1, 2))
    np.testing.assert_allclose(array(encoder(PIXELS)), expected, rtol=1e-4, atol=1e-3)
    assert encoder.needs.shape == (None, None, 3)
    assert (encoder.needs.low, encoder.needs.high) == (0, 255)


def test_weights_of_another_model_are_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(keras.applications, "VGG16", small)
    monkeypatch.setattr(keras.applications.vgg16, "VGG16", small)
    other = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    other.save_weights(tmp_path / "other.weights.h5")
    with pytest.raises(DataError, match="not the weights of this model"):
        application("VGG16", tmp_path / "other.weights.h5")


@pytest.mark.slow
def test_a_real_model_computes_what_keras_computes() -> None:
    encoder = sm.encoders.load("MobileNetV2", input_shape=(32, 32, 3))
    assert encoder.units == 1280
    assert "block_1_expand" in {layer.name for layer in encoder.layer.layers}
    assert array(encoder(PIXELS[:, :32, :32])).shape == (2, 1280)


@pytest.mark.parametrize("word", ["densenet", "resnet_v2"])
def test_other_rules_become_layers(word) -> None:
    module = getattr(keras.applications, word)
    x = keras.Input((40, 36, 3))
    model = keras.Model(x, _prepared(x, module))
    pixels = PIXELS.astype("float32")
    expected = module.preprocess_input(pixels.copy(), data_format="channels_last")
    np.testing.assert_allclose(array(model(PIXELS)), expected, atol=1e-5)


def test_wrong_names_and_weights_are_refused(tmp_path) -> None:
    assert {"MobileNetV2", "VGG16", "ResNet50", "NASNetLarge"} <= set(names())
    with pytest.raises(
        DataError, match=r"no model `MobilNetV2`.*Did you mean `MobileN"
    ):
        application("applications/MobilNetV2")
    with pytest.raises(DataError, match="no such file of weights"):
        application("VGG16", tmp_path / "nothing.weights.h5")
