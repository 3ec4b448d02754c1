from __future__ import annotations

import keras
import numpy as np
import pytest

from sensorium.errors import DataError
from sensorium.nn.encoders.pooled import (
    Steps,
    pooled,
    pooled_shape,
    said,
    tokens_of,
    tokens_shape_of,
)
from tests.nn.samples import array

X = np.random.default_rng(0).normal(size=(2, 3, 4, 5)).astype("float32")


@pytest.mark.parametrize(
    ("pool", "expected"),
    [
        ("auto", X.mean((1, 2))),
        ("average", X.mean((1, 2))),
        ("max", X.max((1, 2))),
        ("flatten", X.reshape(2, -1)),
    ],
)
def test_pooling_and_its_shape_agree(pool, expected) -> None:
    found = array(pooled(X, pool))
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert pooled_shape(X.shape, pool, "here") == expected.shape


def test_a_vector_stays_as_it_is() -> None:
    assert pooled(X[:, 0, 0], "flatten") is not None
    assert pooled_shape((None, 7), "none", "here") == (None, 7)


def test_padding_does_not_count() -> None:
    embedding = keras.layers.Embedding(5, 2, mask_zero=True)
    outputs = embedding(np.array([[1, 2, 0]]))
    values, mask = Steps()(outputs)
    mean = array(pooled(values, "average", mask))
    np.testing.assert_allclose(mean, array(outputs)[:, :2].mean(1), atol=1e-6)
    assert array(mask).tolist() == [[True, True, False]]
    assert not array(values)[0, 2].any()
    assert Steps()(X)[1] is None


def test_tokens_of_a_map_are_its_places() -> None:
    np.testing.assert_array_equal(array(tokens_of(X)), X.reshape(2, 12, 5))
    assert tokens_shape_of((None, 3, 4, 5)) == (None, 12, 5)
    assert tokens_shape_of((None, None, 5)) == (None, None, 5)


def test_tokens_alone_are_no_vector() -> None:
    with pytest.raises(DataError, match=r"gives 3 x 4 vectors of 5 a row.*pool="):
        pooled_shape(X.shape, "none", "here")


def test_a_length_that_differs_cannot_be_laid_flat() -> None:
    with pytest.raises(DataError, match="length differs from row to row"):
        pooled_shape((None, None, 5), "flatten", "here")


def test_an_unknown_width_is_refused() -> None:
    with pytest.raises(DataError, match="known width"):
        pooled_shape((None, 3, None), "auto", "here")


def test_it_is_said_in_words() -> None:
    assert said((None, 7), "auto") == "a vector of 7"
    assert said((None, None, 7), "max") == "? vectors of 7, the largest value of each"
