"""`Embedded`: encodings that were computed before, handed on as they are."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from sensorium.network import join
from sensorium.nn.encoders.embedded import Embedded
from sensorium.nn.fusion import Concat
from sensorium.nn.heads import Regression
from tests.nn.samples import array


def test_vectors_are_handed_on_to_the_bit() -> None:
    encoder = Embedded(3)
    values = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
    assert np.array_equal(array(encoder(values)), values)
    assert np.array_equal(array(encoder(values, training=True)), values)
    assert encoder.weights == []
    assert encoder.compute_output_shape((None, 3)) == (None, 3)
    assert not encoder.gives_tokens


def test_tokens_come_with_which_of_them_count() -> None:
    encoder = Embedded(2, tokens=True)
    values = np.arange(18, dtype="float32").reshape(2, 3, 3)
    values[..., -1] = [[1, 1, 0], [1, 0, 0]]
    tokens, mask = encoder.tokens(values)
    assert np.array_equal(array(tokens), values[..., :2])
    assert array(mask).tolist() == [[True, True, False], [True, False, False]]
    assert encoder.gives_tokens
    assert encoder.tokens_shape((None, 3, 3)) == (None, 3, 2)
    assert not Embedded(2).gives_tokens, "one layer's tokens are not all layers'"


@pytest.mark.parametrize("tokens", [False, True])
def test_its_document_gives_it_back(tokens: bool) -> None:
    encoder = Embedded(5, tokens=tokens, name="photo")
    twin = Embedded.from_config(encoder.get_config())
    assert twin.get_config() == encoder.get_config()
    assert (twin.name, twin.units, twin.gives_tokens) == ("photo", 5, tokens)
    by_keras = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(encoder)
    )
    assert by_keras.get_config() == encoder.get_config()


def test_values_do_not_count_where_the_input_is_absent() -> None:
    network = join({"a": Embedded(3)}, Concat(4), {"y": Regression()})
    network.build_from({"a": ((3,), "float32")})
    here = np.array([True, False])
    found = [
        array(network({"a": np.full((2, 3), value), "a/present": here})["y"])
        for value in (1.0, np.nan)
    ]
    assert found[0][1] == found[1][1]
    assert np.isfinite(found[1][1])
