"""`mgda`: no loss rises along the result."""

from __future__ import annotations

import numpy as np

from tests.nn.balance.made import built, direction, weigh


def test_no_loss_rises_along_it() -> None:
    draw = np.random.default_rng(3)
    gradients = draw.normal(size=(3, 8))
    assert (gradients @ direction(built("mgda", 3), gradients) > 0).all()


def test_gradients_against_each_other_leave_nothing() -> None:
    gradients = np.array([[1.0, 0.0], [-2.0, 0.0]])
    np.testing.assert_allclose(direction(built("mgda"), gradients), [0, 0], atol=1e-6)


def test_weights_sum_to_one_over_the_known() -> None:
    gram = np.diag([1.0, 3.0, 0.0])
    found = weigh(built("mgda", 3), np.ones(3), [True, True, False], gram)
    np.testing.assert_allclose(found, [0.75, 0.25, 0.0], rtol=1e-5)
