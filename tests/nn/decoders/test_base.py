from __future__ import annotations

import numpy as np
import pytest

from sensorium.errors import DataError
from sensorium.nn.decoders import Convolution1D, Convolution2D, Dense
from tests.nn.samples import array


@pytest.mark.parametrize(
    ("decoder", "form"),
    [
        (Convolution1D(shape=[4]), r"\(time, channels\)"),
        (Convolution2D(shape=[4, 4]), r"\(height, width, channels\)"),
        (Dense(shape=[]), r"\(size, ...\)"),
    ],
)
def test_a_shape_of_other_axes_is_refused(decoder, form) -> None:
    with pytest.raises(DataError, match=f"gives values of shape {form}"):
        decoder.compute_output_shape((None, 3))


def test_a_sigmoid_is_the_logistic_function() -> None:
    x = np.array([[0.0, 2.0]], "float32")
    found = array(Dense(shape=[2], activation="sigmoid").finished(x))
    np.testing.assert_allclose(found, 1 / (1 + np.exp(-x)), rtol=1e-6)
    np.testing.assert_array_equal(array(Dense(shape=[2]).finished(x)), x)
