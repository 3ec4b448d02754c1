"""`pcgrad`: gradients that agree are left as they are."""

from __future__ import annotations

import numpy as np

from tests.nn.balance.made import CONFLICT, built, direction, weigh


def test_gradients_that_agree_are_added() -> None:
    gradients = np.array([[1.0, 0.2], [0.9, 0.6]])
    np.testing.assert_allclose(
        direction(built("pcgrad"), gradients), [1.9, 0.8], rtol=1e-6
    )


def test_the_scale_of_a_gradient_does_not_matter_for_whom_it_yields_to() -> None:
    for scale in (1e-6, 1.0, 1e6):
        gradients = CONFLICT * [[scale], [1.0]]
        found = direction(built("pcgrad"), gradients)
        assert (gradients @ found > -1e-5).all()


def test_a_gradient_of_zero_takes_nothing_away() -> None:
    found = weigh(built("pcgrad", 3), np.ones(3), gram=np.diag([1.0, 0.0, 2.0]))
    np.testing.assert_array_equal(found, [1, 1, 1])
