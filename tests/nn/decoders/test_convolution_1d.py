from __future__ import annotations

import numpy as np
import pytest

from sensorium.nn.decoders import Convolution1D
from tests.nn.samples import array


@pytest.mark.parametrize("shape", [(1, 1), (3, 2), (9, 1), (37, 3)])
def test_any_length_can_be_made(shape) -> None:
    found = array(Convolution1D((8, 8), shape=shape)(np.ones((2, 4), "float32")))
    assert found.shape == (2, *shape)


def test_the_kernel_is_as_wide_as_asked() -> None:
    decoder = Convolution1D((6, 5), kernel_size=7, shape=(32, 2))
    decoder.build((None, 4))
    found = {weight.path: weight.shape for weight in decoder.weights}
    kernels = {path: size for path, size in found.items() if "block" in path}
    assert [size for size in kernels.values() if len(size) == 3] == [
        (7, 6, 6),
        (7, 5, 5),
    ]
