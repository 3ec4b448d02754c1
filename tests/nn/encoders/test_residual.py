from __future__ import annotations

import keras
import numpy as np

from sensorium.nn.encoders import Residual
from sensorium.nn.encoders.residual import folded, scaled
from tests.nn.samples import array, compiled, outputs


def test_bytes_and_floats_meet() -> None:
    pixels = np.array([0, 51, 255], "uint8")
    found = array(scaled(keras.ops.convert_to_tensor(pixels), "float32"))
    np.testing.assert_allclose(found, [-1, -0.6, 1], atol=1e-6)
    floats = keras.ops.convert_to_tensor((pixels / 255).astype("float32"))
    np.testing.assert_allclose(array(scaled(floats, "float32")), found, atol=1e-6)


def test_grey_and_tiny_images_pass() -> None:
    for shape in ((2, 1, 1, 1), (2, 3, 5, 4)):
        assert outputs(Residual(7), np.zeros(shape, "uint8")).shape == (2, 7)


def test_folding_puts_the_four_pixels_of_a_square_side_by_side() -> None:
    images = np.arange(12, dtype="float32").reshape(1, 2, 3, 2)
    found = array(folded(keras.ops.convert_to_tensor(images)))
    assert found.shape == (1, 1, 2, 8)
    assert found[0, 0, 0].tolist() == [0, 1, 2, 3, 6, 7, 8, 9]
    assert found[0, 0, 1].tolist() == [4, 5, 0, 0, 10, 11, 0, 0]  # an odd side


def test_scales_are_the_stages_with_pixels_beside_the_finest() -> None:
    encoder = Residual(5, filters=(3, 4, 6), dropout=0.0)
    pixels = np.random.default_rng(0).integers(0, 256, (2, 9, 12, 3)).astype("uint8")
    encoder.build((None, 9, 12, 3))
    scales = compiled(encoder.scales)(pixels)
    shapes = [tuple(scale.shape) for scale in scales]
    assert shapes == [(2, 5, 6, 15), (2, 3, 3, 4), (2, 2, 2, 6)]
    assert encoder.scales_shape((2, 9, 12, 3)) == shapes
    vectors = outputs(encoder, pixels)
    np.testing.assert_allclose(
        array(compiled(encoder.from_scales)(scales)), vectors, atol=1e-6
    )
    tokens = array(compiled(encoder.tokens)(pixels)[0])
    np.testing.assert_allclose(tokens, array(scales[-1]).reshape(2, 4, 6), atol=1e-6)
    alone = Residual(5, filters=(3,))
    alone.build((None, 9, 12, 3))
    assert alone.scales_shape((2, 9, 12, 3)) == [(2, 5, 6, 3)]
    assert compiled(alone.scales)(pixels)[0].shape == (2, 5, 6, 3)
