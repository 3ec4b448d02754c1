from __future__ import annotations

import numpy as np

from sensorium.nn.encoders.pooled import Steps
from sensorium.nn.encoders.sentence import Masked, SentenceVector, TokenIds
from tests.nn.samples import array, through_json

X = np.random.default_rng(0).normal(size=(2, 3, 4)).astype("float32")
MASK = np.array([[1, 1, 0], [0, 0, 0]], "int32")


def test_padding_and_zero_change_places() -> None:
    layer = through_json(TokenIds(pad_id=2))
    ids, there = layer(np.array([[5, 2, 0]], "int32"))
    assert array(ids).tolist() == [[5, 0, 2]]
    assert array(there).tolist() == [[1, 1, 0]]


def test_a_sentence_is_the_mean_of_its_tokens_of_length_1() -> None:
    mean = X[0, :2].mean(0)
    plain, unit = (
        array(through_json(SentenceVector(normalize=n))([X, MASK]))
        for n in (False, True)
    )
    np.testing.assert_allclose(plain[0], mean, atol=1e-6)
    np.testing.assert_allclose(unit[0], mean / np.linalg.norm(mean), atol=1e-6)
    assert not unit[1].any()


def test_a_sequence_is_told_its_mask() -> None:
    values, there = Steps()(Masked()([X, MASK]))
    np.testing.assert_array_equal(array(values), X * MASK[..., None])
    assert array(there).tolist() == MASK.astype(bool).tolist()
