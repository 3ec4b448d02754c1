"""`random`: other weights in each step, the same in each run."""

from __future__ import annotations

import numpy as np

from sensorium.nn.initializers import seeded
from tests.nn.balance.made import ROLE, weigh


def drawn(seed, known=(True, True)):
    rule = ROLE.build("random")
    with seeded(seed, "balance"):
        rule.build((len(known),))
    return [weigh(rule, np.ones(len(known)), known) for _ in range(3)]


def test_weights_are_drawn_anew_and_follow_from_the_seed() -> None:
    one, again, other = drawn(0), drawn(0), drawn(1)
    np.testing.assert_array_equal(one, again)
    assert not np.allclose(one, other)
    assert not np.allclose(one[0], one[1])


def test_weights_are_shared_by_what_is_known() -> None:
    for weights in drawn(0, (True, False, True)):
        assert weights[1] == 0
        np.testing.assert_allclose(weights.sum(), 1, rtol=1e-6)
