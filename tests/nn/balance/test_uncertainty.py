"""`uncertainty`: where it begins, where it settles, and how far it may go."""

from __future__ import annotations

import numpy as np
import pytest

from sensorium.errors import RecipeError
from sensorium.nn.balance import Uncertainty
from tests.nn.balance.made import built, numbers, weigh


def test_each_variance_begins_at_the_first_loss_that_is_known() -> None:
    rule = built("uncertainty")
    np.testing.assert_allclose(weigh(rule, [100.0, 0.0], [True, False]), [0.005, 0])
    found = weigh(rule, [100.0, 0.25])
    np.testing.assert_allclose(found, [0.005, 2.0], rtol=1e-5)


def test_it_settles_at_the_inverse_of_a_loss_that_stays() -> None:
    rule = built({"type": "uncertainty", "learning_rate": 0.3})
    weigh(rule, [8.0, 1.0])
    for _ in range(60):
        found = weigh(rule, [2.0, 1.0])
    np.testing.assert_allclose(found, [0.25, 0.5], rtol=0.05)


def test_it_stays_within_ten_of_where_it_began() -> None:
    rule = built({"type": "uncertainty", "learning_rate": 8.0})
    weigh(rule, [1.0, 1.0])
    for _ in range(4):
        weigh(rule, [1e-8, 1e8])
    logs = numbers(rule.learned)
    np.testing.assert_allclose(logs, [-10, 10], rtol=1e-5)


def test_a_rate_of_zero_is_refused() -> None:
    with pytest.raises(RecipeError, match="learning_rate"):
        Uncertainty(learning_rate=0.0)
