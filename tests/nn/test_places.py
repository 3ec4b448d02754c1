"""Where the sides of a thing are, from maps."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from sensorium.nn.mask_decoder import MaskDecoder
from sensorium.nn.places import Places
from tests.nn.samples import array, compiled

VECTOR = np.random.default_rng(1).normal(size=(2, 5)).astype("float32")


def built(*sides: tuple[int, int]) -> Places:
    places = Places((4,))
    places.build((None, 5), [(None, *pair, 3) for pair in sides])
    return places


@pytest.mark.parametrize(
    ("sides", "seen"),
    [
        ([(32, 32), (16, 16), (8, 8)], (16, 16)),
        ([(24, 40), (12, 20), (6, 10)], (6, 10)),  # 20 places are too many
        ([(40, 40)], (40, 40)),  # there is no coarser one
    ],
)
def test_it_looks_at_the_finest_map_that_is_coarse_enough(sides, seen) -> None:
    places = built(*sides)
    assert places.decoder.size == seen
    scales = [np.zeros((2, *pair, 3), "float32") for pair in sides]
    found = array(compiled(places)(VECTOR, scales))
    assert found.shape == (2, 4) == places.compute_output_shape((2, 5))
    assert np.abs(found).max() <= 0.5


def test_a_side_is_the_mean_of_places_under_the_softmax_of_its_map(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    places = built((5, 9))
    logits = np.full((2, 5, 9, 4), -50.0, "float32")
    for side, (line, column) in enumerate([(0, 0), (1, 6), (2, 8), (4, 4)]):
        logits[0, line, column, side] = 50.0
    logits[1, 2, 2, :] = logits[1, 2, 6, :] = 50.0  # two places: what lies between
    told = keras.ops.convert_to_tensor(logits)
    monkeypatch.setattr(MaskDecoder, "__call__", lambda *_: told)
    expected = [[-0.5, -0.25, 0.5, 0.5], [0.0, 0.0, 0.0, 0.0]]
    np.testing.assert_allclose(array(places(VECTOR, [])), expected, atol=1e-6)
