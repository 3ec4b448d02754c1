from __future__ import annotations

import keras
import numpy as np
import pytest

import sensorium as sm
from sensorium.encoders.loading import load, split
from sensorium.errors import DataError
from tests.nn.encoders.models import (
    Sampling,
    classifier,
    convolution_autoencoder,
    dense_autoencoder,
    in_code,
    nested_twice,
    residual,
    rows,
    two_inputs,
    with_skip,
)
from tests.nn.samples import array


def test_the_public_face_has_our_own_encoders_too() -> None:
    assert sm.encoders.load is load
    assert sm.encoders.Bag(3).units == 3


def test_two_loads_of_one_file_share_nothing(tmp_path) -> None:
    model = convolution_autoencoder()
    model.save(tmp_path / "photo.keras")
    one, two = (load(tmp_path / "photo.keras", name=n) for n in ("left", "right"))
    assert (one.at, one.units, one.name) == ("down/narrow", 8, "left")
    x = rows(model)
    expected = array(model.get_layer("down")(x)).reshape(3, -1)
    np.testing.assert_allclose(array(one(x)), expected, atol=1e-6)
    for weight in one.weights:
        weight.assign(weight + 1)
    np.testing.assert_allclose(array(two(x)), expected, atol=1e-6)


def test_a_model_in_memory_stays_as_it_was() -> None:
    model = nested_twice()
    x = rows(model)
    before = array(model(x))
    encoder = load(model, at="deep/same")
    for weight in encoder.weights:
        weight.assign(weight + 1)
    np.testing.assert_array_equal(array(model(x)), before)
    assert encoder.units == 4


def test_a_built_layer_is_an_encoder_too() -> None:
    layer = keras.layers.Dense(3, name="code")
    layer.build((None, 4))
    x = np.ones((2, 4), "float32")
    np.testing.assert_allclose(array(load(layer)(x)), array(layer(x)), atol=1e-6)


def test_a_layer_of_one_input_is_taken_from_a_model_of_two() -> None:
    model = two_inputs()
    assert load(model, at="two").needs.shape == (4,)
    with pytest.raises(DataError, match=r"at='one'"):
        load(model)


def test_a_classifier_gives_what_feeds_its_last_layer() -> None:
    encoder = load(classifier())
    assert encoder.units == 4
    assert (encoder.needs.low, encoder.needs.high) == pytest.approx((0, 255))


def test_the_loss_of_a_compiled_model_tells_logits(tmp_path) -> None:
    x = keras.Input((4,))
    feature = keras.layers.Dense(5, name="feature")(x)
    model = keras.Model(x, keras.layers.Dense(2, name="logits")(feature))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("sgd", loss)
    model.save(tmp_path / "classes.keras")
    assert load(model).at == "feature"
    assert load(tmp_path / "classes.keras").at == "feature"


@pytest.mark.parametrize(
    ("make", "at"),
    [
        (dense_autoencoder, None),
        (convolution_autoencoder, None),
        (convolution_autoencoder, "half"),
        (residual, None),
        (in_code, None),
    ],
)
def test_the_halves_of_an_autoencoder_make_the_whole(make, at) -> None:
    model = make()
    encoder, decoder = split(model, at)
    shape = (3, *encoder.needs.shape)
    x = np.random.default_rng(0).random(shape).astype("float32")
    code = encoder(x)
    assert tuple(code.shape) == (3, encoder.units)
    np.testing.assert_allclose(array(decoder(code)), array(model(x)), atol=1e-5)
    mine = {id(weight) for weight in [*encoder.weights, *decoder.weights]}
    assert mine.isdisjoint(id(weight) for weight in model.weights)


def test_a_variational_autoencoder_is_taken_apart_at_the_mean() -> None:
    x = keras.Input((12,))
    log = keras.layers.Dense(2)(x)
    mean = keras.layers.Dense(2, name="middle")(x)
    z = Sampling(name="drawn")([log, mean])
    last = keras.layers.Dense(12)
    model = keras.Model(x, last(z))
    encoder, decoder = split(model)
    assert encoder.at == "middle"
    values = rows(model)
    expected = array(last(model.get_layer("middle")(values)))
    np.testing.assert_allclose(array(decoder(encoder(values))), expected, atol=1e-5)


def test_connections_past_the_code_are_named() -> None:
    with pytest.raises(DataError, match="connections go past `b`: `a` to `joined`"):
        split(with_skip())


def test_the_output_has_no_decoder() -> None:
    with pytest.raises(DataError, match="nothing comes after it"):
        split(dense_autoencoder(), "output")


def test_an_encoder_of_a_saved_network_is_found_by_its_input(tmp_path) -> None:
    network = sm.join(
        {"left": sm.encoders.MLP(3), "right": sm.encoders.MLP(4)},
        heads={"y": sm.heads.Regression()},
    )
    network.build_from({"left": ((2,), "float32"), "right": ((2,), "float32")})
    network.save(tmp_path / "network.keras")
    assert load(tmp_path / "network.keras", at="right").units == 4
    with pytest.raises(DataError, match=r"several inputs.*`left`, `right`"):
        load(tmp_path / "network.keras")


def test_one_of_our_own_encoders_is_what_it_is() -> None:
    encoder = sm.encoders.MLP(3)
    assert load(encoder) is encoder


def test_pixels_are_turned_into_what_the_model_was_taught_with() -> None:
    x = keras.Input((4, 4, 1))
    model = keras.Model(x, keras.layers.Flatten()(x))
    pixels = np.array([0, 51, 255] * 16, "uint8").reshape(3, 4, 4, 1)
    for numbers, expected in (
        ("0..1", pixels / 255),
        ("-1..1", pixels / 127.5 - 1),
    ):
        encoder = load(model, at="output", pixels=numbers)
        found = array(encoder(pixels))
        np.testing.assert_allclose(found, expected.reshape(3, -1), atol=1e-6)
        assert (encoder.needs.low, encoder.needs.high) == pytest.approx((0, 255))


def test_texts_are_refused() -> None:
    x = keras.Input((1,), dtype="string")
    with pytest.raises(DataError, match="takes texts"):
        load(keras.Model(x, keras.layers.Identity()(x)), at="output")
