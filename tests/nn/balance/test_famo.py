"""`famo`: the loss that falls least gets more."""

from __future__ import annotations

import keras
import numpy as np

from tests.nn.balance.made import built, numbers, weigh


def after(rule, falls, steps=20):
    """Weights times losses after some steps in which losses fell by these factors."""
    losses = np.array([1000.0, 1.0], "float32")
    known = keras.ops.ones(2, dtype="bool")
    for _ in range(steps):
        weigh(rule, losses)
        new = (losses * falls).astype("float32")
        rule.observe(*map(keras.ops.convert_to_tensor, (losses, new)), known)
        losses = new
    return weigh(rule, losses) * losses


def test_the_loss_that_falls_least_by_share_gains_weight() -> None:
    found = after(built("famo"), [0.7, 0.99])
    assert found[1] > 1.5 * found[0]


def test_decay_pulls_weights_back() -> None:
    free = after(built({"type": "famo", "decay": 0.0}), [0.7, 0.99])
    held = after(built({"type": "famo", "decay": 5.0}), [0.7, 0.99])
    assert held[1] / held[0] < free[1] / free[0]


def test_a_loss_that_is_not_known_after_a_step_learns_nothing() -> None:
    rule = built("famo")
    values = keras.ops.convert_to_tensor(np.array([2.0, 1.0], "float32"))
    rule.observe(values, values / 2, keras.ops.convert_to_tensor([True, False]))
    assert numbers(rule.steps).tolist() == [1, 0]
    assert numbers(rule.learned)[1] == 0
