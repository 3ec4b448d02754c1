"""`dwa`: means over epochs, and epochs without a label."""

from __future__ import annotations

import numpy as np

from tests.nn.balance.made import built, numbers, weigh


def epoch(rule, *steps, known=None):
    found = [weigh(rule, losses, known) for losses in steps]
    rule.end_epoch()
    return found[0]


def test_the_mean_of_an_epoch_counts_not_its_last_step() -> None:
    rule = built("dwa")
    epoch(rule, [3.0, 1.0], [1.0, 1.0])
    epoch(rule, [1.0, 0.0], [0.0, 1.0])
    weights = np.exp([0.125, 0.25])
    np.testing.assert_allclose(
        epoch(rule, [1.0, 1.0]), 2 * weights / weights.sum(), rtol=1e-5
    )


def test_a_high_temperature_makes_weights_alike() -> None:
    cool, hot = built({"type": "dwa", "temperature": 0.5}), built("dwa")
    for rule in (cool, hot):
        epoch(rule, [1.0, 1.0])
        epoch(rule, [0.1, 1.0])
    assert np.ptp(epoch(cool, [1.0, 1.0])) > 2 * np.ptp(epoch(hot, [1.0, 1.0]))


def test_an_epoch_without_steps_is_none() -> None:
    rule = built("dwa")
    epoch(rule, [1.0, 2.0])
    before = [numbers(variable) for variable in rule.weights]
    rule.end_epoch()
    for old, new in zip(before, rule.weights, strict=True):
        np.testing.assert_array_equal(old, numbers(new))


def test_a_loss_that_an_epoch_did_not_know_keeps_its_fall() -> None:
    rule = built("dwa")
    epoch(rule, [1.0, 1.0])
    epoch(rule, [0.5, 0.5])
    epoch(rule, [0.25, 0.0], known=[True, False])
    np.testing.assert_allclose(epoch(rule, [1.0, 1.0]), [1, 1], rtol=1e-6)
