from __future__ import annotations

import numpy as np
import pytest
from keras import ops

from sensorium.games.networks import build_discriminator, build_generator

NOISE = ops.convert_to_tensor(
    np.random.default_rng(0).normal(size=(2, 4)).astype("float32")
)
LABELS = [ops.convert_to_tensor(np.array(each)) for each in ([0, 2], [1, 1])]


@pytest.mark.parametrize("shape", [(8, 8, 1), (9, 13, 3), (40, 64, 4)])
def test_images_of_any_size(shape) -> None:
    generator = build_generator(shape, 4, 3, 2, 0)
    assert generator.output_shape == (None, *shape)
    assert build_discriminator(shape, 3, 2, 0).output_shape == (None, 1)


def test_a_label_changes_image_and_score() -> None:
    shape = (8, 8, 1)
    generator = build_generator(shape, 4, 3, 2, 0)
    discriminator = build_discriminator(shape, 3, 2, 0)
    images = [ops.convert_to_numpy(generator([NOISE, each])) for each in LABELS]
    assert np.abs(images[0] - images[1]).max() > 1e-3
    assert np.abs(images).max() <= 1.0
    scores = [
        ops.convert_to_numpy(discriminator([ops.convert_to_tensor(images[0]), each]))
        for each in LABELS
    ]
    assert np.abs(scores[0] - scores[1]).max() > 1e-4


def test_first_weights_are_a_function_of_the_seed() -> None:
    first, again, other = (build_generator((8, 8, 1), 4, None, 2, s) for s in (0, 0, 1))
    for one, same in zip(first.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, same)
    assert np.abs(first.get_weights()[0] - other.get_weights()[0]).max() > 0
