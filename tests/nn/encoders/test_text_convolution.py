from __future__ import annotations

import numpy as np

from sensorium.nn.encoders import TextConvolution
from tests.nn.samples import outputs


def test_neighbours_count() -> None:
    encoder = TextConvolution(8, vocabulary_size=9)
    one, two = outputs(encoder, np.array([[3, 4, 5, 6], [3, 5, 4, 6]], "int32"))
    assert not np.allclose(one, two)


def test_texts_shorter_than_a_kernel_pass() -> None:
    encoder = TextConvolution(8, vocabulary_size=9, kernel_sizes=(2, 5))
    assert outputs(encoder, np.array([[3], [0]], "int32")).shape == (2, 8)


def test_more_padding_changes_nothing() -> None:
    encoder = TextConvolution(8, vocabulary_size=9)
    ids = np.array([[3, 4, 5, 0, 0, 0]], "int32")
    longer = np.array([[3, 4, 5, 0, 0, 0, 0, 0, 0]], "int32")
    np.testing.assert_allclose(
        outputs(encoder, longer), outputs(encoder, ids), atol=1e-6
    )
