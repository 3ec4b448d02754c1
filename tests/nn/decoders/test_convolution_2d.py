from __future__ import annotations

import numpy as np
import pytest

from sensorium.nn.decoders import Convolution2D
from tests.nn.samples import array


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 9, 3), (8, 8, 1), (13, 30, 3)])
def test_any_size_can_be_made(shape) -> None:
    found = array(Convolution2D((8, 4), shape=shape)(np.ones((2, 4), "float32")))
    assert found.shape == (2, *shape)


def test_the_coarse_value_has_at_least_four_pixels_a_side() -> None:
    for size, coarse in ((8, 4), (15, 8), (16, 4), (31, 8), (64, 8)):
        decoder = Convolution2D((8, 8, 8), shape=(size, size, 1))
        decoder.build((None, 4))
        assert decoder.coarse == (coarse, coarse, 8), size
