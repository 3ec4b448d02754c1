"""`famo`: the loss that falls least gets more."""

from __future__ import annotations

import numpy as np

from tests.nn.balance.made import built, weigh


def test_the_loss_that_falls_least_by_share_gains_weight() -> None:
    rule = built("famo")
    losses = np.array([1000.0, 1.0])
    for _ in range(20):
        found = weigh(rule, losses) * losses
        losses = losses * [0.7, 0.99]
    assert found[1] > 1.5 * found[0]


def test_decay_pulls_weights_back() -> None:
    free = built({"type": "famo", "decay": 0.0})
    held = built({"type": "famo", "decay": 5.0})
    for step in range(20):
        losses = np.array([0.7**step, 0.99**step])
        one, two = (weigh(rule, losses) * losses for rule in (free, held))
    assert two[1] / two[0] < one[1] / one[0]


def test_a_loss_is_compared_with_its_last_known_value() -> None:
    one, two = built("famo"), built("famo")
    weigh(one, [4.0, 4.0])
    weigh(two, [4.0, 4.0])
    weigh(two, [0.0, 0.0], [False, False])
    np.testing.assert_allclose(weigh(one, [2.0, 4.0]), weigh(two, [2.0, 4.0]))
