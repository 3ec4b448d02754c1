"""The Adam of balances: as Keras's, but for losses that are not known."""

from __future__ import annotations

import keras
import numpy as np

from sensorium.nn.balance.learned import change
from tests.nn.balance.made import built, numbers

RATE = 0.05


def learn(rule, gradient, known):
    ops = keras.ops
    rule.learn(
        ops.convert_to_tensor(np.array(gradient, "float32")),
        ops.convert_to_tensor(np.array(known)),
    )


def test_it_is_the_adam_of_keras() -> None:
    rule = built({"type": "famo", "learning_rate": RATE})
    variable = keras.Variable(np.zeros(2, "float32"))
    optimizer = keras.optimizers.Adam(RATE, epsilon=1e-8)
    for gradient in ([1.0, -3.0], [0.5, 2.0], [-4.0, 0.01]):
        learn(rule, gradient, [True, True])
        given = keras.ops.convert_to_tensor(np.array(gradient, "float32"))
        optimizer.apply([given], [variable])
        np.testing.assert_allclose(
            numbers(rule.learned), numbers(variable), rtol=1e-4, atol=1e-7
        )


def test_what_is_not_known_stands_still_and_then_begins_as_if_new() -> None:
    rule = built({"type": "famo", "learning_rate": RATE})
    learn(rule, [1.0, 9.0], [True, False])
    learn(rule, [1.0, 9.0], [True, False])
    np.testing.assert_allclose(numbers(rule.learned), [-2 * RATE, 0.0], rtol=1e-4)
    learn(rule, [1.0, 9.0], [False, True])
    np.testing.assert_allclose(numbers(rule.learned), [-2 * RATE, -RATE], rtol=1e-4)
    np.testing.assert_array_equal(numbers(rule.steps), [2, 1])


def test_change_sets_entries_only_where_it_is_told_to() -> None:
    variable = keras.Variable(np.zeros(2, "float32"))
    change(variable, keras.ops.ones(2), np.array([False, True]))
    np.testing.assert_array_equal(numbers(variable), [0, 1])
