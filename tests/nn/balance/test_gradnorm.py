"""`gradnorm`: norms come together; slow losses get longer gradients."""

from __future__ import annotations

import numpy as np

from tests.nn.balance.made import built, weigh

GRAM = np.diag([100.0, 1.0])


def settled(losses, **settings):
    rule = built({"type": "gradnorm", "learning_rate": 0.1, **settings})
    weigh(rule, [1.0, 1.0], gram=GRAM)
    for _ in range(80):
        found = weigh(rule, losses, gram=GRAM)
    return found * [10.0, 1.0]


def test_norms_become_equal_where_losses_fall_alike() -> None:
    norms = settled([0.5, 0.5])
    np.testing.assert_allclose(norms[0], norms[1], rtol=0.15)


def test_alpha_pulls_slow_losses_along() -> None:
    slow = settled([1.0, 0.25], alpha=1.5)
    assert slow[0] / slow[1] > 4
    same = settled([1.0, 0.25], alpha=0.0)
    np.testing.assert_allclose(same[0], same[1], rtol=0.15)


def test_weights_sum_to_the_number_of_known_losses() -> None:
    rule = built("gradnorm", 3)
    gram = np.diag([4.0, 1.0, 0.0])
    found = weigh(rule, [1.0, 1.0, 0.0], [True, True, False], gram)
    np.testing.assert_allclose(found, [1, 1, 0], rtol=1e-6)
