from __future__ import annotations

import keras
import numpy as np
import pytest

from sensorium.errors import DataError
from sensorium.network import join
from sensorium.nn.encoders import Loaded, ValuesWarning
from sensorium.nn.heads import Regression
from tests.nn.samples import array, through_json

X = np.random.default_rng(0).random((3, 6, 6, 1)).astype("float32") * 255


def pictures() -> keras.Model:
    x = keras.Input((6, 6, 1))
    y = keras.layers.Rescaling(1 / 255)(x)
    return keras.Model(x, keras.layers.Conv2D(4, 3, name="map")(y), name="pictures")


@pytest.fixture(scope="module")
def encoder() -> Loaded:
    return Loaded.of(pictures(), "map", "Because.", "auto", "photo")


def test_it_is_made_again_from_plain_data(encoder) -> None:
    again = through_json(encoder)
    assert again == encoder
    again.build((None, 6, 6, 1))
    for mine, other in zip(again.weights, encoder.weights, strict=True):
        mine.assign(other)
    np.testing.assert_allclose(array(again(X)), array(encoder(X)), atol=1e-6)


def test_tokens_are_the_places_of_a_map(encoder) -> None:
    tokens, mask = encoder.tokens(X)
    assert encoder.gives_tokens
    assert tuple(tokens.shape) == (3, 16, 4)
    assert encoder.tokens_shape((None, 6, 6, 1)) == (None, 16, 4)
    assert mask is None
    mean = array(tokens).mean(axis=1)
    np.testing.assert_allclose(mean, array(encoder(X)), atol=1e-6)


def test_pooling_that_was_asked_for_leaves_no_tokens() -> None:
    flat = Loaded.of(pictures(), "map", "", "flatten", "photo")
    assert not flat.gives_tokens
    assert array(flat(X)).shape == (3, 64)


def test_tokens_only_are_refused_where_a_vector_is_taken() -> None:
    tokens = Loaded.of(pictures(), "map", "", "none", "photo")
    with pytest.raises(DataError, match=r"encoder `photo`: gives 4 x 4 vectors of 4"):
        tokens(X)


def test_it_says_what_it_takes_and_gives(encoder) -> None:
    assert encoder.describe() == (
        "takes (6, 6, 1) float32 in [0, 255]; gives 4 x 4 vectors of 4, averaged, or "
        "kept as tokens where the fusion takes them. Because."
    )
    assert "at 'map'" in repr(encoder)


def test_an_input_of_another_shape_is_refused(encoder) -> None:
    with pytest.raises(DataError, match=r"\(6, 6, 1\), but its input has \(8, 8, 1\)"):
        join({"photo": through_json(encoder)}, heads={"y": Regression()}).build_from(
            {"photo": ((8, 8, 1), "float32")}
        )


def test_values_far_from_what_it_takes_are_warned_of(encoder) -> None:
    with pytest.warns(ValuesWarning, match="encoder `photo`: is given values"):
        encoder.check_values(X / 255)


def test_two_copies_join_save_and_load_without_a_collision(tmp_path) -> None:
    both = {
        side: Loaded.of(pictures(), "map", "", "auto", "pictures")
        for side in ("left", "right")
    }
    network = join(both, heads={"y": Regression()}, seed=0)
    x = {"left": X, "right": X[::-1].copy()}
    expected = network.predict_on_batch(x)["y"]
    names = list(network.weights_by_name())
    assert "left/map/kernel" in names
    assert "right/map/kernel" in names
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras")
    np.testing.assert_array_equal(loaded.predict_on_batch(x)["y"], expected)
    assert list(loaded.weights_by_name()) == names


def test_an_encoder_that_is_not_to_learn_is_called_in_inference_mode() -> None:
    x = keras.Input((4,))
    encoder = Loaded.of(keras.Model(x, keras.layers.Dropout(0.9)(x)), "", "", "auto")
    encoder.trainable = False
    ones = np.ones((3, 4), "float32")
    np.testing.assert_array_equal(array(encoder(ones, training=True)), ones)
