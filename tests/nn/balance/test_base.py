"""What balances share: means and shares over the losses that are known."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from sensorium.nn.balance import Balance
from sensorium.nn.balance.base import known_mean, known_softmax, only_known, positive
from tests.nn.balance.made import built, numbers

VALUES = np.array([1.0, 3.0, np.nan], "float32")
KNOWN = np.array([True, True, False])


def test_means_and_shares_leave_out_what_is_not_known() -> None:
    values, known = map(keras.ops.convert_to_tensor, (VALUES, KNOWN))
    assert float(known_mean(values, known)) == 2.0
    np.testing.assert_allclose(numbers(only_known(values, known)), [1, 3, 0])
    shares = np.exp([1.0, 3.0]) / np.exp([1.0, 3.0]).sum()
    np.testing.assert_allclose(
        numbers(known_softmax(values, known)), [*shares, 0.0], rtol=1e-6
    )


def test_nothing_known_gives_zeros() -> None:
    values = keras.ops.convert_to_tensor(VALUES)
    none = keras.ops.zeros(3, dtype="bool")
    assert float(known_mean(values, none)) == 0.0
    np.testing.assert_array_equal(numbers(known_softmax(values, none)), np.zeros(3))


def test_shares_of_huge_numbers_are_finite() -> None:
    values = keras.ops.convert_to_tensor(np.array([500.0, -500.0], "float32"))
    known = keras.ops.ones(2, dtype="bool")
    np.testing.assert_allclose(numbers(known_softmax(values, known)), [1, 0])


def test_positive_raises_what_is_too_small() -> None:
    values = keras.ops.convert_to_tensor(np.array([0.0, -1.0, 2.0], "float32"))
    np.testing.assert_allclose(numbers(positive(values)), [1e-8, 1e-8, 2], rtol=1e-6)


def test_state_is_float32_and_does_not_learn_under_any_policy() -> None:
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        state = built("dwa", 3).shares
    finally:
        keras.config.set_dtype_policy("float32")
    assert state.dtype == "float32"
    assert not state.trainable
    np.testing.assert_array_equal(numbers(state), [1, 1, 1])


def test_the_base_has_no_rule() -> None:
    with pytest.raises(NotImplementedError):
        Balance().weigh(None, None)
