"""`geometric`: the mean of logarithms, and its floor."""

from __future__ import annotations

import numpy as np

from tests.nn.balance.made import built, weigh


def test_every_loss_pulls_alike() -> None:
    losses = np.array([0.01, 3.0, 4000.0])
    np.testing.assert_allclose(
        np.ptp(weigh(built("geometric", 3), losses) * losses), 0, atol=1e-5
    )


def test_the_floor_stops_a_loss_that_is_nearly_solved() -> None:
    free = weigh(built("geometric"), [1e-6, 1.0])
    held = weigh(built({"type": "geometric", "floor": 0.01}), [1e-6, 1.0])
    np.testing.assert_allclose(free[0] / free[1], 1e6, rtol=1e-3)
    np.testing.assert_allclose(held[0] / held[1], 100, rtol=1e-3)


def test_the_mean_is_over_the_known() -> None:
    found = weigh(built("geometric", 3), [2.0, 8.0, 0.0], [True, True, False])
    np.testing.assert_allclose(found, [1.0, 0.25, 0.0], rtol=1e-5)
