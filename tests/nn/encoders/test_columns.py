from __future__ import annotations

import numpy as np
import pytest

from sensorium.errors import DataError
from sensorium.nn.encoders import Piecewise
from tests.nn.samples import array


def test_columns_are_all_but_the_flags_unless_told() -> None:
    encoder = Piecewise(num_flags=2)
    encoder.build((None, 5))
    assert encoder.kernel.shape[0] == 3


@pytest.mark.parametrize("arguments", [{"num_columns": 3}, {"num_flags": 5}])
def test_counts_that_do_not_fit_the_input_are_named(arguments) -> None:
    with pytest.raises(
        DataError, match=r"side by side. Received: 'an input of width 5'"
    ):
        Piecewise(**arguments).build((None, 5))


def test_flags_count() -> None:
    encoder = Piecewise(num_columns=2, num_flags=1)
    x = np.array([[0.5, 1.0, 0.0], [0.5, 1.0, 1.0]], "float32")
    one, two = array(encoder(x))
    assert not np.allclose(one, two)


def test_many_columns_are_one_product() -> None:
    encoder = Piecewise()
    encoder.build((None, 300))
    assert len(encoder.weights) == 8
    assert array(encoder(np.zeros((2, 300), "float32"))).shape == (2, 64)
