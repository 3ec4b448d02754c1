from __future__ import annotations

import numpy as np
import pytest

from sensorium.nn.encoders import Periodic
from tests.nn.samples import array


def test_sigma_is_the_spread_of_the_first_frequencies() -> None:
    encoder = Periodic(num_frequencies=64, sigma=0.5)
    encoder.build((None, 30))
    assert array(encoder.frequencies).std() == pytest.approx(0.5, rel=0.1)


def test_columns_have_frequencies_of_their_own() -> None:
    encoder = Periodic(num_frequencies=4)
    encoder.build((None, 2))
    found = array(encoder.spread(np.array([[0.7, 0.7]], "float32")))
    assert found.shape == (1, 2, 9)
    assert not np.allclose(found[0, 0], found[0, 1])
