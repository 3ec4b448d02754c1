from __future__ import annotations

import numpy as np

from sensorium.nn.encoders import GRU
from tests.nn.samples import outputs


def test_padding_at_the_end_does_not_count_and_order_does() -> None:
    encoder = GRU(8, vocabulary_size=9, state_size=5)
    ids = np.array([[3, 4, 5, 0], [3, 4, 5, 6], [5, 4, 3, 0]], "int32")
    whole = outputs(encoder, ids)
    alone = outputs(encoder, ids[:, :3])
    np.testing.assert_allclose(whole[0], alone[0], atol=1e-6)
    assert not np.allclose(whole[0], whole[1])
    assert not np.allclose(whole[0], whole[2])
