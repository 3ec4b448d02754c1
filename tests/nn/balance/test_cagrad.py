"""`cagrad`: the wider the ball, the better for the loss that gains least."""

from __future__ import annotations

import numpy as np

from tests.nn.balance.made import CONFLICT, built, direction, weigh


def test_a_wider_ball_helps_the_loss_that_gains_least() -> None:
    gradients = CONFLICT * [[10.0], [1.0]]
    least = [
        (gradients @ direction(built({"type": "cagrad", "c": c}), gradients)).min()
        for c in (0.0, 0.3, 0.8)
    ]
    assert least[0] < least[1] < least[2]


def test_one_known_loss_keeps_its_direction() -> None:
    gram = np.diag([4.0, 0.0])
    found = weigh(built("cagrad"), [1.0, 0.0], [True, False], gram)
    np.testing.assert_allclose(found, [1.5 / 1.25, 0.0], rtol=1e-5)
