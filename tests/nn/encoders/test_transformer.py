from __future__ import annotations

import numpy as np
import pytest

from sensorium.errors import DataError
from sensorium.nn.encoders import Transformer
from tests.nn.samples import array, outputs


def test_padding_does_not_count_and_positions_do() -> None:
    encoder = Transformer(8, vocabulary_size=9, embedding_dim=8, num_heads=2)
    ids = np.array([[3, 4, 5, 0], [5, 4, 3, 0], [3, 4, 5, 0]], "int32")
    found = outputs(encoder, ids)
    assert not np.allclose(found[0], found[1])
    table = array(encoder.table)
    table[0] += 1.0
    encoder.table.assign(table)
    np.testing.assert_allclose(outputs(encoder, ids), found, atol=1e-6)


def test_heads_must_divide_the_width() -> None:
    with pytest.raises(DataError, match="attention heads divide"):
        Transformer(embedding_dim=10, num_heads=4, vocabulary_size=9).build((None, 3))
