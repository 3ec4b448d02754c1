from __future__ import annotations

import keras
import numpy as np

from sensorium.nn.encoders import Residual
from sensorium.nn.encoders.residual import scaled
from tests.nn.samples import array


def test_bytes_and_floats_meet() -> None:
    pixels = np.array([0, 51, 255], "uint8")
    found = array(scaled(keras.ops.convert_to_tensor(pixels), "float32"))
    np.testing.assert_allclose(found, [-1, -0.6, 1], atol=1e-6)
    floats = keras.ops.convert_to_tensor((pixels / 255).astype("float32"))
    np.testing.assert_allclose(array(scaled(floats, "float32")), found, atol=1e-6)


def test_grey_and_tiny_images_pass() -> None:
    for shape in ((2, 1, 1, 1), (2, 3, 5, 4)):
        assert array(Residual(7)(np.zeros(shape, "uint8"))).shape == (2, 7)
