"""`fixed`: ones."""

from __future__ import annotations

import numpy as np

from tests.nn.balance.made import built, weigh


def test_every_known_loss_counts_one() -> None:
    found = weigh(built("fixed", 3), [1.0, 500.0, 0.0], [True, True, False])
    np.testing.assert_array_equal(found, [1, 1, 0])
