"""Gradient-Blending: shares by gain and overfitting, window by window."""

from __future__ import annotations

import numpy as np

from sensorium.nn.input_balance import GradientBlending
from sensorium.nn.input_balance.gradient_blending import blended
from tests.nn.input_balance.made import array, learn, network, rows, told


def test_a_share_is_the_gain_over_the_square_of_the_overfitting() -> None:
    # Training 1.0 -> 0.2 and 1.0 -> 0.6; validation 1.0 -> 0.8 and 1.0 -> 0.7.
    found = blended(([1.0, 1.0], [1.0, 1.0]), ([0.2, 0.6], [0.8, 0.7]))
    worth = np.array([0.2 / 0.6**2, 0.3 / 0.1**2])
    np.testing.assert_allclose(found, worth / worth.sum(), rtol=1e-6)


def test_a_validation_loss_that_rises_gains_nothing() -> None:
    found = blended(([1.0, 1.0], [1.0, 1.0]), ([0.1, 0.6], [1.5, 0.7]))
    np.testing.assert_allclose(found, [0.0, 1.0])
    assert blended(([1.0, 1.0], [1.0, 1.0]), ([0.1, 0.6], [1.5, 1.2])) is None


def test_overfitting_is_at_least_the_floor() -> None:
    found = blended(([1.0, 1.0], [1.0, 1.0]), ([0.5, 0.5], [0.5, 0.9]))
    worth = np.array([0.5 / 1e-6, 0.1 / 0.16])
    np.testing.assert_allclose(found, worth / worth.sum(), rtol=1e-5)


def epoch(*pairs):
    names = ("sold", "sold_from_facts", "sold_from_more")
    found = {}
    for name, (train, valid) in zip(names, pairs, strict=True):
        found |= {f"{name}_loss": train, f"val_{name}_loss": valid}
    return found


FIRST = epoch((1.0, 1.0), (1.0, 1.0), (1.0, 1.0))
LATER = epoch((0.5, 0.8), (0.1, 1.4), (0.7, 0.7))


def test_weights_change_where_a_window_ends() -> None:
    model = network()
    rule = told(GradientBlending(window=2), model)
    names = list(model.heads)
    assert rule.learn_from([FIRST], names)
    assert array(rule.loss_weights(None)).tolist() == [1.0, 1.0, 1.0]
    assert not rule.learn_from([FIRST, LATER], names)
    assert array(rule.loss_weights(None)).tolist() == [1.0, 1.0, 1.0]
    assert rule.learn_from([FIRST, FIRST, LATER], names)
    worth = np.array([0.2 / 0.3**2, 0.0, 0.3 / 1e-6])
    wanted = 3 * worth / worth.sum()
    np.testing.assert_allclose(array(rule.loss_weights(None)), wanted, rtol=1e-4)


def test_where_nothing_gained_weights_stay() -> None:
    rule = told(GradientBlending(window=1), network())
    names = ["sold", "sold_from_facts", "sold_from_more"]
    rule.learn_from([FIRST, LATER], names)
    before = array(rule.loss_weights(None))
    rule.learn_from([FIRST, LATER, LATER], names)
    np.testing.assert_array_equal(array(rule.loss_weights(None)), before)


def test_losses_that_were_not_told_gain_nothing() -> None:
    rule = told(GradientBlending(window=1), network())
    gone = {**LATER, "val_sold_from_more_loss": None}
    rule.learn_from([FIRST, gone], ["sold", "sold_from_facts", "sold_from_more"])
    np.testing.assert_allclose(array(rule.loss_weights(None)), [3.0, 0.0, 0.0])


def test_steps_follow_the_weights() -> None:
    x, y = rows()
    model = network()
    model.compile("sgd", input_balance=GradientBlending())
    model.input_balance.weights_of_losses.assign([1.0, 0.0, 2.0])
    before = {name: head.get_weights()[0] for name, head in model.heads.items()}
    found = learn(model, x, y)
    np.testing.assert_allclose(found["sold_from_more_weight"], 2.0)
    changed = {n: not np.array_equal(before[n], h.get_weights()[0])
               for n, h in model.heads.items()}  # fmt: skip
    assert changed == {"sold": True, "sold_from_facts": False, "sold_from_more": True}
