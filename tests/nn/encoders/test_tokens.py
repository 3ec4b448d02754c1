from __future__ import annotations

import numpy as np

from sensorium.nn.encoders import TextConvolution
from tests.nn.samples import array


def test_look_up_gives_zeros_for_padding_and_unknown_for_the_rest() -> None:
    encoder = TextConvolution(4, vocabulary_size=5, embedding_dim=3)
    encoder.build((None, 4))
    vectors, present = encoder.look_up(np.array([[2, 0, 7, -3]], "int32"))
    table, found = array(encoder.table), array(vectors)[0]
    assert array(present).tolist() == [[True, False, True, True]]
    np.testing.assert_array_equal(found, [table[2], [0, 0, 0], table[1], table[1]])
