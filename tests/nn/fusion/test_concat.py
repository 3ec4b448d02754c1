from __future__ import annotations

import keras
import numpy as np

from sensorium.nn.fusion import Concat
from tests.nn.samples import array


def test_learned_vectors_take_the_place_of_absent_inputs() -> None:
    fusion = Concat(5)
    x = [np.ones((2, 9), "float32"), np.ones((2, 3), "float32")]
    presence = np.array([[True, True], [True, False]])
    before = array(fusion(x, presence))
    fusion.absent[1].assign(np.full(3, 2.0, "float32"))
    after = array(fusion(x, presence))
    np.testing.assert_array_equal(before[0], after[0])
    assert not np.array_equal(before[1], after[1])


def test_wide_inputs_are_normalised_and_narrow_ones_keep_their_size() -> None:
    fusion = Concat(5)
    wide = np.random.default_rng(0).normal(size=(2, 9)).astype("float32")
    narrow = np.array([[3.0], [4.0]], "float32")
    here = np.ones((2, 2), bool)
    first = array(fusion([wide, narrow], here))
    np.testing.assert_allclose(
        array(fusion([wide * 50, narrow], here)), first, atol=1e-3
    )
    assert not np.allclose(array(fusion([wide, narrow * 50], here)), first, atol=1e-3)
    assert isinstance(fusion.norms[1], keras.layers.Identity)


def test_without_layers_it_is_linear() -> None:
    fusion = Concat(5, num_layers=0)
    rng = np.random.default_rng(0)
    x = [rng.normal(size=(4, 3)).astype("float32") for _ in range(2)]
    here = np.ones((4, 2), bool)
    nothing = array(fusion([np.zeros_like(item) for item in x], here))
    one = array(fusion([x[0], np.zeros_like(x[1])], here)) - nothing
    two = array(fusion([np.zeros_like(x[0]), x[1]], here)) - nothing
    both = array(fusion(x, here)) - nothing
    np.testing.assert_allclose(both, one + two, atol=1e-5)
    assert (both < 0).any()
